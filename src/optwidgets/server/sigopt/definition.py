"""An experiment of SigOpt as the beginning of a session."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from optwidgets.data.edits import ObjectivesSet
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change, ExtrasSet
from optwidgets.server.sigopt.linear import check_feasible, read_constraint
from optwidgets.server.sigopt.metrics import Metrics, read_metrics
from optwidgets.server.sigopt.parameters import Parameter, read_conditional, read_parameter
from optwidgets.server.sigopt.reading import Fields
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.edits import ConstraintAdded, VariableAdded
from optwidgets.space.space import Space
from optwidgets.space.text import short
from optwidgets.space.variable import Categorical, Discrete

#: Where a session keeps what has no home in its space and its table.
PART = "sigopt"
TYPES = ("offline", "random", "grid")
CREATE_KEYS = (
    "name",
    "parameters",
    "metrics",
    "type",
    "project",
    "observation_budget",
    "budget",
    "parallel_bandwidth",
    "num_solutions",
    "conditionals",
    "linear_constraints",
    "tasks",
    "metadata",
    "runs_only",
    # 1.x and v0 send it; it is the only metric.
    "metric",
    # What R, Java and MATLAB clients send along.
    "client_id",
    "development",
)
MAX_PARAMETERS = 100
MAX_GRID = 10_000_000
#: Entries of the other lists: more are a mistake, and each one is checked while others wait.
MAX_ENTRIES = 100


@dataclass(frozen=True)
class Definition:
    """What an experiment is about, checked.

    Parameters
    ----------
    name
        Its name.
    space
        Parameters, conditionals and linear constraints; with tasks also a variable for the task.
    metrics
        What is measured.
    kept
        What has no home in the space: goes into the session's extras as ``"sigopt"``.
    project
        Name of a project, or None.
    """

    name: str
    space: Space
    metrics: Metrics
    kept: dict[str, Any] = field(default_factory=dict)
    project: str | None = None

    def changes(self) -> list[Change]:
        """Return the changes that make an empty session this experiment."""
        found: list[Change] = [VariableAdded(variable) for variable in self.space]
        found += [ConstraintAdded(rule) for rule in self.space.constraints]
        objectives = self.metrics.objectives
        # The unnamed maximised metric is the output that a session has anyway.
        if not self.metrics.unnamed or objectives[0].goal != "maximize":
            found.append(ObjectivesSet(objectives))
        return [*found, ExtrasSet({PART: self.kept})]


def read_definition(data: Any) -> Definition:
    """Read what a client wants to create.

    Raises
    ------
    OptwidgetsError
        A rule of SigOpt is broken, or one of the space.

    Examples
    --------
    >>> found = read_definition(
    ...     {
    ...         "name": "New Experiment",
    ...         "parameters": [
    ...             {"name": "param1", "type": "double", "bounds": {"min": 0, "max": 1.0}}
    ...         ],
    ...     }
    ... )
    >>> found.space.names, found.kept["type"]
    (('param1',), 'offline')
    """
    fields = Fields(data, "The experiment", CREATE_KEYS)
    fields.require("name")
    name = fields.text("name") or ""
    kind = fields.choice("type", TYPES, "offline")
    conditionals = _conditionals(fields)
    parameters = _parameters(fields, conditionals)
    constraints = _constraints(fields, parameters)
    metrics = read_metrics(_metrics(fields))
    kept: dict[str, Any] = {
        "type": kind,
        "parallel_bandwidth": fields.integer("parallel_bandwidth", least=1),
        "num_solutions": fields.integer("num_solutions", least=1),
        "metadata": fields.metadata(),
        "conditionals": list(conditionals),
        "parameters": {item: dict(one.kept) for item, one in parameters.items() if one.kept},
        "strategies": dict(metrics.strategies),
        "unnamed": metrics.unnamed,
        "runs_only": fields.flag("runs_only"),
        "tasks": _tasks(fields),
    }
    kept["observation_budget"] = _budget(fields, kind, parameters, kept["runs_only"])
    _check_together(kept, metrics, conditionals)
    variables = [*conditionals.values(), *(one.variable for one in parameters.values())]
    if kept["tasks"]:
        switch = _task_variable(variables, metrics, kept["tasks"])
        kept["task_variable"] = switch.name
        variables.append(switch)
    space = Space(tuple(variables), tuple(constraints))
    plain = {key: value for key, value in kept.items() if value not in (None, {}, [], False)}
    return Definition(name, space, metrics, plain, fields.text("project"))


def _entries(fields: Fields, key: str) -> list[Any]:
    given = fields.items(key) or []
    if len(given) > MAX_ENTRIES:
        raise OptwidgetsError(
            f"{key} has {len(given)} entries. Use at most {MAX_ENTRIES}.", field=key
        )
    return given


def _conditionals(fields: Fields) -> dict[str, Categorical]:
    found: dict[str, Categorical] = {}
    for item in _entries(fields, "conditionals"):
        variable = read_conditional(item)
        if variable.name in found:
            raise OptwidgetsError(
                f"The conditional {short(variable.name)} is there twice.", field="conditionals"
            )
        found[variable.name] = variable
    return found


def _parameters(fields: Fields, conditionals: Mapping[str, Categorical]) -> dict[str, Parameter]:
    fields.require("parameters")
    given = fields.items("parameters") or []
    if not 1 <= len(given) <= MAX_PARAMETERS:
        raise OptwidgetsError(
            f"parameters of the experiment must be a list of 1 to {MAX_PARAMETERS} parameters.",
            field="parameters",
        )
    found: dict[str, Parameter] = {}
    for item in given:
        one = read_parameter(item, conditionals)
        if one.variable.name in found:
            raise OptwidgetsError(
                f"The parameter {short(one.variable.name)} is there twice.", field="parameters"
            )
        found[one.variable.name] = one
    return found


def _constraints(fields: Fields, parameters: Mapping[str, Parameter]) -> list[LinearConstraint]:
    given = _entries(fields, "linear_constraints")
    found = [
        read_constraint(item, parameters, str(place)) for place, item in enumerate(given, start=1)
    ]
    if found:
        check_feasible(found, parameters)
    return found


def _metrics(fields: Fields) -> list[Any] | None:
    if fields.has("metric"):
        if fields.has("metrics"):
            raise OptwidgetsError("Give metric or metrics, not both.", field="metrics")
        return [fields.data["metric"]]
    return fields.items("metrics")


def _tasks(fields: Fields) -> list[dict[str, Any]]:
    found: dict[str, float] = {}
    given = _entries(fields, "tasks")
    for item in given:
        task = Fields(item, "A task", ("name", "cost", "object"))
        task.require("name")
        task.require("cost")
        name, cost = task.text("name", longest=50) or "", task.number("cost") or 0.0
        if not 0 < cost <= 1:
            raise task.wrong("cost", "above 0 and at most 1")
        found[name] = cost
    costs = list(found.values())
    if given and (
        len(found) < len(given)
        or len(found) < 2
        or costs.count(1) != 1
        or len(set(costs)) < len(costs)
    ):
        raise OptwidgetsError(
            "tasks must be at least two, with different names and costs, and exactly one of "
            "them must cost 1.",
            field="tasks",
        )  # fmt: skip
    return [{"name": name, "cost": cost} for name, cost in found.items()]


def _task_variable(
    variables: Iterable[Any], metrics: Metrics, tasks: Iterable[Mapping[str, Any]]
) -> Categorical:
    taken = {item.name for item in (*variables, *metrics.objectives)}
    name = "task"
    while name in taken:
        name += "_"
    # The dearest task last: the order of the labels is the order of trust.
    ordered = sorted(tasks, key=lambda task: float(task["cost"]))
    return Categorical(name, tuple(str(task["name"]) for task in ordered))


def _budget(
    fields: Fields, kind: str, parameters: Mapping[str, Parameter], runs_only: bool
) -> int | None:
    if fields.has("budget") and fields.has("observation_budget"):
        raise OptwidgetsError(
            "Give observation_budget or budget, not both.", field="observation_budget"
        )
    key = "budget" if fields.has("budget") or runs_only else "observation_budget"
    budget = fields.integer(key, least=1)
    if kind != "grid":
        return budget
    cells = 1
    for name, one in parameters.items():
        if isinstance(one.variable, Discrete):
            cells *= len(one.variable.values)
        elif isinstance(one.variable, Categorical):
            cells *= len(one.variable.categories)
        else:
            raise OptwidgetsError(
                f"The parameter {short(name)} needs a grid: the experiment is of type grid.",
                field="grid",
            )
    if cells > MAX_GRID:
        raise OptwidgetsError(
            f"The grid has {cells} points. Use at most {MAX_GRID}.", field="parameters"
        )
    if budget not in (None, cells):
        raise OptwidgetsError(
            f"observation_budget of a grid of {cells} points is {cells}, not {budget}. "
            "Leave it out.",
            field=key,
        )
    return cells


def _check_together(
    kept: Mapping[str, Any], metrics: Metrics, conditionals: Mapping[str, Any]
) -> None:
    solutions = (kept["num_solutions"] or 1) > 1
    reasons = {
        "two optimised metrics": len(metrics.named("optimize")) > 1,
        "constraint metrics": bool(metrics.named("constraint")),
        "num_solutions above 1": solutions,
        "tasks": bool(kept["tasks"]),
    }
    found = [words for words, given in reasons.items() if given]
    if found and kept["observation_budget"] is None:
        raise OptwidgetsError(
            f"An experiment with {found[0]} needs an observation_budget.",
            field="observation_budget",
        )
    if kept["tasks"] and len(found) > 1:
        raise OptwidgetsError(f"An experiment with tasks must not have {found[0]}.", field="tasks")
    if conditionals and (solutions or kept["type"] == "grid"):
        other = "num_solutions above 1" if solutions else "the type grid"
        raise OptwidgetsError(
            f"An experiment with conditionals must not have {other}.", field="conditionals"
        )
