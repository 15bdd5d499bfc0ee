"""The server of the remote journals."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from support.optwidgets_server import RunningServer, running


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningServer]:
    """A server that takes every name as it is given."""
    with running(tmp_path_factory.mktemp("server") / "lab.db", no_auth=True) as started:
        yield started
