"""Rows of a session as suggestions and observations, as clients read them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from optwidgets.data.row import Row
from optwidgets.server.sigopt.experiment import OBSERVED, Experiment, epoch

#: What the server keeps of a row beside the session, by the row's number.
Marks = Mapping[int, Mapping[str, Any]]
NO_MARKS: Mapping[str, Any] = {}


def is_open(row: Row, mark: Mapping[str, Any] = NO_MARKS) -> bool:
    """Whether a row is an open suggestion: handed out or proposed, and without a result."""
    return row.is_pending and not mark.get("queued") and not mark.get("hidden")


def is_suggestion(row: Row, mark: Mapping[str, Any] = NO_MARKS) -> bool:
    """Whether a row is a suggestion, open or closed; a result typed by hand is none."""
    if mark.get("queued") or mark.get("hidden"):
        return False
    return row.is_pending or (row.suggestion is not None and row.state in OBSERVED)


def is_queued(row: Row, mark: Mapping[str, Any] = NO_MARKS) -> bool:
    """Whether a row waits in the queue until the next suggestion is asked for."""
    return row.state == "suggested" and bool(mark.get("queued"))


def suggestion_json(
    experiment: Experiment, row: Row, mark: Mapping[str, Any] = NO_MARKS
) -> dict[str, Any]:
    """Write a row as a suggestion.

    Beside SigOpt's fields it says where the point comes from: ``source`` is the strategy, and
    ``fallback`` is true when there was no model and the point covers the space evenly.
    """
    info = row.suggestion
    return {
        "object": "suggestion",
        "id": str(row.id),
        "experiment": str(experiment.id),
        "assignments": experiment.assignments(row.inputs),
        "state": "open" if row.is_pending else "closed",
        "created": epoch(row.created_at),
        "deleted": False,
        "metadata": mark.get("suggestion_metadata"),
        "source": info.strategy if info else "manual",
        "fallback": bool(info and info.fallback),
        **experiment.task_json(row.inputs),
    }


def queued_json(experiment: Experiment, row: Row) -> dict[str, Any]:
    """Write a row as a queued suggestion."""
    return {
        "object": "queued_suggestion",
        "id": str(row.id),
        "experiment": str(experiment.id),
        "assignments": experiment.assignments(row.inputs),
        "created": epoch(row.created_at),
        **experiment.task_json(row.inputs),
    }


def values_json(
    experiment: Experiment, row: Row, mark: Mapping[str, Any] = NO_MARKS
) -> list[dict[str, Any]]:
    """Results of a row, in the order of the metrics; none for a failed one."""
    if row.state == "failed":
        return []
    return [
        {
            "object": "metric_evaluation",
            "name": None if experiment.unnamed else item.name,
            "value": row.outputs[item.name],
            "value_stddev": stddev_of(experiment, row, item.name, mark),
        }
        for item in experiment.objectives
        if item.name in row.outputs
    ]


def stddev_of(
    experiment: Experiment, row: Row, name: str, mark: Mapping[str, Any] = NO_MARKS
) -> float | None:
    """Return the standard deviation of a result: the table's noise, which a person may have typed."""
    if len(experiment.objectives) == 1:
        return None if row.noise is None else math.sqrt(row.noise)
    found = mark.get("stddevs")
    return found.get(name) if isinstance(found, Mapping) else None


def observation_json(
    experiment: Experiment, row: Row, mark: Mapping[str, Any] = NO_MARKS
) -> dict[str, Any]:
    """Write a row as an observation, with ``value`` for clients before 3.0, too."""
    values = values_json(experiment, row, mark)
    one = values[0] if len(values) == 1 and len(experiment.objectives) == 1 else {}
    return {
        "object": "observation",
        "id": str(row.id),
        "experiment": str(experiment.id),
        "suggestion": _suggestion_of(row, mark),
        "assignments": experiment.assignments(row.inputs),
        "values": values,
        "value": one.get("value"),
        "value_stddev": one.get("value_stddev"),
        "failed": row.state == "failed",
        "created": epoch(row.finished_at or row.created_at),
        "deleted": row.state == "excluded",
        "metadata": mark.get("metadata"),
        **experiment.task_json(row.inputs),
    }


def _suggestion_of(row: Row, mark: Mapping[str, Any]) -> str | None:
    """Return the number of the suggestion that a row answers; a second answer stands in its own row."""
    if mark.get("suggestion") is not None:
        return str(mark["suggestion"])
    return str(row.id) if row.suggestion is not None and not mark.get("hidden") else None
