"""How a computation can end badly, each with one sentence and an HTTP status."""

from __future__ import annotations

from optwidgets.errors import DesignNotEstimableError, InfeasibleRegionError, OptwidgetsError
from optwidgets.server.errors import ServerError

#: Errors of a computation that keep their class on the way to the server, which faces tell apart.
KEPT: dict[str, type[OptwidgetsError]] = {
    error.__name__: error
    for error in (OptwidgetsError, InfeasibleRegionError, DesignNotEstimableError)
}


class ComputeError(ServerError):
    """A computation that did not come to an end; nothing was recorded."""

    status = 500


class OutOfMemory(ComputeError):  # noqa: N818 - as `MemoryError` would read
    """It needed more memory than a process may have."""

    status = 422

    def __init__(self, label: str, limit: int) -> None:
        super().__init__(
            f"{label} ran out of memory: it may have {limit / 2**30:.3g} GB. Ask for fewer points, "
            "exclude old rows, use fewer categories, or let the server's processes have more."
        )


class TooSlow(ComputeError):  # noqa: N818 - as `TimeoutError` would read
    """It did not end before its deadline."""

    status = 504

    def __init__(self, label: str, seconds: float) -> None:
        super().__init__(
            f"{label} did not end within {seconds:g} s and was stopped. Nothing was changed."
        )


class Broken(ComputeError):  # noqa: N818 - it is said of the computation
    """It failed for a reason that the user cannot have caused."""
