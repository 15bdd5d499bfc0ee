"""A project and the session that it optimises: hyperparameters from it, results into it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from immutables import Map

from optwidgets.journal.acting import acting
from optwidgets.runs.experiments import Experiment
from optwidgets.server.errors import NoSuchSession

if TYPE_CHECKING:
    from optwidgets.server.faces.vergeai.callers import Caller
    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction

REASON = "Training"


async def suggest(host: Host, session_id: str, caller: Caller, new: Experiment) -> Experiment:
    """Return a new experiment with the point that the session would try next.

    Without variables, or when the session was deleted, the experiment comes back as it is.
    """
    caller.person.check(session_id)
    try:
        state = await host.state(session_id)
    except NoSuchSession:
        return new
    if not len(state.space):
        return new
    computed = await host.compute(
        session_id, "suggest", {"n_suggestions": 1}, principal=caller.person
    )
    point = computed.result["suggestions"][0]
    return replace(new, hyperparameters=Map(point["inputs"]), row=point["row"])


def record(
    tx: Transaction,
    session_id: str,
    caller: Caller,
    experiment: Experiment,
    metrics: Mapping[str, float],
) -> Experiment:
    """Write what was measured into the row of the experiment, as far as it is an objective.

    A later job of the same experiment goes on training the same point: its result replaces
    the earlier one.
    """
    if caller.principal is not None:
        caller.principal.check(session_id)
    try:
        session = tx.session(session_id)
    except NoSuchSession:
        return experiment  # deleted: the project goes on without it
    outputs: dict[str, Any] = {
        name: metrics[name] for name in session.state.table.target_names if name in metrics
    }
    if not outputs:
        return experiment
    with acting(caller.name):
        known = session.state.table.rows.get(experiment.row or 0)
        if known is not None:
            # A report that is sent again is no step in the journal.
            new = {
                name: value for name, value in outputs.items() if known.outputs.get(name) != value
            }
            if new:
                session.experiment_manager.edit(known.id, new)
            return experiment
        row = session.add_experiment(dict(experiment.hyperparameters), outputs, reason=REASON)
    return replace(experiment, row=row)
