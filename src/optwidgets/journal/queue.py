"""The work queue that ALchemist's users know, as a view of the rows that wait for a result.

A row that is suggested, running or failed is an item of the queue, and so is a done one that was
staged there. What only a queue knows of a row, such as when it was started, stands under a name
of its own in ``state.extras``, so that a change of one item records one item.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState

STATUS = {"suggested": "pending", "running": "running", "failed": "failed", "done": "done"}
FINISHED = ("done", "failed")
_PREFIX = "queue_item "
#: Marks of an item that are ours and no part of it.
STAGED, HIDDEN = "staged", "hidden"
_FIELDS = ("id", "inputs", "plot", "actual_inputs", "started_at", "reason")


def queue_key(number: int) -> str:
    """Return the name in ``state.extras`` of what only the queue knows of a row.

    Examples
    --------
    >>> queue_key(7)
    'queue_item 7'
    """
    return f"{_PREFIX}{number}"


def number_of_key(name: str) -> int | None:
    """Return the row of such a name, or None when it is another one.

    Examples
    --------
    >>> number_of_key("queue_item 7"), number_of_key("control")
    (7, None)
    """
    rest = name.removeprefix(_PREFIX)
    return int(rest) if rest != name and rest.isdecimal() else None


def known_of(row: Row, state: SessionState) -> Mapping[str, Any]:
    """Return what only the queue knows of a row."""
    own = state.extras.get(queue_key(row.id))
    if isinstance(own, Mapping):
        return own
    loaded = (state.extras.get("queue_items") or {}).get(str(row.id))
    return loaded if isinstance(loaded, Mapping) else {}


def item_id(row: Row, state: SessionState) -> str:
    """Return the id of a row in the queue; the same one each time, also in a session file."""
    known = known_of(row, state).get("id")
    if known:
        return str(known)
    return str(uuid.uuid5(uuid.NAMESPACE_OID, f"{state.metadata['session_id']}/{row.id}"))


def is_queued(row: Row, state: SessionState) -> bool:
    """Return whether a row is an item of the queue."""
    known = known_of(row, state)
    if known.get(HIDDEN) or row.state not in STATUS:
        return False
    return row.state != "done" or bool(known.get(STAGED))


def queued_rows(state: SessionState) -> Iterator[Row]:
    """Yield the rows that are items of the queue, in order; the others are not looked at."""
    table = state.table
    named = filter(None, map(number_of_key, state.extras))
    marked = {number for number in named if number in table}
    numbers = marked | set(table.tally.pending)
    failed = sum(table.row(number).state == "failed" for number in marked)
    if failed < table.counts["failed"]:
        numbers |= {row.id for row in table if row.state == "failed"}
    rows = (table.row(number) for number in sorted(numbers))
    return (row for row in rows if is_queued(row, state))


def place_of(row: Row, state: SessionState) -> int | None:
    """Return the position of a row among those with results, or None.

    Counted from the end, where an item that was completed just now stands.
    """
    if row.state != "done":
        return None
    table = state.table
    later = range(row.id + 1, table.next_id)
    behind = sum(number in table and table.row(number).state == "done" for number in later)
    return table.counts["done"] - 1 - behind


def queue_item(row: Row, state: SessionState) -> dict[str, Any]:
    """Return a row as an item of the queue.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("T", "real", bounds=(20, 100))
    >>> number = session.add_staged_experiment({"T": 60})
    >>> item = queue_item(session.state.table.row(number), session.state)
    >>> item["status"], item["inputs"], item["output"]
    ('pending', {'T': 60.0}, None)
    """
    known = known_of(row, state)
    failed, done = row.state == "failed", row.state == "done"
    outputs = [row.outputs.get(name) for name in state.table.target_names]
    return {
        "id": item_id(row, state),
        "inputs": {
            name: row.inputs.get(name)
            for name in state.space.names
            # What is measured when the item is run is not known before.
            if name in row.inputs or name not in state.space.observed
        },
        "reason": None if failed else row.reason or None,
        "status": STATUS[row.state],
        "output": None if not done else outputs[0] if len(outputs) == 1 else outputs,
        "noise": row.noise if done else None,
        "error": (row.reason or "failed") if failed else None,
        "dataset_ref": place_of(row, state),
        "actual_inputs": None,
        "staged_at": row.created_at or None,
        "started_at": None,
        "completed_at": row.finished_at if failed or done else None,
        "plot": None,
        **{name: known[name] for name in _FIELDS if name in known},
    }


def queue_items(state: SessionState) -> list[dict[str, Any]]:
    """Return all items: those that a session file brought finished, then the rows."""
    return [
        *(dict(item) for item in state.extras.get("staged_experiments") or ()),
        *(queue_item(row, state) for row in queued_rows(state)),
    ]


def marks_of(state: SessionState) -> dict[str, Any]:
    """Return what only the queue knows of our rows: number to it, for our part of a file."""
    numbers = sorted(filter(None, map(number_of_key, state.extras)))
    rows = [state.table.row(number) for number in numbers if number in state.table]
    return {str(row.id): {**known_of(row, state), "id": item_id(row, state)} for row in rows}


def read_marks(marks: Any, finished: list[Any]) -> tuple[dict[str, Any], list[Any]]:
    """Return what `marks_of` wrote, by its name, and the finished items that are no row of ours."""
    known = dict(marks) if isinstance(marks, Mapping) else {}
    # As texts: what another program wrote there may be anything.
    ours = {str(mark["id"]) for mark in known.values()}
    others = [item for item in finished if str(item.get("id")) not in ours]
    return {queue_key(int(number)): dict(mark) for number, mark in known.items()}, others
