"""How a session stands with its server: kept up to date, and told to the views."""

from __future__ import annotations

import threading
import warnings
import weakref
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from optwidgets.client.link import Link

if TYPE_CHECKING:
    from optwidgets.client.http import Http
    from optwidgets.client.link import Follower

SHORT_SECONDS = 5.0
"""For so long a cut line is not worth a word."""

LineState = Literal["online", "waiting", "offline", "refused"]


@dataclass(frozen=True)
class LineStatus:
    """The line to a server at one moment.

    Parameters
    ----------
    host
        Host and port of the server.
    state
        ``online``; ``waiting``, cut for less than five seconds; ``offline``, cut for
        longer; ``refused``, the server does not want us, which waiting does not cure.
    waiting
        Number of changes that the server does not have yet.
    aside
        Number of changes that it could not take, kept until somebody decides.
    why
        What is wrong, in words.
    lock
        Who else holds the lock of the session and since when, in words; empty while nobody does.
    """

    host: str
    state: LineState
    waiting: int = 0
    aside: int = 0
    why: str = ""
    lock: str = ""

    def to_dict(self) -> dict[str, Any]:
        """Return it as plain values."""
        return {
            "host": self.host,
            "state": self.state,
            "waiting": self.waiting,
            "aside": self.aside,
            "why": self.why,
            "lock": self.lock,
        }


class Line:
    """Whether the server is reached: known, told, and tried again.

    Parameters
    ----------
    follower
        Whom a `Link` serves.
    http, path
        The server, and the path of the session's events.
    lock
        The lock of the journal.
    counts
        Gives the numbers of changes that wait, and that were set aside.
    lock_words
        Gives who else holds the lock of the session, or nothing.
    link
        What listens to the server, or asks it.
    """

    def __init__(
        self,
        follower: Follower,
        http: Http,
        path: str,
        lock: threading.RLock,
        counts: Callable[[], tuple[int, int]],
        lock_words: Callable[[], str] = str,
        link: type[Link] = Link,
    ) -> None:
        self._follower = weakref.ref(follower)
        self._http = http
        self._path = path
        self._lock = lock
        self._counts = counts
        self._lock_words = lock_words
        self._make_link = link
        self._link: Link | None = None
        self._state: LineState = "online"
        self._why = ""
        self._timer: threading.Timer | None = None
        self._callbacks: list[Callable[[LineStatus], None]] = []
        self._closed = False

    @property
    def is_up(self) -> bool:
        """Whether the last request reached the server."""
        return self._state == "online"

    @property
    def hears(self) -> bool:
        """Whether news come by themselves, or will as soon as the line is back."""
        link = self._link
        return link is not None and (link.connected or not self.is_up)

    @property
    def status(self) -> LineStatus:
        """How it stands now."""
        return LineStatus(
            self._http.address.host, self._state, *self._counts(), self._why, self._lock_words()
        )

    def on_status(self, callback: Callable[[LineStatus], None]) -> None:
        """Call back when the line is cut or back, and when a number moves."""
        self._callbacks.append(callback)

    def follow(self) -> None:
        """Have news sent as they are made, from now on."""
        with self._lock:
            follower = self._follower()
            if self._link is None and follower is not None and not self._closed:
                self._link = self._make_link(follower, self._http, self._path)
                self._link.start()

    def try_now(self) -> None:
        """Try to reach the server now, not only after the pause."""
        self.follow()
        if self._link is not None:
            self._link.try_now()

    def up(self) -> None:
        """Know that the server was reached."""
        with self._lock:
            self._stop_timer()
            changed = not self.is_up
            self._state, self._why = "online", ""
        if changed:
            self.tell()

    def down(self, why: str, *, for_good: bool = False) -> None:
        """Know that the line is cut, and see to it that it is tried again."""
        with self._lock:
            before = self._state
            self._why = why
            if for_good:
                self._stop_timer()
                self._state = "refused"
            elif before not in {"waiting", "offline"}:
                self._state = "waiting"
                self._timer = threading.Timer(SHORT_SECONDS, self._long_down)
                self._timer.daemon = True
                self._timer.start()
            if self._link is None:
                if not for_good:
                    self.follow()
            elif self._link.connected:
                # The stream may not have noticed: a dead line is silent.
                self._link.cut()
        if before != self._state:
            self.tell()

    def refused(self, why: str) -> None:
        """Know that the server does not want us, say so, and try again all the same."""
        if self.is_up:
            words = "What is done from now on is kept on this disk; save_session() keeps all of it."
            warnings.warn(f"{why} {words}", stacklevel=2)
        self.down(why, for_good=True)
        self.follow()

    def tell(self) -> None:
        """Tell the views how it stands."""
        if not self._closed and self._callbacks:
            status = self.status
            for callback in tuple(self._callbacks):
                callback(status)

    def close(self) -> None:
        """End it."""
        with self._lock:
            self._closed = True
            self._stop_timer()
            if self._link is not None:
                self._link.stop()

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _long_down(self) -> None:
        with self._lock:
            if self._state != "waiting":
                return
            self._state = "offline"
        self.tell()
