"""Training runs, checkpoints and AI experiments as clients read them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optwidgets.server.sigopt.experiment import Experiment, experiment_json
from optwidgets.server.sigopt.training.store import Checkpoint, Run

_OBJECTS = (
    "assignments",
    "assignments_meta",
    "assignments_sources",
    "datasets",
    "logs",
    "metadata",
    "sys_metadata",
    "dev_metadata",
)


def run_json(run: Run, *, checkpoints: int = 0, files: list[str] | None = None) -> dict[str, Any]:
    """Write a run.

    Examples
    --------
    >>> run = Run("1", "p", id=3, document={"values": {"accuracy": {"value": 0.9}}})
    >>> run_json(run)["values"]["accuracy"]["name"], run_json(run)["finished"]
    ('accuracy', False)
    """
    logged = run.document
    row = None if run.row is None else str(run.row)
    return {
        "object": "training_run",
        "id": str(run.id),
        "client": run.client,
        "project": run.project,
        "user": run.owner,
        "name": logged.get("name"),
        "experiment": None if run.experiment is None else str(run.experiment),
        "suggestion": row,
        "observation": row if run.observed else None,
        "values": {
            name: evaluation(name, value) for name, value in logged.get("values", {}).items()
        },
        "state": run.state,
        "finished": run.state != "active",
        "completed": run.completed,
        "created": run.created,
        "updated": run.updated,
        "deleted": run.deleted,
        **{key: logged.get(key, {}) for key in _OBJECTS},
        "model": {"type": None, **logged.get("model", {})},
        "source_code": {"content": None, "hash": None, **logged.get("source_code", {})},
        "checkpoint_count": checkpoints,
        "best_checkpoint": None,
        "files": files or [],
        "tags": logged.get("tags", []),
        "favorite": logged.get("favorite", False),
    }


def evaluation(name: str | None, value: Mapping[str, Any]) -> dict[str, Any]:
    """Write the value of a metric."""
    return {
        "object": "metric_evaluation",
        "name": name,
        "value": value["value"],
        "value_stddev": value.get("value_stddev"),
    }


def checkpoint_json(checkpoint: Checkpoint) -> dict[str, Any]:
    """Write a checkpoint."""
    return {
        "object": "checkpoint",
        "id": str(checkpoint.id),
        "training_run": str(checkpoint.run),
        "created": checkpoint.created,
        "values": [evaluation(value.get("name"), value) for value in checkpoint.values],
        "metadata": checkpoint.metadata,
        "should_stop": False,
        "stopping_reasons": {},
    }


def aiexperiment_json(experiment: Experiment, counts: Mapping[str, int]) -> dict[str, Any]:
    """Write an experiment as one of runs, with how many of them there are by state.

    Runs that go on count against the budget, so that workers in parallel do not overshoot it.
    """
    found = experiment_json(experiment, {})
    budget = found.pop("observation_budget")
    total = sum(counts.values())
    active = counts.get("active", 0)
    return {
        **found,
        "object": "aiexperiment",
        "budget": budget,
        "progress": {
            "object": "progress",
            "finished_run_count": total - active,
            "active_run_count": active,
            "total_run_count": total,
            "remaining_budget": None if budget is None else max(0, budget - total),
        },
    }
