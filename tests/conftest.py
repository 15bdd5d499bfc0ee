"""What all tests share."""

from __future__ import annotations

import gc

import pytest

from support.outcome import FAILED


def pytest_collection_finish() -> None:
    """What is imported now stays: the garbage collector need not walk through it in each test."""
    gc.collect()
    gc.freeze()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item):
    """Let fixtures see whether their test failed: a browser then keeps a picture."""
    report = yield
    if report.when == "call":
        item.stash[FAILED] = report.failed
    return report
