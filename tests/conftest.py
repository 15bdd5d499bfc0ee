"""What all tests share."""

from __future__ import annotations

import gc

import pytest
from hypothesis import HealthCheck, settings

from support.outcome import FAILED

# How long an example takes says how busy the machine is, and nothing of what is tested. A change
# is judged by the same examples each time; `make test-anew` draws others.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", UNTIMED, derandomize=True)
settings.register_profile("anew", UNTIMED, print_blob=True)
settings.load_profile("same")


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
