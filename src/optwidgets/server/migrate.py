"""Bringing a database to the schema of this version, after a backup."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    import sqlalchemy as sa

FOLDER = Path(__file__).parent / "migrations"


def upgrade(connection: sa.Connection, name: str, path: Path | None) -> None:
    """Run the revisions that a database lacks, each in a transaction of its own.

    A SQLite file that held data of an older version is copied beside itself first. A run that
    was cut off goes on where it stopped.

    Raises
    ------
    OptwidgetsError
        When the database was written by a newer version; nothing is changed then.
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
    if current is not None and path is not None:
        _back_up(connection, path, current)
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def _back_up(connection: sa.Connection, path: Path, current: str) -> None:
    """Copy the whole file, as it is, beside itself."""
    at = datetime.now(UTC).strftime("%Y%m%dT%H%M%S")
    copy = path.with_name(f"{path.name}.before-{current}-{at}")
    driver: Any = connection.connection.driver_connection
    driver.execute("VACUUM INTO ?", (str(copy),))
