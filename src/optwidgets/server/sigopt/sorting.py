"""The orders in which observations can be listed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.experiment import Experiment
from optwidgets.server.sigopt.rows import NO_MARKS, Marks, stddev_of
from optwidgets.space.text import short

Key = Callable[[Row], Any]


def sorted_rows(
    experiment: Experiment,
    rows: Iterable[Row],
    marks: Marks,
    *,
    sort: str | None = None,
    ascending: str | None = None,
) -> list[Row]:
    """Order rows as a client asked for; newest first if it did not.

    Parameters
    ----------
    sort
        ``id``, ``timestamp``, ``task``, ``value``, ``value-NAME``, ``value_stddev-NAME`` or
        ``parameter-NAME``.
    ascending
        ``"true"``, ``"True"`` or ``"1"``, or the opposites.

    Raises
    ------
    OptwidgetsError
        For an order that the experiment does not have.
    """
    rows, key = list(rows), _key(experiment, marks, sort or "id")
    upward = read_flag(ascending, "ascending")
    there = [row for row in rows if key(row) is not None]
    ids = {row.id for row in there}
    rest = [row for row in rows if row.id not in ids]
    there.sort(key=lambda row: (key(row), row.id), reverse=not upward)
    # What has no value to sort by is last, whatever the direction.
    return there + sorted(rest, key=lambda row: row.id, reverse=not upward)


def read_flag(text: str | None, name: str) -> bool:
    """Read true or false as clients write them in a query.

    Examples
    --------
    >>> read_flag("True", "ascending"), read_flag(None, "ascending")
    (True, False)
    """
    folded = (text or "false").lower()
    if folded not in {"true", "1", "false", "0"}:
        raise OptwidgetsError(f"{name} must be true or false, not {short(text)}.", field=name)
    return folded in {"true", "1"}


def _key(experiment: Experiment, marks: Marks, sort: str) -> Key:
    kind, _, name = sort.partition("-")
    objectives = [item.name for item in experiment.objectives]
    if kind == "value" and not name and len(objectives) == 1:
        name = objectives[0]
    if sort == "id":
        return lambda row: row.id
    if sort == "timestamp":
        return lambda row: row.finished_at or row.created_at
    if sort == "task" and experiment.task_variable is not None:
        switch = experiment.task_variable
        return lambda row: row.inputs.get(switch)
    if kind == "value" and name in objectives:
        return lambda row: row.outputs.get(name)
    if kind == "value_stddev" and name in objectives:
        return lambda row: stddev_of(experiment, row, name, marks.get(row.id, NO_MARKS))
    if kind == "parameter" and name in experiment.state.space:
        return lambda row: row.inputs.get(name)
    raise OptwidgetsError(
        f"sort must be id, timestamp, value-NAME, value_stddev-NAME, parameter-NAME or task, "
        f"not {short(sort)}.",
        field="sort",
    )
