"""How an experiment stands: its progress, its best observations, and whether to stop."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optwidgets.data.row import Row
from optwidgets.server.sigopt.experiment import OBSERVED, Experiment
from optwidgets.server.sigopt.rows import NO_MARKS, Marks, observation_json, values_json

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

#: Rank of the older result that the newer ones are to beat, and observations per dimension.
STAGNATION = 5


def trusted(experiment: Experiment) -> list[Row]:
    """Rows that count for what is best: done, of the dearest task, inside all limits."""
    first, *others = (item.name for item in experiment.objectives)
    limited = [item for item in experiment.objectives if item.is_limited]
    task = next((str(t.get("name")) for t in experiment.tasks if t.get("cost") == 1), None)
    switch = experiment.task_variable
    return [
        row
        for row in experiment.state.table.done()
        # Without a generator for each of perhaps ten thousand rows.
        if (not others or all(name in row.outputs for name in others))
        and first in row.outputs
        and (switch is None or row.inputs.get(switch) == task)
        and (not limited or all(item.is_feasible(row.outputs[item.name]) for item in limited))
    ]


def best_rows(experiment: Experiment) -> list[Row]:
    """Find the best observations.

    Returns
    -------
    list of Row
        One for one optimised metric; the Pareto set for two; as many different good ones as
        the experiment has solutions; all that reach every threshold if nothing is optimised.
    """
    optimised = experiment.objectives_with("optimize")
    rows = trusted(experiment)
    if not rows or not optimised:
        return rows
    if len(optimised) > 1:
        from optwidgets.data.outcomes import Outcomes

        return list(Outcomes(optimised, tuple(rows)).pareto_rows())
    target = optimised[0]
    name = target.name

    def worth(row: Row) -> float:
        return target.worth(row.outputs[name])

    # Of equal results the first one: it was there before the others. Rows are in their order.
    solutions = int(experiment.kept.get("num_solutions") or 1)
    if solutions > 1:
        return _different(experiment, sorted(rows, key=worth, reverse=True), solutions)
    return [max(rows, key=worth)]


def _different(experiment: Experiment, ranked: Sequence[Row], number: int) -> list[Row]:
    """Best row, and others far from it and from each other among those that are good.

    Good is what lies at most twice as far below the best result as the median does.
    """
    import statistics

    import numpy as np

    from optwidgets.space.encoding import Encoding

    encoding = Encoding(experiment.state.space)
    target = experiment.objectives_with("optimize")[0]
    worth = {row.id: target.worth(row.outputs[target.name]) for row in ranked}
    best = worth[ranked[0].id]
    least = best - 2 * (best - statistics.median(worth.values()))
    known = [row for row in ranked if encoding.can_encode(row.inputs)]
    good = [row for place, row in enumerate(known) if place < number or worth[row.id] >= least]
    if not good:
        return list(ranked[:number])
    points: NDArray[np.float64] = encoding.encode([row.inputs for row in good])
    chosen = [0]
    while len(chosen) < min(number, len(good)):
        gaps = np.min([np.linalg.norm(points - points[place], axis=1) for place in chosen], axis=0)
        gaps[chosen] = -1.0
        chosen.append(int(np.argmax(gaps)))
    return [good[place] for place in sorted(chosen)]


def best_json(experiment: Experiment, marks: Marks) -> list[dict[str, Any]]:
    """Write the best observations as best assignments."""
    found = []
    for row in best_rows(experiment):
        mark = marks.get(row.id, NO_MARKS)
        values = values_json(experiment, row, mark)
        one = values[0] if len(values) == 1 else {}
        found.append(
            {
                "object": "best_assignments",
                "id": str(row.id),
                "assignments": experiment.assignments(row.inputs),
                "values": values,
                "value": one.get("value"),
                "value_stddev": one.get("value_stddev"),
                "metadata": mark.get("metadata"),
                **experiment.task_json(row.inputs),
            }
        )
    return found


def consumed(experiment: Experiment, rows: Sequence[Row]) -> float:
    """How much of the budget rows used: each 1, or the cost of its task."""
    switch = experiment.task_variable
    if switch is None:
        return len(rows)
    costs = {task.get("name"): float(task.get("cost", 1)) for task in experiment.tasks}
    return math.fsum(costs.get(row.inputs.get(switch), 1.0) for row in rows)


@dataclass(frozen=True)
class Progress:
    """How far an experiment is: its observations, and the three that are shown."""

    count: int
    consumed: float
    first: Row | None
    last: Row | None
    best: Row | None

    @property
    def shown(self) -> set[int]:
        """Numbers of the rows that are shown."""
        return {row.id for row in (self.first, self.last, self.best) if row is not None}


def progress_of(experiment: Experiment) -> Progress:
    """Look at the ends of an experiment, and through its results for the best one."""
    table = experiment.state.table
    count = sum(table.counts[state] for state in OBSERVED)
    one = len(experiment.objectives_with("optimize")) == 1
    best = best_rows(experiment) if one else []
    numbers = range(1, table.next_id)
    return Progress(
        count,
        consumed(experiment, list(experiment.observed())) if experiment.tasks else count,
        _first_observed(experiment, numbers) if count else None,
        _first_observed(experiment, reversed(numbers)) if count else None,
        best[0] if best else None,
    )


def _first_observed(experiment: Experiment, numbers: Iterable[int]) -> Row | None:
    rows = experiment.state.table.rows
    for number in numbers:
        row = rows.get(number)
        if row is not None and row.state in OBSERVED:
            return row
    return None


def progress_json(
    experiment: Experiment, marks: Marks, found: Progress | None = None
) -> dict[str, Any]:
    """Write how far an experiment is."""
    found = found or progress_of(experiment)

    def written(row: Row | None) -> dict[str, Any] | None:
        if row is None:
            return None
        return observation_json(experiment, row, marks.get(row.id, NO_MARKS))

    return {
        "object": "progress",
        "observation_count": found.count,
        "observation_budget_consumed": found.consumed,
        "first_observation": written(found.first),
        "last_observation": written(found.last),
        "best_observation": written(found.best),
    }


def stopping_json(experiment: Experiment) -> dict[str, Any]:
    """Write whether to stop, and why: the budget is used up, or nothing better is found.

    The experiment stagnates when the best of the last 5 observations per parameter does not
    beat the fifth best result before them.
    """
    reasons = []
    optimised = experiment.objectives_with("optimize")
    if len(optimised) == 1 and _stagnates(experiment):
        reasons.append("possible_stagnation")
    budget = experiment.kept.get("observation_budget")
    if budget is not None and consumed(experiment, list(experiment.observed())) > budget:
        reasons.append("observation_budget_reached")
    return {"object": "stopping_criteria", "should_stop": bool(reasons), "reasons": reasons}


def _stagnates(experiment: Experiment) -> bool:
    target = experiment.objectives_with("optimize")[0]
    worth = [target.worth(row.outputs[target.name]) for row in trusted(experiment)]
    window = STAGNATION * max(1, sum(1 for _ in experiment.variables()))
    if len(worth) < window + STAGNATION:
        return False
    before = sorted(worth[:-window], reverse=True)
    return max(worth[-window:]) <= before[STAGNATION - 1]


def importances_json(shares: Mapping[str, float | None], metric: str | None) -> dict[str, Any]:
    """Write how much each parameter matters, from 0 to 1."""
    return {"object": "metric_importances", "metric": metric, "importances": dict(shares)}
