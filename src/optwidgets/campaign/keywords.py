"""Keywords that a method does not have, as a sentence with those that it has."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import ParamSpec, TypeVar

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import enumerate_words, short

P = ParamSpec("P")
R = TypeVar("R")


def plain_keywords(*more: str) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a method refuse unknown keywords in a sentence.

    Parameters
    ----------
    *more
        Keywords that the method takes by its ``**options``.

    Examples
    --------
    >>> @plain_keywords()
    ... def stir(speed=1, minutes=5): ...
    >>> stir(sped=2)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: stir does not take sped. It takes speed and minutes.
    """

    def mark(method: Callable[P, R]) -> Callable[P, R]:
        kinds = (inspect.Parameter.POSITIONAL_OR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
        parameters = inspect.signature(method).parameters.values()
        known = [p.name for p in parameters if p.kind in kinds and p.name != "self"]
        known += more

        @functools.wraps(method)
        def checked(*args: P.args, **kwargs: P.kwargs) -> R:
            for name in kwargs:
                if name not in known:
                    raise OptwidgetsError(
                        f"{method.__name__} does not take {short(name)}. "
                        f"It takes {enumerate_words(known, len(known))}.",
                        field=name,
                    )
            return method(*args, **kwargs)

        return checked

    return mark
