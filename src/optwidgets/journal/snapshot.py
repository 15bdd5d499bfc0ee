"""The state of a session at one revision as text, so that opening it need not fold its journal.

A snapshot holds nothing that the journal does not say: it can be deleted at any time, and one
that is damaged, of another journal or of a newer version is passed over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from immutables import Map

from optwidgets.data.objective import Objective
from optwidgets.data.packing import pack_rows, unpack_rows
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.collecting import without_collecting
from optwidgets.journal.entry import canonical_json
from optwidgets.journal.remembering import stacks_to_json
from optwidgets.journal.state import SessionState
from optwidgets.space.constraints import constraint_from_dict
from optwidgets.space.derived import derived_from_dict
from optwidgets.space.space import Space
from optwidgets.space.variable import variable_from_dict

if TYPE_CHECKING:
    from optwidgets.journal.folding import Folded

FORMAT = 1
"""Grows with every change of what a text holds; other versions pass over it."""


@dataclass(frozen=True)
class Snapshot:
    """What a session was at a revision.

    Parameters
    ----------
    revision, hash
        Of the entry that it was taken after.
    body
        Canonical JSON of the state and of the steps that can be undone.
    checksum
        SHA-256 over all of it and the session's id, 64 hex digits.
    format
        Version of the body.
    """

    revision: int
    hash: str
    body: str
    checksum: str
    format: int = FORMAT


@runtime_checkable
class HasSnapshot(Protocol):
    """A journal that may know a snapshot of itself."""

    def snapshot(self) -> Snapshot | None:
        """Return the newest one if the journal still has the entry that it was taken after."""
        ...


@runtime_checkable
class KeepsSnapshots(HasSnapshot, Protocol):
    """A journal that keeps a snapshot beside its entries.

    Attributes
    ----------
    snapshot_at_close
        Whether one can be kept when the session is closed.
    """

    snapshot_at_close: bool

    def keep_snapshot(self, snapshot: Snapshot) -> None:
        """Keep it in place of the one before, or do without: nothing is lost."""
        ...


def take_snapshot(session_id: str, folded: Folded) -> Snapshot:
    """Return the snapshot of a fold.

    Parameters
    ----------
    session_id
        The session.
    folded
        The fold; it must not move meanwhile.

    Examples
    --------
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> from optwidgets.journal.folding import Folded
    >>> from optwidgets.journal.memory import MemoryJournal
    >>> from optwidgets.journal.state import initial_state
    >>> journal = MemoryJournal("s", "2026-01-01T00:00:00.000+00:00")
    >>> folded = Folded(initial_state("s", journal.created_at))
    >>> _ = folded.take(journal.append([MetadataChanged({"name": "Reactor"})], actor="you"))
    >>> snapshot = take_snapshot("s", folded)
    >>> again = read_snapshot("s", snapshot)
    >>> again["revision"], state_of(again) == folded.state
    (1, True)
    """
    state = folded.state
    with without_collecting():
        body = canonical_json(state_to_json(state) | {"steps": stacks_to_json(folded.stacks)})
    checksum = _checksum(session_id, state.revision, folded.hash, body)
    return Snapshot(state.revision, folded.hash, body, checksum)


def holds(session_id: str, snapshot: Snapshot) -> bool:
    """Return whether a snapshot is whole, of the session, and of this version."""
    if snapshot.format != FORMAT:
        return False
    known = _checksum(session_id, snapshot.revision, snapshot.hash, snapshot.body)
    return known == snapshot.checksum


def read_snapshot(session_id: str, snapshot: Snapshot) -> Mapping[str, Any] | None:
    """Return the JSON values of a snapshot, or None if it is damaged or of another version."""
    if not holds(session_id, snapshot):
        return None
    try:
        found = json.loads(snapshot.body)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def state_to_json(state: SessionState) -> dict[str, Any]:
    """Return a state as JSON values; `state_of` reads it."""
    space, table = state.space, state.table
    return {
        "revision": state.revision,
        "metadata": dict(state.metadata),
        "variables": [item.to_dict() for item in space.variables],
        "constraints": [item.to_dict() for item in space.constraints],
        "derived": [item.to_dict() for item in space.derived],
        "objectives": [item.to_dict() for item in table.objectives],
        "rows": pack_rows(table),
        "next_id": table.next_id,
        "settings": dict(state.settings),
        "model": None if state.model is None else dict(state.model),
        "extras": dict(state.extras),
        "decisions": dict(state.decisions),
    }


def state_of(data: Mapping[str, Any]) -> SessionState:
    """Return the state that `state_to_json` wrote.

    Raises
    ------
    OptwidgetsError
        When it is none.
    """
    try:
        rows = unpack_rows(data["rows"])
        objectives = tuple(Objective.from_dict(item) for item in data["objectives"])
        numbers = Map((row.id, row) for row in rows)
        last = max((row.id for row in rows), default=0)
        return SessionState(
            metadata=Map(data["metadata"]),
            space=Space(
                _all(variable_from_dict, data["variables"]),
                _all(constraint_from_dict, data["constraints"]),
                _all(derived_from_dict, data["derived"]),
            ),
            table=Table(numbers, objectives, max(last + 1, data["next_id"])),
            settings=Map(data["settings"]),
            model=data["model"],
            extras=Map(data["extras"]),
            decisions=Map(data["decisions"]),
            revision=data["revision"],
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        if isinstance(error, OptwidgetsError):
            raise
        raise OptwidgetsError(f"The snapshot of a session is incomplete: {error!r:.80}.") from error


def _all(read: Any, items: Iterable[Any]) -> tuple[Any, ...]:
    return tuple(read(item) for item in items)


def _checksum(session_id: str, revision: int, entry_hash: str, body: str) -> str:
    head = canonical_json([FORMAT, session_id, revision, entry_hash])
    return hashlib.sha256(f"{head}\n{body}".encode()).hexdigest()
