"""Bringing a session to a server."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING
from urllib.parse import quote

from optwidgets.client.wire import entry_to_json

if TYPE_CHECKING:
    from optwidgets.client.http import Http
    from optwidgets.journal.entry import Entry

PATIENCE_SECONDS = 45.0
WHOLE_SECONDS = 60.0
"""For so long a whole journal may take; ten thousand entries are some megabytes."""


def push_journal(http: Http, session_id: str, created_at: str, entries: Sequence[Entry]) -> None:
    """Bring a whole journal to a server, with its id and hashes.

    Raises
    ------
    Refused
        When the server has a session of this id with other entries.
    """
    body = {"created_at": created_at, "entries": [entry_to_json(entry) for entry in entries]}
    path = f"/api/v1/sessions/{quote(session_id, safe='')}/journal"
    http.request(
        "PUT", path, body=body, patience=PATIENCE_SECONDS, if_away=False, limit=WHOLE_SECONDS
    )
