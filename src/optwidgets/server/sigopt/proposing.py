"""Points that need no model: by hand, at random, on a grid, and while there are few results.

Pure functions of an experiment; they take milliseconds.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from optwidgets.campaign.asking import make_ask, next_seed
from optwidgets.campaign.fitting import results_missing
from optwidgets.campaign.suggesting import fill_space, to_change
from optwidgets.data.recording import now
from optwidgets.data.row import Row, SuggestionInfo
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.journal.changes import SuggestionsMade
from optwidgets.server.sigopt.experiment import Experiment
from optwidgets.server.sigopt.observing import read_assignments
from optwidgets.server.sigopt.prior_points import with_priors
from optwidgets.server.sigopt.reading import Fields
from optwidgets.space.base import Value
from optwidgets.space.text import short
from optwidgets.space.variable import Categorical, Discrete

MANUAL = "manual"
QUEUED = "queued"
RANDOM = "random"
GRID = "grid"


def read_point(
    data: Any, experiment: Experiment, what: str
) -> tuple[dict[str, Value], dict[str, Any]]:
    """Read a point that a client chose itself, and its metadata.

    Raises
    ------
    OptwidgetsError
        For assignments that are incomplete, of another type or outside of the bounds.
    """
    fields = Fields(data, what, ("assignments", "task", "metadata", "no_optimize", "object"))
    fields.require("assignments")
    inputs = read_assignments(fields, experiment)
    outside = experiment.state.space.outside(inputs)
    if outside:
        raise OptwidgetsError(
            f"assignments of {short(outside[0])} lie outside of the experiment's bounds or "
            "constraints.",
            field="assignments",
        )
    return inputs, fields.metadata()


def proposed_row(experiment: Experiment, inputs: Mapping[str, Value], strategy: str) -> Row:
    """Row of a point that somebody or something proposed without a model."""
    last = experiment.state.table.last_iteration
    return Row(
        experiment.state.table.next_id,
        inputs,
        state="suggested",
        iteration=0 if last is None else last + 1,
        reason=strategy,
        created_at=now(),
        suggestion=SuggestionInfo(strategy, made_at_revision=experiment.state.revision),
    )


def needs_model(experiment: Experiment) -> bool:
    """Whether the next point comes from a model: an optimisation with enough results."""
    if experiment.type != "offline":
        return False
    asked = asked_names(experiment)
    missing = [
        results_missing(experiment.state, experiment.state.table.objective(name)) for name in asked
    ]
    return not any(missing)


def asked_names(experiment: Experiment) -> list[str]:
    """Objectives that suggestions are for: the optimised ones, else the constraints."""
    found = experiment.objectives_with("optimize") or experiment.objectives_with("constraint")
    return [item.name for item in found or experiment.objectives]


def suggest_arguments(experiment: Experiment, seconds: float, count: int = 1) -> dict[str, Any]:
    """Arguments of the computation "suggest" for the next points by the model."""
    asked = asked_names(experiment)
    found: dict[str, Any] = {
        "n_suggestions": count,
        "objective": asked[0] if len(asked) == 1 else asked,
        "deadline": seconds,
    }
    hold = held_task(experiment)
    if hold:
        found["hold"] = hold
    return found


def without_model(experiment: Experiment, message: str = "") -> SuggestionsMade | Row:
    """Return the next point without a model.

    Parameters
    ----------
    experiment
        Of any type.
    message
        Why there is no model; empty while there are too few results for one.

    Returns
    -------
    SuggestionsMade or Row
        What to record: for an experiment of type ``random`` or ``grid`` a row.

    Raises
    ------
    OptwidgetsError
        When every point of a grid was suggested.
    """
    if experiment.type == "random":
        return proposed_row(experiment, random_point(experiment), RANDOM)
    if experiment.type == "grid":
        return proposed_row(experiment, grid_point(experiment), GRID)
    arguments = suggest_arguments(experiment, 1.0)
    ask = make_ask(experiment.state, objective=arguments["objective"], hold=arguments.get("hold"))
    priors = priors_of(experiment)
    if priors and not experiment.state.space.constraints:
        point = with_priors(_even_point(experiment, ask.hold), priors, experiment.state.space)
        return proposed_row(experiment, point, "prior")
    words = message or "Too few results for a model: the point covers the space evenly."
    try:
        return to_change(experiment.state, fill_space(experiment.state, ask, words))
    except InfeasibleRegionError:
        raise
    except OptwidgetsError:
        return proposed_row(experiment, random_point(experiment), RANDOM)


def priors_of(experiment: Experiment) -> dict[str, Mapping[str, Any]]:
    """Parameter to its prior, for those that have one."""
    found = {name: experiment.kept_of(name).get("prior") for name in experiment.state.space.names}
    return {name: prior for name, prior in found.items() if isinstance(prior, Mapping)}


def _even_point(experiment: Experiment, hold: Mapping[str, Any]) -> dict[str, Any]:
    from optwidgets.designs.space_filling import design  # needs NumPy and SciPy

    state = experiment.state
    space = state.space.chosen
    points = design(
        space, "sobol", 1, seed=next_seed(state), existing=_known(experiment), hold=hold
    )
    return space.there(points[0])


def random_point(experiment: Experiment) -> dict[str, Any]:
    """Draw a point: uniformly, or by the priors of those parameters that have one."""
    from optwidgets.designs.space_filling import design  # as above

    state = experiment.state
    space = state.space.chosen
    hold = held_task(experiment)
    try:
        points = design(
            space, "random", 1, seed=next_seed(state), existing=_known(experiment), hold=hold
        )
    except InfeasibleRegionError:
        raise
    except OptwidgetsError:
        # Each combination is there already: a random search repeats one.
        points = design(space, "random", 1, seed=next_seed(state), hold=hold)
    point = space.there(points[0])
    priors = priors_of(experiment)
    return point if space.constraints else with_priors(point, priors, space)


def _known(experiment: Experiment) -> list[dict[str, Any]]:
    return [dict(row.inputs) for row in experiment.state.table if row.state != "failed"]


def grid_point(experiment: Experiment) -> dict[str, Any]:
    """Return the first cell of the grid that has no row yet, the last parameter running first.

    Raises
    ------
    OptwidgetsError
        When there is none left.
    """
    variables = list(experiment.variables())
    levels = [_levels(variable) for variable in variables]
    names = [variable.name for variable in variables]
    taken = {tuple(row.inputs.get(name) for name in names) for row in experiment.state.table}
    # Cells in order; a row each, so at most one more than there are rows is looked at.
    for place in range(len(taken) + 1):
        cell = _cell(levels, place)
        if cell is None:
            break
        if cell not in taken:
            return dict(zip(names, cell, strict=True))
    raise OptwidgetsError("Every point of the grid was suggested. The experiment is complete.")


def _levels(variable: Any) -> Sequence[Value]:
    if isinstance(variable, Categorical):
        return variable.categories
    if isinstance(variable, Discrete):
        return variable.values
    raise OptwidgetsError(f"{short(variable.name)} has no grid any more. Give it a list of values.")


def _cell(levels: Sequence[Sequence[Value]], place: int) -> tuple[Value, ...] | None:
    found: list[Value] = []
    for values in reversed(levels):
        place, index = divmod(place, len(values))
        found.append(values[index])
    return tuple(reversed(found)) if place == 0 else None


def held_task(experiment: Experiment) -> dict[str, Any]:
    """Choose the task of the next point: the one that has used least of the budget.

    So every level of cost gets the same share of the budget, and cheap ones more points.
    """
    switch = experiment.task_variable
    if switch is None:
        return {}
    used = {str(task.get("name")): 0.0 for task in experiment.tasks}
    costs = {str(task.get("name")): float(task.get("cost", 1)) for task in experiment.tasks}
    for row in experiment.state.table:
        name = row.inputs.get(switch)
        if isinstance(name, str) and name in used:
            used[name] += costs[name]
    # After the next point, so that the cheap one comes first.
    return {switch: min(used, key=lambda name: (used[name] + costs[name], costs[name]))}
