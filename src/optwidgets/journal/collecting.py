"""Building very many objects that stay, without the collector looking at them again and again."""

from __future__ import annotations

import contextlib
import gc
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def without_collecting() -> Iterator[None]:
    """Let the collector of cycles rest for as long as the block runs.

    Reading a hundred thousand rows makes a million objects, none of which is garbage; the
    collector would look at all of them dozens of times, for a third of the whole time. It is
    back when the block ends, also if another thread came and went meanwhile.

    Examples
    --------
    >>> with without_collecting():
    ...     gc.isenabled()
    False
    >>> gc.isenabled()
    True
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
