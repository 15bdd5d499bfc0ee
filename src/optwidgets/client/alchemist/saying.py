"""A call of ALchemist's REST API, and the sentence about what cannot be called."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from optwidgets.errors import OptwidgetsError


@dataclass(frozen=True)
class Call:
    """One call, under the path of its session.

    Parameters
    ----------
    method, path, body
        The request.
    stages
        Rows whose items the answer, a queue, lists last.
    """

    method: str
    path: str
    body: Any = None
    stages: tuple[int, ...] = field(default=())


def cannot(what: str) -> OptwidgetsError:
    """Return the error for what ALchemist's API has no way to say.

    Examples
    --------
    >>> str(cannot("reorder variables"))
    "ALchemist's server cannot reorder variables. Nothing was changed. Save the session with \
save_session() and go on with a session of your own where you need that."
    """
    return OptwidgetsError(
        f"ALchemist's server cannot {what}. Nothing was changed. Save the session with "
        "save_session() and go on with a session of your own where you need that."
    )
