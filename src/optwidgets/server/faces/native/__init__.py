"""The native API: journals, events, and what ALchemist's API lacks; all under ``/api``."""

from __future__ import annotations

from optwidgets.server.face import Face, header_token
from optwidgets.server.faces.native import events, journal, tasks
from optwidgets.server.faces.native.errors import error_answer

face = Face(
    name="native",
    owns=lambda path: path == "/api" or path.startswith("/api/"),
    routers=(journal.router, events.router, tasks.router),
    credentials=header_token,
    error=error_answer,
)
