"""Who makes changes."""

from __future__ import annotations

import getpass


def user_name() -> str:
    """Return the login name of who runs this process, or "unknown"."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "unknown"
