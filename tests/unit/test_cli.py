import json
import os
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest

from optwidgets import cli
from optwidgets.session import OptimizationSession


@pytest.fixture
def saved(tmp_path):
    path = tmp_path / "reactor.db"
    session = OptimizationSession.open(path, name="Reactor")
    session.add_variable("temperature", "real", bounds=(20, 100))
    session.add_experiment({"temperature": 60}, output=0.62)
    session.close()
    return path


def test_doctor_reads_a_session_file(saved, capsys):
    assert cli.main(["doctor", str(saved)]) == 0
    text = capsys.readouterr().out
    assert f"{saved}: 1 session\n" in text
    assert "Reactor: 3 entries, every hash fits the one before it" in text


def test_doctor_finds_an_entry_that_was_altered(saved, capsys):
    with sqlite3.connect(saved) as database:
        names = [row[0] for row in database.execute("select name from sqlite_master")]
        table = next(name for name in names if name.startswith("entr") and "_" not in name)
        columns = [row[1] for row in database.execute(f"pragma table_info({table})")]
        text = next(name for name in columns if name in {"change", "body", "data"})
        changed = database.execute(f"update {table} set {text} = replace({text}, '0.62', '0.99')")
        assert changed.rowcount
    assert cli.main(["doctor", str(saved)]) == 1
    assert str(saved) in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"no database at all" * 100])
def test_doctor_says_what_is_wrong_with_another_file(tmp_path, content, capsys):
    path = tmp_path / "notes.db"
    path.write_bytes(content)
    status = cli.main(["doctor", str(path)])
    text = capsys.readouterr().out
    assert text.startswith(f"{path}: ")
    assert "Traceback" not in text
    assert status == (1 if content else 0)


def test_doctor_tells_what_is_installed(monkeypatch, capsys):
    monkeypatch.setattr(cli, "WIDGETS", ("never-built",))
    assert cli.main(["doctor"]) == 1
    text = capsys.readouterr().out
    assert "torch" in text
    assert "The widgets are not built: never-built. Run `make setup`." in text


def test_the_demo_starts_jupyterlab_quietly_at_the_notebook(tmp_path, monkeypatch, capsys):
    notebook = tmp_path / "notebooks" / cli.NOTEBOOK
    notebook.parent.mkdir()
    notebook.write_text("{}")
    monkeypatch.setattr(cli, "PACKAGE", tmp_path / "src" / "optwidgets")
    started = {}

    def run(command, env, check):
        settings = Path(env["JUPYTER_CONFIG_PATH"].split(os.pathsep)[0], "labconfig")
        started["command"] = command
        started["settings"] = json.loads((settings / "default_setting_overrides.json").read_text())
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    assert cli.main(["demo", "--no-browser", "--port", "8899"]) == 0
    command = started["command"]
    assert command[:3] == [sys.executable, "-m", "jupyterlab"]
    assert f"--LabApp.default_url=/lab/tree/{cli.NOTEBOOK}" in command
    assert f"--ServerApp.root_dir={notebook.parent}" in command
    assert "--ServerApp.port=8899" in command
    assert "--no-browser" in command
    assert started["settings"] == cli.QUIET_LAB


def test_an_installed_demo_works_on_a_copy(tmp_path, monkeypatch):
    shared = tmp_path / "share" / "optwidgets"
    shared.mkdir(parents=True)
    (shared / cli.NOTEBOOK).write_text("{}")
    monkeypatch.setattr(cli.sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(cli, "PACKAGE", tmp_path / "lib" / "python" / "optwidgets")
    here = tmp_path / "here"
    here.mkdir()
    monkeypatch.chdir(here)
    assert cli._notebook() == here / cli.NOTEBOOK
    (here / cli.NOTEBOOK).write_text("mine")
    cli._notebook()
    assert (here / cli.NOTEBOOK).read_text() == "mine"


def test_without_a_notebook_the_demo_says_so(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(cli, "PACKAGE", tmp_path / "a" / "b")
    monkeypatch.setattr(cli.sysconfig, "get_path", lambda name: str(tmp_path))
    monkeypatch.setattr(cli.site, "USER_BASE", None)
    monkeypatch.chdir(tmp_path)
    assert cli.main(["demo"]) == 1
    assert "is not part of this installation" in capsys.readouterr().out
