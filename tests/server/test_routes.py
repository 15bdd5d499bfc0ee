"""Every route of every face says who may use it; one that does not fails here (R24)."""

from __future__ import annotations

import asyncio

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from optwidgets.server.app import make_app
from optwidgets.server.settings import Settings
from optwidgets.server.signing_in import RULE, needs, public

RULES = {"read", "write", "admin", "public"}
#: Routes that are no GET and open to readers, or to everybody, each with its reason.
HARMLESS = {
    "/v1/auth/create": "exchanges an API key for a token of the same rights",
    "/api/v1/sessions/{session_id}/save": "does nothing: every change is saved already",
    "/api/v1/sessions/{session_id}/experiments/preview": "says what an import would do",
    "/api/v1/sessions/{session_id}/rows/import/preview": "says what an import would do",
    "/api/v1/llm/suggest-effects/{session_id}": "is not offered",
    "/api/v1/llm/config": "is not offered",
}
HARMLESS |= dict.fromkeys(
    (
        f"/api/v1/sessions/{{session_id}}/{question}"
        for question in (
            "initial-design",
            "optimal-design",
            "optimal-design/info",
            "split-plot-design",
            "model/predict",
            "acquisition/find-optimum",
            "visualizations/contour",
            "visualizations/surface",
        )
    ),
    "computes an answer and records nothing",
)
#: The same for what follows a path: grants to upload one file, which are secrets themselves.
HARMLESS_ENDS = ("/{grant_id}",)
#: What answers anybody: how to reach the server, and whether it is well.
PUBLIC = {"/api/openapi.json", "/health", "/health/live", "/health/ready"}


def dependencies(dependant):
    """Return every dependency of a route, also those of its dependencies."""
    for dependency in dependant.dependencies:
        yield dependency.call
        yield from dependencies(dependency)


def rules_of(route) -> set[str]:
    dependant = getattr(route, "dependant", None)
    found = [] if dependant is None else list(dependencies(dependant))
    return {rule for call in found if (rule := getattr(call, RULE, None)) is not None}


def routes_of(app: FastAPI) -> list:
    """Return the routes of an application with those of all its routers."""
    return list(iter_route_contexts(app.routes))


@pytest.fixture(scope="module")
def app(tmp_path_factory):
    made = make_app(Settings(str(tmp_path_factory.mktemp("routes") / "lab.db")))
    asyncio.run(made.state.faces.all())
    return made


def test_every_route_has_a_rule(app):
    without = [
        route.path
        for route in routes_of(app)
        if route.path not in PUBLIC and not rules_of(route) & RULES
    ]
    assert without == []
    assert len(routes_of(app)) > 5


def test_what_changes_something_is_not_for_readers(app):
    weak = [
        (sorted(route.methods), route.path)
        for route in routes_of(app)
        if getattr(route, "methods", None)
        and route.methods - {"GET", "HEAD", "OPTIONS"}
        and rules_of(route) <= {"read", "public"}
        and route.path not in HARMLESS
        and not route.path.endswith(HARMLESS_ENDS)
    ]
    assert weak == []


def test_a_route_without_a_rule_is_found():
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)

    @app.get("/open")
    async def open_to_all(): ...

    @app.get("/read", dependencies=[needs("read")])
    async def read(): ...

    @app.get("/health", dependencies=[public()])
    async def health(): ...

    assert {route.path: rules_of(route) for route in app.routes} == {
        "/open": set(),
        "/read": {"read"},
        "/health": {"public"},
    }
