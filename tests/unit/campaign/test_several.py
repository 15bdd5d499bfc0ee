from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


def campaign(n: int = 8, goals: tuple[str, ...] = ("maximize", "minimize")) -> OptimizationSession:
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 10))
    session.add_variable("c", "categorical", categories=["A", "B"])
    for name, goal in zip(("Yield", "Cost"), goals, strict=True):
        session.add_objective(name, goal)
    for i in range(n):
        x, c = 10 * (i + 0.5) / n, "AB"[i % 2]
        outputs = {"Yield": -((x - 4) ** 2) + (c == "B"), "Cost": (x - 6) ** 2}
        session.add_experiment({"x": x, "c": c}, outputs)
    return session


def test_with_several_objectives_the_default_is_the_hypervolume():
    session = campaign()
    frame = session.suggest_next(n_suggestions=2)
    assert list(frame.columns) == [
        "x", "c", "mean_Yield", "std_Yield", "mean_Cost", "std_Cost", "acquisition", "nearest",
    ]  # fmt: skip
    assert frame["x"].between(3, 7).all()
    info = session.state.table.pending()[0].suggestion
    assert info.strategy == "qLogNEHVI"
    assert info.predicted[1][0] == "Cost"
    assert info.gain_words.startswith("expected hypervolume gain")
    record = session.entries()[-1].change.record
    assert record["reference_point"] == session.reference_point()
    assert len(record["fits"]) == 2


def test_suggestions_survive_saving_and_are_replayed(tmp_path):
    path = tmp_path / "several.db"
    session = OptimizationSession.open(path)
    for part in campaign().entries():
        session.commit([part.change])
    first = session.suggest_next("qNEHVI", ref_point=np.array([-30.0, 40.0]), mc_samples=64)
    session.suggest_next("qLogNParEGO", weights=[2, 1])
    session.close()
    again = OptimizationSession.open(path)
    assert again.state.table.pending()[0].inputs["x"] == first["x"].iloc[0]
    assert again.state.table.pending()[0].suggestion.predicted[0][0] == "Yield"
    assert again.replay()["difference"].tolist() == [0.0, 0.0]
    document = again.export_session_json()
    assert "predicted" in document
    again.close()


def test_goals_can_be_given_for_one_suggestion():
    frame = campaign().suggest_next("qEHVI", goal=["minimize", "minimize"])
    assert frame["x"].iloc[0] > 5.9  # the front reaches from 6 to 10
    with pytest.raises(OptwidgetsError, match="Give 2 goals"):
        campaign().suggest_next(goal="maximize")


def test_one_of_several_objectives_is_searched_by_name():
    frame = campaign().suggest_next("EI", objective="Cost")
    assert frame["x"].iloc[0] == pytest.approx(6, abs=0.7)
    assert "mean" in frame.columns
    with pytest.raises(OptwidgetsError, match="or name one objective"):
        campaign().suggest_next("EI")


def test_some_of_three_objectives():
    session = campaign()
    session.add_objective("Colour")
    frame = session.suggest_next(objective=["Cost", "Yield"])
    assert [name for name in frame.columns if name.startswith("mean")] == [
        "mean_Yield",
        "mean_Cost",
    ]


def test_without_enough_results_the_space_is_filled():
    frame = campaign(2).suggest_next()
    assert "until the first model" in frame.attrs["message"]


def test_hypervolume_needs_two_objectives():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 10))
    with pytest.raises(OptwidgetsError, match="needs at least two objectives"):
        session.suggest_next("qNEHVI")


def test_the_first_suggestion_runs_no_compiler_and_needs_no_torch():
    code = (
        "import subprocess, sys\n"
        "def refuse(*a, **k): raise AssertionError('a process was started')\n"
        f"sys.path.insert(0, {str(Path(__file__).parent)!r})\n"
        "import test_several\n"
        "session = test_several.campaign()\n"
        "subprocess.Popen = refuse\n"
        "session.suggest_next('qLogNEHVI')\n"
        "print('torch' in sys.modules)\n"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "False"


def test_a_row_of_the_answer_can_be_recorded_as_it_is():
    session = campaign()
    session.add_outcome_constraint("Cost", "upper", 30)
    frame = session.suggest_next()
    row = session.add_experiment(frame.iloc[0], {"Yield": 1.0, "Cost": 2.0})
    assert row == frame.index[0]
    assert session.state.table.row(row).is_done


def test_weights_and_reference_points_by_name():
    """The order of a list is that of the table; names leave no doubt."""
    listed = campaign().suggest_next("qLogNParEGO", weights=[1, 20])
    named = campaign().suggest_next("qLogNParEGO", weights={"Cost": 20, "Yield": 1})
    assert listed["x"].tolist() == named["x"].tolist()
    session = campaign()
    frame = session.suggest_next(ref_point={"Cost": 40.0, "Yield": -30.0})
    assert frame.attrs["reference_point"] == {"Yield": -30.0, "Cost": 40.0}
    assert session.replay()["difference"].tolist() == [0.0]
    with pytest.raises(OptwidgetsError, match="weights needs a number for each of Yield, Cost"):
        session.suggest_next("qLogNParEGO", weights={"Yield": 1})
    assert session.hypervolume({"Cost": 40.0, "Yield": -30.0}) == session.hypervolume([-30.0, 40.0])


def test_weights_alone_choose_the_strategy_that_has_them():
    session = campaign()
    frame = session.suggest_next(weights={"Yield": 3, "Cost": 1})
    assert session.state.table.row(frame.index[0]).suggestion.strategy == "qLogNParEGO"
    with pytest.raises(OptwidgetsError, match="a strategy that knows it: qLogNParEGO"):
        session.suggest_next("qNEHVI", weights=[3, 1])


def test_the_gain_is_told_as_a_share_and_the_reference_point_with_it():
    session = campaign()
    frame = session.suggest_next()
    assert frame.attrs["reference_point"] == session.reference_point()
    assert session.state.table.pending()[0].suggestion.gain_words.endswith("% more")


def test_beyond_four_objectives_they_are_scalarised():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for k in range(5):
        session.add_objective(
            f"y{k}", "target" if k == 4 else "minimize", **{"target": 0.1} if k == 4 else {}
        )
    for i in range(5):
        session.add_experiment({"x": i / 4}, {f"y{k}": (i / 4 - k / 8) ** 2 for k in range(5)})
    session.suggest_next()
    assert session.state.table.pending()[0].suggestion.strategy == "qLogNParEGO"
    with pytest.raises(OptwidgetsError, match="Choose qLogNParEGO"):
        session.suggest_next("qNEHVI")
