"""A session as an experiment of SigOpt's API: what it says about itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any

from optwidgets.data.objective import Objective
from optwidgets.data.row import Row
from optwidgets.journal.state import SessionState
from optwidgets.server.sigopt.definition import PART
from optwidgets.server.sigopt.linear import constraint_json
from optwidgets.server.sigopt.metrics import metric_json
from optwidgets.server.sigopt.parameters import (
    conditional_json,
    kind_of,
    parameter_json,
    value_json,
)
from optwidgets.space.base import Variable
from optwidgets.space.variable import Categorical

#: States of a row that are an observation to SigOpt's clients.
OBSERVED = ("done", "failed")


@dataclass(frozen=True)
class Experiment:
    """A session, its number in SigOpt's API, and what the server knows beside it.

    Parameters
    ----------
    id
        Number in routes.
    session_id
        The session.
    state
        The session's state.
    client, user
        Whose it is.
    project
        Name of its project, or None.
    deleted
        Whether a client deleted it; the session stays.
    updated
        Last change, in seconds since the epoch.
    """

    id: int
    session_id: str
    state: SessionState
    client: str = "1"
    user: str = "1"
    project: str | None = None
    deleted: bool = False
    updated: int = 0

    @cached_property
    def kept(self) -> Mapping[str, Any]:
        """What has no home in the space; empty for a session that was made elsewhere."""
        found = self.state.extras.get(PART)
        return found if isinstance(found, Mapping) else {}

    def part(self, key: str) -> Mapping[str, Any]:
        """One mapping of what is kept."""
        found = self.kept.get(key)
        return found if isinstance(found, Mapping) else {}

    @property
    def type(self) -> str:
        """``offline``, ``random`` or ``grid``."""
        return str(self.kept.get("type", "offline"))

    @property
    def tasks(self) -> list[Mapping[str, Any]]:
        """Levels of cost; empty for most experiments."""
        return list(self.kept.get("tasks") or ())

    @property
    def task_variable(self) -> str | None:
        """Variable that holds the task."""
        name = self.kept.get("task_variable")
        return name if name in self.state.space else None

    @cached_property
    def objectives(self) -> tuple[Objective, ...]:
        """What is measured; the output that every session has if nothing was named."""
        table = self.state.table
        return table.objectives or (table.objective(),)

    @property
    def unnamed(self) -> bool:
        """Whether the only metric has no name for clients."""
        if len(self.objectives) > 1:
            return False
        return not self.state.table.objectives or bool(self.kept.get("unnamed"))

    def objectives_with(self, strategy: str) -> tuple[Objective, ...]:
        """Objectives that are optimised, constraints or stored."""
        strategies = self.part("strategies")
        return tuple(
            item for item in self.objectives if strategies.get(item.name, "optimize") == strategy
        )

    @cached_property
    def conditionals(self) -> tuple[str, ...]:
        """Variables that are conditionals: those of the definition, and other labels that decide."""
        space = self.state.space
        given = [name for name in self.kept.get("conditionals") or () if name in space]
        deciding = {name for v in space if v.active_if for name in v.active_if.names}
        given += [
            v.name for v in space
            if v.name in deciding and isinstance(v, Categorical) and v.name not in given
        ]  # fmt: skip
        return tuple(given)

    def kept_of(self, name: str) -> Mapping[str, Any]:
        """Return what of a parameter has no place in its variable."""
        found = self.part("parameters").get(name)
        return found if isinstance(found, Mapping) else {}

    def variables(self) -> Iterator[Variable]:
        """Variables that clients know: all but the one of the task."""
        hidden = self.task_variable
        return (variable for variable in self.state.space if variable.name != hidden)

    def kind(self, variable: Variable) -> str:
        """SigOpt's type of a variable."""
        return kind_of(variable, self.kept_of(variable.name))

    def assignments(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Write the inputs of a row as a client reads them."""
        space, gone = self.state.space, self.state.space.inactive(inputs)
        return {
            name: value_json(space[name], self.kept_of(name), value)
            for name, value in inputs.items()
            if name in space and name != self.task_variable and name not in gone
        }

    def task_json(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """Entry ``task`` of a row; empty for an experiment without tasks."""
        if self.task_variable is None:
            return {}
        name = inputs.get(self.task_variable)
        costs = {task.get("name"): task.get("cost") for task in self.tasks}
        if name not in costs:
            return {"task": None}
        return {"task": {"object": "task", "name": name, "cost": costs[name]}}

    def measures_as(self, other: Experiment) -> bool:
        """Whether an observation is read as by another state of the experiment."""
        return (
            self.state.space == other.state.space
            and self.objectives == other.objectives
            and self.kept == other.kept
        )

    def observed(self) -> Iterator[Row]:
        """Rows that are observations, oldest first."""
        return (row for row in self.state.table if row.state in OBSERVED)


def epoch(text: str | None) -> int:
    """Whole seconds since the epoch; 0 for a time that nobody wrote down.

    Examples
    --------
    >>> epoch("2023-11-14T22:13:20.500+00:00"), epoch("")
    (1700000000, 0)
    """
    try:
        return int(datetime.fromisoformat(text or "").timestamp())
    except (ValueError, OverflowError):
        return 0


def experiment_json(experiment: Experiment, progress: Mapping[str, Any]) -> dict[str, Any]:
    """Write an experiment as a client of v1 reads it.

    Parameters
    ----------
    experiment
        What to write.
    progress
        From `optwidgets.server.sigopt.progress.progress_json`.
    """
    kept, state = experiment.kept, experiment.state
    hidden = (*experiment.conditionals,)
    created = epoch(str(state.metadata.get("created_at", "")))
    metrics = metrics_json(experiment)
    rules = [constraint_json(rule) for rule in state.space.constraints]
    found = {
        "object": "experiment",
        "id": str(experiment.id),
        "client": experiment.client,
        "user": experiment.user,
        "project": experiment.project,
        "name": state.name,
        "type": experiment.type,
        "state": "deleted" if experiment.deleted else "active",
        "development": False,
        "runs_only": bool(kept.get("runs_only")),
        "created": created,
        "updated": max(created, experiment.updated),
        "metadata": dict(experiment.part("metadata")) or None,
        "observation_budget": kept.get("observation_budget"),
        "parallel_bandwidth": kept.get("parallel_bandwidth"),
        "num_solutions": kept.get("num_solutions"),
        "parameters": [
            parameter_json(v, experiment.kept_of(v.name), hidden)
            for v in experiment.variables()
            if v.name not in hidden
        ],
        "metrics": metrics,
        "conditionals": [
            conditional_json(v) for v in experiment.variables()
            if v.name in hidden and isinstance(v, Categorical)
        ],
        "linear_constraints": [rule for rule in rules if rule is not None],
        "progress": dict(progress),
        # Clients before 2.0 read these two.
        "metric": metrics[0] if len(metrics) == 1 else None,
        "can_be_deleted": True,
        # Ours: what a notebook attaches to.
        "session": experiment.session_id,
    }  # fmt: skip
    if experiment.tasks:
        found["tasks"] = [{"object": "task", **task} for task in experiment.tasks]
    return found


def metrics_json(experiment: Experiment) -> list[dict[str, Any]]:
    """Write the metrics of an experiment."""
    strategies = experiment.part("strategies")
    return [
        metric_json(item, strategies, unnamed=experiment.unnamed) for item in experiment.objectives
    ]
