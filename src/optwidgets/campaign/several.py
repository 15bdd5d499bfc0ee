"""Suggestions for several objectives: pure functions of a state, as `suggesting` needs them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optwidgets.data.table import directed
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.acquisition.limits import Limit
    from optwidgets.acquisition.proposal import Proposal
    from optwidgets.campaign.fitting import Fit
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState
    from optwidgets.tasks import Progress


def goals_asked(
    state: SessionState,
    goal: str | Sequence[str] | None,
    objective: str | Sequence[str] | None,
) -> dict[str, str]:
    """Return the goals of the objectives that are asked for at once; empty for a single one.

    Parameters
    ----------
    goal
        One, or one for each objective.
    objective
        One name for a single objective, several names, or None for all there are.
    """
    table = state.table
    if isinstance(objective, str):
        return {}
    names = list(table.target_names if objective is None else objective)
    chosen = [table.objective(name) for name in names]
    if len(set(names)) != len(names):
        raise OptwidgetsError("Name each objective once.", field="objective")
    if len(chosen) < 2:
        return {}
    goals = directed(replace(table, objectives=tuple(chosen)), goal)
    return {item.name: item.goal for item in goals}


def asked_objectives(state: SessionState, goals: Mapping[str, str]) -> tuple[Objective, ...]:
    """Return the objectives of a question with its goals, in the order of the table.

    A question for one objective has no such goals.
    """
    return tuple(
        item.aimed(goals[item.name]) for item in state.table.objectives if item.name in goals
    )


def propose_several(
    state: SessionState,
    objectives: Sequence[Objective],
    fits: Sequence[Fit],
    limits: Sequence[Limit],
    progress: Progress,
    **asked: Any,
) -> tuple[list[Proposal], dict[str, float]]:
    """Return proposals for several objectives, and the reference point that they rest on.

    Parameters
    ----------
    objectives, fits
        One fit for each objective.
    **asked
        ``strategy``, ``n``, ``options``, ``hold`` and ``seed`` of `suggest_several`.
    """
    from optwidgets.acquisition.multi_objective.suggest import suggest_several
    from optwidgets.data.outcomes import outcomes_of

    models = [fit.model for fit in fits]
    proposals = suggest_several(
        models, objectives, state.space, state.table, limits=limits, progress=progress, **asked
    )
    outcomes, given = outcomes_of(state.table, objectives), asked["options"].get("ref_point")
    point = outcomes.reference if given is None else outcomes.checked_reference(given)
    names = [item.name for item in objectives]
    return proposals, dict(zip(names, point.tolist(), strict=True))
