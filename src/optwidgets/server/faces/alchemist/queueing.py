"""What is done to the work queue, as changes of a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.experiments import pending_row
from optwidgets.data.edits import RowEdit, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.data.recording import check_inputs, new_row, now, row_edit
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change, ExtrasSet
from optwidgets.journal.queue import (
    FINISHED,
    HIDDEN,
    STAGED,
    STATUS,
    item_id,
    known_of,
    queue_item,
    queue_key,
    queued_rows,
)
from optwidgets.server.errors import Conflict, NotFound

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession

PLOT_COLUMNS = ("WholePlot", "Subplot", "RunOrder")
LOADED = "staged_experiments"


def find_row(state: SessionState, wanted: str) -> Row:
    """Return the row of an item.

    Raises
    ------
    NotFound
        When the queue has no such item.
    """
    for row in queued_rows(state):
        if item_id(row, state) == wanted:
            return row
    raise NotFound(f"There is no item {wanted[:80]!r} in the queue of this session.")


def stage(
    session: OptimizationSession, points: Sequence[tuple[Mapping[str, Any], str | None]]
) -> list[str]:
    """Put points into the queue, all or none, and return the ids of their items.

    A point that the server suggested just before becomes the item itself, so that it stands in
    the table once.

    Parameters
    ----------
    session
        Where.
    points
        Settings and why they are to be run. ``WholePlot``, ``Subplot`` and ``RunOrder`` of a
        split plot may stand among the settings.
    """
    state = session.state
    rows: list[Row] = []
    marks: dict[str, Any] = {}
    edits: list[RowEdit] = []
    staged: list[int] = []
    free = [row for row in state.table.pending() if known_of(row, state).get(HIDDEN)]
    for place, (given, reason) in enumerate(points, start=1):
        inputs = _settings(state, given, place)
        plot = {name: _whole(given[name]) for name in PLOT_COLUMNS if given.get(name) is not None}
        words = reason or _note(given)
        row = pending_row(state, inputs, free) if free else None
        if row is None:
            number = state.table.next_id + len(rows)
            row = new_row(number, inputs, {}, state.table, state="suggested", reason=words)
            rows.append(row)
        else:
            free.remove(row)
            # As it was sent: a client may have rounded what was suggested, and looks for that.
            sent = {name: value for name, value in inputs.items() if row.inputs.get(name) != value}
            fields = {"inputs": sent, "reason": words}
            fields = {name: value for name, value in fields.items() if value}
            edits += [RowEdit(row.id, fields)] if fields else []
        mark = {STAGED: True, "inputs": inputs}
        marks[queue_key(row.id)] = mark | ({"plot": plot} if plot else {})
        staged.append(row.id)
    changes: list[Change] = [RowsAdded(tuple(rows))] if rows else []
    if edits:
        changes.append(RowsEdited(tuple(edits)))
    if marks:
        session.commit([*changes, ExtrasSet(marks)])
    after = session.state
    return [item_id(after.table.row(number), after) for number in staged]


def hiding(numbers: Iterable[int]) -> dict[str, Any]:
    """Return the extras that keep suggested rows out of the queue until somebody stages them.

    ALchemist's suggestions are only answered; its clients stage those that they want.
    """
    return {queue_key(number): {HIDDEN: True} for number in numbers}


def start(session: OptimizationSession, row: Row) -> None:
    """Say that a pending item is being run."""
    _expect(row, ("suggested",), "started", session.state)
    known = {**known_of(row, session.state), "started_at": now()}
    edit = RowEdit(row.id, {"state": "running"})
    session.commit([RowsEdited((edit,)), ExtrasSet({queue_key(row.id): known})])


def complete(
    session: OptimizationSession,
    row: Row,
    outputs: Sequence[float] | Mapping[str, float],
    *,
    noise: float | None = None,
    actual: Mapping[str, Any] | None = None,
    iteration: int | None = None,
    reason: str | None = None,
) -> None:
    """Record the result of an item, and the settings that it was really run at."""
    state = session.state
    _expect(row, ("suggested", "running"), "completed", state)
    names = state.table.target_names
    if not isinstance(outputs, Mapping):
        if len(outputs) != len(names):
            raise OptwidgetsError(
                f"An item takes {len(names)} output{'s' if len(names) > 1 else ''}, one for each "
                f"objective, not {len(outputs)}."
            )
        outputs = dict(zip(names, outputs, strict=True))
    missing = [name for name in names if name not in outputs]
    if missing:
        raise OptwidgetsError(f"The result for {missing[0]} is missing.", column=missing[0])
    values: dict[str, Any] = dict(outputs)
    round_ = iteration if iteration is not None else _next_iteration(state, row)
    said = {"noise": noise, "iteration": round_, "reason": reason}
    values |= {name: value for name, value in said.items() if value is not None}
    if actual is not None:
        values |= check_inputs(_without_plot(actual), state.space)
    if row.state == "suggested" and not row.reason and reason is None:
        values["reason"] = "Manual"
    edit = row_edit(row, values, state.space, state.table)
    known: dict[str, Any] = {STAGED: True, "inputs": dict(row.inputs), **known_of(row, state)}
    known.pop(HIDDEN, None)
    known["reason"] = reason or row.reason or None
    if actual is not None:
        known["actual_inputs"] = dict(actual)
    session.commit([RowsEdited((edit,)), ExtrasSet({queue_key(row.id): known})])


def fail(session: OptimizationSession, row: Row, error: str) -> None:
    """Say that an item could not be run, and why."""
    _expect(row, ("suggested", "running"), "failed", session.state)
    known = {**known_of(row, session.state), "reason": row.reason or None}
    fields = {"state": "failed", "reason": error.strip() or "failed", "finished_at": now()}
    edit = RowEdit(row.id, fields)
    session.commit([RowsEdited((edit,)), ExtrasSet({queue_key(row.id): known})])


def delete(session: OptimizationSession, rows: Sequence[Row]) -> None:
    """Take pending items out of the queue, and with it out of the table."""
    for row in rows:
        _expect(row, ("suggested",), "deleted", session.state)
    if rows:
        session.commit([RowsRemoved(tuple(row.id for row in rows)), *_forgotten(session, rows)])


def purge(session: OptimizationSession) -> int:
    """Take finished items out of the queue and return how many; their rows stay in the table."""
    state = session.state
    rows = [row for row in queued_rows(state) if row.state in FINISHED]
    loaded = [item for item in state.extras.get(LOADED) or () if item.get("status") in FINISHED]
    marks: dict[str, Any] = {
        queue_key(row.id): {**known_of(row, state), HIDDEN: True} for row in rows
    }
    kept = [item for item in state.extras.get(LOADED) or () if item not in loaded]
    if loaded:
        marks[LOADED] = kept
    if marks:
        session.commit([ExtrasSet(marks)])
    return len(rows) + len(loaded)


def pending(state: SessionState) -> list[Row]:
    """Return the rows that are staged and not started."""
    return [row for row in queued_rows(state) if row.state == "suggested"]


def one_item(state: SessionState, number: int) -> dict[str, Any]:
    """Return the item of a row."""
    return queue_item(state.table.row(number), state)


def listed(items: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return a list of items with its counts."""
    counts = dict.fromkeys(("pending", "running", "done", "failed"), 0)
    for item in items:
        counts[str(item.get("status"))] = counts.get(str(item.get("status")), 0) + 1
    return {
        "items": list(items),
        **{f"n_{name}": counts[name] for name in ("pending", "running", "done", "failed")},
    }


