"""What a view may send as an option of the next round, checked against the session."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from optwidgets.acquisition.naming import find_several, find_strategy, is_for_several
from optwidgets.errors import OptwidgetsError
from optwidgets.widgets._goal_choices import ALL
from optwidgets.widgets._suggest_view import MAX_BATCH

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState


def _strategy(value: Any, state: SessionState) -> str:
    if is_for_several(str(value)):
        return find_several(str(value), len(state.table.target_names)).name
    return find_strategy(str(value)).name


def _goal(value: Any, state: SessionState) -> str:
    own = {objective.goal for objective in state.table.objectives}
    if value not in {"maximize", "minimize", "pareto", *own}:
        raise OptwidgetsError("Goal is either maximise or minimise.", field="Goal")
    return str(value)


def _objective(value: Any, state: SessionState) -> str:
    return ALL if value == ALL else state.table.objective(str(value)).name


def _batch_size(value: Any, _: SessionState) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value <= MAX_BATCH:
        raise OptwidgetsError(f"Use a whole number from 1 to {MAX_BATCH}.", field="Batch size")
    return value


def _balance(value: Any, _: SessionState) -> float:
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise OptwidgetsError("Balance is a number from 0 to 1.", field="Balance")
    return float(value)


#: Option to what reads its value, or says why it is none.
CHECKS: dict[str, Callable[[Any, SessionState], Any]] = {
    "strategy": _strategy,
    "goal": _goal,
    "objective": _objective,
    "batch_size": _batch_size,
    "balance": _balance,
}
