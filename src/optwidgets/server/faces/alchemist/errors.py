"""How ALchemist's API says what is wrong: ``detail``, ``error_type``, ``status_code``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse

from optwidgets.errors import DesignNotEstimableError, InfeasibleRegionError, OptwidgetsError
from optwidgets.journal.protocol import ConflictError
from optwidgets.server.errors import Locked, NoSuchSession, ServerError

if TYPE_CHECKING:
    from fastapi import Request

#: Errors of ALchemist's own names; a class that is not here goes by its name, any other
#: sentence of ours is a ValueError, as there.
_TYPES: dict[type[Exception], str] = {
    NoSuchSession: "SessionNotFoundError",
    DesignNotEstimableError: "DesignNotEstimableError",
    InfeasibleRegionError: "InfeasibleRegionError",
    RequestValidationError: "ValidationError",
    Locked: "SessionLockedError",
    ConflictError: "ConflictError",
}
#: What its clients know instead of our status.
_STATUS = {423: 403}
_MAX_REPORTED = 20


class NoDataError(ServerError):
    """There are no experiments to work with.

    Examples
    --------
    >>> error_type(NoDataError("No experiment has a result yet."), 400)
    'NoDataError'
    """


class NoModelError(ServerError):
    """No model was trained."""


class NoVariablesError(ServerError):
    """The search space is empty."""

    def __init__(self) -> None:
        super().__init__("No variables are defined. Add variables to the search space first.")


def error_type(error: Exception, status: int) -> str:
    """Return the name that ALchemist's clients look for.

    Examples
    --------
    >>> error_type(OptwidgetsError("Maximum must be above the minimum."), 400)
    'ValueError'
    >>> error_type(NoSuchSession("x"), 404)
    'SessionNotFoundError'
    """
    for known, name in _TYPES.items():
        if isinstance(error, known):
            return name
    if isinstance(error, ServerError):
        return type(error).__name__ if type(error) is not ServerError else "ValueError"
    if isinstance(error, OptwidgetsError):
        return "ValueError"
    return "InternalServerError" if status >= 500 else "HTTPException"


def error_response(request: Request, status: int, error: Exception) -> JSONResponse:  # noqa: ARG001
    """Return the answer to a request that cannot be met; it names no file and no line.

    Parameters
    ----------
    request
        The request.
    status
        Status of the answer.
    error
        What is wrong. Only our own errors and those of validation are quoted.
    """
    status = _STATUS.get(status, status)
    body: dict[str, Any] = {
        "detail": _detail(error, status),
        "error_type": error_type(error, status),
        "status_code": status,
    }
    if isinstance(error, RequestValidationError):
        body["errors"] = validation_errors(error.errors())
    return JSONResponse(body, status)


def validation_errors(errors: Sequence[Any]) -> list[dict[str, Any]]:
    """Return what is wrong with a body, field by field: ``loc``, ``msg`` and ``type``.

    What was sent is not repeated: it may be large, secret, or no JSON.

    Examples
    --------
    >>> validation_errors([{"loc": ("body", "output"), "msg": "Field required", "type": "missing"}])
    [{'loc': ['body', 'output'], 'msg': 'Field required', 'type': 'missing'}]
    """
    return [
        {
            "loc": [item if isinstance(item, int) else str(item) for item in error.get("loc", ())],
            "msg": str(error.get("msg", "")),
            "type": str(error.get("type", "")),
        }
        for error in list(errors)[:_MAX_REPORTED]
        if isinstance(error, Mapping)
    ]


def _detail(error: Exception, status: int) -> str:
    if isinstance(error, RequestValidationError):
        found = validation_errors(error.errors())
        return "; ".join(f"{'.'.join(map(str, item['loc']))}: {item['msg']}" for item in found)
    if isinstance(error, OptwidgetsError):
        return str(error)
    detail = getattr(error, "detail", None)
    if status < 500 and isinstance(detail, str):
        return detail
    return "Something went wrong on the server. Its log says what; please report it."
