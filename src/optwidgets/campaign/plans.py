"""From a state to planned experiments, and recorded plans and suggestions computed again: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.asking import Ask
from optwidgets.campaign.suggesting import (
    SPACE_FILLING,
    Suggested,
    even_points,
    fill_space,
    propose,
    record_of,
)
from optwidgets.designs.labels import BLOCK
from optwidgets.designs.planning import Plan, plan
from optwidgets.designs.report import alias_chains, report_design
from optwidgets.designs.split_plot import METHOD as SPLIT_PLOT
from optwidgets.designs.split_plot import split_plot_design
from optwidgets.designs.split_plot_question import SplitPlotQuestion
from optwidgets.designs.strata import strata_of
from optwidgets.space.encoding import Encoding

if TYPE_CHECKING:
    from optwidgets.campaign.fitting import Models
    from optwidgets.journal.state import SessionState

# Labels of a run that its row tells.
# What a run lies in, the coarsest first.
_WITHIN = ("WholePlot", "Subplot")
_PLOTS = (BLOCK, *_WITHIN)


@dataclass(frozen=True)
class Planned:
    """A plan, and the same as suggestions that can be put into the table.

    Parameters
    ----------
    plan
        Points, labels and what is known of them.
    suggested
        The points as suggestions, with the recipe to compute them again.
    """

    plan: Plan
    suggested: Suggested


def plan_design(
    state: SessionState, method: str, n: int | None, seed: int, options: Mapping[str, Any]
) -> Planned:
    """Plan experiments by a design; see `optwidgets.designs.planning.plan`.

    Rows that did not fail are counted in where the design can do that. Observed variables
    are no part of it: they are measured when a run is carried out.
    """
    made = plan(
        state.space.chosen, method, n, seed=seed, existing=runs_there(state), options=options
    )
    return _planned(state, made, {"n_points": n, **options}, seed)


def evaluate(
    state: SessionState,
    points: Sequence[Mapping[str, Any]] | None,
    variance_ratio: float = 1.0,
    **asked: Any,
) -> dict[str, Any]:
    """Tell what experiments can say about a model; see `designs.report.report_design`."""
    encoding = Encoding(state.space.chosen)
    given = runs_there(state) if points is None else list(points)
    runs = [point for point in given if points is not None or encoding.can_encode(point)]
    X = encoding.encode(runs)
    blocks = [int(point[BLOCK]) for point in runs if BLOCK in point and BLOCK not in encoding.space]
    kinds = [kind for kind in _WITHIN if kind not in encoding.space]
    report = report_design(
        encoding,
        X,
        blocks=blocks if len(blocks) == len(X) else None,
        strata=strata_of(runs, kinds, variance_ratio),
        **asked,
    )
    return report.to_dict() | {"alias_chains": alias_chains(encoding, X)}


def runs_there(state: SessionState) -> list[dict[str, Any]]:
    """Return the inputs of the rows that did not fail: what a plan need not repeat."""
    return [dict(row.inputs) for row in state.table if row.state != "failed"]


def plan_split_plot(state: SessionState, seed: int, options: Mapping[str, Any]) -> Planned:
    """Plan a split-plot design; see `optwidgets.designs.split_plot.split_plot_design`."""
    if not options.get("hard") and not options.get("very_hard"):
        named = {v.name: v.changes for v in state.space.chosen if v.hard_to_change}
        marked = {
            level: [n for n, at in named.items() if at == level] for level in set(named.values())
        }
        options = {**options, **marked}
    made = split_plot_design(state.space.chosen, SplitPlotQuestion(**options), seed=seed)
    return _planned(state, made, options, seed)


def _planned(state: SessionState, made: Plan, options: Mapping[str, Any], seed: int) -> Planned:
    objective = state.table.objective()
    ask = Ask(
        strategy=made.method,
        n=len(made.points),
        goal=objective.goal,
        objective=objective.name,
        options=dict(options),
        seed=seed,
        kind="design",
    )
    record = record_of(state, ask, "design") | {"design": made.info}
    points = even_points(state, made.points, made.method, fallback=False)
    reasons = tuple(
        ", ".join(
            [
                label.get("Reason", made.method),
                *(f"{name} {label[name]}" for name in _PLOTS if name in label),
            ]
        )
        for label in made.labels
    )
    return Planned(made, replace(Suggested(points, record), reasons=reasons))


def recompute(state: SessionState, record: Mapping[str, Any], models: Models) -> Suggested:
    """Return the points that a record describes, computed again from the state of then."""
    ask = Ask(**record["ask"])
    if record["kind"] == "design":
        options = dict(ask.options)
        if ask.strategy == SPLIT_PLOT:
            return plan_split_plot(state, ask.seed, options).suggested
        # Records of the first version hold the number only.
        n = options.pop("n_points", ask.n)
        return plan_design(state, ask.strategy, n, ask.seed, options).suggested
    if record["kind"] == SPACE_FILLING:
        return fill_space(state, ask, str(record.get("message", "")))
    return propose(state, ask, models)
