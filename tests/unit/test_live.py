import gc

import pytest

from optwidgets import _live


class FakeSession:
    def __init__(self, session_id):
        self.id = session_id


@pytest.fixture(autouse=True)
def _alone():
    before = _live.sessions()
    yield
    for session in _live.sessions():
        if session not in before:
            _live.withdraw(session)


def test_the_newest_is_last_also_when_its_id_was_there_before():
    first, second = FakeSession("a"), FakeSession("b")
    again = FakeSession("a")
    for session in (first, second, again):
        _live.announce(session)
    assert [s for s in _live.sessions() if s in (first, second, again)] == [second, again]
    assert _live.find("a") is again


def test_withdrawing_the_replaced_one_leaves_its_successor():
    first, again = FakeSession("a"), FakeSession("a")
    _live.announce(first)
    _live.announce(again)
    _live.withdraw(first)
    assert _live.find("a") is again


def test_a_forgotten_session_is_not_kept_alive():
    session = FakeSession("gone")
    _live.announce(session)
    del session
    gc.collect()
    assert _live.find("gone") is None


def test_listeners_hear_until_they_end_and_cannot_hurt():
    heard = []

    def broken():
        raise RuntimeError("a view that failed")

    end_broken = _live.listen(broken)
    end = _live.listen(lambda: heard.append(1))
    session = FakeSession("c")
    _live.announce(session)
    _live.withdraw(session)
    assert heard == [1, 1]
    end()
    end_broken()
    _live.announce(session)
    assert heard == [1, 1]
