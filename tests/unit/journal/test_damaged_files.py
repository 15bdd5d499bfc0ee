"""A damaged database: whole, or a sentence; never a traceback, never fewer rows without a word."""

from __future__ import annotations

import pytest

from optwidgets.cli import main
from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from support.damage import damaged

SHORT, LONG = range(40), range(40, 340)


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of a file with a session, its entries in several pages, and its id."""
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    session = OptimizationSession.open(path, name="Reactor")
    session.add_variable("T", "real", bounds=(0, 100))
    for number in range(60):
        session.add_experiment({"T": number}, output=float(number), note="n" * 100)
    session.close()
    return path.read_bytes(), session.id


def look(path, name):
    """Return what a session of a file holds, and close it."""
    session = OptimizationSession.open(path, name=name)
    try:
        return [entry.hash for entry in session.entries()], session.state.table.rows
    finally:
        session.close()


@pytest.fixture(scope="module")
def truth(whole, tmp_path_factory):
    path = tmp_path_factory.mktemp("truth") / "whole.db"
    path.write_bytes(whole[0])
    return look(path, "Reactor")


@pytest.fixture
def hurt(whole, tmp_path):
    """Return a function that writes a damaged copy in place of the one before."""

    def write(seed):
        for file in tmp_path.iterdir():
            file.unlink()
        path = tmp_path / "lab.db"
        path.write_bytes(damaged(whole[0], seed))
        return path

    return write


def check_opening(path, truth):
    try:
        found = look(path, "Reactor")
    except OptwidgetsError:
        pass  # told
    else:
        assert found == truth, "rows are wrong or missing, and nobody was told"


def check_salvage(path, session_id, truth, capsys):
    before, new = path.read_bytes(), path.with_name("new.db")
    status = main(["doctor", str(path), "--salvage", str(new)])
    said = "".join(capsys.readouterr())
    assert path.read_bytes() == before
    if status:
        assert "Nothing can be read" in said
        return
    if session_id not in said:  # not even its id is whole
        return
    hashes, _ = look(new, session_id)
    assert hashes == truth[0][: len(hashes)]
    told = "left out" in said or "may be lost" in said
    assert told or len(hashes) == len(truth[0]), "fewer, and nobody was told"


def check(hurt, seeds, whole, truth, capsys):
    for seed in seeds:
        check_opening(hurt(seed), truth)
        assert main(["doctor", str(hurt(seed))]) in {0, 1}
        check_salvage(hurt(seed), whole[1], truth, capsys)


def test_a_damaged_file_is_told(hurt, whole, truth, capsys):
    check(hurt, SHORT, whole, truth, capsys)


@pytest.mark.slow
def test_three_hundred_damaged_files_are_told(hurt, whole, truth, capsys):
    check(hurt, LONG, whole, truth, capsys)


def test_rows_that_only_a_damaged_index_hides_are_told(whole, tmp_path):
    """One bit of a key in the index, and a search in it ends early: the rest looks like no rows."""
    content, session_id = whole
    key = session_id.encode()
    places = [at for at in range(len(content)) if content.startswith(key, at)]
    told = 0
    for at in places:
        path = tmp_path / f"{at}.db"
        path.write_bytes(content[:at] + bytes([key[0] ^ 1]) + content[at + 1 :])
        try:
            hashes, _ = look(path, session_id)
        except OptwidgetsError:
            told += 1
        else:
            assert len(hashes) == 62
    assert told == len(places)
