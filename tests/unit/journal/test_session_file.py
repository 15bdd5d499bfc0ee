"""The JSON session file, both ways. The fixtures were written by ALchemist 0.4.0."""

from __future__ import annotations

import copy
import json
from pathlib import Path

import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.campaign.files import write_atomically
from optwidgets.journal.session_file import from_session_file

FIXTURES = Path(__file__).parents[2] / "fixtures" / "alchemist"
SINGLE = FIXTURES / "single_objective.json"
pytestmark = pytest.mark.filterwarnings("ignore:The file's")


@pytest.fixture
def document():
    return json.loads(SINGLE.read_text())


@pytest.fixture
def load(tmp_path):
    def loaded(document):
        path = tmp_path / "in.json"
        path.write_text(json.dumps(document))
        return OptimizationSession.load_session(path)

    return loaded


def campaign():
    session = OptimizationSession(name="Ours", actor="maya")
    session.add_variable("T", "real", bounds=(1, 100), log=True, unit="K", description="heat")
    session.add_variable("n", "integer", bounds=(1, 5))
    session.add_variable("c", "categorical", categories=["A", "β<b>"])
    session.add_variable("d", "discrete", allowed_values=[0.1, 0.2])
    session.add_objective("Yield", "minimize", unit="%", label="Ausbeute")
    for place in range(6):
        point = {"T": 10.0 + place, "n": 1 + place % 5, "c": "A", "d": 0.1}
        session.add_experiment(point, output=0.1 * place, noise=0.01, note="fine")
    manager = session.experiment_manager
    manager.exclude(2, "stirrer stopped")
    manager.fail(3, "broke")
    manager.edit(5, Yield=None)
    manager.add_experiment({"T": 50, "n": 2, "c": "β<b>", "d": 0.2}, state="suggested")
    session.set_config(random_state=7)
    return session


def test_what_alchemist_wrote_is_all_there():
    session = OptimizationSession.load_session(SINGLE)
    state = session.state
    assert session.name == "Screening"
    assert session.metadata["tags"] == ["fixture"]
    assert [(v.name, v.kind) for v in state.space] == [
        ("T", "real"), ("n", "integer"), ("cat", "categorical"), ("SAR", "discrete"),
    ]  # fmt: skip
    assert state.table.counts["done"] == 8
    assert state.table.counts["suggested"] == 2
    assert state.table.objective().unit == "%"
    assert state.table.row(1).reason == "Initial Design (LHS)"
    assert session.config["random_state"] == 42
    assert session.last_suggestions[0].keys() == {"T", "n", "cat", "SAR"}
    assert state.model["kernel"] == "Matern"
    assert session.undo_words is None


def test_several_objectives_and_noise_are_loaded():
    state = OptimizationSession.load_session(FIXTURES / "two_objectives.json").state
    assert state.table.target_names == ("f1", "f2")
    assert dict(state.table.row(2).outputs) == {"f1": 0.25, "f2": 0.75}
    assert state.table.row(2).noise == 0.01
    assert state.space["y"].unit == "mm"


@pytest.mark.parametrize("name", ["single_objective", "two_objectives"])
def test_a_file_that_only_passed_through_says_the_same(name):
    before = json.loads((FIXTURES / f"{name}.json").read_text())
    session = OptimizationSession.load_session(FIXTURES / f"{name}.json")
    after = json.loads(session.export_session_json())
    for part in before:
        if part in {"metadata", "last_suggestions"}:
            continue
        assert after[part] == before[part], part
    assert set(after) - set(before) == {"optwidgets"}
    changing = {"last_modified"}
    assert after["metadata"].keys() == before["metadata"].keys()
    for key in after["metadata"].keys() - changing:
        assert after["metadata"][key] == before["metadata"][key]


def test_constraints_of_a_file_count():
    session = OptimizationSession.load_session(SINGLE)
    assert [rule["rhs"] for rule in session.get_input_constraints()] == [540]
    written = json.loads(session.export_session_json())
    assert written["search_space"]["constraints"][0]["rhs"] == 540
    assert written["outcome_constraints"][0]["value"] == 0.1


