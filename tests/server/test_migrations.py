"""Revisions of the schema follow one another in one line, and make what the code expects."""

from __future__ import annotations

import sqlalchemy as sa
from alembic.config import Config
from alembic.script import ScriptDirectory

from optwidgets.server.database import ServerDatabase
from optwidgets.server.migrate import FOLDER
from optwidgets.server.tables import metadata


def test_there_is_one_newest_revision():
    """Two pieces that landed side by side both follow the same one; the later has to move."""
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    assert len(ScriptDirectory.from_config(config).get_heads()) == 1


def test_the_schema_is_what_the_tables_say(tmp_path):
    import optwidgets.server.app  # noqa: F401 - the tables of all faces

    database = ServerDatabase(str(tmp_path / "lab.db"))
    try:
        with database.reading() as connection:
            found = sa.inspect(connection)
            for table in metadata.sorted_tables:
                columns = {column["name"] for column in found.get_columns(table.name)}
                assert columns == {column.name for column in table.columns}, table.name
    finally:
        database.close()
