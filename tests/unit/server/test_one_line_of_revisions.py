"""Revisions of the schema are one line: two heads, and no server starts."""

from __future__ import annotations

from alembic.config import Config
from alembic.script import ScriptDirectory

from optwidgets.server.migrate import FOLDER


def test_there_is_one_newest_revision():
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1
