"""Bringing a database to the schema of this version, after a backup."""

from __future__ import annotations

import glob
import sqlite3
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.backups import copy_whole

if TYPE_CHECKING:
    import sqlalchemy as sa

FOLDER = Path(__file__).parent / "migrations"


def upgrade(connection: sa.Connection, name: str, path: Path | None) -> None:
    """Run the revisions that a database lacks, each in a transaction of its own.

    A SQLite file that held data of an older version, or of a notebook alone, is copied beside
    itself first: that is the way back. A run that was cut off goes on where it stopped.

    Raises
    ------
    OptwidgetsError
        When the database was written by a newer version, or no copy can be made; nothing is
        changed then.
    """
    from alembic import command
    from alembic.config import Config
    from alembic.runtime.migration import MigrationContext
    from alembic.script import ScriptDirectory

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    script = ScriptDirectory.from_config(config)
    with connection.begin():
        current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {step.revision for step in script.walk_revisions()}:
        raise OptwidgetsError(
            f"{name} was written by a newer version of optwidgets (schema {current}, this one "
            f"knows up to {script.get_current_head()}). Update optwidgets; nothing was changed."
        )
    if current == script.get_current_head():
        return
    if path is not None and (current is not None or _has_sessions(connection)):
        _back_up(connection, path, current or "server")
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _back_up(connection: sa.Connection, path: Path, current: str) -> None:
    """Copy the whole file, as it is, beside itself."""
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    driver: Any = connection.connection.driver_connection
    for left in path.parent.glob(f"{glob.escape(path.name)}.before-*.part"):
        left.unlink(missing_ok=True)  # of one who was killed here
    try:
        copy_whole(driver, path.with_name(f"{path.name}.before-{current}-{at}"))
    except (sqlite3.Error, OSError) as error:
        raise OptwidgetsError(
            f"{path.name} is of an older version and is copied before it is changed, which failed "
            f"({error}). Nothing was changed: see to space in its folder, then start again."
        ) from error


def _has_sessions(connection: sa.Connection) -> bool:
    """Return whether a notebook has put anything in: its own file is copied, too."""
    with connection.begin():
        return bool(connection.exec_driver_sql("SELECT count(*) FROM sessions").scalar())
