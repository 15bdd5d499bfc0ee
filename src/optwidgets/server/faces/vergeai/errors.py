"""How this API says that something went wrong."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from optwidgets.server.errors import NotAllowed, NotSignedIn

if TYPE_CHECKING:
    from fastapi import Request, Response

NOT_AUTHORIZED = "You are not authorized to access this resource"
# What the gateway in front of the original answered; its two spellings are kept.
NO_KEY = {"message": "Unauthorized"}
WRONG_KEY = {"Message": "User is not authorized to access this resource with an explicit deny"}
_LACKS_IDS = re.compile(
    r"/v1/(project/(get|active_jobs)|device/is_active|experiment/get"
    r"|job/(get|start_model|aggregate_model))(/[^/]*)*"
)


def not_authorized() -> NotAllowed:
    """Return the refusal of a known caller."""
    return NotAllowed(NOT_AUTHORIZED)


def answer(request: Request, status: int, error: Exception) -> Response:
    """Return the answer to a request that failed; always JSON."""
    if isinstance(error, NotSignedIn):
        if request.headers.get("authorization"):
            return JSONResponse(WRONG_KEY, 403)
        return JSONResponse(NO_KEY, 401)
    if isinstance(error, RequestValidationError):
        return JSONResponse({"error_msg": _sentence(error)}, 400)
    if isinstance(error, HTTPException):
        if status == 404 and _LACKS_IDS.fullmatch(request.url.path):
            return JSONResponse({"error_msg": "An id is missing in the path; give all ids."}, 400)
        return JSONResponse({"error_msg": str(error.detail)}, status, headers=error.headers)
    # Its clients know no 404: an id that is unknown is a bad argument.
    status = 400 if status in {404, 409, 412, 422} else status
    return JSONResponse({"error_msg": str(error)}, status)


def _sentence(error: RequestValidationError) -> str:
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part not in {"body", "path"})
    said = first["msg"].removeprefix("Value error, ")[:200]
    return f"{place[:80] or 'The body'} is not as it should be: {said}."
