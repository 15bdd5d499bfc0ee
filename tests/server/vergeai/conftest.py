"""A project for each test, on the server that they share."""

from __future__ import annotations

import pytest

from support.optwidgets_server import RunningServer
from support.vergeai_team import Team, make_team


@pytest.fixture
def team(server: RunningServer) -> Team:
    return make_team(server)
