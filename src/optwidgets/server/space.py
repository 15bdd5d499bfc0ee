"""How much space there is beside the database."""

from __future__ import annotations

import logging
import shutil
from pathlib import Path

log = logging.getLogger(__name__)

LOW_BYTES = 200_000_000
LOW_SHARE = 0.05


class Space:
    """What is free beside the database, as it was when it was last looked at.

    Parameters
    ----------
    path
        The database's file.

    Examples
    --------
    >>> space = Space(Path("lab.db"))
    >>> space.look()
    >>> space.free > 0
    True
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self.free: int | None = None
        """Bytes, or None while nobody has looked."""
        self.problem: str | None = None
        """What somebody should know, while there is little left."""

    def look(self) -> None:
        """Look; crossing the limit is logged once in each direction."""
        try:
            usage = shutil.disk_usage(self._path.parent)
        except OSError:
            return  # a folder that is gone is found by those who write
        self.free = usage.free
        is_low = usage.free < max(LOW_BYTES, LOW_SHARE * usage.total)
        problem = _sentence(usage.free, usage.total) if is_low else None
        if problem is not None and self.problem is None:
            log.warning("%s", problem)
        elif problem is None and self.problem is not None:
            log.info("There is space beside the database again.")
        self.problem = problem


def _sentence(free: int, total: int) -> str:
    return (
        f"Little space is left beside the database: {free / 1e6:,.0f} MB, "
        f"{100 * free / total:.0f} % of the disk. Free some before nothing can be recorded."
    )
