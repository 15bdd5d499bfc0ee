"""APIs are loaded beside the server's work: nobody waits for one that is not asked for."""

from __future__ import annotations

import asyncio
import contextlib
import threading

from fastapi import APIRouter, FastAPI

from optwidgets.server import loading
from optwidgets.server.face import Face, header_token
from optwidgets.server.faces.native.errors import error_answer
from optwidgets.server.loading import FIRST, Faces


class Other:
    """An API whose loading takes until it is let go."""

    name = "other"

    def __init__(self, lifespan=None):
        self.may_load = threading.Event()
        router = APIRouter()
        router.add_api_route("/other", lambda: "other")
        self._face = Face((router,), header_token, error_answer, lifespan)

    @property
    def face(self):
        assert self.may_load.wait(30)
        return self._face


def faces_with(monkeypatch, other):
    monkeypatch.setattr(loading, "SPOKEN", (other, FIRST))
    monkeypatch.setattr(loading, "spoken_at", lambda path: other if path == "/other" else FIRST)
    app = FastAPI(openapi_url=None, docs_url=None, redoc_url=None)
    return app, Faces(app)


def count(app):
    return sum(getattr(route, "path", "") == "/other" for route in app.router.routes)


async def test_who_asks_the_native_api_waits_for_no_other(monkeypatch):
    other = Other()
    app, faces = faces_with(monkeypatch, other)
    try:
        async with faces.running():
            await asyncio.sleep(0)  # the others are being loaded
            asked = asyncio.create_task(faces.at("/other"))
            await asyncio.wait_for(faces.at("/api/v1/sessions"), 20)
            assert not asked.done()
            other.may_load.set()
            await asked
            assert count(app) == 1
    finally:
        other.may_load.set()


async def test_an_api_that_could_not_begin_is_begun_when_it_is_asked_for(monkeypatch):
    begun, failed = [], asyncio.Event()

    @contextlib.asynccontextmanager
    async def lifespan(_app):
        begun.append(len(begun))
        if len(begun) == 1:
            failed.set()
            raise OSError("not yet")
        yield

    other = Other(lifespan)
    other.may_load.set()
    app, faces = faces_with(monkeypatch, other)
    async with faces.running():
        await asyncio.wait_for(failed.wait(), 20)
        assert count(app) == 0
        await faces.at("/other")
        assert (begun, count(app)) == ([0, 1], 1)
