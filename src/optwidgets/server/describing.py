"""What the server says of itself: its OpenAPI document, and which methods a path has."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from fastapi.routing import iter_route_contexts
from starlette.routing import compile_path

from optwidgets.server.faces import spoken_at
from optwidgets.server.signing_in import RULE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from fastapi import FastAPI

#: Mark in the schema of a header that a route cannot do without, but asks for in its own words.
NEEDED = "x-needed"

_SCHEMES: dict[str, dict[str, Any]] = {
    "token": {"type": "http", "scheme": "bearer", "description": "optwidgets token create"},
    "user": {
        "type": "http",
        "scheme": "basic",
        "description": "The token as the name of the user, without a password.",
    },
    "bare": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "parameter": {"type": "apiKey", "in": "query", "name": "user_token"},
    "client": {"type": "apiKey", "in": "query", "name": "client_token"},
}
# SigOpt's v0 has a token for those who own experiments and one for those who work on them.
_OF_WORKERS = re.compile(r"/v0/.*/(suggest|report)(multi)?")
_NAMES = re.compile(r"\{([a-z_]+)\}")
_FRAMEWORK = "HTTPValidationError"
_ERRORS = {
    "400": "What was sent does not fit, or cannot be done now; the answer says why.",
    "401": "No token, or one that is not known.",
    "403": "The token is not good for this.",
    "404": "There is no such thing.",
    "409": "It is there already, or in another state.",
    "413": "The body is too large.",
    "415": "The body is of a type that is not taken here.",
    "422": "The body or a parameter is not what it must be.",
    "423": "Somebody else holds the lock of the session; the answer says who.",
    "429": "Too many requests.",
    "503": "Out of reach for now.",
    "504": "It took too long and was stopped.",
    "507": "The disk is full; nothing was recorded.",
}
_CONDITIONAL = {"412": "It was changed since the revision of If-Match; the answer says by whom."}
#: Face to how its clients send a token.
_SENT: dict[str, tuple[str, ...]] = {
    "native": ("token", "user"),
    "alchemist": ("token", "user"),
    "sigopt_v0": ("parameter",),
    "sigopt_v1": ("user",),
    "vergeai": ("bare",),
}


def describe(app: FastAPI) -> None:
    """Complete the OpenAPI document of an application: tokens, and headers that are needed."""
    plain = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is not None:
            return app.openapi_schema
        document = plain()
        document.setdefault("components", {})["securitySchemes"] = _SCHEMES
        open_to_all = {path for path, rules in _rules(app) if "public" in rules}
        for path, item in document["paths"].items():
            for operation in item.values():
                headers = {item["name"].lower() for item in operation.get("parameters", ())}
                conditional = _CONDITIONAL if "if-match" in headers else {}
                _complete(operation["responses"], _ERRORS | conditional)
                if path not in open_to_all:
                    sent = _SENT[spoken_at(path).name]
                    if _OF_WORKERS.fullmatch(path):
                        sent = ("client",)
                    operation["security"] = [{name: []} for name in sent]
                told = operation.setdefault("parameters", [])
                known = {parameter["name"] for parameter in told}
                # A route that refuses everything does not look at them.
                told += [_path(name) for name in _NAMES.findall(path) if name not in known]
                for parameter in told:
                    if parameter.get("schema", {}).pop(NEEDED, False):
                        parameter["required"] = True
        return document

    app.openapi = openapi  # type: ignore[method-assign]  # FastAPI's own way to do this


def _path(name: str) -> dict[str, Any]:
    return {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}


def _complete(responses: dict[str, Any], errors: Mapping[str, str]) -> None:
    """Name the errors that an operation may answer, in the form of its face."""
    for status, words in errors.items():
        known = responses.get(status)
        # FastAPI tells of a form of its own, in which no face answers.
        if known is None or _FRAMEWORK in str(known):
            responses[status] = {
                "description": words,
                "content": {"application/json": {"schema": {"type": "object"}}},
            }


def methods_of(app: FastAPI, path: str) -> list[str]:
    """Return the methods that a path takes, whichever route has them.

    A path that a route names in full is that route's, although one with a parameter in its place
    would match, too. Methods that OpenAPI has no word for (MERGE) are left out here as well.
    """
    matching: list[tuple[int, set[str]]] = []
    for route in iter_route_contexts(app.routes):
        methods = getattr(route, "methods", None)
        pattern = str(route.path)
        shown = getattr(route, "include_in_schema", True)
        if methods and shown and compile_path(pattern)[0].match(path):
            matching.append((pattern.count("{"), set(methods)))
    fewest = min((count for count, _ in matching), default=0)
    return sorted(set().union(*(methods for count, methods in matching if count == fewest)))


def _rules(app: FastAPI) -> Iterator[tuple[str, set[str]]]:
    for route in iter_route_contexts(app.routes):
        dependant = getattr(route, "dependant", None)
        if dependant is not None:
            rules = {getattr(call, RULE, "") for call in _calls(dependant)}
            yield str(getattr(route, "path_format", None) or route.path), rules


def _calls(dependant: Any) -> Iterator[Any]:
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from _calls(dependency)
