"""What is special about the façade; what it promises is in tests/contract/test_session.py."""

from __future__ import annotations

import threading

import pandas as pd
import pytest

from optwidgets import ExperimentManager, OptimizationSession, OptwidgetsError, SearchSpace
from optwidgets.journal.sql import SqlJournal


def test_a_session_may_begin_with_a_space_and_experiments():
    space = SearchSpace()
    space.add_variable("x", "real", bounds=(0, 1))
    experiments = ExperimentManager(space)
    experiments.add_experiment({"x": 0.5}, 1.0)
    session = OptimizationSession(space, experiments)
    assert session.search_space.names == ("x",)
    assert session.state.table.counts["done"] == 1
    assert session.undo_words is None
    session.add_variable("y", "real", bounds=(0, 1))
    assert space.names == ("x",)


def test_space_and_table_of_a_session_are_its_own():
    session = OptimizationSession()
    session.search_space.add_variable("x", "real", bounds=(0, 1))
    row = session.experiment_manager.add_experiment({"x": 0.5}, 1.0)
    session.experiment_manager.edit(row, Output=2.0)
    assert session.undo() == "Output in row 1: 1 to 2"
    assert session.experiment_manager.df.loc[1, "Output"] == 1.0


def test_a_row_of_a_frame_can_be_an_experiment():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_variable("n", "integer", bounds=(1, 3))
    frame = pd.DataFrame({"x": [0.25], "n": [2]})
    session.add_experiment(frame.iloc[0], output=1.0)
    assert dict(session.state.table.row(1).inputs) == {"x": 0.25, "n": 2}
    with pytest.raises(OptwidgetsError, match="Give the inputs as a dict"):
        session.add_experiment([1, 2], output=1.0)
    with pytest.raises(OptwidgetsError, match="speed"):
        session.add_experiment({"x": 0.1, "n": 1, "speed": 3}, output=1.0)


def test_a_variable_may_be_called_as_a_column_of_the_answer():
    session = OptimizationSession()
    session.add_variable("mean", "real", bounds=(0, 1))
    frame = session.suggest_next()
    assert list(frame.columns) == ["mean", "std", "acquisition", "nearest"]
    assert frame["mean"].between(0, 1).all()
    assert session.add_experiment(frame.iloc[0].to_dict(), output=1.0) == 1


def test_values_of_suggestions_are_values_of_the_space():
    session = OptimizationSession()
    session.add_variable("n", "integer", bounds=(1, 8))
    session.add_variable("d", "discrete", allowed_values=[0.1, 0.2, 0.7])
    session.add_variable("c", "categorical", categories=["A", "B"])
    for point in session.generate_initial_design(n_points=6):
        session.add_experiment(point, output=point["n"] * point["d"])
    for strategy in ("EI", "qUCB", "TS"):
        for point in session.suggest_next(strategy, n_suggestions=2).index:
            inputs = session.state.table.row(point).inputs
            assert isinstance(inputs["n"], int)
            assert inputs["d"] in (0.1, 0.2, 0.7)
            assert inputs["c"] in ("A", "B")
    assert len({tuple(row.inputs.values()) for row in session.state.table}) == 12


def test_options_of_a_strategy_are_checked():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for place in range(4):
        session.add_experiment({"x": place / 4}, output=float(place))
    with pytest.raises(OptwidgetsError, match="xj"):
        session.suggest_next("EI", xj=0.1)
    assert session.state.table.counts["suggested"] == 0


def test_a_wrong_option_of_an_objective_is_a_sentence():
    session = OptimizationSession()
    with pytest.raises(OptwidgetsError, match="colour is not an option of an objective"):
        session.change_objective("Output", colour="red")
    session.add_variable("T", "real", bounds=(0, 1))
    with pytest.raises(OptwidgetsError, match="T is a variable already"):
        session.add_objective("T")


def test_an_objective_that_does_not_change_is_no_step():
    session = OptimizationSession()
    session.add_objective("Yield")
    session.change_objective("Yield", goal="maximize")
    assert session.revision == 1
    session.remove_objective("Yield")
    assert session.state.table.target_names == ("Output",)


def test_several_objectives_are_all_predicted():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_objective("f")
    session.add_objective("g", "minimize")
    for place in range(5):
        session.add_experiment({"x": place / 5}, output={"f": place, "g": -place})
    result = session.train_model()
    assert result["n_objectives"] == 2
    assert result["metrics"].keys() == {"f", "g"}
    assert session.predict(pd.DataFrame({"x": [0.1, 0.2]})).keys() == {"f", "g"}
    assert len(session.suggest_next("EI", objective="g")) == 1


def test_a_table_is_loaded_from_a_file(tmp_path):
    path = tmp_path / "data.csv"
    path.write_text("x;Yield\n0,25;1,5\n0,5;2\n")
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.load_data(path, target_columns="Yield")
    assert [dict(row.outputs) for row in session.state.table] == [{"Output": 1.5}, {"Output": 2.0}]
    assert session.undo_words == "2 rows added"


def test_the_display_falls_back_where_there_are_no_widgets(monkeypatch):
    session = OptimizationSession(name="Reactor")
    session.add_variable("x", "real", bounds=(0, 1))

    def missing(name):
        raise ImportError(name)

    monkeypatch.setattr("optwidgets.campaign.display.import_module", missing)
    bundle = session._repr_mimebundle_()
    assert bundle["text/plain"].startswith("OptimizationSession('Reactor': 1 variable")
    assert "<table>" in bundle["text/html"]


def test_edits_from_many_threads_are_all_kept(tmp_path):
    session = OptimizationSession(journal=SqlJournal(tmp_path / "a.db"))
    session.add_variable("x", "real", bounds=(0, 1))
    numbers = []

    def add():
        numbers.extend(session.add_experiment({"x": 0.5}, output=1.0) for _ in range(10))

    threads = [threading.Thread(target=add) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(numbers) == list(range(1, 41))
    session.verify()
    session.close()


def test_a_message_names_the_place_of_the_fault():
    session = OptimizationSession()
    with pytest.raises(OptwidgetsError, match="Maximum must be above the minimum") as caught:
        session.add_variable("x", "real", bounds=(60, 20))
    assert caught.value.field == "Maximum"


def test_tags_and_texts_are_checked():
    session = OptimizationSession()
    session.update_metadata(tags=["a"], description="words", author="Maya")
    assert session.metadata["author"] == "Maya"
    with pytest.raises(OptwidgetsError, match="Tags must be a list"):
        session.update_metadata(tags="abc")
    with pytest.raises(OptwidgetsError, match="must be a text"):
        session.update_metadata(author=3)
    revision = session.revision
    session.update_metadata(author="Maya")
    assert session.revision == revision
