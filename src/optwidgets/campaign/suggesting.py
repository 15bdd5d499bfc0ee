"""From a state and a question to proposed points: pure, so that it can be replayed."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.asking import Ask
from optwidgets.campaign.fitting import Models, config_of, results_missing, versions
from optwidgets.campaign.limited import limited_models
from optwidgets.campaign.observing import assumed_words, plannable, with_observed
from optwidgets.campaign.one_setting import best_batch, even_batch
from optwidgets.campaign.several import asked_objectives, propose_several
from optwidgets.data.row import Row, SuggestionInfo
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.journal.changes import SuggestionsMade
from optwidgets.journal.entry import now
from optwidgets.tasks import Cancelled, DeadlineExceeded, Progress, no_progress

if TYPE_CHECKING:
    from optwidgets.acquisition.proposal import Proposal
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState

log = logging.getLogger(__name__)

SPACE_FILLING = "space-filling"
FILLING_METHOD = "lhs"


@dataclass(frozen=True)
class Suggested:
    """Proposed points, why, and how to compute them again."""

    points: tuple[tuple[dict[str, Any], SuggestionInfo], ...]
    record: dict[str, Any]
    message: str = ""
    # What the rows say why they exist; the strategy when it is empty.
    reasons: tuple[str, ...] = ()


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
    from optwidgets.acquisition.naming import strategy_named
    from optwidgets.acquisition.suggest import suggest

    fits = [models.fit(state, item, config_of(state), progress) for item in objectives]
    fit = fits[0]
    reference: dict[str, float] | None = None
    limits, message = limited_models(state, models, progress)
    progress(None, "Searching the best points")
    asked: dict[str, Any] = {
        "strategy": ask.strategy,
        "n": ask.n,
        "options": dict(ask.options),
        "seed": ask.seed,
        "limits": limits,
        "progress": progress,
    }

    def search(hold: Mapping[str, Any]) -> list[Proposal]:
        nonlocal reference
        if ask.goals:
            found, reference = propose_several(state, objectives, fits, hold=hold, **asked)
            return found
        return suggest(
            fit.model,
            state.space,
            state.table,
            goal=objectives[0],
            balance=ask.balance,
            hold=hold,
            **asked,
        )

    try:
        proposals, setting = best_batch(
            state.space, state.table, ask, strategy_named(ask.strategy), search
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
    told = (message, setting, fit.model.approximation, _assumed(state, ask))
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
    from optwidgets.designs.space_filling import design  # not needed where a model suggests

    state = with_observed(without_replaced(state, ask), ask.hold)
    space = plannable(state, ask.hold)
    hold = {name: value for name, value in ask.hold.items() if name in space}
    existing = [dict(row.inputs) for row in state.table if row.state != "failed"]

    def search(n: int, more: Mapping[str, Any]) -> list[dict[str, Any]]:
        held = {**hold, **more}
        return design(space, FILLING_METHOD, n, seed=ask.seed, existing=existing, hold=held)

    inputs, setting = even_batch(space, ask, search)
    record = record_of(state, ask, SPACE_FILLING) | {"message": message}
    points = tuple(
        (_settings(point, ask), info)
        for point, info in even_points(state, inputs, SPACE_FILLING, fallback=True)
    )
    told = (message, setting, _assumed(state, ask))
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

    from optwidgets.space.encoding import Encoding  # needs NumPy

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


def _first_line(error: BaseException) -> str:
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0][:200].rstrip(".")