def test_a_constraint_that_does_not_fit_is_kept_and_said_so(tmp_path):
    document = json.loads(SINGLE.read_text())
    strange = {"type": "inequality", "coefficients": {"nobody": 1.0}, "rhs": 1, "name": "x"}
    document["search_space"]["constraints"].append(strange)
    path = tmp_path / "strange.json"
    path.write_text(json.dumps(document))
    with pytest.warns(UserWarning, match="kept, but does not count: I don't know nobody"):
        session = OptimizationSession.load_session(path)
    assert len(session.get_input_constraints()) == 1
    written = json.loads(session.export_session_json())
    assert strange in written["search_space"]["constraints"]


def test_our_own_session_comes_back_exactly(tmp_path):
    session = campaign()
    path = tmp_path / "ours.json"
    session.save_session(path)
    again = OptimizationSession.load_session(path).state
    assert again.space == session.state.space
    assert again.table == session.state.table
    assert again.settings == session.state.settings
    assert again.name == "Ours"


def test_a_trained_model_is_described_as_alchemist_does(tmp_path):
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for place in range(5):
        session.add_experiment({"x": place / 5}, output=float(place % 3))
    session.train_model(kernel_params={"nu": 1.5})
    config = json.loads(session.export_session_json())["model_config"]
    assert config["training_config"] == {
        "backend": "botorch", "kernel": "Matern", "kernel_params": {"nu": 1.5},
    }  # fmt: skip
    assert config["metrics"].keys() == {"rmse", "mae", "r2"}
    path = tmp_path / "a.json"
    session.save_session(path)
    assert OptimizationSession.load_session(path).state.model == session.state.model


def test_alchemist_finds_no_row_that_it_must_not_train_on():
    written = json.loads(campaign().export_session_json())
    values = [record["Yield"] for record in written["experiments"]["data"]]
    assert len(values) == 3
    assert None not in values
    assert {item["status"] for item in written["staged_experiments"]} == {
        "pending", "running", "failed",
    }  # fmt: skip
    queue_fields = {
        "id", "inputs", "reason", "status", "output", "noise", "error", "dataset_ref",
        "actual_inputs", "staged_at", "started_at", "completed_at", "plot",
    }  # fmt: skip
    assert all(item.keys() == queue_fields for item in written["staged_experiments"])


def test_what_another_program_edited_counts(load):
    document = json.loads(campaign().export_session_json())
    document["experiments"]["data"][0]["Yield"] = 123.0
    state = load(document).state
    assert state.table.row(1).outputs["Yield"] == 123.0
    assert state.table.objective().label == "Ausbeute"


def test_values_that_other_programs_add_are_kept(load, document):
    document["search_space"]["variables"][0]["changes"] = "hard"
    document["experiments"]["data"][0]["ProvenanceId"] = "abc"
    document["something_new"] = {"a": [1, None]}
    written = json.loads(load(document).export_session_json())
    assert written["search_space"]["variables"][0]["changes"] == "hard"
    assert written["experiments"]["data"][0]["ProvenanceId"] == "abc"
    assert written["something_new"] == {"a": [1, None]}
    assert written["audit_log"]["entries"] == document["audit_log"]["entries"]


def test_old_files_without_target_columns_are_understood(load, document):
    del document["experiments"]["target_columns"]
    for record in document["experiments"]["data"]:
        record["Conversion"] = record.pop("Output")
    document["objective_metadata"] = {}
    state = load(document).state
    assert state.table.target_names == ("Conversion",)
    assert state.table.counts["done"] == 8


def test_a_session_is_replaced_as_one_step_that_can_be_undone():
    session = campaign()
    before = session.state.content()
    assert session.load_session(SINGLE) is session
    assert session.name == "Screening"
    assert session.state.table.counts["done"] == 8
    assert min(session.state.table.ids) == 8  # numbers of the old rows are not used again
    session.undo()
    assert session.state.content() == before


def test_a_loaded_session_keeps_its_identity(document):
    session = OptimizationSession.load_session(SINGLE)
    assert session.id == document["metadata"]["session_id"]
    assert session.metadata["created_at"] == document["metadata"]["created_at"]


