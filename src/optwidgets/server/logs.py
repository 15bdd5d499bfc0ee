"""The log: one object of JSON a line, without what is secret: no query, no headers, no body."""

from __future__ import annotations

import json
import logging
import re
import sys
from typing import Any

from optwidgets.journal.entry import now

log = logging.getLogger("optwidgets.server.requests")

_TOKEN = re.compile(r"ow_[A-Za-z0-9_-]+")
# What the web server says of a WebSocket holds its query.
_QUERY = re.compile(r"\?[^\s\"']+")


class Lines(logging.Formatter):
    """Writes a record as one line of JSON; tokens and queries in it are left out.

    Examples
    --------
    >>> record = logging.makeLogRecord(
    ...     {"msg": "at /ws?token=ow_abc of ow_abc", "levelname": "INFO"}
    ... )
    >>> json.loads(Lines().format(record))["message"]
    'at /ws?... of ow_...'
    """

    def format(self, record: logging.LogRecord) -> str:
        """Return the line."""
        message = record.getMessage()
        if record.name == log.name:
            return message  # a line already
        line = {
            "at": now(),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": redacted(message),
        }
        if record.exc_info:
            line["traceback"] = redacted(self.formatException(record.exc_info))
        return json.dumps(line)


def redacted(text: str) -> str:
    """Return a text without the tokens and queries in it.

    Examples
    --------
    >>> redacted("/v1/tokens/ow_abc-1")
    '/v1/tokens/ow_...'
    """
    return _TOKEN.sub("ow_...", _QUERY.sub("?...", text))


def write_to_stderr() -> None:
    """Write what is logged to the standard error, line by line."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(Lines())
    logging.basicConfig(level=logging.INFO, handlers=[handler])


def write_line(scope: Any, status: int, seconds: float) -> None:
    """Write the line of a request. Tokens travel in queries and headers, which it leaves out."""
    if not log.isEnabledFor(logging.INFO):
        return
    principal = scope.get("state", {}).get("principal")
    line = {
        "at": now(),
        "method": scope["method"],
        # One of SigOpt's paths holds a token.
        "path": redacted(scope["path"])[:200],
        "status": status,
        "ms": round(1000 * seconds, 1),
        "token": principal.name if principal else None,
    }
    log.info(json.dumps(line))
