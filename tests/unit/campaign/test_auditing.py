"""The audit log: what is locked stays, travels with the file, and reads as text."""

from __future__ import annotations

import hashlib
import json

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


@pytest.fixture
def session():
    session = OptimizationSession(name="Reactor *1*")
    session.add_variable("T", "real", bounds=(20, 100))
    session.add_variable("cat", "categorical", categories=["A", "B"])
    for T in (25.0, 50.0, 70.0, 95.0):
        session.add_experiment({"T": T, "cat": "A"}, output=-((T - 60) ** 2))
    return session


def test_an_entry_has_the_form_and_hash_of_alchemist(session):
    entry = session.lock_data("first round", {"operator": "Ada"})
    assert list(entry) == ["timestamp", "entry_type", "parameters", "hash", "notes"]
    assert entry["entry_type"] == "data_locked"
    assert entry["parameters"]["n_experiments"] == 4
    assert entry["parameters"]["operator"] == "Ada"
    text = json.dumps(entry["parameters"], sort_keys=True)
    assert entry["hash"] == hashlib.sha256(text.encode()).hexdigest()[:16]
    assert session.get_audit_log() == [entry]


def test_the_hash_of_the_data_tells_different_data_apart(session):
    before = session.lock_data()["parameters"]["data_hash"]
    assert session.lock_data()["parameters"]["data_hash"] == before
    session.experiment_manager.edit(1, {"Output": 0.0})
    assert session.lock_data()["parameters"]["data_hash"] != before


def test_the_entry_names_the_journal_it_rests_on(session):
    newest = session.entries()[-1]
    facts = session.lock_data()["parameters"]
    assert facts["revision"] == newest.revision
    assert facts["journal_hash"] == newest.hash


def test_a_lock_cannot_be_undone(session):
    words = session.undo_words
    session.lock_data()
    assert session.undo_words == words
    session.undo()
    assert len(session.get_audit_log()) == 1
    session.redo()
    assert len(session.state.table.done()) == 4
    session.verify()


def test_the_model_is_locked_as_it_was_trained(session):
    with pytest.raises(OptwidgetsError, match="no trained model to lock"):
        session.lock_model()
    trained = session.train_model()
    facts = session.lock_model("for the paper")["parameters"]
    assert facts["kernel"] == "Matern"
    assert facts["hyperparameters"]["Output"] == trained["hyperparameters"]


def test_the_choice_of_experiments_is_locked_with_the_points(session):
    session.suggest_next("EI", n_suggestions=2)
    facts = session.lock_acquisition("EI", {"xi": 0.01})["parameters"]
    rows = [dict(row.inputs) for row in session.state.table if row.state == "suggested"]
    assert facts["suggestions"] == rows
    assert facts["parameters"] == {"xi": 0.01}


def test_provenance_tells_what_was_done_instead(session):
    session.suggest_next("EI", n_suggestions=2)
    first, second = (row for row in session.state.table if row.state == "suggested")
    manager = session.experiment_manager
    other = "B" if first.inputs["cat"] == "A" else "A"
    manager.edit(first.id, {"T": first.inputs["T"] + 1.5, "cat": other, "Output": -3.0})
    (one,) = session.provenance
    assert one["row"] == first.id
    assert one["delta"] == {"T": pytest.approx(1.5), "cat": f"{first.inputs['cat']} → {other}"}
    assert one["suggested"] == dict(first.inputs)
    assert second.id not in [found["row"] for found in session.provenance]


def test_provenance_follows_a_variable_that_got_another_name(session):
    session.suggest_next("EI")
    (row,) = (row for row in session.state.table if row.state == "suggested")
    session.experiment_manager.edit(row.id, {"T": row.inputs["T"] + 1.5, "Output": -3.0})
    session.rename_variable("T", "temperature")
    (one,) = session.provenance
    assert one["delta"] == {"temperature": pytest.approx(1.5), "cat": "unchanged"}
    session.undo()
    assert session.provenance[0]["delta"]["T"] == pytest.approx(1.5)


def test_the_log_travels_with_the_session_file(session, tmp_path):
    session.lock_data("kept")
    path = tmp_path / "campaign.json"
    session.save_session(path)
    loaded = OptimizationSession.load_session(path)
    assert loaded.get_audit_log() == session.get_audit_log()
    loaded.lock_data("second")
    assert [entry["notes"] for entry in loaded.get_audit_log()] == ["kept", "second"]


def test_unreadable_entries_are_left_out_with_a_sentence(session, tmp_path):
    session.lock_data()
    path = tmp_path / "campaign.json"
    session.save_session(path)
    document = json.loads(path.read_text())
    document["audit_log"]["entries"].append("no entry")
    path.write_text(json.dumps(document))
    with pytest.warns(UserWarning, match="1 entries of the audit log could not be read"):
        loaded = OptimizationSession.load_session(path)
    assert len(loaded.get_audit_log()) == 1


def test_the_text_shows_names_as_text(session):
    session.lock_data("see <b>page</b> | 3\n# not a heading")
    text = session.export_audit_markdown()
    assert text.startswith(r"# Audit log: Reactor \*1\*")
    assert r"\<b\>page\</b\> \| 3 \# not a heading" in text
    assert "## 1. Data locked" in text
    assert "- n\\_experiments: 4" in text


def test_an_empty_log_says_so(session):
    assert "Nothing has been locked yet." in session.export_audit_markdown()


def test_the_text_of_a_model_has_a_line_for_each_number():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_variable("c", "categorical", categories=["a", "b"])
    for i in range(6):
        session.add_experiment({"x": i / 5, "c": "ab"[i % 2]}, output=i * i)
    session.train_model()
    session.lock_model()
    lines = session.export_audit_markdown().splitlines()
    assert "- hyperparameters:" in lines
    assert "        - lengthscales:" in lines
    assert any(line.startswith("            - x: ") for line in lines)
    assert any(line.startswith("        - rmse: ") for line in lines)
    assert not any("{" in line or line.endswith(": ") for line in lines)


def test_the_text_shows_what_was_suggested_beside_what_was_done():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_variable("c", "categorical", categories=["a", "b"])
    session.generate_initial_design("full_factorial", n_center=0, run_order="standard", stage=True)
    session.add_experiment({"x": 0.0, "c": "a"}, output=1.0)
    row = session.state.table.row(2)
    other = {"x": 0.25, "c": row.inputs["c"]}
    session.experiment_manager.edit(2, {**other, "Output": 2.5})
    text = session.export_audit_markdown()
    assert "| row | strategy | suggested | done | result |" in text
    assert r"| 1 | full\_factorial | x 0, c a | as suggested | Output 1 |" in text
    assert f"x 0, c {row.inputs['c']} | x 0.25 | Output 2.5 |" in text
