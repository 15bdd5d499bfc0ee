"""The form of errors, which is ALchemist's with more fields where there is more to say."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.protocol import ConflictError
from optwidgets.server.declaring import refusal
from optwidgets.server.faces.native.wire import entry_to_json


class ErrorBody(BaseModel):
    """What is answered when a request cannot be met."""

    detail: str
    error_type: str
    status_code: int
    field: str | None = None
    errors: list[dict[str, Any]] | None = None
    entries: list[dict[str, Any]] | None = None


#: What every route may answer besides success.
ERRORS: dict[int | str, dict[str, Any]] = {
    status: refusal(ErrorBody)
    for status in (400, 401, 403, 404, 409, 412, 413, 415, 422, 423, 429, 500, 503, 507)
}


def error_answer(_: Request, status: int, error: Exception) -> Response:
    """Return the answer to a request that failed."""
    body: dict[str, Any] = {
        "detail": str(error),
        "error_type": type(error).__name__,
        "status_code": status,
    }
    if isinstance(error, RequestValidationError):
        body["error_type"] = "ValidationError"
        body["errors"] = [_problem(problem) for problem in error.errors()]
        body["detail"] = "; ".join(_words(problem) for problem in body["errors"])
    elif isinstance(error, HTTPException):
        body["detail"] = str(error.detail)
    elif isinstance(error, OptwidgetsError) and error.field:
        body["field"] = error.field
    if isinstance(error, ConflictError):
        body["entries"] = [entry_to_json(entry) for entry in error.entries]
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, status, headers)


def _problem(problem: dict[str, Any]) -> dict[str, Any]:
    """Return what is wrong with a body, without what was sent."""
    place = [part for part in problem["loc"] if isinstance(part, str | int)]
    said = problem["msg"]
    if problem["type"] == "finite_number" and "outputs" in place:
        said += ' (an experiment without a result is recorded without it, as "state": "failed")'
    return {"loc": place, "msg": said, "type": problem["type"]}


def _words(problem: dict[str, Any]) -> str:
    place = ".".join(str(part) for part in problem["loc"][1:])
    return f"{place}: {problem['msg']}" if place else str(problem["msg"])
