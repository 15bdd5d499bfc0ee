"""Variables that are hard to change: one setting in a batch, grouped runs, split plots."""

from __future__ import annotations

from itertools import pairwise

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


def oven_session(n=9, **options):
    session = OptimizationSession()
    session.add_variable("oven", "real", bounds=(100, 300), unit="°C", hard_to_change=True)
    session.add_variable("time", "real", bounds=(0, 1))
    session.add_variable("kind", "categorical", categories=["A", "B"], **options)
    for point in session.generate_initial_design("lhs", n_points=n) if n else ():
        session.add_experiment(point, output=true(point))
    return session


def true(point):
    return (
        -(((point["oven"] - 220) / 100) ** 2)
        - (point["time"] - 0.4) ** 2
        + 0.2 * (point["kind"] == "A")
    )


@pytest.mark.parametrize("strategy", ["EI", "LogEI", "UCB", "qLogEI", "TS"])
def test_a_batch_has_one_setting_and_different_points(strategy):
    session = oven_session()
    frame = session.suggest_next(strategy, n_suggestions=4)
    assert frame["oven"].nunique() == 1
    assert len(frame[["time", "kind"]].drop_duplicates()) == 4
    assert "hard to change" in frame.attrs["message"]
    assert session.replay()["equal"].all()


def test_the_setting_is_worth_it():
    session = oven_session(14)
    frame = session.suggest_next("LogEI", n_suggestions=3)
    assert abs(frame["oven"].iloc[0] - 220) < 40


def test_where_it_is_as_good_nothing_is_changed():
    session = OptimizationSession()
    session.add_variable("oven", "discrete", values=[100, 200], hard_to_change=True)
    session.add_variable("time", "real", bounds=(0, 1))
    for i in range(12):  # the oven does nothing
        session.add_experiment({"oven": 100 + 100 * (i % 2), "time": i / 11}, output=i * (11 - i))
    last = session.state.table.row(12).inputs["oven"]
    found = [session.suggest_next("UCB", n_suggestions=2).attrs["message"] for _ in range(1)]
    assert f"{last:g}" in found[0] or "same in the whole batch" in found[0]


def test_it_can_be_switched_off_and_held():
    session = oven_session()
    frame = session.suggest_next("UCB", n_suggestions=6, one_setting=False, balance=0.0)
    assert frame["oven"].nunique() > 1
    assert "message" not in frame.attrs
    frame = session.suggest_next("EI", n_suggestions=2, hold={"oven": 150})
    assert frame["oven"].tolist() == [150, 150]
    assert "hard to change" not in frame.attrs.get("message", "")
    assert session.replay()["equal"].all()


def test_points_without_a_model_keep_one_setting_too():
    session = oven_session(0)
    frame = session.suggest_next(n_suggestions=4)
    assert frame["oven"].nunique() == 1
    assert frame["time"].nunique() == 4
    assert session.replay()["equal"].all()


def test_two_of_them_several_objectives_and_conditions():
    session = OptimizationSession()
    session.add_variable("oven", "categorical", categories=["on", "off"], changes="hard")
    session.add_variable("heat", "real", bounds=(0, 1), changes="hard", active_if={"oven": "on"})
    session.add_variable("time", "real", bounds=(0, 1))
    session.add_objective("A")
    session.add_objective("B", "minimize")
    for point in session.generate_initial_design("lhs", n_points=8):
        heat = point.get("heat", 0.0)
        session.add_experiment(point, output={"A": heat - (point["time"] - 0.5) ** 2, "B": heat})
    frame = session.suggest_next(n_suggestions=3)
    assert frame["oven"].nunique() == 1
    assert frame["heat"].nunique(dropna=False) == 1
    assert session.replay()["equal"].all()


def test_a_space_of_hard_variables_only_is_not_stuck():
    session = OptimizationSession()
    session.add_variable("oven", "real", bounds=(0, 1), hard_to_change=True)
    for i in range(5):
        session.add_experiment({"oven": i / 4}, output=i)
    frame = session.suggest_next("EI", n_suggestions=2)
    assert len(frame) == 2


def test_a_setting_without_room_for_the_batch_is_left():
    session = OptimizationSession()
    session.add_variable("oven", "categorical", categories=["a", "b"], hard_to_change=True)
    session.add_variable("n", "integer", bounds=(1, 3))
    for oven, n in [("a", 1), ("a", 2), ("b", 1)]:
        session.add_experiment({"oven": oven, "n": n}, output=n)
    assert set(session.suggest_next("EI", n_suggestions=2)["oven"]) == {"b"}


def changes_of(points, name):
    values = [point[name] for point in points]
    return sum(a != b for a, b in pairwise(values))


def test_runs_of_a_design_are_grouped():
    session = oven_session(0)
    session.change_variable("kind", changes="very_hard")
    made = session.get_design_info("full_factorial", n_levels=3, replicates=2, n_center=0)
    points = made["points"]
    assert changes_of(points, "kind") == 1
    assert changes_of(points, "oven") == 5
    assert made["grouped_by"] == ["oven", "kind"]
    assert any("split plot" in words.lower() for words in made["warnings"])
    standard = session.get_design_info("full_factorial", n_levels=3, run_order="standard")
    assert "grouped_by" not in standard
    blocks = session.generate_initial_design("full_factorial", n_levels=2, blocks=2, n_center=0)
    assert [point["Block"] for point in blocks] == sorted(point["Block"] for point in blocks)


def test_a_split_plot_knows_what_is_hard():
    session = oven_session(0)
    session.change_variable("kind", changes="very_hard")
    factorial = {"method": "full_factorial"}
    points, info = session.generate_split_plot_design(
        {"very_hard": factorial, "hard": factorial, "easy": factorial}, stage=True
    )
    assert info["levels"] == {"very_hard": ["kind"], "hard": ["oven"], "easy": ["time"]}
    assert changes_of(points, "kind") == 1
    assert session.replay()["equal"].all()
    session.change_variable("kind", changes="easy")
    session.change_variable("oven", changes="easy")
    with pytest.raises(OptwidgetsError, match="Name the hard ones"):
        session.generate_split_plot_design({"hard": factorial, "easy": factorial})
