from __future__ import annotations

import pytest

from optwidgets import JournalError, OptimizationSession, OptwidgetsError, sessions
from optwidgets.journal.locations import path_of


def test_one_session_of_a_file_needs_no_name(tmp_path):
    path = tmp_path / "reactor.db"
    session = OptimizationSession.open(path)
    session.add_variable("x", "real", bounds=(0, 1))
    identity = session.id
    session.close()
    again = OptimizationSession.open(str(path))
    assert again.id == identity
    assert again.search_space.names == ("x",)
    assert again.location == "reactor.db"
    assert again.path == path


def test_a_file_holds_many_sessions_and_lists_them(tmp_path):
    path = tmp_path / "lab.db"
    for name in ("Yield", "Purity"):
        session = OptimizationSession.open(path, name=name)
        session.add_variable("x", "real", bounds=(0, 1))
        session.add_experiment({"x": 0.5}, output=1.0)
        session.close()
    found = sessions(path)
    assert found["name"].tolist() == ["Purity", "Yield"]
    assert found["rows"].tolist() == [1, 1]
    assert found["last_change"].is_monotonic_decreasing
    with pytest.raises(OptwidgetsError, match=r"holds 2 sessions: '.*', '.*'\. Say which"):
        OptimizationSession.open(path)
    again = OptimizationSession.open(path, "Yield")
    assert again.name == "Yield"
    assert len(again.state.table) == 1
    by_id = OptimizationSession.open(path, found["id"][0])
    assert by_id.name == "Purity"
    again.close()
    by_id.close()


def test_opening_what_is_open_gives_the_same_session(tmp_path):
    path = tmp_path / "reactor.db"
    session = OptimizationSession.open(path, name="A")
    assert OptimizationSession.open(path) is session
    assert OptimizationSession.open(path, name="A") is session
    other = OptimizationSession.open(path, name="B")
    assert other is not session
    session.close()
    assert OptimizationSession.open(path, name="A") is not session


def test_two_sessions_of_one_name_are_told_apart_by_id(tmp_path):
    path = tmp_path / "reactor.db"
    first = OptimizationSession.open(path, name="A")
    second = OptimizationSession.open(path, name="B")
    second.name = "A"
    with pytest.raises(OptwidgetsError, match="2 sessions named 'A'") as caught:
        OptimizationSession.open(path, name="A")
    assert first.id in str(caught.value)
    assert OptimizationSession.open(path, first.id) is first


def test_a_list_of_no_file_is_a_sentence(tmp_path):
    with pytest.raises(JournalError, match=r"There is no file none\.db"):
        sessions(tmp_path / "none.db")


def test_an_empty_file_is_a_new_session(tmp_path):
    path = tmp_path / "empty.db"
    path.touch()
    assert OptimizationSession.open(path).revision == 0
    assert sessions(path)["rows"].tolist() == [0]


@pytest.mark.parametrize(
    ("location", "sentence"),
    [
        ("postgresql://host/db", "postgresql addresses are not supported yet"),
        ("https://lab/session", "is a server. Use OptimizationSession.attach"),
        ("ftp://lab/session", "no place for a session"),
        ("  ", "Give the name of a file"),
    ],
)
def test_other_addresses_are_sentences(location, sentence):
    with pytest.raises(JournalError, match=sentence):
        OptimizationSession.open(location)


def test_names_of_files_may_hold_anything(tmp_path):
    path = tmp_path / "a?mode=memory#ü %20.db"
    session = OptimizationSession.open(path)
    session.add_variable("x", "real", bounds=(0, 1))
    session.close()
    assert path.exists()
    assert OptimizationSession.open(path).search_space.names == ("x",)


def test_an_address_of_sqlite_is_a_file(tmp_path):
    assert path_of(f"sqlite:///{tmp_path}/a.db") == tmp_path / "a.db"
    assert path_of("~/a.db").is_absolute()
