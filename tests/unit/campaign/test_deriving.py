"""Derived variables in a session: journaled, saved, seen by the model, never searched."""

from __future__ import annotations

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.space import functions


def mixed_session(derived=True, n=9):
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0.05, 1))
    session.add_variable("b", "real", bounds=(0.05, 1))
    if derived:
        session.add_derived("ratio", "a / (a + b)")
    for point in session.generate_initial_design("sobol", n_points=n):
        session.add_experiment(point, output=true(**point))
    return session


def true(a, b):
    return -((a / (a + b) - 0.3) ** 2)


@pytest.mark.parametrize("strategy", ["EI", "qLogEI", "TS", "qNIPV"])
def test_suggestions_are_of_the_settings_and_replay(strategy):
    session = mixed_session()
    frame = session.suggest_next(strategy, n_suggestions=2)
    assert list(frame.columns[:2]) == ["a", "b"]
    assert "ratio" not in session.state.table.row(int(frame.index[0])).inputs
    assert session.replay()["equal"].all()


def test_the_model_learns_from_it():
    grid = np.random.default_rng(0).uniform(0.05, 1, (200, 2))
    frame = {"a": grid[:, 0], "b": grid[:, 1]}
    truth = true(grid[:, 0], grid[:, 1])
    errors = [
        np.abs(mixed_session(derived).predict(frame)["Output"][0] - truth).mean()
        for derived in (True, False)
    ]
    assert errors[0] < 0.5 * errors[1]


def test_the_optimum_and_every_figure_work_with_it():
    session = mixed_session()
    x_opt = session.find_optimum()["x_opt"].iloc[0]
    assert x_opt["a"] / (x_opt["a"] + x_opt["b"]) == pytest.approx(0.3, abs=0.05)
    assert len(session.sensitivity()) == 2
    assert session.plot_slices().data
    assert session.plot_contour("a", "b").data


def test_the_table_shows_it_and_a_row_without_a_setting_has_none():
    session = mixed_session()
    session.add_experiment({"a": 0.2, "b": 0.2})
    session.experiment_manager.edit(10, {"b": None})
    column = session.experiment_manager.df["ratio"]
    assert np.isnan(column[10])
    row = session.state.table.row(3).inputs
    assert column[3] == pytest.approx(row["a"] / (row["a"] + row["b"]))


def test_it_is_a_step_of_the_journal_and_saved(tmp_path):
    session = mixed_session()
    assert session.predict({"a": 0.5, "b": 0.5})
    session.remove_derived("ratio")
    assert session.state.space.derived == ()
    assert session.undo() == "Derived variable ratio removed"
    assert [item.name for item in session.state.space.derived] == ["ratio"]
    path = tmp_path / "s.json"
    session.save_session(path)
    other = OptimizationSession.load_session(path)
    assert other.state.space == session.state.space
    file = tmp_path / "s.optw"
    kept = OptimizationSession.open(file)
    kept.add_variable("a", "real", bounds=(0, 1))
    kept.add_derived("square", "a^2")
    kept.close()
    again = OptimizationSession.open(file)
    assert again.get_derived()[0]["formula"] == "square = a²"
    again.close()


def test_a_function_is_not_saved_and_asked_for_again(tmp_path, monkeypatch):
    session = mixed_session(derived=False)
    session.add_derived("total", lambda v: v["a"] + v["b"])
    assert session.train_model()["success"]
    path = tmp_path / "s.json"
    session.save_session(path)
    monkeypatch.setattr(functions, "_FUNCTIONS", {})  # a new kernel
    with pytest.warns(UserWarning, match="give total again"):
        other = OptimizationSession.load_session(path)
    with pytest.raises(OptwidgetsError, match="add_derived\\('total', function\\)"):
        other.train_model()
    frame = other.suggest_next("EI")
    assert "add_derived" in frame.attrs["message"]
    other.undo()
    other.add_derived("total", lambda v: v["a"] + v["b"])
    assert other.train_model()["success"]
    assert len(other.state.space.derived) == 1


def test_functions_of_a_row_as_in_alchemist(tmp_path, monkeypatch):
    session = mixed_session(derived=False)
    session.add_derived_variable("total", lambda row: row["a"] + row["b"], ["a", "b"], "of both")
    session.train_model()
    first = session.model
    session.register_derived_variable("total", lambda row: row["a"] * row["b"])
    assert session.experiment_manager.df["total"].tolist() == pytest.approx(
        [row.inputs["a"] * row.inputs["b"] for row in session.state.table]
    )
    session.train_model()
    assert session.model is not first  # another function is another model
    session.save_session(tmp_path / "s.json")
    monkeypatch.setattr(functions, "_FUNCTIONS", {})  # a new kernel
    with pytest.warns(UserWarning, match="give total again"):
        other = OptimizationSession.load_session(tmp_path / "s.json")
    before = other.state
    other.register_derived_variable("total", lambda row: row["a"] * row["b"])
    assert other.state is before
    assert other.get_derived()[0]["description"] == "of both"
    assert other.train_model()["success"]


def test_names_are_taken_only_once():
    session = mixed_session()
    with pytest.raises(OptwidgetsError, match="Output is an objective already"):
        session.add_derived("Output", "a + b")
    with pytest.raises(OptwidgetsError, match="Note is a column"):
        session.add_derived("Note", "a + b")


def test_failed_rows_teach_with_it():
    session = mixed_session()
    row = session.add_experiment({"a": 0.9, "b": 0.1})
    session.experiment_manager.edit(row, {"state": "failed"})
    frame = session.suggest_next("EI")
    assert 0.0 <= frame["feasible"].iloc[0] <= 1.0
