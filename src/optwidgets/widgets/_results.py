"""What header and suggestions both say about results: the best one, and how noisy they are."""

from __future__ import annotations

import math
import statistics
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optwidgets.data.table import Objective, Row, Table
    from optwidgets.space.space import Space


def best_row(table: Table, objective: Objective) -> Row | None:
    """Return the finished row with the best result, the earliest of equals.

    Examples
    --------
    >>> from optwidgets.data.table import Objective, Row, Table
    >>> rows = [Row(i, {}, {"Output": y}, state="done") for i, y in ((1, 3.0), (2, 5.0))]
    >>> best_row(Table().with_rows(rows), Objective("Output")).id
    2
    """
    rows = table.done()
    results = [row.outputs.get(objective.name) for row in rows]
    if objective.wanted is None:
        # Of ten thousand rows each time: without a call for each.
        sign = objective.sign
        worth = [-math.inf if result is None else sign * result for result in results]
    else:
        worth = [-math.inf if result is None else objective.worth(result) for result in results]
    # In the order of the table, which is that of the ids: the first of equals stays.
    place = max(range(len(rows)), key=worth.__getitem__, default=None)
    return None if place is None or worth[place] == -math.inf else rows[place]


def noise_of(table: Table) -> float | None:
    """Return the typical standard deviation of a result, or None when nobody gave one.

    Examples
    --------
    >>> from optwidgets.data.table import Row, Table
    >>> noise_of(Table().with_rows([Row(1, {}, {"Output": 1.0}, noise=0.25, state="done")]))
    0.5
    """
    variances = [row.noise for row in table.done() if row.noise]
    return math.sqrt(statistics.median(variances)) if variances else None


def labels_of(row: Row, space: Space) -> str:
    """Return the categories of a row, which tell rows apart at a glance: "B, ethanol"."""
    return ", ".join(
        str(row.inputs[variable.name])
        for variable in space
        if variable.kind == "categorical" and variable.name in row.inputs
    )


def objective_view(table: Table, objective: Objective) -> dict[str, Any]:
    """Return what views need to show values of an objective."""
    best = best_row(table, objective)
    return {
        "name": objective.name,
        "label": objective.label or objective.name,
        "unit": objective.unit,
        "goal": objective.goal,
        "words": objective.words,
        "target": objective.target,
        "band": None if objective.band is None else list(objective.band),
        "best": None if best is None else best.outputs[objective.name],
        "best_row": None if best is None else best.id,
        "noise": noise_of(table),
    }
