"""The native API: journals, events, and what ALchemist's API lacks; all under ``/api``."""

from __future__ import annotations

from optwidgets.server.face import Face, header_token
from optwidgets.server.faces.native import (
    arriving,
    events,
    fits,
    journal,
    locks,
    rows,
    sessions,
    steps,
    tasks,
    transfers,
)
from optwidgets.server.faces.native.errors import error_answer

face = Face(
    routers=(
        sessions.router,
        journal.router,
        arriving.router,
        events.router,
        tasks.router,
        fits.router,
        transfers.router,  # before the rows: "export" is no number of a row
        rows.router,
        steps.router,
        locks.router,
    ),
    credentials=header_token,
    error=error_answer,
)
