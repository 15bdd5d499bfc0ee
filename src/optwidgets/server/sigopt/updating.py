"""Changes of an experiment that a client asks for, as changes of the session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from optwidgets.data.edits import ObjectivesSet, RowEdit, RowsEdited
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change, ExtrasSet, MetadataChanged
from optwidgets.server.sigopt.definition import PART
from optwidgets.server.sigopt.experiment import Experiment
from optwidgets.server.sigopt.metrics import threshold_of, with_threshold
from optwidgets.server.sigopt.parameters import Parameter, read_parameter
from optwidgets.server.sigopt.reading import Fields
from optwidgets.space.base import Variable
from optwidgets.space.edits import VariableAdded, VariableChanged, VariableRemoved
from optwidgets.space.text import short
from optwidgets.space.variable import Categorical, Discrete

KEYS = (
    "name",
    "state",
    "project",
    "observation_budget",
    "budget",
    "parallel_bandwidth",
    "metadata",
    "parameters",
    "metrics",
    "no_optimize",
)
FIXED = ("conditionals", "linear_constraints", "tasks", "num_solutions", "type", "runs_only")


@dataclass(frozen=True)
class Update:
    """What is to change.

    Parameters
    ----------
    changes
        Changes of the session; may be empty.
    deleted
        Whether it is deleted from now on; None leaves it as it is.
    project
        Name of its project from now on; None leaves it as it is.
    """

    changes: list[Change]
    deleted: bool | None = None
    project: str | None = None


def read_update(data: Any, experiment: Experiment) -> Update:
    """Read what a client wants to change of an experiment.

    Raises
    ------
    OptwidgetsError
        For what cannot change once the experiment is there.
    """
    if isinstance(data, Mapping):
        fixed = [key for key in FIXED if key in data]
        if fixed:
            raise OptwidgetsError(
                f"{fixed[0]} of an experiment cannot change. Create a new experiment.",
                field=fixed[0],
            )
    fields = Fields(data, "The experiment", KEYS)
    changes: list[Change] = []
    kept = dict(experiment.kept)
    if fields.has("name"):
        changes.append(MetadataChanged({"name": fields.text("name")}))
    kept |= _kept_fields(fields)
    if "metadata" in fields.data:
        kept["metadata"] = fields.metadata()
    if fields.has("parameters"):
        changes += _parameters(fields, experiment, kept)
    if fields.has("metrics"):
        changes += _thresholds(fields, experiment)
    if kept != dict(experiment.kept):
        changes.append(ExtrasSet({PART: kept}))
    deleted = None
    if fields.has("state"):
        deleted = fields.choice("state", ("active", "deleted"), "active") == "deleted"
    return Update(changes, deleted, fields.text("project"))


def _kept_fields(fields: Fields) -> dict[str, Any]:
    if fields.has("budget") and fields.has("observation_budget"):
        raise OptwidgetsError(
            "Give observation_budget or budget, not both.", field="observation_budget"
        )
    found: dict[str, Any] = {}
    for key in ("observation_budget", "budget"):
        if fields.has(key):
            found["observation_budget"] = fields.integer(key, least=1)
    if fields.has("parallel_bandwidth"):
        found["parallel_bandwidth"] = fields.integer("parallel_bandwidth", least=1)
    return found


def _parameters(fields: Fields, experiment: Experiment, kept: dict[str, Any]) -> list[Change]:
    space = experiment.state.space
    if experiment.type == "grid" or space.constraints:
        why = "is of type grid" if experiment.type == "grid" else "has linear constraints"
        raise OptwidgetsError(
            f"parameters cannot change: the experiment {why}.", field="parameters"
        )
    switches = {
        name: variable
        for name in experiment.conditionals
        if isinstance(variable := space[name], Categorical)
    }
    wanted: dict[str, Parameter] = {}
    for item in fields.items("parameters") or ():
        one = read_parameter(_with_type(item, experiment), switches)
        if one.variable.name in wanted:
            raise OptwidgetsError(
                f"The parameter {short(one.variable.name)} is there twice.", field="parameters"
            )
        wanted[one.variable.name] = one
    if not wanted:
        raise OptwidgetsError("An experiment needs a parameter.", field="parameters")
    known = {v.name: v for v in experiment.variables() if v.name not in switches}
    changes: list[Change] = []
    for name, one in wanted.items():
        if name not in known:
            changes += _added(one, experiment)
            continue
        _check_fixed(one, experiment, name)
        after = _with_notes(one.variable, known[name])
        if after != known[name]:
            changes.append(VariableChanged(name, after))
    changes += [VariableRemoved(name) for name in known if name not in wanted]
    kept["parameters"] = {name: dict(one.kept) for name, one in wanted.items() if one.kept}
    return changes


def _with_type(item: Any, experiment: Experiment) -> Any:
    """Complete a parameter by what it is: clients may send the name and new bounds only."""
    space = experiment.state.space
    if not isinstance(item, Mapping) or not isinstance(item.get("name"), str):
        return item
    name = item["name"]
    if name not in space or name == experiment.task_variable:
        return item
    variable, kept = space[name], experiment.kept_of(name)
    found: dict[str, Any] = {"type": experiment.kind(variable)}
    if getattr(variable, "log", False) or kept.get("transformation") == "log":
        found["transformation"] = "log"
    if variable.active_if is not None:
        found["conditions"] = variable.active_if.to_dict()
    for key in ("default_value", "prior"):
        if key in kept:
            found[key] = kept[key]
    if isinstance(variable, Categorical):
        found["categorical_values"] = list(variable.categories)
    if isinstance(variable, Discrete):
        found["grid"] = list(variable.values)
    elif not isinstance(variable, Categorical):
        found["bounds"] = dict(zip(("min", "max"), variable.bounds, strict=True))
    return found | {key: value for key, value in item.items() if value is not None}


def _with_notes(after: Variable, before: Variable) -> Variable:
    """Keep what SigOpt does not know of a variable: unit, description, roles."""
    names = ("unit", "description", "observed", "changes")
    notes: dict[str, Any] = {name: getattr(before, name) for name in names if hasattr(before, name)}
    return replace(after, **notes)


def _check_fixed(one: Parameter, experiment: Experiment, name: str) -> None:
    before, after = experiment.state.space[name], one.variable
    old, kept = experiment.kept_of(name), one.kept
    fixed = {
        "type": type(before) is type(after) and old.get("type") == kept.get("type"),
        "transformation": (
            getattr(before, "log", False) == getattr(after, "log", False)
            and old.get("transformation") == kept.get("transformation")
        ),
        "conditions": before.active_if == after.active_if,
    }
    for key, same in fixed.items():
        if not same:
            raise OptwidgetsError(f"{key} of the parameter {short(name)} cannot change.", field=key)


def _added(one: Parameter, experiment: Experiment) -> list[Change]:
    """Add a variable; the rows that there are had its default."""
    name = one.variable.name
    if "default_value" not in one.kept:
        raise OptwidgetsError(
            f"The new parameter {short(name)} needs a default_value: the value that the "
            "observations before it had.",
            field="default_value",
        )
    default = one.kept["default_value"]
    condition = one.variable.active_if
    edits = tuple(
        RowEdit(row.id, {"inputs": {name: default}})
        for row in experiment.state.table
        if name not in row.inputs and (condition is None or condition.holds(row.inputs))
    )
    return [VariableAdded(one.variable), *([RowsEdited(edits)] if edits else [])]


def _thresholds(fields: Fields, experiment: Experiment) -> list[Change]:
    """Metrics may only get other thresholds."""
    known = {item.name: item for item in experiment.objectives}
    strategies = experiment.part("strategies")
    after = dict(known)
    for item in fields.items("metrics") or ():
        metric = Fields(item, "A metric", ("name", "objective", "strategy", "threshold", "object"))
        name = metric.text("name")
        if name is None and experiment.unnamed:
            name = experiment.objectives[0].name
        if name not in known:
            raise OptwidgetsError(
                f"The experiment has no metric {short(name)}: metrics cannot be added or renamed.",
                field="metrics",
            )
        objective, strategy = known[name], strategies.get(name, "optimize")
        same = (
            metric.choice("objective", ("maximize", "minimize"), objective.goal) == objective.goal
            and metric.choice("strategy", ("optimize", "store", "constraint"), strategy) == strategy
        )
        if not same:
            raise OptwidgetsError(
                f"Only the threshold of the metric {short(name)} can change.", field="metrics"
            )
        if "threshold" in metric.data:
            threshold = metric.number("threshold")
            _check_threshold(experiment, name, strategy, threshold)
            after[name] = with_threshold(objective, threshold)
    if all(threshold_of(after[name]) == threshold_of(known[name]) for name in known):
        return []
    return [ObjectivesSet(tuple(after.values()))]


def _check_threshold(
    experiment: Experiment, name: str, strategy: str, threshold: float | None
) -> None:
    alone = strategy == "optimize" and len(experiment.objectives_with("optimize")) == 1
    if threshold is None and strategy == "constraint":
        raise OptwidgetsError(
            f"The metric {short(name)} is a constraint: it needs a threshold.", field="threshold"
        )
    if threshold is not None and (alone or strategy == "store"):
        why = "is only stored" if strategy == "store" else "is the only one that is optimised"
        raise OptwidgetsError(
            f"The metric {short(name)} {why}: it must not have a threshold.", field="threshold"
        )
