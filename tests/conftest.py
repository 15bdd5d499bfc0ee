"""What all tests share."""

from __future__ import annotations

import pytest

from support.outcome import FAILED


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Let fixtures see whether their test failed: a browser then keeps a picture."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report
