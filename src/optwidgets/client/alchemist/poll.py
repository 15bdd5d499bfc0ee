"""The line to a server of ALchemist, which tells no news: it is asked each second."""

from __future__ import annotations

import threading
import time
import weakref
from typing import TYPE_CHECKING

from optwidgets.client.http import Unreachable
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.client.http import Http
    from optwidgets.client.link import Follower

FOLLOW_SECONDS = 1.0
LONGEST_SECONDS = 10.0


class Poll(threading.Thread):
    """Asks again and again, as long as somebody holds the journal; a `Link` without a stream.

    Parameters
    ----------
    follower
        Whom to tell; only a weak reference is kept.
    http
        The server.
    path
        Path of the session; only for its name.
    """

    def __init__(self, follower: Follower, http: Http, path: str) -> None:
        super().__init__(name=f"optwidgets-alchemist-{http.address.host}{path[-8:]}", daemon=True)
        self._follower = weakref.ref(follower)
        self._ended = False
        self._wake = threading.Event()
        self.connected = False
        """Always false: there is no stream that could be cut, and whoever asks may look."""

    def run(self) -> None:
        """Ask until the end, with growing pauses while the server is away."""
        pause = FOLLOW_SECONDS
        while True:
            self._wake.wait(pause)
            self._wake.clear()
            follower = self._follower()
            if follower is None or self._ended:
                return
            began = time.monotonic()
            try:
                follower.line_up()
                # A large session takes its server a while: it is not kept busy by looking.
                pause = max(FOLLOW_SECONDS, 5 * (time.monotonic() - began))
            except Unreachable as error:
                follower.line_down(str(error), for_good=False)
                pause = min(2 * pause, LONGEST_SECONDS)
            except OptwidgetsError as error:
                follower.line_down(str(error), for_good=True)
                pause = LONGEST_SECONDS
            del follower

    def try_now(self) -> None:
        """Ask at once."""
        self._wake.set()

    def cut(self) -> None:
        """Give nothing up: there is no stream."""

    def stop(self) -> None:
        """Ask no more."""
        self._ended = True
        self._wake.set()
