"""One line of JSON per request, without what is secret: no query, no headers, no body."""

from __future__ import annotations

import json
import logging
from typing import Any

from optwidgets.journal.entry import now

log = logging.getLogger("optwidgets.server.requests")


def write_line(scope: Any, status: int, seconds: float) -> None:
    """Write the line of a request. Tokens travel in queries and headers, which it leaves out."""
    if not log.isEnabledFor(logging.INFO):
        return
    principal = scope.get("state", {}).get("principal")
    line = {
        "at": now(),
        "method": scope["method"],
        "path": scope["path"][:200],
        "status": status,
        "ms": round(1000 * seconds, 1),
        "token": principal.name if principal else None,
    }
    log.info(json.dumps(line))
