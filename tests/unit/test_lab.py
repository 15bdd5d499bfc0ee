"""The kernel's half of the sidebar, with a comm manager that only takes notes."""

import subprocess
import sys

import pytest

from optwidgets import _live, lab
from optwidgets.errors import OptwidgetsError


class FakeComm:
    def __init__(self):
        self.sent = []

    def send(self, data):
        self.sent.append(data)

    def on_msg(self, callback):
        self.receive = lambda data: callback({"content": {"data": data}})

    def on_close(self, callback):
        self.close = lambda: callback({})


class FakeSession:
    url = None

    def __init__(self, session_id="s1", name="reactor", path=None):
        self.id = session_id
        self.name = name
        self.path = path
        self.location = None if path is None else path.name


@pytest.fixture
def channel():
    comm = FakeComm()
    lab._on_open(comm, {})
    end = _live.listen(lab.push)
    yield comm
    end()
    comm.close()


@pytest.fixture
def session(tmp_path):
    session = FakeSession(path=tmp_path / "reactor.db")
    yield session
    _live.withdraw(session)


def test_a_page_that_asks_hears_the_sessions_and_each_change(channel, session, tmp_path):
    assert channel.sent[0]["event"] == "sessions"
    _live.announce(session)
    told = {"id": "s1", "name": "reactor", "location": str(tmp_path / "reactor.db")}
    assert told in channel.sent[-1]["sessions"]
    _live.withdraw(session)
    assert told not in channel.sent[-1]["sessions"]


def test_an_attached_session_is_told_with_its_address(channel, session):
    session.path, session.url = None, "http://lab:8000/s/s1"
    _live.announce(session)
    told = {"id": "s1", "name": "reactor", "location": "http://lab:8000/s/s1"}
    assert told in channel.sent[-1]["sessions"]


def test_a_session_without_a_name_is_called_by_its_file(channel, session):
    session.name = ""
    _live.announce(session)
    assert channel.sent[-1]["sessions"][-1]["name"] == "reactor.db"


def test_the_studio_is_made_when_asked_for(channel, session, monkeypatch):
    asked = []
    monkeypatch.setattr(lab, "_studio_id", lambda name: asked.append(name) or "m7")
    _live.announce(session)
    assert asked == []
    channel.receive({"ask": "studio", "id": "s1"})
    assert channel.sent[-1] == {"event": "studio", "id": "s1", "model_id": "m7"}


def test_whatever_goes_wrong_becomes_a_sentence(channel):
    channel.receive({"ask": "studio", "id": "never-was"})
    assert channel.sent[-1] == {
        "event": "error",
        "message": "This session was closed. Run the cell that makes it again.",
    }


def test_a_page_that_went_away_does_not_stop_the_others(channel, session):
    broken = FakeComm()
    lab._on_open(broken, {})
    broken.send = lambda _data: 1 / 0
    _live.announce(session)
    assert channel.sent[-1]["sessions"][-1]["id"] == "s1"
    broken.close()
    assert broken not in lab._comms


def test_reopening_a_file_that_is_gone_says_so(tmp_path):
    with pytest.raises(OptwidgetsError, match="is not there any more"):
        lab.reopen(str(tmp_path / "gone.db"), "s1")


def test_reopening_what_lives_gives_the_living(session):
    _live.announce(session)
    assert lab.reopen("wherever.db", "s1") is session


def test_connecting_loads_neither_ipywidgets_nor_torch():
    code = """
import sys
from types import SimpleNamespace
from unittest import mock
import comm
opened = []
manager = SimpleNamespace(register_target=lambda *a: None)
fake = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
sys.modules["IPython"] = fake
with mock.patch.object(comm, "get_comm_manager", lambda: manager), \\
     mock.patch.object(comm, "create_comm", lambda **k: opened.append(k) or mock.MagicMock()):
    import optwidgets.lab
    assert optwidgets.lab.connect() and optwidgets.lab.connect()
assert [k["target_name"] for k in opened] == ["optwidgets.sessions.announce"], opened
heavy = {"ipywidgets", "anywidget", "torch", "plotly", "pandas", "sklearn", "skopt", "sqlalchemy"}
print(sorted(heavy & set(sys.modules)))
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr
