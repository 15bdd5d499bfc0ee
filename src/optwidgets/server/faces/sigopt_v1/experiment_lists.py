"""Lists of experiments of v1: which of them a query asks for, and in which order."""

from __future__ import annotations

from typing import Any

from fastapi import Request

from optwidgets.errors import OptwidgetsError
from optwidgets.server.faces.sigopt_v1.lists import PAGING, flag, part_of
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.experiment import Experiment, epoch
from optwidgets.server.sigopt.records import Record
from optwidgets.server.sigopt.training import store
from optwidgets.server.sigopt.training.shown import aiexperiment_json
from optwidgets.space.text import short

STATES = ("active", "deleted", "all")
ORDERS = ("id", "recent")
#: What a list of experiments takes in its query.
LIST = (
    *PAGING,
    *("state", "search", "user", "development", "include_ai"),
    *("period_start", "period_end", "sort", "ascending"),
)


async def list_experiments(
    request: Request, desk: Desk, *, runs_only: bool | None = None, **which: Any
) -> dict[str, Any]:
    """Write a page of experiments as the query of a request asks for it.

    Parameters
    ----------
    runs_only
        True for those of training runs alone; if not given, the query's ``include_ai`` says
        whether they stand among the others.
    **which
        What else `optwidgets.server.sigopt.records.list_records` takes.

    Raises
    ------
    OptwidgetsError
        For a state, an order or a time that is none.
    """
    asked = request.query_params
    if runs_only is None and not flag(request, "include_ai"):
        runs_only = False
    found = await desk.listed(
        state=_one_of("state", asked.get("state"), STATES),
        recent=_one_of("sort", asked.get("sort"), ORDERS) == "recent",
        search=asked.get("search"),
        user=asked.get("user"),
        runs_only=runs_only,
        **which,
    )
    found = _made_between(found, _time(request, "period_start"), _time(request, "period_end"))
    if flag(request, "development"):
        found = []  # none of ours is for trying the API only
    if flag(request, "ascending"):
        found = found[::-1]
    part, answered = part_of(request, found, lambda record: record.id)
    views = [record.view(await desk.host.state(record.session_id)) for record in part]
    return answered([await _shown(desk, view) for view in views])


async def _shown(desk: Desk, experiment: Experiment) -> dict[str, Any]:
    if experiment.kept.get("runs_only"):
        return await shown_of_runs(desk, experiment)
    return await desk.shown(experiment)


async def shown_of_runs(desk: Desk, experiment: Experiment) -> dict[str, Any]:
    """Write an experiment of training runs with the counts of its runs."""
    counts = await desk.host.read(lambda connection: store.counts(connection, experiment.id))
    return aiexperiment_json(experiment, counts)


def _one_of(name: str, given: str | None, known: tuple[str, ...]) -> str:
    """Read a word of the query; the first that is known if it is not there."""
    if given is not None and given not in known:
        words = f"{', '.join(known[:-1])} or {known[-1]}"
        raise OptwidgetsError(f"{name} must be {words}, not {short(given)}.", field=name)
    return given or known[0]


def _time(request: Request, name: str) -> int | None:
    """Read whole seconds since the epoch."""
    given = request.query_params.get(name)
    if not given:
        return None
    if not given.isascii() or not given.isdigit() or len(given) > 12:
        raise OptwidgetsError(
            f"{name} must be whole seconds since the epoch, not {short(given)}.", field=name
        )
    return int(given)


def _made_between(found: list[Record], start: int | None, end: int | None) -> list[Record]:
    """Keep those that were made from one time on, and before another."""
    if start is not None and end is not None and start > end:
        raise OptwidgetsError(
            f"period_start ({start}) must not come after period_end ({end}).", field="period_start"
        )
    if start is None and end is None:
        return found
    made = ((record, epoch(record.created)) for record in found)
    return [
        record
        for record, at in made
        if (start is None or at >= start) and (end is None or at < end)
    ]
