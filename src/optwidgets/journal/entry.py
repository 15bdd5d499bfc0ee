"""One line of the journal: a change, who made it and when, chained by a hash."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Literal

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.pausing import value_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from optwidgets.journal.changes import Change

Step = Literal["start", "lock", "do", "undo", "redo"]
STEPS: tuple[Step, ...] = ("start", "lock", "do", "undo", "redo")


@dataclass(frozen=True, slots=True)
class Entry:
    """One recorded change.

    Parameters
    ----------
    revision
        Position in the journal, from 1, without gaps.
    at
        Time of recording, ISO 8601 in UTC. For people only; order is by revision.
    actor
        Who made the change.
    key
        Idempotency key of the append, or None.
    step
        ``"start"`` (how the session began) and ``"lock"`` (an entry of the audit log), which
        cannot be undone; ``"do"``, ``"undo"`` or ``"redo"``.
    group
        Revision of the first entry of the same append. One append is one step.
    target
        For undo and redo: the group that is reversed or done again.
    change
        What was changed.
    hash
        SHA-256 over the hash of the entry before and this entry, 64 hex digits.
    """

    revision: int
    at: str
    actor: str
    key: str | None
    step: Step
    group: int
    target: int | None
    change: Change
    hash: str


@dataclass(frozen=True, slots=True)
class Stored:
    """An entry as it is stored: everything but the change, which is canonical JSON text."""

    revision: int
    at: str
    actor: str
    key: str | None
    step: str
    group: int
    target: int | None
    body: str
    hash: str


def now() -> str:
    """Return the time as ISO 8601 in UTC, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


# Made once: `json.dumps` with options makes an encoder for each value.
_encode = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), allow_nan=False, default=value_of
).encode


def canonical_json(value: Any) -> str:
    """Return the one JSON text of a value: sorted keys, no spaces, finite numbers, ASCII.

    ASCII, because half a character from a damaged paste can be escaped but not stored.

    Examples
    --------
    >>> canonical_json({"b": 1, "a": [0.5, None]})
    '{"a":[0.5,null],"b":1}'
    """
    try:
        return _encode(value)
    except ValueError as error:
        raise OptwidgetsError(
            "Infinite numbers and NaN cannot be recorded. Leave the value out instead."
        ) from error


def genesis(session_id: str) -> str:
    """Return the hash before the first entry; it ties a chain to its session."""
    return hashlib.sha256(f"optwidgets:{session_id}".encode()).hexdigest()


def chain_hash(previous: str, entry: Stored) -> str:
    """Return the hash of an entry that follows one with the hash `previous`."""
    head = canonical_json(
        [
            entry.revision,
            entry.at,
            entry.actor,
            entry.key,
            entry.step,
            entry.group,
            entry.target,
        ]
    )
    text = f"{previous}\n{head}\n{entry.body}"
    return hashlib.sha256(text.encode()).hexdigest()


def check_chain(previous: Stored | str, entries: Sequence[Stored], *, where: str) -> None:
    """Raise if an entry is missing, out of order or was altered after it was recorded.

    `previous` is the entry before the first one, or the session's id if there is none.
    """
    first = isinstance(previous, str)
    last_hash = genesis(previous) if isinstance(previous, str) else previous.hash
    expected = 1 if first else previous.revision + 1  # type: ignore[union-attr]
    for entry in entries:
        if entry.revision != expected or chain_hash(last_hash, entry) != entry.hash:
            raise OptwidgetsError(
                f"{where} was altered or damaged at entry {expected}: its fingerprint does not "
                "match what was recorded. Restore a backup of the file."
            )
        last_hash = entry.hash
        expected += 1


def new_group(
    bodies: Sequence[str],
    *,
    last_revision: int,
    last_hash: str,
    actor: str,
    key: str | None,
    step: Step,
    target: int | None,
) -> list[Stored]:
    """Return the entries of one append, numbered and chained to the last entry."""
    at = now()
    group = last_revision + 1
    previous = last_hash
    entries: list[Stored] = []
    for offset, body in enumerate(bodies):
        bare = Stored(group + offset, at, actor, key, step, group, target, body, "")
        previous = chain_hash(previous, bare)
        entries.append(Stored(group + offset, at, actor, key, step, group, target, body, previous))
    return entries
