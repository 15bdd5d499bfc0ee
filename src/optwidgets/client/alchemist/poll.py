"""The line to a server of ALchemist, which tells no news: it is asked each second."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from optwidgets.client.link import Link

if TYPE_CHECKING:
    from optwidgets.client.http import Pauses

FOLLOW_SECONDS = 1.0


class Poll(Link):
    """Asks again and again: a `Link` without a stream.

    It is never `connected`: no news come by themselves, and whoever asks may look.
    """

    def _listen(self, pauses: Pauses) -> None:
        while not self._ended:
            follower = self._follower()
            if follower is None:
                return
            began = time.monotonic()
            follower.line_up()
            del follower
            pauses.reset()
            # A large session takes its server a while: it is not kept busy by looking.
            self._wake.wait(max(FOLLOW_SECONDS, 5 * (time.monotonic() - began)))
            self._wake.clear()