@pytest.mark.parametrize("cut", range(0, 9000, 211))
def test_a_file_cut_anywhere_is_a_sentence(tmp_path, cut):
    text = SINGLE.read_text()
    assert len(text) > 8000
    path = tmp_path / "cut.json"
    path.write_text(text[: min(cut, len(text) - 2)])
    with pytest.raises(OptwidgetsError, match=r"cut\.json is damaged in line"):
        OptimizationSession.load_session(path)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[]", "is no session file"),
        ('{"version": "1.1.0"}', "is no session file"),
        ('{"version": "2.0.0", "search_space": {}}', "version 2.0.0.*Update optwidgets"),
        ('{"version": "later", "search_space": {}}', "Update optwidgets"),
        ('{"search_space": {"variables": 3}}', "variables must be a list"),
        ('{"search_space": {"variables": [{"type": "real"}]}}', "needs a name"),
        ('{"search_space": {"variables": [{"name": "x", "type": "real"}]}}', "x"),
        ('{"search_space": {}, "experiments": []}', None),
        ('{"search_space": {}, "experiments": {"data": [3]}}', "object"),
        ('{"search_space": {}, "experiments": "x"}', "experiments must be an object"),
        ('{"search_space": {}, "staged_experiments": [3]}', "must be an object"),
        ('{"search_space": {}, "metadata": 3}', "metadata must be an object"),
        ("[" * 100_000, "nested too deeply|damaged"),
    ],
)
def test_wrong_files_are_sentences(tmp_path, text, sentence):
    path = tmp_path / "a.json"
    path.write_text(text)
    if sentence is None:
        assert OptimizationSession.load_session(path).revision == 0
        return
    with pytest.raises(OptwidgetsError, match=sentence):
        OptimizationSession.load_session(path)


def test_a_missing_and_a_binary_file_are_sentences(tmp_path):
    with pytest.raises(OptwidgetsError, match="There is no file"):
        OptimizationSession.load_session(tmp_path / "none.json")
    path = tmp_path / "a.db"
    path.write_bytes(b"SQLite format 3\x00\xff\xfe")
    with pytest.raises(OptwidgetsError, match=r"OptimizationSession\.open"):
        OptimizationSession.load_session(path)


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999"])
def test_numbers_that_are_none_do_not_come_in_as_results(tmp_path, document, number):
    text = json.dumps(document)
    value = json.dumps(document["experiments"]["data"][0]["Output"])
    path = tmp_path / "a.json"
    path.write_text(text.replace(f'"Output": {value}', f'"Output": {number}'))
    try:
        state = OptimizationSession.load_session(path).state
    except OptwidgetsError:
        return
    assert state.table.row(1).state == "running"


def test_a_failed_save_leaves_the_old_file(tmp_path, monkeypatch):
    path = tmp_path / "a.json"
    path.write_text("old")

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OptwidgetsError, match=r"Not saved: a\.json.*No space left"):
        write_atomically(path, "new")
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_saved_file_has_the_usual_permissions(tmp_path):
    path = tmp_path / "folder" / "a.json"
    campaign().save_session(path)
    other = tmp_path / "b.txt"
    other.write_text("")
    assert path.stat().st_mode == other.stat().st_mode


def test_from_session_file_does_not_change_what_it_reads(document):
    before = copy.deepcopy(document)
    from_session_file(document)
    assert document == before


def test_columns_of_rows_without_a_result_are_saved_too(document, load, tmp_path):
    for place, record in enumerate(document["experiments"]["data"]):
        record["Operator"] = f"op {place}"
    del document["experiments"]["data"][2]["Output"]
    session = load(document)
    session.experiment_manager.fail(2, "leak")
    kept = session.state.extras["rows"]
    assert kept["2"] == {"Operator": "op 1"}
    assert kept["3"] == {"Operator": "op 2"}
    assert session.state.table.row(3).state == "running"
    path = tmp_path / "again.json"
    session.save_session(path)
    assert OptimizationSession.load_session(path).state.extras["rows"] == kept


def test_a_target_column_given_as_a_text_is_one_column(document, load):
    document["experiments"]["target_columns"] = "Output"
    state = load(document).state
    assert state.table.target_names == ("Output",)
    assert state.table.counts["done"] == 8
