"""A client of ALchemist's API."""

from __future__ import annotations

import pytest

from support.alchemist_api import Client
from support.alchemist_server import alchemist_running


@pytest.fixture(scope="session")
def seen():
    """The operations that some test has seen to succeed."""
    return set()


@pytest.fixture(scope="module")
def api(server, seen):
    with server.client() as http:
        yield Client(http, seen)


@pytest.fixture
def session_id(api):
    """A session with two variables."""
    created = api("POST", "/sessions", json={"name": "Reactor"}).json()["session_id"]
    path = "/sessions/{session_id}/variables"
    api("POST", path, session_id=created, json={"name": "T", "min": 20, "max": 100, "unit": "K"})
    api(
        "POST",
        path,
        session_id=created,
        json={"name": "c", "type": "categorical", "categories": ["A", "B"]},
    )
    return created


@pytest.fixture(scope="session")
def alchemist(tmp_path_factory):
    """Address of the real ALchemist 0.4.0 server."""
    with alchemist_running(tmp_path_factory.mktemp("alchemist")) as url:
        yield url
