"""A kernel that dies takes nothing with it that was acknowledged."""

import pytest

from support.cells import reactor
from support.state import EDITS, WHOLE_STATE

REOPEN = "import optwidgets; session = optwidgets.OptimizationSession.open('reactor.db')"


def test_a_restarted_kernel_reopens_the_last_state(kernel):
    kernel.run(reactor("reactor.db"))
    before = kernel.ask(WHOLE_STATE)
    assert len(before["rows"]) == 8
    kernel.restart()
    kernel.run(REOPEN)
    assert kernel.ask(WHOLE_STATE) == before


@pytest.mark.parametrize("rounds", [range(3)], ids=["3 kills"])
def test_a_killed_kernel_loses_no_acknowledged_change(kernel, rounds):
    kernel.run(reactor("reactor.db"))
    for n in rounds:
        for edit in EDITS[n : n + 3]:
            kernel.run(f"n = {n}; {edit}")
        before = kernel.ask(WHOLE_STATE)
        kernel.kill()
        kernel.restart()
        kernel.run(REOPEN)
        assert kernel.ask(WHOLE_STATE) == before
    kernel.run("session.verify()")


def test_the_sidebar_reopens_what_it_remembers(kernel):
    messages = kernel.run(reactor("reactor.db"))
    told = [item["data"] for item in messages if item["type"] == "comm_msg"][-1]["sessions"][0]
    before = kernel.ask(WHOLE_STATE)
    kernel.restart()
    messages = kernel.run(
        f"import optwidgets.lab; session = optwidgets.lab.reopen({told['location']!r}, {told['id']!r})"
    )
    announced = [item["data"]["sessions"] for item in messages if item["type"] == "comm_msg"]
    assert [session["id"] for session in announced[-1]] == [told["id"]]
    assert kernel.ask(WHOLE_STATE) == before


def test_reopening_what_is_not_in_the_file_begins_nothing(kernel):
    kernel.run(reactor("reactor.db"))
    code = """
from optwidgets import OptwidgetsError, lab, sessions
try:
    lab.reopen("reactor.db", "another")
except OptwidgetsError as error:
    sentence = str(error)
"""
    kernel.run(code)
    assert kernel.ask("sentence") == "This session is not in reactor.db any more."
    assert kernel.ask("len(sessions('reactor.db'))") == 1
