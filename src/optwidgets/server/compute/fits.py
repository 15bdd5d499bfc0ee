"""Fitted models as numbers: computed here, looked at in notebooks that fit nothing themselves."""

# ruff: noqa: SLF001 - these are the session's own methods, run in another process

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import seed_of
from optwidgets.campaign.written_fits import write_fit
from optwidgets.errors import OptwidgetsError
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
    newest = session.revision
    if revision is not None and revision > newest:
        raise OptwidgetsError(
            f"There is no revision {revision} yet; the newest is {newest}.", field="revision"
        )
    state = session._store.state_at(newest if revision is None else revision)
    return write_fit(session._work.fit_now(objective, state), seed_of(state))
