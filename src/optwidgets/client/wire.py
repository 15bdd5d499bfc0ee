"""Entries of a journal as they travel: JSON objects, checked by their hashes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change, decode_change, encode_change, to_stored
from optwidgets.journal.entry import STEPS, Entry, Stored, canonical_json, check_chain


def change_to_json(change: Change) -> list[Any]:
    """Return a change as its kind and its data, JSON values."""
    import json

    found: list[Any] = json.loads(encode_change(change))
    return found


def change_from_json(value: Any) -> Change:
    """Return the change that `change_to_json` wrote."""
    return decode_change(canonical_json(value))


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """Return an entry as a JSON object.

    Examples
    --------
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> from optwidgets.journal.memory import MemoryJournal
    >>> [entry] = MemoryJournal().append([MetadataChanged({"name": "Kiln"})], actor="you")
    >>> entry_to_json(entry)["change"]
    ['MetadataChanged', {'fields': {'name': 'Kiln'}, 'removed': []}]
    >>> entries_from_json([entry_to_json(entry)]) == [entry]
    True
    """
    return {
        "revision": entry.revision,
        "at": entry.at,
        "actor": entry.actor,
        "key": entry.key,
        "step": entry.step,
        "group": entry.group,
        "target": entry.target,
        "change": change_to_json(entry.change),
        "hash": entry.hash,
    }


def entries_from_json(values: Iterable[Mapping[str, Any]]) -> list[Entry]:
    """Return the entries that `entry_to_json` wrote.

    Raises
    ------
    OptwidgetsError
        When they are incomplete, or of a version that this one does not know.
    """
    entries = []
    for value in values:
        try:
            step = value["step"]
            if step not in STEPS:
                raise OptwidgetsError(  # noqa: TRY301 - goes through as it is
                    f"An entry of the server has an unknown step, {step!r:.40}."
                )
            entries.append(
                Entry(
                    int(value["revision"]),
                    str(value["at"]),
                    str(value["actor"]),
                    value["key"],
                    step,
                    int(value["group"]),
                    value["target"],
                    change_from_json(value["change"]),
                    str(value["hash"]),
                )
            )
        except OptwidgetsError:
            raise
        except (KeyError, TypeError, ValueError, OverflowError) as error:
            raise OptwidgetsError(
                f"An entry of the server is incomplete: {error!r:.80}."
            ) from error
    return entries


def check_entries(before: Entry | Stored | str, entries: Sequence[Entry], *, where: str) -> None:
    """Raise unless the entries continue the chain; `before` as in `check_chain`."""
    previous = to_stored(before) if isinstance(before, Entry) else before
    check_chain(previous, [to_stored(entry) for entry in entries], where=where)
