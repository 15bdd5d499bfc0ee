"""Looking after the file of a server's database: space and backups."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from optwidgets.server.backups import Backups
from optwidgets.server.space import Space

if TYPE_CHECKING:
    from pathlib import Path

log = logging.getLogger(__name__)

LOOK_SECONDS = 60.0


class Caretaker:
    """Looks once a minute, in a thread, and never on account of a request.

    PostgreSQL has an administrator of its own: there is no file then, and nothing to do.

    Parameters
    ----------
    path
        The database's file, or None.
    with_backups
        Whether backups are made.

    Examples
    --------
    >>> async def warnings():
    ...     caretaker = Caretaker(None)
    ...     await caretaker.close()
    ...     return caretaker.warnings
    >>> asyncio.run(warnings())
    []
    """

    def __init__(self, path: Path | None, *, with_backups: bool = True) -> None:
        self.space = None if path is None else Space(path)
        self.backups = None if path is None or not with_backups else Backups(path)
        self._looking = asyncio.create_task(self._look())

    @property
    def warnings(self) -> list[str]:
        """What somebody should see to soon; nothing of it keeps the server from working."""
        parts = (self.space, self.backups)
        return [part.problem for part in parts if part is not None and part.problem is not None]

    async def close(self) -> None:
        """Give up what is being made."""
        if self.backups is not None:
            self.backups.interrupt()
        self._looking.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await self._looking
        if self.backups is not None:
            self.backups.close()

    async def _look(self) -> None:
        if self.space is not None:
            # At once: a server that is started on a full disk says so. It takes microseconds.
            self.space.look()
        while True:
            await asyncio.sleep(LOOK_SECONDS)
            for part in (self.space, self.backups):
                if part is None:
                    continue
                # The thread goes on when it is not waited for any more: it has to be.
                looking = asyncio.create_task(asyncio.to_thread(part.look))
                try:
                    await asyncio.shield(looking)
                except asyncio.CancelledError:
                    await looking
                    raise
                except Exception:
                    log.exception("Nobody looked after the database")
