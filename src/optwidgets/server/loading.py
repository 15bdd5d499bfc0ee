"""Loading the APIs: the native one before the server answers, the others right after.

Each API is some dozens of routes whose bodies are compiled when they are loaded. A server that is
started again answers a second earlier if its notebooks need not wait for the others.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from typing import TYPE_CHECKING

from optwidgets.server.faces import SPOKEN, Spoken, spoken_at

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from fastapi import FastAPI
    from starlette.types import ASGIApp, Receive, Scope, Send


log = logging.getLogger(__name__)

FIRST = next(spoken for spoken in SPOKEN if spoken.name == "native")


class Faces:
    """The APIs of an application, each with its routes once it is loaded.

    Parameters
    ----------
    app
        Gets the routes.
    """

    def __init__(self, app: FastAPI) -> None:
        self._app = app
        self._open: contextlib.AsyncExitStack | None = None
        self._ready: set[str] = set()
        self._loading = asyncio.Lock()
        self._route(FIRST)

    async def all(self) -> None:
        """Return when every face can be asked."""
        for spoken in SPOKEN:
            await self._get_ready(spoken)

    async def at(self, path: str) -> None:
        """Return when the face that a path belongs to can be asked."""
        await self._get_ready(spoken_at(path))

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Run what faces do without a request, and load those that are not loaded yet."""
        async with contextlib.AsyncExitStack() as self._open:
            await self._get_ready(FIRST)
            rest = asyncio.create_task(self._load_rest())
            try:
                yield
            finally:
                rest.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await rest

    async def _load_rest(self) -> None:
        try:
            await self.all()
        except Exception:
            # Whoever asks for that API is told; the others are served.
            log.exception("An API could not be loaded.")

    async def _get_ready(self, spoken: Spoken) -> None:
        if spoken.name in self._ready:
            return
        async with self._loading:
            if spoken.name in self._ready:
                return
            await asyncio.to_thread(lambda: spoken.face)
            if spoken.face.lifespan is not None and self._open is not None:
                await self._open.enter_async_context(spoken.face.lifespan(self._app))
            if spoken is not FIRST:
                self._route(spoken)
            self._ready.add(spoken.name)

    def _route(self, spoken: Spoken) -> None:
        for router in spoken.face.routers:
            # Not `include_router`, which would build every route a second time.
            self._app.router.routes.extend(router.routes)


class Loaded:
    """Middleware that lets a request wait until the face that it is for is loaded.

    Parameters
    ----------
    app
        What comes behind it.
    faces
        What is loaded.
    """

    def __init__(self, app: ASGIApp, faces: Faces) -> None:
        self._app = app
        self._faces = faces

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "lifespan":
            await self._faces.at(scope["path"])
        await self._app(scope, receive, send)
