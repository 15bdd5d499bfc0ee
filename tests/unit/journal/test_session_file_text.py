"""The text of a session file is that of its values, whatever is kept from the last time."""

from __future__ import annotations

import json

import pytest

from optwidgets import OptimizationSession
from optwidgets.journal.changes import ExtrasSet
from optwidgets.journal.queue import queue_key
from optwidgets.journal.row_texts import RowTexts
from optwidgets.journal.session_file import from_session_file
from optwidgets.journal.session_file_own import KEY, trusted
from optwidgets.journal.session_file_rows import experiment_record
from optwidgets.journal.session_file_writing import session_file_text, with_columns
from optwidgets.server.faces.alchemist.access import texts_of
from optwidgets.server.faces.alchemist.describing import experiments_text

STEPS = {
    "a result": lambda s: s.add_experiment({"T": 80, "c": "B"}, output=3.0),
    "a suggestion": lambda s: s.add_staged_experiment({"T": 30, "c": "A"}),
    "an edit": lambda s: s.experiment_manager.edit(1, {"T": 33.5, "note": "é \ud83d"}),
    "a variance": lambda s: s.experiment_manager.edit(2, {"noise": 0.5}),
    "another name": lambda s: s.rename_variable("T", "Temperature"),
    "a row less": lambda s: s.experiment_manager.delete(1),
    "undone": lambda s: s.undo(),
    "a failure": lambda s: s.experiment_manager.fail([2], "broken"),
    "a plot": lambda s: s.commit(
        [ExtrasSet({queue_key(2): {"staged": True, "plot": {"WholePlot": 1}}})]
    ),
    "kept columns": lambda s: s.commit(
        [ExtrasSet({"rows": {"2": {"ProvenanceId": "p", "Operator": "Ann"}}})]
    ),
    "a second objective": lambda s: s.add_objective("Cost", "minimize"),
}


@pytest.fixture
def session():
    made = OptimizationSession(name="Reactor")
    made.add_variable("T", "real", bounds=(20, 100))
    made.add_variable("c", "categorical", categories=["A", "B"])
    for number in range(3):
        made.add_experiment({"T": 40 + number, "c": "A"}, output=float(number))
    return made


def values(text):
    document = json.loads(text)
    document["metadata"].pop("last_modified")
    return document


def test_text_and_values_agree_after_each_step(session):
    texts = RowTexts()
    for name, step in STEPS.items():
        step(session)
        state = session.state
        text = session_file_text(state, beside={"control": {"requested": "run"}}, texts=texts)
        document, fresh = json.loads(text), json.loads(session_file_text(state))
        assert values(text) == values(json.dumps(fresh | {"control": {"requested": "run"}})), name
        assert list(document) == [*fresh, "control"]
        noisy = any(row.noise is not None for row in state.table.done())
        assert document["experiments"]["data"] == [
            experiment_record(row, state, kept, with_noise=noisy)
            for row, kept in with_columns(state)
        ], name
        assert document[KEY]["rows"] == [row.to_dict() for row in state.table], name
        messages = []
        # Both fingerprints are those of the values that are read.
        assert trusted(document, "The file", messages) == document[KEY], name
        assert messages == []
        kept = experiments_text(state, texts)
        assert kept == experiments_text(state), name
        assert json.loads(kept)["n_experiments"] == state.table.counts["done"]


def test_the_file_is_trusted_when_it_is_read_again(session):
    text = session.export_session_json()
    other = OptimizationSession()
    other.begin_with(from_session_file(json.loads(text))[0])
    assert [row.created_at for row in other.state.table] == [
        row.created_at for row in session.state.table
    ]


def test_a_row_stands_on_a_line_of_its_own(session):
    lines = session.export_session_json().splitlines()
    assert sum('"T":41' in line.replace(" ", "") for line in lines) == 2
    assert '"data": []' in OptimizationSession().export_session_json()


def test_only_what_has_changed_is_written_again(session):
    written = []

    def write(row, beside):
        written.append(row.id)
        return str(row.id)

    texts = RowTexts()
    for _ in range(2):
        texts.of("form", (), [(row, None) for row in session.state.table], write)
    assert written == [1, 2, 3]
    session.experiment_manager.edit(2, {"note": "seen"})
    texts.of("form", (), [(row, None) for row in session.state.table], write)
    assert written == [1, 2, 3, 2]
    texts.of("form", ("other columns",), [(row, None) for row in session.state.table], write)
    assert len(written) == 7


def test_few_sessions_are_kept():
    first = texts_of("a")
    assert texts_of("a") is first
    for number in range(8):
        texts_of(str(number))
    assert texts_of("a") is not first
