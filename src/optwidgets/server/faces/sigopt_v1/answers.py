"""The form of answers of v1: bare objects, and errors with ``message`` and ``status``."""

from __future__ import annotations

from typing import Any

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException

from optwidgets.server.declaring import refusal
from optwidgets.server.errors import NotAllowed, NotSignedIn

SKIP = "x-response-content"


class ErrorBody(BaseModel):
    """What is answered when a request cannot be met."""

    message: str
    status: int
    token_status: str | None = None


class Thing(BaseModel):
    """One object; its kind stands under ``object``."""

    model_config = ConfigDict(extra="allow")

    object: str


class Page(BaseModel):
    """A list, or a page of one."""

    object: str
    count: int
    data: list[dict[str, Any]]
    paging: dict[str, str | None]


class Nothing(BaseModel):
    """An empty object."""


#: What every route may answer besides success.
ERRORS: dict[int | str, dict[str, Any]] = {
    204: {"description": "As 200, without a body, when X-Response-Content: skip was sent."},
    **{
        status: refusal(ErrorBody)
        for status in (400, 401, 403, 404, 405, 409, 413, 415, 422, 429, 500, 503, 507)
    },
}


def answer(request: Request, body: Any) -> Response:
    """Write an answer; a client may say that it does not want to read it."""
    if request.headers.get(SKIP, "").lower() == "skip":
        return Response(status_code=204)
    return JSONResponse(body)


def nothing(request: Request) -> Response:
    """Answer a delete: an empty object, which all clients can read."""
    return answer(request, {})


def sentence_of(error: Exception) -> str:
    """Return what is wrong in words."""
    if isinstance(error, RequestValidationError):
        problems = error.errors()
        return "; ".join(
            f"{'.'.join(str(part) for part in problem['loc'][1:])}: {problem['msg']}"
            for problem in problems
        )
    return str(error.detail) if isinstance(error, HTTPException) else str(error)


def error_answer(request: Request, status: int, error: Exception) -> Response:
    """Return the answer to a request that failed."""
    body: dict[str, Any] = {"message": sentence_of(error), "status": status}
    if isinstance(error, NotSignedIn) and request.headers.get("authorization"):
        # 401 means to these clients that there was no token; one that is not good is 403.
        body["status"] = status = 403
    token_status = _token_status(error)
    if token_status:
        body["token_status"] = token_status
    headers = dict(error.headers or {}) if isinstance(error, HTTPException) else {}
    return JSONResponse(body, status, headers)


def _token_status(error: Exception) -> str | None:
    if isinstance(error, NotAllowed):
        return "invalid_permissions"
    if not isinstance(error, NotSignedIn):
        return None
    words = {"was revoked": "revoked", "expired at": "expired"}
    return next((status for word, status in words.items() if word in str(error)), None)


def json_body(*keys: str) -> dict[str, Any]:
    """Describe the JSON object of a request for the API's description."""
    return {
        "requestBody": {
            "required": False,
            "content": {
                "application/json": {
                    "schema": {"type": "object", "properties": {key: {} for key in keys}}
                }
            },
        }
    }


def query(*names: str) -> dict[str, Any]:
    """Describe the query of a request for the API's description."""
    return {
        "parameters": [
            {"name": name, "in": "query", "required": False, "schema": {"type": "string"}}
            for name in names
        ]
    }
