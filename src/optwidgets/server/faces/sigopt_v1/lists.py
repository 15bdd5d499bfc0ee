"""What the routes of v1 share: how they are made, and lists in pages."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from optwidgets.server.faces.sigopt_v1.answers import ERRORS
from optwidgets.server.sigopt import records
from optwidgets.server.sigopt.paging import page, pagination

T = TypeVar("T")

#: Parameters of every list.
PAGING = ("limit", "before", "after")


def make_router(prefix: str = "/v1") -> APIRouter:
    """Return a router whose answers and refusals are those of v1."""
    return APIRouter(
        prefix=prefix, tags=["SigOpt v1"], responses=ERRORS, default_response_class=JSONResponse
    )


def part_of(
    request: Request, found: Sequence[T], number: Callable[[T], int]
) -> tuple[list[T], Callable[[list[Any]], dict[str, Any]]]:
    """Cut the page out of a list that a request asks for.

    Parameters
    ----------
    request
        With ``limit``, ``before`` and ``after`` in its query.
    found
        All entries, in the order in which they are shown.
    number
        Number of an entry; markers are made of it.

    Returns
    -------
    tuple
        The entries of the page, and what makes the answer of them once they are written.
    """
    asked = request.query_params
    part, paging = page(found, number, **{name: asked.get(name) for name in PAGING})
    return part, lambda data: pagination(data, paging, count=len(found))


def flag(request: Request, name: str) -> bool:
    """Return whether a parameter of the query says yes."""
    return request.query_params.get(name, "").lower() in {"true", "1"}


def client_number(text: str) -> str:
    """Return the number of a client in a path; any number will do."""
    return str(records.read_id(text, "client"))
