from __future__ import annotations

from optwidgets import OptimizationSession


def campaign(limited: bool = True) -> OptimizationSession:
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 10))
    session.add_objective("Yield")
    session.add_objective("Purity", **({"lower": 0.5} if limited else {}))
    for x in (0.5, 2.0, 4.0, 6.0, 8.0, 9.5):
        session.add_experiment({"x": x}, {"Yield": x, "Purity": 1 - x / 10})
    return session


def test_a_limit_reaches_the_suggestions_and_can_be_replayed():
    session = campaign()
    frame = session.suggest_next("EI", objective="Yield")
    assert frame["x"].iloc[0] < 6
    assert 0.3 < frame["feasible"].iloc[0] <= 1
    assert session.replay()["equal"].all()
    assert session.state.table.pending()[0].suggestion.feasible == frame["feasible"].iloc[0]


def test_without_limits_there_is_no_such_column():
    frame = campaign(limited=False).suggest_next("EI", objective="Yield")
    assert "feasible" not in frame.columns
    assert frame["x"].iloc[0] > 6


def test_a_limit_without_results_is_told():
    session = campaign(limited=False)
    session.add_objective("Colour", upper=3)
    frame = session.suggest_next("EI", objective="Yield")
    assert frame.attrs["message"] == "Colour has no result yet: such limits are not honoured."
    assert session.replay()["equal"].all()


def test_failed_rows_are_learnt_from_in_a_session():
    session = campaign(limited=False)
    for x in (8.5, 9.0, 9.9):
        row = session.add_experiment({"x": x})
        session.experiment_manager.fail(row, "burst")
    frame = session.suggest_next("LogEI", objective="Yield")
    assert frame["feasible"].iloc[0] < 1
    assert session.replay()["equal"].all()
