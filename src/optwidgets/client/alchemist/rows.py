"""Rows in ALchemist's REST API: results are added, everything else goes through the queue."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.client.alchemist.saying import Call, cannot

if TYPE_CHECKING:
    from optwidgets.data.edits import RowEdit
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState

_QUEUE = "/experiments/queue"
_WAITING = ("suggested", "running")
_COMPARED = ("inputs", "outputs", "noise", "state", "note", "iteration", "reason")


def calls_of_added(rows: Sequence[Row], state: SessionState) -> Iterator[Call]:
    """Yield the calls that add rows: results in one call, points into the queue in another.

    Raises
    ------
    OptwidgetsError
        For what a row has and ALchemist's API has no field for.
    """
    done = [row for row in rows if row.is_done]
    waiting = [row for row in rows if row.state in _WAITING]
    for row in rows:
        if row.note:
            raise cannot(f"keep a note, as row {row.id} has one")
        if row not in done and row not in waiting:
            raise cannot(f"take a row that is {row.state}, as row {row.id} is")
    if done:
        entries = [_entry(row, state) for row in done]
        yield Call("POST", "/experiments/record-batch", {"entries": entries})
    if waiting:
        items = [{"inputs": dict(row.inputs), "reason": row.reason or None} for row in waiting]
        numbers = tuple(row.id for row in waiting)
        yield Call("POST", _QUEUE, {"items": items}, stages=numbers)
    for row in waiting:
        if row.state == "running":
            yield Call("POST", f"{_QUEUE}/{{{row.id}}}/start")


def calls_of_edited(
    edits: Iterable[RowEdit], state: SessionState, items: Mapping[int, str]
) -> Iterator[Call]:
    """Yield the calls for edits: completing, starting and failing points of the queue.

    Raises
    ------
    OptwidgetsError
        For any other edit.
    """
    entries: list[dict[str, Any]] = []
    steps: list[Call] = []
    for edit in edits:
        before = state.table.row(edit.row)
        after = edit.apply(before)
        if all(getattr(before, name) == getattr(after, name) for name in _COMPARED):
            continue
        if before.state not in _WAITING or before.id not in items:
            raise cannot(f"change row {before.id}, which is {before.state}")
        if after.note != before.note:
            raise cannot(f"keep a note, as row {before.id} has one")
        path = f"{_QUEUE}/{{{before.id}}}"
        if after.is_done:
            entries.append({**_entry(after, state), "item_id": items[before.id]})
        elif after.state == "failed":
            steps.append(Call("POST", f"{path}/fail", {"error": after.reason or "failed"}))
        elif (before.state, after.state) == ("suggested", "running") and _same(before, after):
            steps.append(Call("POST", f"{path}/start"))
        else:
            raise cannot(f"change row {before.id} before it has its result")
    if entries:
        yield Call("POST", "/experiments/record-batch", {"entries": entries})
    yield from steps


def calls_of_removed(
    numbers: Iterable[int], state: SessionState, items: Mapping[int, str]
) -> Iterator[Call]:
    """Yield the calls that take points out of the queue.

    Raises
    ------
    OptwidgetsError
        For a row that is running or has its result.
    """
    for number in numbers:
        row = state.table.row(number)
        if row.state != "suggested" or number not in items:
            raise cannot(f"delete row {number}, which is {row.state}")
        yield Call("DELETE", f"{_QUEUE}/{{{number}}}")


def _entry(row: Row, state: SessionState) -> dict[str, Any]:
    names = state.table.target_names
    if len(names) != 1:
        raise cannot(f"take results for {len(names)} objectives over its REST API")
    found: dict[str, Any] = {"inputs": dict(row.inputs), "output": row.outputs[names[0]]}
    optional = {"noise": row.noise, "iteration": row.iteration, "reason": row.reason or None}
    return found | {name: value for name, value in optional.items() if value is not None}


def _same(before: Row, after: Row) -> bool:
    fields = ("inputs", "outputs", "noise", "iteration", "reason")
    return all(getattr(before, name) == getattr(after, name) for name in fields)