def _forgotten(session: OptimizationSession, rows: Sequence[Row]) -> list[Change]:
    keys = tuple(queue_key(row.id) for row in rows if queue_key(row.id) in session.state.extras)
    return [ExtrasSet({}, keys)] if keys else []


def _expect(row: Row, states: Sequence[str], verb: str, state: SessionState) -> None:
    if row.state not in states:
        wanted = " or ".join(STATUS[name] for name in states)
        raise Conflict(
            f"Item {item_id(row, state)} is {STATUS.get(row.state, row.state)} and cannot be "
            f"{verb}: only a {wanted} one can."
        )


def _settings(state: SessionState, given: Mapping[str, Any], place: int) -> dict[str, Any]:
    clean = _without_plot(given)
    try:
        point = state.space.check_point(clean, partial=True)
    except OptwidgetsError as error:
        raise OptwidgetsError(f"Item {place}: {error} Nothing was staged.") from error
    missing = state.space.chosen.missing(point)
    if missing:
        raise OptwidgetsError(f"Item {place}: {missing[0]} is missing. Nothing was staged.")
    return dict(point)


def _without_plot(given: Mapping[str, Any]) -> dict[str, Any]:
    """Return the settings alone; names with an underscore in front are notes of a client."""
    return {
        name: value
        for name, value in given.items()
        if name not in PLOT_COLUMNS and not name.startswith("_")
    }


def _note(given: Mapping[str, Any]) -> str:
    """Return the reason that an older client writes among the settings."""
    note = given.get("_reason")
    return note if isinstance(note, str) else ""


def _whole(value: Any) -> int:
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise OptwidgetsError(
            f"WholePlot, Subplot and RunOrder are whole numbers, not {value!r:.40}."
        ) from error


def _next_iteration(state: SessionState, row: Row) -> int:
    if row.iteration is not None:
        return row.iteration
    return next_round(state)


def next_round(state: SessionState) -> int:
    """Return the round of results that name none."""
    last = state.table.last_iteration
    return 0 if last is None else last + 1
