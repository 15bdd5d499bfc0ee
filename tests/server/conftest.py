"""Servers that the tests of the faces share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.optwidgets_server import RunningServer, running


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
