"""Conditional variables in a session: designs, every strategy, optimum, rows, files, replay."""

from __future__ import annotations

import math

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


def net_session(n=0, *, finite=False):
    session = OptimizationSession()
    session.add_variable("optimizer", "categorical", categories=["adam", "sgd"])
    session.add_variable("layers", "integer", bounds=(1, 3))
    if finite:
        session.add_variable("momentum", "discrete", values=[0.1, 0.5, 0.9],
                             active_if={"optimizer": "sgd"})  # fmt: skip
    else:
        session.add_variable("rate", "real", bounds=(1e-4, 1), log=True)
        session.add_variable("momentum", "real", bounds=(0, 1), active_if={"optimizer": "sgd"})
    session.add_variable("width2", "integer", bounds=(4, 64), active_if={"layers": [2, 3]})
    if n:
        for point in session.generate_initial_design("lhs", n_points=n):
            session.add_experiment(point, output=true(point))
    return session


def true(point):
    value = -abs(math.log10(point.get("rate", 0.1)) + 2) / 4
    value += 0.6 - (point["momentum"] - 0.8) ** 2 if point["optimizer"] == "sgd" else 0.0
    return value + (point["width2"] / 64 if point["layers"] > 1 else 0.0)


def check(point):
    """No value where it is not there, one where it is."""
    point = {name: value for name, value in point.items() if not _empty(value)}
    assert ("momentum" in point) == (point["optimizer"] == "sgd")
    assert ("width2" in point) == (point["layers"] > 1)


def _empty(value):
    return value is None or value != value  # noqa: PLR0124


@pytest.mark.parametrize("method", ["lhs", "sobol", "halton", "hammersly", "random", "optimal"])
def test_designs_leave_empty_what_is_not_there(method):
    session = net_session()
    options = {"model_type": "linear"} if method == "optimal" else {}
    points = session.generate_initial_design(method, n_points=12, stage=True, **options)
    assert len(points) == 12
    for point in points:
        check(point)
    assert {point["optimizer"] for point in points} == {"adam", "sgd"}
    assert session.replay()["equal"].all()


def test_a_factorial_has_each_run_once():
    session = net_session(finite=True)
    points = session.generate_initial_design("full_factorial", n_levels=3, n_center=0)
    # (adam + 3 momenta) x (one layer + 2 x 3 widths)
    assert len(points) == 4 * 7
    assert len({tuple(sorted(point.items())) for point in points}) == 28
    with pytest.raises(OptwidgetsError, match="not always there"):
        net_session().generate_initial_design("ccd")
    with pytest.raises(OptwidgetsError, match="not always there"):
        net_session().generate_split_plot_design(
            {"hard": {"method": "full_factorial"}, "easy": {"method": "full_factorial"}},
            hard=["layers"],
        )


@pytest.mark.parametrize(
    "strategy", ["EI", "LogEI", "PI", "UCB", "qLogEI", "qLogNEI", "TS", "qNIPV"]
)
def test_every_strategy_leaves_empty_what_is_not_there(strategy):
    session = net_session(9)
    frame = session.suggest_next(strategy, n_suggestions=3, deadline=None)
    assert "message" not in frame.attrs
    for number in frame.index:
        check(session.state.table.row(int(number)).inputs)
    assert session.replay()["equal"].all()


def test_the_search_finds_what_is_there_only_sometimes():
    session = net_session(10)
    for _ in range(12):
        number = int(session.suggest_next("LogEI").index[0])
        row = session.state.table.row(number)
        session.add_experiment(dict(row.inputs), output=true(row.inputs))
    best = max(session.state.table.done(), key=lambda row: row.outputs["Output"])
    assert best.inputs["optimizer"] == "sgd"
    assert best.outputs["Output"] > 1.3
    check(session.find_optimum()["x_opt"].iloc[0].to_dict())


def test_a_row_of_the_answer_can_be_handed_back():
    session = net_session(9)
    frame = session.suggest_next("EI", hold={"optimizer": "adam", "layers": 1})
    assert frame["momentum"].isna().all()
    number = session.add_experiment(frame.iloc[0], output=0.5)
    assert number == frame.index[0]
    assert "momentum" not in session.state.table.row(number).inputs


def test_held_values_decide_what_is_there():
    session = net_session(9)
    with_it = session.suggest_next("EI", hold={"optimizer": "sgd", "momentum": 0.25})
    assert with_it["momentum"].tolist() == [0.25]
    fresh = net_session()
    for hold in ({"optimizer": "adam"}, {"layers": 1}, {"momentum": 0.5}):
        for number in fresh.suggest_next(hold=hold, n_suggestions=4).index:
            point = fresh.state.table.row(int(number)).inputs
            check(point)
            assert all(point.get(name, value) == value for name, value in hold.items())


def test_a_finite_space_is_used_up_once():
    session = net_session(finite=True)
    session.change_variable("width2", bounds=(4, 5))
    points = session.generate_initial_design("lhs", n_points=20)
    assert len(points) == 20  # (1 + 3) x (1 + 2 x 2)
    with pytest.raises(OptwidgetsError, match="only 20 combinations"):
        session.generate_initial_design("lhs", n_points=21)
    for point in points[:19]:
        session.add_experiment(point, output=true(point))
    frame = session.suggest_next("EI", n_suggestions=3)
    assert len(frame) == 1
    with pytest.raises(OptwidgetsError, match="All 20 combinations"):
        session.suggest_next("EI")


