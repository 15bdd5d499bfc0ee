"""What has to be there before something can be computed, and how it is refused otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.server.declaring import refusal
from optwidgets.server.faces.alchemist.errors import NoDataError, NoModelError, NoVariablesError
from optwidgets.server.faces.alchemist.schemas.common import ErrorResponse

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

#: Answers of routes that compute: refused, not found, out of time, and a fault.
COMPUTED: dict[int | str, dict[str, Any]] = {
    status: refusal(ErrorResponse) for status in (400, 404, 500, 503, 504)
}


def need_variables(state: SessionState) -> SessionState:
    """Return a state, or raise `NoVariablesError` where the search space is empty."""
    if not len(state.space):
        raise NoVariablesError
    return state


def need_data(state: SessionState) -> SessionState:
    """Return a state, or raise `NoDataError` where no row has a result."""
    if not state.table.counts["done"]:
        raise NoDataError("No experimental data available. Add experiments first.")
    return state


def need_model(state: SessionState, then: str = "Train a model first.") -> SessionState:
    """Return a state, or raise `NoModelError` where no model was trained.

    Examples
    --------
    >>> from optwidgets.journal.state import SessionState
    >>> need_model(SessionState())
    Traceback (most recent call last):
    ...
    optwidgets.server.faces.alchemist.errors.NoModelError: No trained model available. Train a \
model first.
    """
    if state.model is None:
        raise NoModelError(f"No trained model available. {then}")
    return state
