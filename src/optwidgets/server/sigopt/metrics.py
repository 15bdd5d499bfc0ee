"""SigOpt's metrics as objectives with limits, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from optwidgets.data.objective import DEFAULT_TARGET, Objective
from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.reading import Fields
from optwidgets.space.text import short

MAX_METRICS = 50
MAX_OPTIMISED = 2
MAX_CONSTRAINTS = 4
STRATEGIES = ("optimize", "store", "constraint")
GOALS = ("maximize", "minimize")
#: Side of the limit that a threshold is.
SIDE = {"maximize": "lower", "minimize": "upper"}


@dataclass(frozen=True)
class Metrics:
    """Objectives of a session, and what of the metrics has no place in them.

    Parameters
    ----------
    objectives
        In the order of the request.
    strategies
        Objective to ``store`` or ``constraint``; the others are optimised.
    unnamed
        Whether the only metric has no name.
    """

    objectives: tuple[Objective, ...]
    strategies: Mapping[str, str] = field(default_factory=dict)
    unnamed: bool = False

    def named(self, strategy: str) -> tuple[Objective, ...]:
        """Objectives of one strategy."""
        return tuple(
            item
            for item in self.objectives
            if self.strategies.get(item.name, "optimize") == strategy
        )


def read_metrics(given: Sequence[Any] | None) -> Metrics:
    """Read the metrics of an experiment; none is one unnamed metric that is maximised.

    Raises
    ------
    OptwidgetsError
        A rule of SigOpt is broken.

    Examples
    --------
    >>> read_metrics(None).unnamed
    True
    >>> found = read_metrics(
    ...     [
    ...         "speed",
    ...         {"name": "cost", "strategy": "constraint", "objective": "minimize", "threshold": 3},
    ...     ]
    ... )
    >>> [(item.name, item.upper) for item in found.objectives]
    [('speed', None), ('cost', 3.0)]
    """
    if not given:
        return Metrics((Objective(DEFAULT_TARGET),), unnamed=True)
    if len(given) > MAX_METRICS:
        raise OptwidgetsError(
            f"metrics has {len(given)} entries. Use at most {MAX_METRICS}.", field="metrics"
        )
    several = len(given) > 1
    objectives: list[Objective] = []
    strategies: dict[str, str] = {}
    thresholds: list[str] = []
    unnamed = False
    for item in given:
        fields = Fields(
            {"name": item} if isinstance(item, str) else item,
            "A metric",
            ("name", "objective", "strategy", "threshold", "object"),
        )
        name = fields.text("name")
        if name is None:
            if several:
                raise OptwidgetsError(
                    "Each metric needs a name if there is more than one.", field="metrics"
                )
            unnamed, name = True, DEFAULT_TARGET
        goal = fields.choice("objective", GOALS, "maximize")
        strategy = fields.choice("strategy", STRATEGIES, "optimize")
        threshold = fields.number("threshold")
        if strategy == "constraint" and threshold is None:
            raise OptwidgetsError(
                f"The metric {short(name)} is a constraint: it needs a threshold.",
                field="threshold",
            )
        if strategy == "store" and threshold is not None:
            raise OptwidgetsError(
                f"The metric {short(name)} is only stored: it must not have a threshold.",
                field="threshold",
            )
        if strategy != "optimize":
            strategies[name] = strategy
        elif threshold is not None:
            thresholds.append(name)
        objective = with_threshold(Objective(name, goal), threshold)
        if objective.name != name:
            raise OptwidgetsError(
                f'The metric "{short(name)}" must not have blanks at the ends or twice in a row, '
                "nor control characters.",
                field="name",
            )
        objectives.append(objective)
    found = Metrics(tuple(objectives), strategies, unnamed)
    _check_numbers(found, thresholds)
    return found


def _check_numbers(metrics: Metrics, thresholds: Sequence[str]) -> None:
    names = [item.name for item in metrics.objectives]
    if len(set(names)) < len(names):
        double = next(name for name in names if names.count(name) > 1)
        raise OptwidgetsError(f"The metric {short(double)} is there twice.", field="metrics")
    optimised, limited = metrics.named("optimize"), metrics.named("constraint")
    if len(optimised) > MAX_OPTIMISED:
        raise OptwidgetsError(
            f"{len(optimised)} metrics are to be optimised. Use at most {MAX_OPTIMISED}.",
            field="metrics",
        )
    if len(limited) > MAX_CONSTRAINTS:
        raise OptwidgetsError(
            f"{len(limited)} metrics are constraints. Use at most {MAX_CONSTRAINTS}.",
            field="metrics",
        )
    if not optimised and not limited:
        raise OptwidgetsError(
            "No metric is optimised or a constraint. Give at least one.", field="metrics"
        )
    if len(optimised) == 1 and thresholds:
        raise OptwidgetsError(
            f"The metric {short(thresholds[0])} is the only one that is optimised: it must not "
            "have a threshold.",
            field="threshold",
        )


def with_threshold(objective: Objective, threshold: float | None) -> Objective:
    """Objective whose results must reach a value to be feasible; None takes the limit away.

    Examples
    --------
    >>> with_threshold(Objective("speed"), 5).lower
    5.0
    """
    limit: dict[str, Any] = {SIDE.get(objective.goal, "lower"): threshold}
    return replace(objective, **limit)


def threshold_of(objective: Objective) -> float | None:
    """Limit on the side that a threshold is on."""
    value: float | None = getattr(objective, SIDE.get(objective.goal, "lower"))
    return value


def metric_json(
    objective: Objective, strategies: Mapping[str, str], *, unnamed: bool
) -> dict[str, Any]:
    """Write an objective as a metric.

    A target or a band, which SigOpt does not have, shows as a stored metric: no client
    may take the larger value for the better one.
    """
    known = objective.goal in GOALS
    return {
        "object": "metric",
        "name": None if unnamed else objective.name,
        "objective": objective.goal if known else "maximize",
        "strategy": strategies.get(objective.name, "optimize") if known else "store",
        "threshold": threshold_of(objective) if known else None,
    }
