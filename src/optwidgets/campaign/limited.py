"""Models of the outcomes that have limits."""

from __future__ import annotations

from typing import TYPE_CHECKING

from optwidgets.campaign.fitting import Models, config_of

if TYPE_CHECKING:
    from optwidgets.acquisition.limits import Limit
    from optwidgets.journal.state import SessionState
    from optwidgets.tasks import Progress


def limited_models(
    state: SessionState, models: Models, progress: Progress
) -> tuple[list[Limit], str]:
    """Return the limits with their models, and a sentence where one has no result yet."""
    from optwidgets.acquisition.limits import Limit

    found: list[Limit] = []
    unknown: list[str] = []
    for objective in state.table.objectives:
        if not objective.is_limited:
            continue
        if any(objective.name in row.outputs for row in state.table.done()):
            fit = models.fit(state, objective, config_of(state), progress)
            found.append(Limit(objective, fit.model))
        else:
            unknown.append(objective.name)
    if not unknown:
        return found, ""
    verb = "has" if len(unknown) == 1 else "have"
    return found, f"{', '.join(unknown)} {verb} no result yet: such limits are not honoured."
