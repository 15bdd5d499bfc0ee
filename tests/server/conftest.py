"""Servers that the tests of the faces share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from optwidgets.client.outbox import DATA_VARIABLE
from support.optwidgets_server import RunningServer, running
from support.proxy import Proxy, proxy_to


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have notebooks keep what was not sent in the test's own folder."""
    monkeypatch.setenv(DATA_VARIABLE, str(tmp_path / "data"))


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that wants tokens, with a SQLite file of its own."""
    with running(tmp_path_factory.mktemp("server") / "lab.db") as started:
        yield started


@pytest.fixture(scope="module")
def server_no_auth(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that wants no tokens."""
    with running(tmp_path_factory.mktemp("server") / "open.db", no_auth=True) as started:
        yield started


@pytest.fixture
def proxy(server: RunningServer) -> Iterator[Proxy]:
    """A line to the server, or to the one that a module has instead, which can be cut."""
    with proxy_to(server.settings.port) as made:
        yield made
