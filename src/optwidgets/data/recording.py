"""From what a person or a script writes to the rows and edits of the table."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from optwidgets.data.edits import RowEdit
from optwidgets.data.fields import check_fields
from optwidgets.data.frame import BOOKKEEPING
from optwidgets.data.row import Row, SuggestionInfo
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Value
from optwidgets.space.checking import expect_object
from optwidgets.space.numbers import finite_number
from optwidgets.space.space import Space
from optwidgets.space.text import did_you_mean, enumerate_words, short

#: Fields that a person may write, under the name of the field or of its column.
_WRITABLE = {"state", "noise", "note", "iteration", "reason"}
_FIELD_OF = {name: field for name, field in BOOKKEEPING.items() if field in _WRITABLE} | {
    field: field for field in _WRITABLE
}


def now() -> str:
    """Time of now in UTC, as the journal and the table write it.

    Examples
    --------
    >>> len(now()), now()[-6:]
    (29, '+00:00')
    """
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def check_outputs(output: object, table: Table) -> dict[str, float]:
    """Results as a mapping of objectives to finite floats.

    Parameters
    ----------
    output
        One number for the first objective, a mapping, or None for none yet.
    table
        Gives the names of the objectives.

    Raises
    ------
    OptwidgetsError
        An unknown objective, or not a finite number; ``error.column`` names it.

    Examples
    --------
    >>> check_outputs("82,5", Table()), check_outputs(None, Table())
    ({'Output': 82.5}, {})
    """
    names = table.target_names
    if output is None:
        return {}
    if not isinstance(output, Mapping):
        if len(names) > 1:
            raise OptwidgetsError(
                f"There are {len(names)} objectives. Give a result for each: "
                f"{enumerate_words(names)}."
            )
        return {names[0]: finite_number(output, names[0])}
    found: dict[str, float] = {}
    for name, value in output.items():
        if name not in names:
            raise OptwidgetsError(
                f"{short(name)} is not an objective. There is {enumerate_words(names)}.",
                column=str(name),
            )
        if value is not None:
            found[name] = finite_number(value, name)
    return found


def check_inputs(inputs: object, space: Space | None, *, partial: bool = False) -> dict[str, Value]:
    """Return settings as canonical values; without a space any number or text is fine.

    Raises
    ------
    OptwidgetsError
        As `Space.check_point`.

    Examples
    --------
    >>> check_inputs({"T": 80}, None)
    {'T': 80}
    """
    point = expect_object(inputs, "The inputs of an experiment")
    if space is not None:
        return space.check_point(point, partial=partial)
    return check_fields({"inputs": point}, row=0)["inputs"]  # type: ignore[no-any-return]


def new_row(
    number: int,
    inputs: Mapping[str, Value],
    outputs: Mapping[str, float],
    table: Table,
    *,
    state: str | None = None,
    at: str | None = None,
    suggestion: SuggestionInfo | None = None,
    **fields: Any,
) -> Row:
    """Row from checked inputs and outputs; its results decide its state.

    Parameters
    ----------
    number
        Number of the row.
    inputs, outputs
        Checked by `check_inputs` and `check_outputs`.
    table
        Gives the objectives.
    state
        A state to force; None: done when each objective has its result, else
        running.
    at
        Time of creation; None is now.
    suggestion, **fields
        Further fields of the row, checked here.

    Raises
    ------
    OptwidgetsError
        A field is not possible, or a row is to be done without its result.

    Examples
    --------
    >>> new_row(1, {"T": 80.0}, {}, Table()).state
    'running'
    """
    at = at or now()
    complete = all(name in outputs for name in table.target_names)
    if state == "done" and not complete:
        raise OptwidgetsError(
            f"Row {number} has no result for {enumerate_words(_missing(outputs, table))}. "
            "Give the result, or leave the state out.",
            row=number,
            column="State",
        )
    given = {"state": state or ("done" if complete else "running"), **fields}
    checked = check_fields(given, row=number)
    return Row(
        number,
        inputs,
        outputs,
        created_at=at,
        finished_at=at if checked["state"] in ("done", "failed") else None,
        suggestion=suggestion,
        **checked,
    )


def _missing(outputs: Mapping[str, Any], table: Table) -> list[str]:
    return [name for name in table.target_names if outputs.get(name) is None]


def row_edit(
    row: Row, values: Mapping[str, Any], space: Space | None, table: Table, *, at: str | None = None
) -> RowEdit:
    """Edit of one row from cells as people write them.

    A result that completes a suggested, running or failed row makes it done; clearing
    the result of a done row makes it running again. Excluded rows stay excluded.

    Parameters
    ----------
    row
        Row before the edit.
    values
        Column to new value: variables, objectives, and ``state``, ``noise``,
        ``note``, ``iteration``, ``reason`` (or the names of their columns).
        None clears. Texts are read as typed.
    space, table
        What the columns are.
    at
        Time of the edit; None is now.

    Raises
    ------
    OptwidgetsError
        An unknown column, or a value that cannot be read; ``error.row`` and
        ``error.column`` say where. Nothing is changed.

    Examples
    --------
    >>> row_edit(Row(27, {"T": 80.0}), {"Output": 82.5}, None, Table(), at="").fields["state"]
    'done'
    """
    parts: dict[str, dict[str, Any]] = {"inputs": {}, "outputs": {}, "fields": {}}
    for name, value in values.items():
        try:
            part, key, checked = _cell(row, name, value, space, table)
        except OptwidgetsError as error:
            error.row, error.column = row.id, error.column or str(name)
            raise
        parts[part][key] = checked
    fields = parts.pop("fields")
    after = {**row.outputs, **parts["outputs"]}
    if parts["outputs"] or "state" in fields:
        fields |= _state_after(row, after, table, fields.get("state"), now() if at is None else at)
    return RowEdit(row.id, {**fields, **{name: part for name, part in parts.items() if part}})


def _cell(
    row: Row, name: str, value: Any, space: Space | None, table: Table
) -> tuple[str, str, Any]:
    """Which part of the row a column is, and the checked value for it."""
    if space is not None and name in space:
        variable = space[name]
        if _is_empty(value):
            return "inputs", name, None
        read = variable.parse if isinstance(value, str) else variable.check
        return "inputs", name, read(value)
    if name in table.target_names:
        return "outputs", name, None if _is_empty(value) else finite_number(value, name)
    if name in _FIELD_OF:
        return "fields", _FIELD_OF[name], value
    for part, there in (("outputs", name in row.outputs), ("inputs", name in row.inputs)):
        # A removed variable or objective: its column was kept and can be corrected.
        if there or (space is None and part == "inputs"):
            return part, name, check_fields({part: {name: value}}, row=row.id)[part][name]
    known = (*(space.names if space else ()), *table.target_names, *BOOKKEEPING)
    raise OptwidgetsError(did_you_mean(name, known), column=str(name))


def _state_after(
    row: Row, outputs: Mapping[str, Any], table: Table, wanted: Any, at: str
) -> dict[str, Any]:
    """State and time of the end that follow from the results, or from a state that was set."""
    missing = _missing(outputs, table)
    state = wanted or row.state
    if wanted == "done" and missing:
        raise OptwidgetsError(
            f"Row {row.id} has no result for {enumerate_words(missing)}. "
            "Type the result to complete it.",
            row=row.id,
            column="State",
        )
    if wanted is None and not missing and row.state in ("suggested", "running", "failed"):
        state = "done"
    elif wanted is None and missing and row.state == "done":
        state = "running"
    if state == row.state:
        return {}
    if state in ("done", "failed"):
        return {"state": state, "finished_at": at}
    if state in ("suggested", "running"):
        return {"state": state, "finished_at": None}
    return {"state": state}


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())
