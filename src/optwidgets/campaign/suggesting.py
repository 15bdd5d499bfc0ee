"""From a state and a question to proposed points: pure, so that it can be replayed."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import Models, config_of, results_missing, seed_of, versions
from optwidgets.campaign.limited import limited_models
from optwidgets.data.row import Row, SuggestionInfo
from optwidgets.designs.space_filling import design
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.journal.changes import SuggestionsMade
from optwidgets.journal.entry import now
from optwidgets.space.encoding import Encoding
from optwidgets.space.numbers import finite_number
from optwidgets.space.space import Space
from optwidgets.tasks import Cancelled, DeadlineExceeded, Progress, no_progress

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.acquisition.proposal import Proposal
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState

log = logging.getLogger(__name__)

SPACE_FILLING = "space-filling"
FILLING_METHOD = "lhs"
MAX_BATCH = 1000
EXTRA_COLUMNS = ("mean", "std", "acquisition", "nearest")


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
        ``"maximize"`` or ``"minimize"``.
    objective
        Name of the output.
    balance
        0 (explore) to 1 (exploit), or None for the strategy's own.
    options
        Options of the strategy.
    hold
        Variables held at a value.
    seed
        Seed of everything random in it.
    replaces
        Numbers of suggested rows that give way to the new points, as if they had never
        been proposed.
    kind
        ``"model"``, or ``"design"`` for points that cover the space evenly.
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
    strategy: str = "EI",
    n_suggestions: int = 1,
    goal: str | Sequence[str] | None = None,
    objective: str | None = None,
    balance: float | None = None,
    hold: Mapping[str, Any] | None = None,
    replaces: Sequence[int] = (),
    options: Mapping[str, Any] | None = None,
) -> Ask:
    """Check what a user asks for, and return it with every default filled in.

    Raises
    ------
    OptwidgetsError
        For an unknown strategy or variable, or a number or goal that is not possible.
    """
    from optwidgets.acquisition.base import find_strategy

    if not len(state.space):
        raise OptwidgetsError("Suggest needs at least one variable. Add one first.")
    target = state.table.objective(objective)
    if goal is not None:
        target = replace(target, goal=_one_goal(goal))
    if balance is not None and not 0.0 <= finite_number(balance, "Balance") <= 1.0:
        raise OptwidgetsError(f"Balance must be from 0 to 1, not {balance!r}.", field="Balance")
    held = state.space.check_point(hold or {}, partial=True)
    if len(held) == len(state.space):
        raise OptwidgetsError("Every variable is held. Free at least one of them.")
    return Ask(
        strategy=find_strategy(strategy, config_of(state).backend).name,
        n=_batch_size(n_suggestions),
        goal=target.goal,
        objective=target.name,
        balance=None if balance is None else float(balance),
        options=dict(options or {}),
        hold=held,
        seed=next_seed(state),
        replaces=[int(row) for row in replaces],
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
    state = without_replaced(state, ask)
    objective = replace(state.table.objective(ask.objective), goal=ask.goal)
    missing = results_missing(state, objective)
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
        return _by_model(state, ask, objective, models, progress)
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
    state: SessionState, ask: Ask, objective: Objective, models: Models, progress: Progress
) -> Suggested:
    from optwidgets.acquisition.suggest import suggest

    fit = models.fit(state, objective, config_of(state), progress)
    limits, message = limited_models(state, models, progress)
    progress(None, "Searching the best points")
    try:
        proposals = suggest(
            fit.model,
            state.space,
            state.table,
            strategy=ask.strategy,
            n=ask.n,
            goal=ask.goal,
            balance=ask.balance,
            options=dict(ask.options),
            hold=dict(ask.hold),
            limits=limits,
            seed=ask.seed,
            progress=progress,
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
    points = tuple((dict(p.inputs), _info(p, ask, state)) for p in proposals)
    message = " ".join(part for part in (message, fit.model.approximation) if part)
    return Suggested(points, record, message)


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
    state = without_replaced(state, ask)
    inputs = design(
        state.space,
        FILLING_METHOD,
        ask.n,
        seed=ask.seed,
        existing=[dict(row.inputs) for row in state.table if row.state != "failed"],
        hold=ask.hold,
    )
    record = record_of(state, ask, SPACE_FILLING) | {"message": message}
    return Suggested(even_points(state, inputs, SPACE_FILLING, fallback=True), record, message)


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


def to_frame(space: Space, rows: Sequence[Row], message: str = "") -> pd.DataFrame:
    """Return suggested rows as a table: the variables, then what is expected of them.

    The index is the number of the row in the experiments. ``attrs["message"]`` says
    what a user should know, such as that there was no model yet.
    """
    import pandas as pd

    columns: dict[str, Any] = {name: [row.inputs.get(name) for row in rows] for name in space.names}
    facts: dict[str, Callable[[SuggestionInfo], Any]] = {
        "mean": lambda info: info.mean,
        "std": lambda info: info.sd,
        "acquisition": lambda info: info.acquisition,
        "nearest": lambda info: info.nearest_row,
    }
    if any(row.suggestion is not None and row.suggestion.feasible is not None for row in rows):
        facts["feasible"] = lambda info: info.feasible
    for name, fact in facts.items():
        if name in columns:  # a variable of that name comes first
            continue
        values = [None if row.suggestion is None else fact(row.suggestion) for row in rows]
        columns[name] = pd.array(values, dtype="Int64" if name == "nearest" else "float64")
    frame = pd.DataFrame(columns, index=pd.Index([row.id for row in rows], name="row"))
    if message:
        frame.attrs["message"] = message
    return frame


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
    )


def even_points(
    state: SessionState, inputs: Sequence[dict[str, Any]], strategy: str, *, fallback: bool
) -> tuple[tuple[dict[str, Any], SuggestionInfo], ...]:
    """Attach to each point the nearest experiment there is."""
    import numpy as np

    encoding = Encoding(state.space)
    rows = [row for row in state.table.done() if encoding.can_encode(row.inputs)]
    known = encoding.encode([row.inputs for row in rows]) if rows else None
    result: list[tuple[dict[str, Any], SuggestionInfo]] = []
    for point in inputs:
        ordered = {name: point[name] for name in state.space.names}
        info = SuggestionInfo(strategy, fallback=fallback, made_at_revision=state.revision)
        if known is not None:
            gaps = np.linalg.norm(known - encoding.encode([ordered]), axis=1)
            place = int(np.argmin(gaps))
            info = replace(info, nearest_row=rows[place].id, distance=float(gaps[place]))
        result.append((ordered, info))
    return tuple(result)


def _one_goal(goal: str | Sequence[str]) -> str:
    from optwidgets.data.table import Objective

    if not isinstance(goal, str):
        goals = list(goal)
        if len(goals) != 1:
            raise OptwidgetsError(
                "Give one goal, maximize or minimize. Several objectives at once are not "
                "supported yet.",
                field="Goal",
            )
        goal = goals[0]
    return Objective("Output", goal).goal


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
