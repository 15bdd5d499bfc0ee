"""From a state and a question to proposed points: pure, so that it can be replayed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import Models, config_of, results_missing, seed_of, versions
from optwidgets.campaign.limited import limited_models
from optwidgets.campaign.observing import assumed_words, held_for, plannable, with_observed
from optwidgets.campaign.several import asked_objectives, goals_asked, propose_several
from optwidgets.data.goals import GOALS, find_goal
from optwidgets.data.row import Row, SuggestionInfo
from optwidgets.designs.space_filling import design
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.journal.changes import SuggestionsMade
from optwidgets.journal.entry import now
from optwidgets.space.encoding import Encoding
from optwidgets.space.numbers import finite_number
from optwidgets.tasks import Cancelled, DeadlineExceeded, Progress, no_progress

if TYPE_CHECKING:
    from optwidgets.acquisition.proposal import Proposal
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState

log = logging.getLogger(__name__)

SPACE_FILLING = "space-filling"
FILLING_METHOD = "lhs"
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


@dataclass(frozen=True)
class Suggested:
    """Proposed points, why, and how to compute them again."""

    points: tuple[tuple[dict[str, Any], SuggestionInfo], ...]
    record: dict[str, Any]
    message: str = ""
    # What the rows say why they exist; the strategy when it is empty.
    reasons: tuple[str, ...] = ()


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
    options: Mapping[str, Any] | None = None,
) -> Ask:
    """Check what a user asks for, and return it with every default filled in.

    Raises
    ------
    OptwidgetsError
        For an unknown strategy or variable, or a number or goal that is not possible.
    """
    from optwidgets.acquisition.base import default_for_several, find_several, find_strategy

    if not len(state.space):
        raise OptwidgetsError("Suggest needs at least one variable. Add one first.")
    goals = goals_asked(state, goal, objective)
    if goals:
        target = asked_objectives(state, goals)[0]
        name = find_several(strategy or default_for_several(len(goals)), len(goals)).name
    else:
        one = objective if objective is None or isinstance(objective, str) else objective[0]
        target = state.table.objective(one)
        if goal is not None:
            target = target.aimed(_one_goal(goal))
        name = find_strategy(strategy or "EI", config_of(state).backend).name
    if balance is not None and not 0.0 <= finite_number(balance, "Balance") <= 1.0:
        raise OptwidgetsError(f"Balance must be from 0 to 1, not {balance!r}.", field="Balance")
    held = held_for(state, hold, observed)
    return Ask(
        strategy=name,
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
    )


def next_seed(state: SessionState) -> int:
    """Return the seed of the next suggestion.

    It follows from the session's seed and the number of the next row, which only
    grows: the same steps give the same points, and asking twice gives others.
    """
    import numpy as np

    sequence = np.random.SeedSequence([seed_of(state), state.table.next_id])
    return int(sequence.generate_state(1)[0] % (1 << 31))


def propose(
    state: SessionState, ask: Ask, models: Models, progress: Progress = no_progress
) -> Suggested:
    """Return points for a state: by the model, or space-filling if there cannot be one."""
    state = with_observed(without_replaced(state, ask), ask.hold)
    objectives = asked_objectives(state, ask.goals) or (
        state.table.objective(ask.objective).aimed(ask.goal),
    )
    missing = max(results_missing(state, objective) for objective in objectives)
    if missing:
        word = "result" if missing == 1 else "results"
        return fill_space(
            state,
            ask,
            f"{missing} more {word} until the first model. "
            + ("This point covers" if ask.n == 1 else "These points cover")
            + " the space evenly.",
        )
    try:
        return _by_model(state, ask, objectives, models, progress)
    except (Cancelled, DeadlineExceeded, _ImpossibleError, InfeasibleRegionError):
        raise
    except Exception as error:
        # A campaign must go on: without a model there are still sensible points.
        log.info("No suggestion by the model.", exc_info=True)
        return fill_space(
            state,
            ask,
            f"The model gave no suggestion ({_first_line(error)}). "
            + ("This point covers" if ask.n == 1 else "These points cover")
            + " the space evenly instead.",
        )


class _ImpossibleError(OptwidgetsError):
    """What was asked for is not possible, with or without a model."""


def _by_model(
    state: SessionState,
    ask: Ask,
    objectives: tuple[Objective, ...],
    models: Models,
    progress: Progress,
) -> Suggested:
    from optwidgets.acquisition.suggest import suggest

    fits = [models.fit(state, item, config_of(state), progress) for item in objectives]
    fit, reference = fits[0], None
    limits, message = limited_models(state, models, progress)
    progress(None, "Searching the best points")
    asked: dict[str, Any] = {
        "strategy": ask.strategy,
        "n": ask.n,
        "options": dict(ask.options),
        "hold": dict(ask.hold),
        "seed": ask.seed,
    }
    try:
        if ask.goals:
            proposals, reference = propose_several(
                state, objectives, fits, limits, progress, **asked
            )
        else:
            proposals = suggest(
                fit.model,
                state.space,
                state.table,
                goal=objectives[0],
                balance=ask.balance,
                limits=limits,
                progress=progress,
                **asked,
            )
    except (Cancelled, DeadlineExceeded, InfeasibleRegionError):
        raise
    except OptwidgetsError as error:
        raise _ImpossibleError(
            str(error), field=error.field, row=error.row, column=error.column
        ) from error
    record = record_of(state, ask, "model") | {
        "model": asdict(fit.model.config),
        "fit": fit.fingerprint,
        "n_results": len(fit.model.data),
    }
    if reference is not None:
        record["fits"] = [known.fingerprint for known in fits]
        record["reference_point"] = reference
    points = tuple((_settings(p.inputs, ask), _info(p, ask, state)) for p in proposals)
    told = (message, fit.model.approximation, _assumed(state, ask))
    return Suggested(points, record, " ".join(part for part in told if part))


def _settings(inputs: Mapping[str, Any], ask: Ask) -> dict[str, Any]:
    """Leave out what nobody measured: a row must not claim it."""
    return {name: value for name, value in inputs.items() if name not in ask.assumed}


def _assumed(state: SessionState, ask: Ask) -> str:
    return assumed_words(state.space, ask.hold, tuple(ask.assumed))


def without_replaced(state: SessionState, ask: Ask) -> SessionState:
    """Return the state without the suggested rows that give way to the new ones."""
    going = replaced_rows(state, ask)
    return replace(state, table=state.table.without_rows(going)) if going else state


def replaced_rows(state: SessionState, ask: Ask) -> list[int]:
    """Return the rows that still are to give way: one that was run meanwhile stays."""
    asked = set(ask.replaces)
    return [row.id for row in state.table if row.id in asked and row.state == "suggested"]


def fill_space(state: SessionState, ask: Ask, message: str) -> Suggested:
    """Return points that cover the space evenly, existing rows counted in."""
    state = with_observed(without_replaced(state, ask), ask.hold)
    space = plannable(state, ask.hold)
    inputs = design(
        space,
        FILLING_METHOD,
        ask.n,
        seed=ask.seed,
        existing=[dict(row.inputs) for row in state.table if row.state != "failed"],
        hold={name: value for name, value in ask.hold.items() if name in space},
    )
    record = record_of(state, ask, SPACE_FILLING) | {"message": message}
    points = tuple(
        (_settings(point, ask), info)
        for point, info in even_points(state, inputs, SPACE_FILLING, fallback=True)
    )
    told = (message, _assumed(state, ask))
    return Suggested(points, record, " ".join(part for part in told if part))


def to_change(state: SessionState, suggested: Suggested) -> SuggestionsMade:
    """Return the change that puts proposed points into the table as suggested rows."""
    last = state.table.last_iteration
    at = now()
    rows = tuple(
        Row(
            id=state.table.next_id + place,
            inputs=inputs,
            state="suggested",
            iteration=0 if last is None else last + 1,
            reason=suggested.reasons[place] if suggested.reasons else info.strategy,
            created_at=at,
            suggestion=info,
        )
        for place, (inputs, info) in enumerate(suggested.points)
    )
    return SuggestionsMade(rows, suggested.record)


def record_of(state: SessionState, ask: Ask, kind: str) -> dict[str, Any]:
    """Return what is stored of a question, so that it can be answered again."""
    plain = asdict(ask)
    return {
        "kind": kind,
        "strategy": ask.strategy if kind != SPACE_FILLING else SPACE_FILLING,
        "ask": plain,
        "data_revision": state.revision,
        "versions": versions(),
    }


def _info(proposal: Proposal, ask: Ask, state: SessionState) -> SuggestionInfo:
    return SuggestionInfo(
        strategy=ask.strategy,
        mean=proposal.mean,
        sd=proposal.sd,
        acquisition=proposal.acquisition,
        explore=proposal.explore,
        nearest_row=proposal.nearest_row,
        distance=proposal.distance,
        gain=proposal.gain,
        gain_words=proposal.gain_words,
        made_at_revision=state.revision,
        feasible=proposal.feasible,
        predicted=proposal.predicted,
    )


def even_points(
    state: SessionState, inputs: Sequence[dict[str, Any]], strategy: str, *, fallback: bool
) -> tuple[tuple[dict[str, Any], SuggestionInfo], ...]:
    """Attach to each point the nearest experiment there is."""
    import numpy as np

    encoding = Encoding(state.space)
    if inputs and not encoding.can_encode(inputs[0]):  # without what is observed
        encoding = Encoding(state.space.chosen)
    rows = [row for row in state.table.done() if encoding.can_encode(row.inputs)]
    known = encoding.encode([row.inputs for row in rows]) if rows else None
    result: list[tuple[dict[str, Any], SuggestionInfo]] = []
    for point in inputs:
        ordered = {name: point[name] for name in state.space.names if name in point}
        info = SuggestionInfo(strategy, fallback=fallback, made_at_revision=state.revision)
        if known is not None:
            gaps = np.linalg.norm(known - encoding.encode([ordered]), axis=1)
            place = int(np.argmin(gaps))
            info = replace(info, nearest_row=rows[place].id, distance=float(gaps[place]))
        result.append((ordered, info))
    return tuple(result)


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


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200].rstrip(".")
