"""What is saved of a damaged file is what was recorded; nothing is made up."""

from __future__ import annotations

import random
import shutil
import sqlite3

import pytest

from optwidgets.cli import main
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.salvage import salvage
from optwidgets.session import OptimizationSession


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A file with a session of many entries."""
    path = tmp_path_factory.mktemp("whole") / "whole.db"
    session = OptimizationSession.open(path, name="Reactor")
    session.add_variable("T", "real", bounds=(0, 100))
    for number in range(150):
        session.add_experiment({"T": number % 100}, output=float(number), note="n" * 100)
    session.close()
    return path


def entries(path):
    session = OptimizationSession.open(path)
    try:
        return [(entry.revision, entry.hash) for entry in session.entries()]
    finally:
        session.close()


def test_a_whole_file_is_saved_whole(whole, tmp_path):
    [found] = salvage(whole, tmp_path / "new.db")
    assert (found.kept, found.left) == (152, 0)
    assert entries(tmp_path / "new.db") == entries(whole)


def test_an_altered_entry_and_what_follows_it_is_left_out(whole, tmp_path):
    hurt = shutil.copy(whole, tmp_path / "hurt.db")
    with sqlite3.connect(hurt) as connection:
        connection.execute("UPDATE entries SET actor = 'somebody' WHERE revision = 100")
    [found] = salvage(hurt, tmp_path / "new.db")
    assert (found.kept, found.left) == (99, 53)
    assert entries(tmp_path / "new.db") == entries(whole)[:99]


@pytest.mark.parametrize("seed", range(12))
def test_flipped_bytes_never_make_anything_up(whole, tmp_path, seed):
    dice = random.Random(seed)
    content = bytearray(whole.read_bytes())
    for _ in range(3):
        content[dice.randrange(4096, len(content))] ^= 1 << dice.randrange(8)
    hurt = tmp_path / "hurt.db"
    hurt.write_bytes(content)
    try:
        [found] = salvage(hurt, tmp_path / "new.db")
    except (OptwidgetsError, ValueError):
        return  # more sessions, or none: an id was hit
    recorded = entries(whole)
    assert entries(tmp_path / "new.db") == recorded[: found.kept]


def test_an_existing_file_is_not_written_over(whole, tmp_path):
    target = tmp_path / "there.db"
    target.write_text("mine")
    with pytest.raises(OptwidgetsError, match="already"):
        salvage(whole, target)
    assert target.read_text() == "mine"


def test_the_doctor_salvages(whole, tmp_path, capsys):
    assert main(["doctor", str(whole), "--salvage", str(tmp_path / "new.db")]) == 0
    said = capsys.readouterr().out
    assert "152 entries saved" in said
    assert main(["doctor", str(tmp_path / "new.db")]) == 0


def test_what_is_no_file_is_told(tmp_path, capsys):
    for name in (tmp_path / "gone.db", tmp_path):
        assert main(["doctor", str(name), "--salvage", str(tmp_path / "new.db")]) == 1
        assert "There is no file" in capsys.readouterr().err