def test_prediction_takes_rows_with_and_without():
    session = net_session(9)
    frame = {"optimizer": ["adam", "adam"], "layers": [1, 1], "rate": [0.1, 0.1],
             "momentum": [0.2, float("nan")]}  # fmt: skip
    mean, _ = session.predict(frame)["Output"]
    assert mean[0] == mean[1]
    with pytest.raises(OptwidgetsError, match="momentum is missing"):
        session.predict({"optimizer": "sgd", "layers": 1, "rate": 0.1})


def test_sklearn_several_objectives_and_figures():
    session = net_session(9)
    assert session.plot_slices().data
    assert len(session.sensitivity()) == 5
    session.train_model(backend="sklearn", kernel="RandomForest")
    for number in session.suggest_next("EI", n_suggestions=2).index:
        check(session.state.table.row(int(number)).inputs)


def test_constraints_beside_conditions():
    session = net_session()
    session.add_variable("batch", "integer", bounds=(1, 10))
    session.add_input_constraint("inequality", {"layers": 2, "batch": 1}, 8)
    points = session.generate_initial_design("lhs", n_points=9)
    for point in points:
        session.add_experiment(point, output=true(point))
    session.suggest_next("EI", n_suggestions=3)
    for row in session.state.table:
        check(row.inputs)
        assert 2 * row.inputs["layers"] + row.inputs["batch"] <= 8


def test_journal_files_and_derived_variables(tmp_path):
    session = net_session(6)
    session.add_derived("cost", "layers * width2")
    session.rename_variable("optimizer", "method")
    session.undo()
    path = tmp_path / "s.json"
    session.save_session(path)
    other = OptimizationSession.load_session(path)
    assert other.state.space == session.state.space
    assert [row.inputs for row in other.state.table] == [row.inputs for row in session.state.table]
    assert len(session.suggest_next("EI")) == 1
    assert session.replay()["equal"].all()
    session.change_variable("momentum", active_if=None)
    assert session.undo_words == "momentum: only if optimizer = sgd to always there"


def test_an_import_asks_only_for_what_is_there():
    session = net_session()
    text = "optimizer,layers,rate,momentum,width2,Output\nadam,1,0.1,,,1\nsgd,1,0.1,,,2\nadam,2,0.1,9,8,3\n"
    report = session.experiment_manager.import_table(text)
    assert report.missing == {"momentum": 1}
    assert report.outside == {}
    assert report.n_fit == 2
    assert "momentum" not in session.state.table.row(1).inputs


def nested_session():
    session = OptimizationSession()
    session.add_variable("kind", "categorical", categories=["x", "y", "z"])
    session.add_variable("q", "categorical", categories=["u", "v"], active_if={"kind": ["x"]})
    session.add_variable("w", "real", bounds=(0, 1), active_if={"q": ["u"]})
    session.add_variable("t", "real", bounds=(0, 1))
    for point in session.generate_initial_design("sobol", n_points=20):
        better = 0.3 * (point.get("w") or 0) + (point["kind"] == "x")
        session.add_experiment(point, output=point["t"] + better)
    return session


@pytest.mark.parametrize("strategy", ["EI", "UCB", "qLogEI", "TS"])
def test_what_is_held_has_its_value_wherever_it_is_there(strategy):
    session = nested_session()
    found = session.suggest_next(strategy, hold={"q": "v"}, n_suggestions=3, stage=False)
    assert found["w"].isna().all()
    assert (found["q"][found["kind"] == "x"] == "v").all()
    assert found["mean"].to_numpy() == pytest.approx(session.predict(found)["Output"][0])


def test_the_optimum_with_a_held_value_is_one_of_the_model():
    session = OptimizationSession()
    session.add_variable("opt", "categorical", categories=["sgd", "adam", "lbfgs"])
    session.add_variable("momentum", "real", bounds=(0, 1), active_if={"opt": ["sgd"]})
    session.add_variable("rate", "real", bounds=(0, 1))
    for point in session.generate_initial_design("sobol", n_points=20, random_seed=3):
        by_hand = 1 - 4 * (point.get("momentum", 0.5) - 0.5) ** 2
        other = 0.5 if point["opt"] == "adam" else 0.2
        session.add_experiment(point, by_hand if point["opt"] == "sgd" else other)
    best = session.find_optimum(hold={"momentum": 1.0})
    told = session.predict(best["x_opt"])["Output"][0]
    assert best["value"] == pytest.approx(float(told[0]), rel=1e-6)


@pytest.mark.parametrize(
    ("hold", "words"),
    [
        ({"q": "v", "w": 0.5}, "w is held, but it is there only if q = u, and q is held at v"),
        ({"kind": "y", "w": 0.5}, "w is held, .* q is not there either. Release"),
    ],
)
def test_what_cannot_be_there_is_not_held(hold, words):
    with pytest.raises(OptwidgetsError, match=words):
        nested_session().suggest_next(hold=hold)
