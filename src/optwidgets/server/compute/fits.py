"""Fitted models as numbers: computed here, looked at in notebooks that fit nothing themselves."""

# ruff: noqa: SLF001 - these are the session's own methods, run in another process

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import seed_of
from optwidgets.campaign.written_fits import write_fit
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.state import SessionState, initial_state, reduce
from optwidgets.server.compute.computations import computation

if TYPE_CHECKING:
    from optwidgets.session import OptimizationSession


@computation("fit", "Fitting the model")
def fit(
    session: OptimizationSession, objective: str | None = None, revision: int | None = None
) -> dict[str, Any]:
    """Fit an objective for the session as it is, or as it was at a revision.

    Returns
    -------
    dict
        What `optwidgets.campaign.written_fits.read_fit` reads: ``model`` is None for
        forests, which are grown faster than they are sent.
    """
    state = _state_at(session, session.revision if revision is None else revision)
    return write_fit(session._work.fit_now(objective, state), seed_of(state))


def _state_at(session: OptimizationSession, revision: int) -> SessionState:
    if revision == session.revision:
        return session.state
    if revision > session.revision:
        raise OptwidgetsError(
            f"There is no revision {revision} yet; the newest is {session.revision}.",
            field="revision",
        )
    state = initial_state(session.id, str(session.state.metadata["created_at"]))
    for entry in session.entries()[:revision]:
        state = reduce(state, entry)
    return state
