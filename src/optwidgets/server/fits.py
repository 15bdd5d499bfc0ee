"""Fits for those who look: each is computed once, however many notebooks show the session."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optwidgets.server.errors import Unavailable

if TYPE_CHECKING:
    from optwidgets.server.auth import Principal
    from optwidgets.server.host import Host

FORGET_SECONDS = 10.0
"""A fit that nobody has asked for so long ends: its results are of yesterday."""
KEPT = 32

_Key = tuple[str, str, str, int]


@dataclass
class _Fitting:
    task: asyncio.Task[dict[str, Any]]
    waiting: int = 0
    asked: float = 0.0
    progress: dict[str, Any] = field(default_factory=lambda: {"fraction": None, "stage": ""})


class Fits:
    """The fits of a host's sessions, by revision.

    Parameters
    ----------
    host
        Where the sessions are.
    """

    def __init__(self, host: Host) -> None:
        self._host = host
        self._known: OrderedDict[_Key, _Fitting] = OrderedDict()

    async def get(
        self, session_id: str, objective: str, revision: int, principal: Principal, wait: float
    ) -> dict[str, Any]:
        """Return a fit, or after so many seconds how far it is.

        Returns
        -------
        dict
            ``fit``, None until it is there, and ``progress``.

        Raises
        ------
        OptwidgetsError
            What the computation says of the session.
        """
        state = await self._host.state(session_id)
        key = (session_id, str(state.metadata["created_at"]), objective, revision)
        fitting = self._known.get(key)
        if fitting is None:
            fitting = self._known[key] = self._begin(key, principal)
        self._known.move_to_end(key)
        fitting.waiting += 1
        try:
            done, _ = await asyncio.wait([fitting.task], timeout=wait)
        finally:
            fitting.waiting -= 1
            fitting.asked = self._now()
            self._forget()
        if not done:
            # Whoever asks again does so sooner than this.
            asyncio.get_running_loop().call_later(FORGET_SECONDS + 1.0, self._forget)
        elif fitting.task.cancelled():
            raise Unavailable("The server is stopping, or the session was busy. Ask again.")
        return {"fit": fitting.task.result() if done else None, "progress": fitting.progress}

    async def close(self) -> None:
        """Fit no more."""
        tasks = [fitting.task for fitting in self._known.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    # ------------------------------------------------------------ inside

    def _begin(self, key: _Key, principal: Principal) -> _Fitting:
        session_id, _, objective, revision = key

        def on_progress(fraction: float | None, stage: str) -> None:
            fitting.progress = {"fraction": fraction, "stage": stage}

        async def compute() -> dict[str, Any]:
            computed = await self._host.compute(
                session_id,
                "fit",
                {"objective": objective, "revision": revision},
                principal=principal,
                on_progress=on_progress,
            )
            return dict(computed.result)

        fitting = _Fitting(asyncio.create_task(compute()))
        fitting.task.add_done_callback(lambda _: self._ended(key, fitting))
        return fitting

    def _ended(self, key: _Key, fitting: _Fitting) -> None:
        # What failed may succeed next time; reading the error keeps the loop from complaining.
        task = fitting.task
        failed = task.cancelled() or task.exception() is not None
        if failed and self._known.get(key) is fitting:
            del self._known[key]

    def _forget(self) -> None:
        """Let old answers go, and end what nobody asks for any more."""
        for key, fitting in tuple(self._known.items()):
            idle = self._now() - fitting.asked > FORGET_SECONDS
            if not fitting.task.done() and not fitting.waiting and idle:
                self._end(key)
        while len(self._known) > KEPT:
            self._end(next(iter(self._known)))

    def _end(self, key: _Key) -> None:
        # Out of sight at once: its process takes a moment to end, and who asks meanwhile is to
        # have a new one.
        self._known.pop(key).task.cancel()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()
