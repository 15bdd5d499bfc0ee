"""The APIs that the server speaks; each is a translation of the same operations.

Which of them a path belongs to is known here without loading any: the server answers before the
last of them is loaded.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from optwidgets.server.face import Face


@dataclass(frozen=True)
class Spoken:
    """An API with the paths that are its own.

    Parameters
    ----------
    name
        Of the face and its package here.
    owns
        Whether a path belongs to it.
    """

    name: str
    owns: Callable[[str], bool]

    @cached_property
    def face(self) -> Face:
        """The face itself; the first look loads it, which takes up to a second."""
        face: Face = import_module(f"{__name__}.{self.name}").face
        return face


def _matching(pattern: str) -> Callable[[str], bool]:
    compiled = re.compile(pattern, re.DOTALL)
    return lambda path: compiled.fullmatch(path) is not None


#: Asked in this order whose a path is.
SPOKEN: tuple[Spoken, ...] = (
    # Singular words: SigOpt's paths under the same prefix are in the plural.
    Spoken("vergeai", _matching(r"/v1/(auth|project|device|experiment|job|model)(/.*)?")),
    Spoken("sigopt_v0", _matching(r"/v0(/.*)?")),
    Spoken("sigopt_v1", _matching(r"/*v1(/.*)?")),
    Spoken(
        "alchemist",
        _matching(
            r"/api/v1/(sessions(/(import|upload)|/[^/]+(/lock|/(state|save|export|metadata|audit"
            r"|download|control|backup|variables|constraints|experiments|objective-metadata"
            r"|initial-design|optimal-design|split-plot-design|model|acquisition|visualizations)"
            r"(/.*)?)?)?|recovery/.*|llm/.*|ws/.*)"
        ),
    ),
    Spoken("native", _matching(r".*")),
)


def spoken_at(path: str) -> Spoken:
    """Return the API that a path belongs to; all that is left is the native one's.

    Examples
    --------
    >>> [spoken_at(path).name for path in ("/v1/project/create", "/v1/experiments/1", "/health")]
    ['vergeai', 'sigopt_v1', 'native']
    """
    return next(spoken for spoken in SPOKEN if spoken.owns(path))
