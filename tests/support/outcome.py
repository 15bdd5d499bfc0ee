"""Where a test's outcome is kept for its fixtures."""

from __future__ import annotations

import pytest

FAILED = pytest.StashKey[bool]()
