"""Snapshots of growing sessions, made beside the writer and not by it."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from functools import partial
from typing import TYPE_CHECKING

from optwidgets.journal.snapshot import take_snapshot

if TYPE_CHECKING:
    from collections.abc import Iterable

    from optwidgets.server.host import Host
    from optwidgets.server.transaction import Transaction

log = logging.getLogger(__name__)


class SnapshotKeeper:
    """Keeps snapshots while a server runs, so that one that is killed is back as fast.

    Making one of 100,000 rows takes half a second, in which the writer goes on.

    Parameters
    ----------
    host
        Whose sessions.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._busy: dict[str, asyncio.Task[None]] = {}

    def look_at(self, grown: Iterable[str]) -> None:
        """Begin snapshots of sessions; called in the event loop."""
        for session_id in grown:
            if session_id not in self._busy and not self._host.closing.is_set():
                task = asyncio.create_task(self._keep(session_id))
                self._busy[session_id] = task
                task.add_done_callback(partial(self._done, session_id))

    async def close(self) -> None:
        """Give up what is being made, and keep what a clean end leaves time for."""
        for task in tuple(self._busy.values()):
            task.cancel()
        with contextlib.suppress(Exception):
            await self._host.write(lambda tx: tx.keep_snapshots())

    def _done(self, session_id: str, _: asyncio.Task[None]) -> None:
        self._busy.pop(session_id, None)

    async def _keep(self, session_id: str) -> None:
        # A session that was deleted meanwhile, or a full disk: there is just no snapshot.
        try:
            folded = await self._host.write(lambda tx: tx.fold_of(session_id).copy())
            snapshot = await asyncio.to_thread(take_snapshot, session_id, folded)

            def keep(tx: Transaction) -> None:
                tx.journal(session_id).keep_snapshot(snapshot)
                tx.fold_of(session_id).weight -= folded.weight

            await self._host.write(keep)
        except Exception as error:  # noqa: BLE001 - it is only a copy
            log.info("No snapshot of session %s was kept: %s", session_id, error)
