"""What the models say of the rows of the table, for each objective."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession

Predictions = Mapping[int, tuple[float, float]]

_PREDICTED = frozenset({"suggested", "running", "excluded"})


def models_mark(session: OptimizationSession, state: SessionState) -> tuple[object, ...]:
    """Return what changes with any of the models."""
    marks: list[object] = []
    for name in state.table.target_names:
        report = session.report_of(name)
        marks += [report["n_used"], report["stale"], session.model_of(name)]
    return tuple(marks)


def predictions_of(
    session: OptimizationSession, state: SessionState, rows: Iterable[Row]
) -> dict[str, Predictions]:
    """Return objective to row number to mean and standard deviation.

    Held out where the row was measured, else predicted.
    """
    # Of ten thousand rows most are done: they are told apart once, for all objectives.
    done: list[int] = []
    pending: list[Row] = []
    for row in rows:
        if row.state == "done":
            done.append(row.id)
        elif row.state in _PREDICTED:
            pending.append(row)
    names = state.table.target_names
    # The prediction that a suggestion carries is the first objective's.
    return {name: _of(session, state, done, pending, name, told=name == names[0]) for name in names}


def _of(
    session: OptimizationSession,
    state: SessionState,
    done: list[int],
    pending: list[Row],
    name: str,
    *,
    told: bool,
) -> Predictions:
    held_out: Predictions = session.report_of(name)["held_out"]
    found = {number: held_out[number] for number in done if number in held_out} if held_out else {}
    model = session.model_of(name)
    if model is not None and pending and model.data.encoding.space == state.space:
        encoding = model.data.encoding
        known = [row for row in pending if encoding.can_encode(row.inputs)]
        if known:
            points = encoding.encode([row.inputs for row in known])
            mean, sd = model.predict(points, observation_noise=True)
            pairs = zip(mean.tolist(), sd.tolist(), strict=True)
            found |= {row.id: pair for row, pair in zip(known, pairs, strict=True)}
    for row in pending if told else ():
        made = row.suggestion
        if row.id not in found and made and made.mean is not None and made.sd is not None:
            found[row.id] = (made.mean, made.sd)
    return found
