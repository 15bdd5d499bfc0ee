"""The line to the session's server, in words: offline, and what waits."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.journal.changes import words_of
from optwidgets.space.text import short

if TYPE_CHECKING:
    from optwidgets.client.line import LineStatus
    from optwidgets.journal.entry import Entry


def line_view(status: LineStatus | None) -> dict[str, Any]:
    """Return what the header shows of the line; empty while there is nothing to say.

    Parameters
    ----------
    status
        How it stands; None without a server.

    Examples
    --------
    >>> from optwidgets.client.line import LineStatus
    >>> line_view(LineStatus("lab:8000", "offline", waiting=2))["text"]
    'Offline: 2 changes wait and will be sent.'
    >>> line_view(LineStatus("lab:8000", "waiting", waiting=2))
    {}
    """
    if status is None:
        return {}
    found: dict[str, Any] = {}
    if status.state == "offline":
        found = {"text": f"Offline: {waiting_words(status.waiting)}", "title": status.why}
    elif status.state == "refused":
        kept = f" {_count(status.waiting)} kept here." if status.waiting else ""
        found = {"text": status.why + kept, "title": ""}
    elif status.lock:
        found = {"text": status.lock + _held_words(status.waiting), "title": "", "locked": True}
    return found


def attached_view(status: LineStatus, url: str | None) -> dict[str, str]:
    """Return where the session is, in words.

    Examples
    --------
    >>> from optwidgets.client.line import LineStatus
    >>> attached_view(LineStatus("lab:8000", "online"), "http://lab:8000/s/4f1c")["text"]
    'Attached to lab:8000'
    """
    unsent = f"{_count(status.waiting)} not sent"
    text = unsent if status.waiting else f"Attached to {status.host}"
    title = f"Others attach with {url}" if url else f"On ALchemist's server at {status.host}"
    return {"where": "server", "text": text, "title": title}


def is_by(entry: Entry, actor: str) -> bool:
    """Return whether an entry is somebody's own, under the name of their token, too.

    What the server has computed for somebody counts as theirs.
    """
    return entry.actor == actor or entry.actor.startswith(f"{actor} (")


def news_view(entry: Entry) -> str:
    """Return who else has changed the session, and what."""
    return f"Changed by {short(entry.actor)}: {words_of(entry.change)}, {entry.at[11:16]} UTC"


def waiting_words(count: int) -> str:
    """Return how many changes wait, in words.

    Examples
    --------
    >>> waiting_words(0), waiting_words(1)
    ('all that you do is kept and will be sent.', '1 change waits and will be sent.')
    """
    if not count:
        return "all that you do is kept and will be sent."
    return f"{_count(count)} {'waits' if count == 1 else 'wait'} and will be sent."


def _held_words(count: int) -> str:
    if not count:
        return " What you change is refused until it is given back."
    wait = "waits" if count == 1 else "wait"
    return f" {_count(count)} {wait} and will be sent when it is free."


def _count(count: int) -> str:
    return f"{count} change{'' if count == 1 else 's'}"
