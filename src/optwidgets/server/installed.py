"""What is installed: a server that only records does without NumPy and all that builds on it."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec

NEEDED = ("numpy", "scipy", "pandas")


@cache
def missing_to_compute() -> str | None:
    """Return a package that computing needs and that is not installed, or None.

    Examples
    --------
    >>> missing_to_compute() is None
    True
    """
    return next((name for name in NEEDED if find_spec(name) is None), None)
