"""The line to the server: follows a session's news, and comes back when it is cut."""

from __future__ import annotations

import contextlib
import logging
import re
import socket
import threading
import weakref
from collections.abc import Iterator
from typing import TYPE_CHECKING, Protocol

from optwidgets.client.events import ServerEvent, events_of
from optwidgets.client.http import Http, NotAllowed, Pauses, Refused, Unreachable
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    import httpx

log = logging.getLogger(__name__)

SILENCE_SECONDS = 40.0
"""Longer than two of the signs of life that a server gives."""
_LINE_END = re.compile(rb"\r\n|\n|\r")


class Follower(Protocol):
    """What a line is for."""

    @property
    def known_revision(self) -> int:
        """Newest revision of the server that is known."""
        ...

    def line_up(self) -> None:
        """Do what waited for the line."""
        ...

    def line_down(self, why: str, *, for_good: bool) -> None:
        """Know that the line is cut; `for_good` if coming back alone is no cure."""
        ...

    def heard(self, event: ServerEvent) -> None:
        """Take an event."""
        ...


class Link(threading.Thread):
    """Follows the events of a session while its journal lives.

    Parameters
    ----------
    follower
        Whom to tell; only a weak reference is kept.
    http
        The server.
    path
        Path of the session's events.
    """

    def __init__(self, follower: Follower, http: Http, path: str) -> None:
        super().__init__(name=f"optwidgets-link-{http.address.host}", daemon=True)
        self._follower = weakref.ref(follower)
        self._http = http
        self._path = path
        self._ended = False
        self._wake = threading.Event()
        self._answer: httpx.Response | None = None
        self.connected = False
        """Whether news come by themselves now."""

    def run(self) -> None:
        """Follow, and follow again after each cut, with growing pauses."""
        pauses = Pauses()
        while not self._ended:
            pause: float | None = None
            try:
                self._listen(pauses)
                why = "The server ended the line."
                for_good = False
            except Unreachable as error:
                why, for_good, pause = str(error), False, error.retry_after
            except (NotAllowed, Refused) as error:
                why, for_good = str(error), True
            except OptwidgetsError as error:
                why, for_good = str(error), True
            except Exception as error:
                # Whatever it is, the line must come back: nobody else looks after it.
                log.exception("The line to %s failed.", self._http.address.host)
                why, for_good = f"A fault in optwidgets cut the line ({error!r}).", True
            finally:
                self.connected = False
                self._answer = None
            follower = self._follower()
            if follower is None or self._ended:
                return
            follower.line_down(why, for_good=for_good)
            del follower
            self._wake.wait(pauses.next(pause))
            self._wake.clear()

    def try_now(self) -> None:
        """Try at once, if the line is down."""
        self._wake.set()

    def cut(self) -> None:
        """Give up a line that has shown to be dead, and try again at once."""
        self._wake.set()
        answer = self._answer
        if answer is None:
            return
        # Closing the answer would wait for the thread that reads it; its socket does not.
        with contextlib.suppress(Exception):
            stream = answer.extensions["network_stream"]
            stream.get_extra_info("socket").shutdown(socket.SHUT_RDWR)

    def stop(self) -> None:
        """Follow no more."""
        self._ended = True
        self.cut()

    # ------------------------------------------------------------ inside

    def _listen(self, pauses: Pauses) -> None:
        """Take news as long as the line holds; the next pause is a short one again."""
        with self._stream() as answer:
            pauses.reset()
            self._follow(answer)

    @contextlib.contextmanager
    def _stream(self) -> Iterator[httpx.Response]:
        follower = self._follower()
        revision = 0 if follower is None else follower.known_revision
        del follower
        headers = {"Last-Event-ID": str(revision), "Accept": "text/event-stream"}
        with self._http.stream(self._path, headers, SILENCE_SECONDS) as answer:
            self._answer = answer
            yield answer

    def _follow(self, answer: httpx.Response) -> None:
        follower = self._follower()
        if follower is None:
            return
        self.connected = True
        follower.line_up()
        del follower
        for event in events_of(_lines(answer)):
            if self._ended:
                return
            follower = self._follower()
            if follower is None:
                return
            if event is not None:
                follower.heard(event)
            del follower


def _lines(answer: httpx.Response) -> Iterator[str]:
    # Only the line ends of the format: texts of users may hold other ones.
    rest, half = b"", False
    for piece in answer.iter_bytes():
        # A line end of two bytes may be cut in the middle.
        whole = piece[1:] if half and piece.startswith(b"\n") else piece
        half = piece.endswith(b"\r") if piece else half
        *lines, rest = _LINE_END.split(rest + whole)
        for line in lines:
            yield line.decode("utf-8", "replace")
