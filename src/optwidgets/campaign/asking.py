"""What is asked for: checked once, complete, and enough to answer it again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import config_of, seed_of
from optwidgets.campaign.observing import held_for
from optwidgets.campaign.several import asked_objectives, goals_asked
from optwidgets.data.goals import GOALS, find_goal
from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import finite_number

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

MAX_BATCH = 1000


@dataclass(frozen=True)
class Ask:
    """What is asked for. Together with a state it determines the answer.

    Parameters
    ----------
    strategy
        Name of the acquisition strategy or, for a plan, of the design.
    n
        Number of points.
    goal
        One of `optwidgets.data.goals.GOALS`; target and band are those of the objective.
    objective
        Name of the output.
    balance
        0 (explore) to 1 (exploit), or None for the strategy's own.
    options
        Options of the strategy.
    hold
        Variables held at a value, and the values of observed ones as far as they are known.
    seed
        Seed of everything random in it.
    replaces
        Numbers of suggested rows that give way to the new points, as if they had never
        been proposed.
    goals
        Objective to goal when several are asked for at once, else empty; then `objective`
        and `goal` are those of the first one.
    kind
        ``"model"``, or ``"design"`` for points that cover the space evenly.
    assumed
        Observed variables in `hold` whose value nobody gave: it is the one measured last.
    one_setting
        Whether variables that are hard to change have one setting in the whole batch.
    """

    strategy: str
    n: int
    goal: str
    objective: str
    balance: float | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    hold: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    replaces: Sequence[int] = ()
    kind: str = "model"
    goals: Mapping[str, str] = field(default_factory=dict)
    assumed: Sequence[str] = ()
    one_setting: bool = True


def make_ask(
    state: SessionState,
    *,
    strategy: str | None = None,
    n_suggestions: int = 1,
    goal: str | Sequence[str] | None = None,
    objective: str | Sequence[str] | None = None,
    balance: float | None = None,
    hold: Mapping[str, Any] | None = None,
    observed: Mapping[str, Any] | None = None,
    replaces: Sequence[int] = (),
    one_setting: bool = True,
    options: Mapping[str, Any] | None = None,
) -> Ask:
    """Check what a user asks for, and return it with every default filled in.

    Raises
    ------
    OptwidgetsError
        For an unknown strategy or variable, a number or goal that is not possible, or a
        balance where the strategy has none.
    """
    from optwidgets.acquisition.naming import (
        check_balance,
        default_for_several,
        find_several,
        find_strategy,
    )

    if not len(state.space):
        raise OptwidgetsError("Suggest needs at least one variable. Add one first.")
    goals = goals_asked(state, goal, objective)
    if goals:
        target = asked_objectives(state, goals)[0]
        usual = default_for_several(len(goals), weighted="weights" in (options or {}))
        chosen = find_several(strategy or usual, len(goals))
    else:
        one = objective if objective is None or isinstance(objective, str) else objective[0]
        target = state.table.objective(one)
        if goal is not None:
            target = target.aimed(_one_goal(goal))
        chosen = find_strategy(strategy or "EI", config_of(state).backend)
    if balance is not None:
        if not 0.0 <= finite_number(balance, "Balance") <= 1.0:
            raise OptwidgetsError(f"Balance must be from 0 to 1, not {balance!r}.", field="Balance")
        check_balance(chosen, config_of(state).backend)
    held = held_for(state, hold, observed)
    return Ask(
        strategy=chosen.name,
        n=_batch_size(n_suggestions),
        goal=target.goal,
        objective=target.name,
        balance=None if balance is None else float(balance),
        options={key: _plain(value) for key, value in (options or {}).items()},
        hold=held.values,
        assumed=held.assumed,
        seed=next_seed(state),
        replaces=[int(row) for row in replaces],
        goals=goals,
        one_setting=bool(one_setting),
    )


def next_seed(state: SessionState) -> int:
    """Return the seed of the next suggestion.

    It follows from the session's seed and the number of the next row, which only
    grows: the same steps give the same points, and asking twice gives others.
    """
    import numpy as np

    sequence = np.random.SeedSequence([seed_of(state), state.table.next_id])
    return int(sequence.generate_state(1)[0] % (1 << 31))


def _plain(value: Any) -> Any:
    """Return an array as a list, so that it can be stored; anything else as it is."""
    return value.tolist() if hasattr(value, "tolist") else value


def _one_goal(goal: str | Sequence[str]) -> str:
    if not isinstance(goal, str):
        goals = list(goal)
        if len(goals) != 1:
            raise OptwidgetsError(
                f"Give one goal, one of {', '.join(GOALS)}, for one objective.",
                field="Goal",
            )
        goal = goals[0]
    return find_goal(goal).name


def _batch_size(n: Any) -> int:
    try:
        whole = int(n)
    except (TypeError, ValueError, OverflowError):
        whole = 0
    if isinstance(n, bool) or whole != n or not 1 <= whole <= MAX_BATCH:
        raise OptwidgetsError(
            f"Batch size must be a whole number from 1 to {MAX_BATCH}, not {n!r}.",
            field="Batch size",
        )
    return whole
