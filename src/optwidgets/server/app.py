"""The web application: the faces over one host, with one rule for errors and tokens."""

from __future__ import annotations

import contextlib
import logging
import uuid
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware

import optwidgets
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.protocol import ConflictError
from optwidgets.server import health, welcome
from optwidgets.server.auth import Tokens
from optwidgets.server.database import ServerDatabase
from optwidgets.server.describing import describe, methods_of
from optwidgets.server.errors import (
    Full,
    NotInstalled,
    PreconditionFailed,
    ServerError,
    TooMany,
    is_full,
)
from optwidgets.server.faces import spoken_at
from optwidgets.server.guard import Guard
from optwidgets.server.host import Host
from optwidgets.server.installed import missing_to_compute
from optwidgets.server.loading import Faces, Loaded
from optwidgets.server.logs import write_line
from optwidgets.server.metrics import Metrics
from optwidgets.server.signing_in import Failures
from optwidgets.server.watching import Watched

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from optwidgets.server.settings import Settings

log = logging.getLogger(__name__)

#: Headers of answers that pages of other origins, where they are let in, can read.
TOLD_TO_PAGES = ("ETag", "Idempotency-Replayed", "Location", "Retry-After", "Content-Disposition")


def make_app(settings: Settings) -> FastAPI:
    """Return the application of a server; its database is opened when it starts.

    Parameters
    ----------
    settings
        How it is set up.
    """

    @contextlib.asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        database = ServerDatabase(settings.database)
        app.state.tokens = Tokens(database)
        app.state.host = host = Host(database, settings)
        try:
            await host.tasks.recover()
            app.state.metrics.watch(host, host.tasks.counts)
            if settings.warm and missing_to_compute() is None:
                host.computing.pool.warm()
            async with faces.running():
                yield
        finally:
            await host.close()

    app = FastAPI(
        title="optwidgets",
        description="Sessions of Bayesian optimisation, kept for a team.",
        version=optwidgets.__version__,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,  # see health.py and welcome.py
    )
    app.state.settings = settings
    app.state.failures = Failures()
    app.state.metrics = metrics = Metrics()
    app.state.faces = faces = Faces(app)
    app.router.routes.extend([*health.router.routes, *welcome.router.routes])
    describe(app)
    app.add_exception_handler(OptwidgetsError, _refused)
    app.add_exception_handler(RequestValidationError, _not_valid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(ModuleNotFoundError, _not_installed)
    app.add_exception_handler(OSError, _of_the_system)
    app.add_exception_handler(Exception, _broken)
    if settings.allowed_origins:
        # Browsers ask first, and show an answer to a page only where it says so.
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.allowed_origins,
            allow_methods=["*"],
            allow_headers=["*"],
            allow_credentials=True,
            expose_headers=TOLD_TO_PAGES,
        )
    app.add_middleware(Guard, settings=settings, refuse=_answer)
    app.add_middleware(Loaded, faces=faces)
    app.add_middleware(Watched, watchers=(write_line, metrics.saw))
    return app


def status_of(error: Exception) -> int:
    """Return the status with which an error is answered.

    Examples
    --------
    >>> status_of(OptwidgetsError("Give a name.")), status_of(ZeroDivisionError())
    (400, 500)
    """
    if isinstance(error, ServerError):
        return error.status
    if isinstance(error, ConflictError):
        return PreconditionFailed.status
    return 400 if isinstance(error, OptwidgetsError) else 500


def _answer(request: Request, status: int, error: Exception) -> Response:
    response = spoken_at(request.url.path).face.error(request, status, error)
    if isinstance(error, TooMany):
        response.headers["Retry-After"] = str(error.retry_after)
    elif status == 503:
        response.headers["Retry-After"] = "2"
    return response


async def _refused(request: Request, error: Exception) -> Response:
    return _answer(request, status_of(error), error)


async def _not_valid(request: Request, error: Exception) -> Response:
    return _answer(request, 422, error)


async def _not_installed(request: Request, error: Exception) -> Response:
    """Answer what needs a package that a server which only records does without."""
    missing = str(getattr(error, "name", None) or "a package").partition(".")[0]
    if missing == __package__.partition(".")[0]:
        return await _broken(request, error)
    return await _refused(request, NotInstalled(missing))


async def _of_the_system(request: Request, error: Exception) -> Response:
    """Answer what the system could not do: a large upload waits in a file of its own."""
    if not is_full(error):
        return await _broken(request, error)
    said = (
        "The disk for what is uploaded is full: nothing was recorded. Free some space and repeat."
    )
    return await _refused(request, Full(said))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    if isinstance(error.__cause__, OSError) and is_full(error.__cause__):
        return await _of_the_system(request, error.__cause__)
    if isinstance(error.__cause__, RecursionError):
        error = HTTPException(error.status_code, "The JSON of the body is nested too deep.")
    elif isinstance(error.__cause__, UnicodeError):
        error = HTTPException(error.status_code, "The body is no text in UTF-8.")
    response = _answer(request, error.status_code, error)
    if error.status_code == 405:
        # A route knows its own methods only, not those of others with the same path.
        response.headers["Allow"] = ", ".join(methods_of(request.app, request.url.path))
    return response


async def _broken(request: Request, error: Exception) -> Response:
    """Answer a fault of ours: its details are in the log, under a number."""
    number = uuid.uuid4().hex[:8]
    log.error("Fault %s at %s", number, request.url.path, exc_info=error)
    said = ServerError(f"The server has a fault. It is noted in its log as {number}.")
    return _answer(request, 500, said)
