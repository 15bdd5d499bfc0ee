"""Every route of every face says who may use it; one that does not fails here (R24)."""

from __future__ import annotations

import asyncio
import base64
import re

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from optwidgets.server.app import make_app
from optwidgets.server.faces import spoken_at
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
PUBLIC |= {"/", "/api", "/api/docs", "/api/redoc"}


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


# ------------------------------------------------------------ what the rules come to

#: What a token for one session may ask that is not about a session: it is told of its own only.
ABOUT_ITS_OWN = re.compile(
    r"/metrics|/api/v1/(sessions|recovery/list|llm/.*)|/v1/auth/create|/v1/(ai)?experiments"
    r"|/v1/tokens/.*|/v1/organizations.*|/v./clients/[^/]*(/experiments)?|/v0/users/.*"
)


@pytest.fixture(scope="module")
def asked(app):
    """Every route that wants a token: method, path, rules."""
    return [
        (method, route.path, rules_of(route))
        for route in routes_of(app)
        for method in sorted(getattr(route, "methods", None) or ())
        if rules_of(route) & (RULES - {"public"})
    ]


def headers(path: str, token: str | None) -> dict[str, str]:
    """Return a token in the form of the API that a path belongs to."""
    if token is None:
        return {}
    form = {
        "vergeai": token,
        "sigopt_v1": f"Basic {base64.b64encode(f'{token}:'.encode()).decode()}",
    }
    return {"Authorization": form.get(spoken_at(path).name, f"Bearer {token}")}


def status(http: httpx.Client, method: str, path: str, token: str | None) -> int:
    sent = {"Content-Type": "application/json", "Idempotency-Key": "1", **headers(path, token)}
    body = b"{}"
    if spoken_at(path).name == "sigopt_v0":
        sent["Content-Type"], body = "application/x-www-form-urlencoded", b"worker_id=1&data=%7B%7D"
    # A stream of events has a status, and no end.
    with http.stream(method, path, headers=sent, content=body) as answer:
        return answer.status_code


def filled(path: str, **ids: str) -> str:
    """Return a path with ids; what is not given is 1."""
    return re.sub(r"{([a-z_]+)(:int)?}", lambda found: ids.get(found[1], "1"), path)


def test_no_route_answers_without_a_token(server, asked):
    with httpx.Client(base_url=server.url, timeout=30) as http:
        open_ones = [
            (method, path)
            for method, path, _ in asked
            if status(http, method, filled(path), None) != 401
        ]
    assert open_ones == []
    assert len(asked) > 200


def test_a_token_for_one_session_is_refused_everywhere_else(server, asked):
    with server.client() as http:
        session_id = http.post("/api/v1/sessions", json={}).json()["session_id"]
        space = [{"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}]
        body = {"name": "e", "parameters": space, "metrics": [{"name": "y"}]}
        made = http.post("/v1/experiments", json=body)
    ids = {"session_id": session_id, "experiment_id": made.json()["id"]}
    token = server.token("admin", "robot", sessions=["another"])
    with httpx.Client(base_url=server.url, timeout=30) as http:
        answered = {
            (method, path): status(http, method, filled(path, **ids), token)
            for method, path, _ in asked
            # Projects of VergeAI have ids of their own: tests/server/vergeai/test_linking.py.
            if not ABOUT_ITS_OWN.fullmatch(path) and spoken_at(path).name != "vergeai"
        }
    # 400, 404 and 422: what was asked for is not there, or is not what can be asked for.
    assert {what: code for what, code in answered.items() if code not in {400, 403, 404, 422}} == {}
    assert {
        what
        for what, code in answered.items()
        if code != 403 and ("{session_id}" in what[1] or "{experiment_id}" in what[1])
    } == set()
