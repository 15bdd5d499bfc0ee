"""The sessions that live in this process, for the views that find them by themselves.

A session announces itself here and knows nothing of who listens; the JupyterLab sidebar listens
here and, as long as nobody made a session, loads nothing of the session's code.
"""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from contextlib import suppress
from typing import Protocol


class LiveSession(Protocol):
    """What the registry needs to know of a session."""

    @property
    def id(self) -> str:
        """Identity of the session, which no other session has."""


Listener = Callable[[], None]

_lock = threading.RLock()
_sessions: weakref.WeakValueDictionary[str, LiveSession] = weakref.WeakValueDictionary()
_listeners: list[Listener] = []


def announce(session: LiveSession) -> None:
    """Make a session known, and tell the listeners.

    A later session of the same id takes the place of the earlier one: it is the same campaign,
    opened again.

    Parameters
    ----------
    session
        The session. Only a weak reference is kept.
    """
    with _lock:
        # Newest last, also where the id was here before.
        _sessions.pop(session.id, None)
        _sessions[session.id] = session
    changed()


def withdraw(session: LiveSession) -> None:
    """Take a session that was closed out of the list.

    Parameters
    ----------
    session
        The session; one that was never announced does no harm.
    """
    with _lock:
        if _sessions.get(session.id) is not session:
            return
        del _sessions[session.id]
    changed()


def sessions() -> list[LiveSession]:
    """Return the living sessions, the oldest first."""
    with _lock:
        return list(_sessions.values())


def find(session_id: str) -> LiveSession | None:
    """Return the living session of an id.

    Parameters
    ----------
    session_id
        Id of the session.

    Returns
    -------
    LiveSession or None
        ``None`` if there is none of that id.
    """
    with _lock:
        return _sessions.get(session_id)


def listen(listener: Listener) -> Callable[[], None]:
    """Call a function whenever the list of sessions changes.

    Parameters
    ----------
    listener
        Function without arguments. Its exceptions are dropped: making a session must not fail
        because a view of it did.

    Returns
    -------
    Callable
        Ends the listening.
    """
    with _lock:
        _listeners.append(listener)

    def end() -> None:
        with _lock, suppress(ValueError):
            _listeners.remove(listener)

    return end


def changed() -> None:
    """Tell the listeners that a session came, went or was renamed."""
    with _lock:
        listeners = list(_listeners)
    for listener in listeners:
        with suppress(Exception):
            listener()
