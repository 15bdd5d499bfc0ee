"""What the next round can be for: all objectives at once, or one of them with a goal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.acquisition.base import SEVERAL, STRATEGIES
from optwidgets.acquisition.naming import (
    default_for_several,
    find_several,
    several_of,
    strategies_of,
)
from optwidgets.campaign import objectives
from optwidgets.data.goals import GOALS, find_goal
from optwidgets.data.objective import Objective
from optwidgets.errors import OptwidgetsError
from optwidgets.plots.words import result_text
from optwidgets.space.numbers import finite_number
from optwidgets.widgets._results import objective_view

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optwidgets.data.edits import ObjectivesSet
    from optwidgets.data.table import Table
    from optwidgets.journal.state import SessionState

#: Stands for all objectives where the name of one is expected: no objective can have it.
ALL = ""
# Results beyond which the reference point is not worked out for every change of the table.
_MANY = 1000


def goals_of(table: Table) -> list[dict[str, Any]]:
    """Return the choices of the Goal box: all objectives, then each with its own goal first.

    Examples
    --------
    >>> from optwidgets.data.table import Table
    >>> [goal["label"] for goal in goals_of(Table())][:3]
    ['Maximise Output', 'Minimise Output', 'Bring Output to a target']
    """
    names = table.target_names
    found: list[dict[str, Any]] = []
    if len(names) > 1:
        label = f"All {len(names)} objectives (Pareto)"
        found.append({"objective": ALL, "goal": "pareto", "label": label, "needs": "", "of": ""})
    for name in names:
        objective = table.objective(name)
        order = sorted(GOALS.values(), key=lambda goal, own=objective.goal: goal.name != own)  # type: ignore[misc]
        found += [
            {
                "objective": name,
                "goal": goal.name,
                "label": _label(objective, goal.name),
                "needs": goal.option,
                "of": objective.label or name,
            }
            for goal in order
        ]
    return found


def _label(objective: Objective, goal: str) -> str:
    name = objective.label or objective.name
    return {
        "target": f"Bring {name} to a target",
        "band": f"Keep {name} in a band",
    }.get(goal, f"{GOALS[goal].verb} {name}")


def fitting_strategies(table: Table, objective: str, backend: str) -> list[dict[str, Any]]:
    """Return the strategies for a choice, the first one is the usual one."""
    if objective != ALL:
        return [
            {
                "name": name,
                "label": STRATEGIES[name].label,
                "balance": bool(STRATEGIES[name].balance),
                "weights": False,
            }
            for name in strategies_of(backend)
        ]
    count = len(table.target_names)
    names = sorted(several_of(count), key=lambda name: name != default_for_several(count))
    return [
        {
            "name": name,
            "label": SEVERAL[name].label,
            "balance": False,
            "weights": "weights" in SEVERAL[name].options,
        }
        for name in names
    ]


def aim_change(
    state: SessionState, name: str, goal: str, numbers: Mapping[str, Any], /, **others: Any
) -> ObjectivesSet:
    """Return the change that gives an objective a goal, its numbers from texts of their fields.

    Parameters
    ----------
    state
        Has the objective.
    name
        Its name.
    goal
        One of `GOALS`.
    numbers
        ``target``, or ``low`` and ``high``; empty to keep those there are.
    **others
        Other options of the objective.

    Raises
    ------
    OptwidgetsError
        ``error.field`` is ``target``, ``low`` or ``high`` where it is a number of the goal.
    """
    option = find_goal(goal).option
    wanted: dict[str, Any] = {}
    if option and (numbers or find_goal(goal).name != state.table.objective(name).goal):
        given = [_number(field, numbers.get(field)) for field in _FIELDS[option]]
        wanted[option] = given[0] if option == "target" else tuple(given)
    try:
        return objectives.changed(state, name, goal=goal, **wanted, **others)
    except OptwidgetsError as error:
        # A band that does not rise is told where its upper end is typed.
        error.field = "high" if error.field == "band" else error.field
        raise


#: The boxes of an option, with their names.
_FIELDS = {"target": {"target": "Target"}, "band": {"low": "From", "high": "To"}}
_WORDS = {field: word for boxes in _FIELDS.values() for field, word in boxes.items()}


def _number(field: str, value: Any) -> float:
    words = _WORDS[field]
    if value is None or not str(value).strip():
        raise OptwidgetsError(f"{words} needs a number.", field=field)
    try:
        return finite_number(value, words)
    except OptwidgetsError as error:
        error.field = field
        raise


def several_views(table: Table) -> list[dict[str, Any]]:
    """Return what a view needs of each objective when all are asked for."""
    return [objective_view(table, table.objective(name)) for name in table.target_names]


def reference_words(table: Table) -> str:
    """Return above and below what the hypervolume is counted; empty before there are results.

    Examples
    --------
    >>> from optwidgets.data.table import Objective, Row, Table
    >>> goals = (Objective("Yield", unit="%"), Objective("pH", "target", target=7))
    >>> rows = [Row(1, {}, {"Yield": 40.0, "pH": 6.0}, state="done")]
    >>> reference_words(Table(objectives=goals).with_rows(rows))
    'Counted: Yield above 36.0 %, pH within 1.10 of 7.'
    """
    from optwidgets.data.outcomes import outcomes_of

    outcomes = outcomes_of(table)
    if not outcomes.rows or len(outcomes.rows) > _MANY:
        return ""
    pairs = zip(outcomes.objectives, outcomes.reference.tolist(), strict=True)
    return f"Counted: {', '.join(_limit(item, worst) for item, worst in pairs)}."


def _limit(objective: Objective, worst: float) -> str:
    name = objective.label or objective.name
    if objective.wanted is None:
        side = "above" if objective.sign > 0 else "below"
        return f"{name} {side} {result_text(worst, unit=objective.unit)}"
    low, high = objective.wanted
    reach = result_text(worst - high, unit=objective.unit)
    return f"{name} within {reach} of {low:g}" + ("" if low == high else f" to {high:g}")


def weights_with(
    table: Table, known: Mapping[str, float], name: str, text: str
) -> dict[str, float]:
    """Return the weights of compromises with another one; an empty text takes it back.

    Raises
    ------
    OptwidgetsError
        For an objective that is not there, no number, one below 0, or all that are 0.

    Examples
    --------
    >>> from optwidgets.data.table import Objective, Table
    >>> table = Table(objectives=(Objective("Yield"), Objective("Cost", "minimize")))
    >>> weights_with(table, {"Cost": 1.0}, "Yield", "2,5")
    {'Cost': 1.0, 'Yield': 2.5}
    """
    objective = table.objective(name)
    weights = {key: value for key, value in known.items() if key != objective.name}
    if text.strip():
        value = finite_number(text, f"The weight of {objective.name}")
        if value < 0:
            raise OptwidgetsError(
                f"The weight of {objective.name} is at least 0, not {value:g}.", field="weights"
            )
        weights[objective.name] = value
    if len(weights) == len(table.target_names) and not any(weights.values()):
        raise OptwidgetsError(
            "One objective has to count: give it a weight above 0.", field="weights"
        )
    return weights


def weights_for(table: Table, options: Mapping[str, Any]) -> dict[str, float] | None:
    """Return the weights of the next round: one for each objective, 1 where none was given.

    None where the strategy takes none or nobody gave any: it then makes other compromises each
    time.
    """
    names, given = table.target_names, options["weights"]
    if not given or "weights" not in find_several(options["strategy"], len(names)).options:
        return None
    return {name: given.get(name, 1.0) for name in names}
