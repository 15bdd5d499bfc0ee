"""The table as users hold it."""

from __future__ import annotations

import pandas as pd
import pytest

from optwidgets.data.edits import RowsAdded
from optwidgets.data.experiment_manager import ExperimentManager
from optwidgets.data.row import SuggestionInfo
from optwidgets.data.table import Objective, Row, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.search_space import SearchSpace


@pytest.fixture
def space():
    found = SearchSpace()
    found.add_variable("T", "real", bounds=(60, 140))
    found.add_variable("c", "categorical", categories=["A", "B"])
    return found


@pytest.fixture
def manager(space):
    return ExperimentManager(space, ["Yield"])


def test_add(manager):
    assert manager.add_experiment({"T": 80, "c": "A"}, 71.5, noise=0.25, note="first") == 1
    assert manager.add_experiment({"T": 80, "c": "A"}, {"Yield": 72}, reason=None) == 2
    assert manager.add_experiment({"T": 500, "c": "B"}) == 3  # outside is kept
    df = manager.df
    assert df["State"].tolist() == ["done", "done", "running"]
    assert df["Iteration"].tolist() == [0, 1, 2]
    assert df["Reason"].tolist() == ["Manual", "", "Manual"]
    assert df.loc[1, "Noise"] == 0.25
    assert manager.table.outside(manager.space) == {3: ["T"]}
    assert repr(manager) == "ExperimentManager(1 running, 2 done)"


@pytest.mark.parametrize(
    ("arguments", "column"),
    [
        (({"T": 80},), "c"),
        (({"T": "1o5", "c": "A"},), "T"),
        (({"T": 80, "c": "Z"},), "c"),
        (({"T": 80, "c": "A", "p": 3},), "p"),
        (({"T": 80, "c": "A"}, "many"), "Yield"),
        (({"T": 80, "c": "A"}, {"Purity": 3}), "Purity"),
        (({"T": 80, "c": "A"}, 3, -1), "Noise"),
        (({"T": float("nan"), "c": "A"}, 3), "T"),
        (({"T": 80, "c": "A"}, float("inf")), "Yield"),
    ],
)
def test_what_is_refused_is_not_added(manager, arguments, column):
    with pytest.raises(OptwidgetsError) as caught:
        manager.add_experiment(*arguments)
    assert caught.value.column == column
    assert caught.value.row == 1
    assert len(manager) == 0


def test_a_row_being_typed_may_have_gaps(manager):
    row = manager.add_experiment({}, partial=True)
    manager.edit(row, T="80,5")
    manager.edit(row, c="A", Yield=3)
    assert manager.table.row(row).state == "done"


def test_several_at_once_or_none(manager):
    infos = [SuggestionInfo("EI", 70.0, 1.0), None]
    points = [{"T": 80, "c": "A"}, {"T": 90, "c": "B"}]
    assert manager.add_experiments(points, state="suggested", suggestions=infos) == (1, 2)
    assert manager.table.row(1).suggestion == infos[0]
    assert [row.iteration for row in manager.table] == [0, 0]
    with pytest.raises(OptwidgetsError) as caught:
        manager.add_experiments([*points, {"T": 1}])
    assert caught.value.row == 5
    assert len(manager) == 2
    assert manager.add_experiments([]) == ()


def test_edit_several_rows_or_none(manager):
    manager.add_experiments([{"T": 80, "c": "A"}] * 2)
    with pytest.raises(OptwidgetsError):
        manager.edit_rows({1: {"T": 90}, 2: {"T": "x"}})
    assert manager.df["T"].tolist() == [80.0, 80.0]
    manager.edit_rows({1: {"T": 90}, 2: {"Yield": 5}})
    assert manager.df["T"].tolist() == [90.0, 80.0]


@pytest.mark.parametrize(
    "edit",
    [
        lambda manager: manager.edit({1: {"T": 90}}),
        lambda manager: manager.edit([1, 2], {"T": 90}),
        lambda manager: manager.edit(1, "T"),
        lambda manager: manager.edit_rows([1, {"T": 90}]),
        lambda manager: manager.edit_rows({1: 90}),
    ],
)
def test_an_edit_of_another_form_is_told_the_right_one(manager, edit):
    manager.add_experiments([{"T": 80, "c": "A"}] * 2)
    with pytest.raises(OptwidgetsError, match=r"'note': 'by hand'"):
        edit(manager)
    assert manager.df["T"].tolist() == [80.0, 80.0]


def test_the_life_of_a_row(manager):
    (row,) = manager.add_experiments([{"T": 80, "c": "A"}], state="suggested")
    manager.accept(row)
    with pytest.raises(OptwidgetsError, match=r"Row 1 is running\. Only suggested"):
        manager.accept([row])
    manager.record(row, 80.5, noise=0.1)
    assert manager.table.row(row).state == "done"
    manager.exclude(row, "stirrer stopped")
    assert manager.table.row(row).reason == "stirrer stopped"
    assert manager.table.done() == ()
    manager.restore([row], "checked")
    assert (manager.table.row(row).state, manager.table.row(row).reason) == ("done", "checked")
    with pytest.raises(OptwidgetsError, match="Only excluded and failed"):
        manager.restore(row)
    manager.fail(row, "leak at pump")
    assert manager.table.row(row).state == "failed"
    manager.restore(row)
    assert manager.table.row(row).state == "done"
    manager.delete(row)
    assert len(manager) == 0
    assert manager.add_experiment({"T": 1, "c": "A"}) == 2  # numbers are not used twice
    manager.clear()
    manager.clear()
    assert len(manager) == 0


@pytest.mark.parametrize("reason", ["", "  \n", None, 3])
def test_failing_and_excluding_ask_for_a_reason(manager, reason):
    row = manager.add_experiment({"T": 80, "c": "A"})
    with pytest.raises(OptwidgetsError, match="Say why a row failed, such as"):
        manager.fail(row, reason)
    with pytest.raises(OptwidgetsError, match="Say why a row is excluded, such as"):
        manager.exclude(row, reason)
    assert manager.table.row(row).state == "running"


def test_a_result_must_be_one(manager):
    row = manager.add_experiment({"T": 80, "c": "A"})
    for output in (None, float("nan"), "n/a", {"Purity": 1}):
        with pytest.raises(OptwidgetsError) as caught:
            manager.record(row, output)
        assert caught.value.row == row
    with pytest.raises(OptwidgetsError, match="There is no row 9"):
        manager.record(9, 1.0)


def test_objectives(manager):
    manager.add_experiment({"T": 80, "c": "A"}, 3)
    manager.set_objectives(Objective("Cost", "minimize"), renames={"Yield": "Cost"})
    assert manager.target_columns == ["Cost"]
    assert manager.df["Cost"].tolist() == [3.0]
    with pytest.raises(OptwidgetsError, match="T is a variable already"):
        manager.set_objectives("T")
    assert manager.target_columns == ["Cost"]


def test_inside_a_session_it_commits_and_reads(space):
    log, table = [], Table().with_rows([Row(4)])
    manager = ExperimentManager(space, commit=log.append, read=lambda: table)
    assert manager.add_experiment({"T": 80, "c": "A"}) == 5
    ((edit,),) = log
    assert isinstance(edit, RowsAdded)
    assert len(manager) == 1  # what counts is what is read


def test_alone_without_a_space():
    manager = ExperimentManager()
    manager.add_experiment({"x": 1, "label": "a"}, 2.0)
    assert manager.get_data().iloc[0].to_dict() == {
        "x": 1.0, "label": "a", "Output": 2.0, "Iteration": 0, "Reason": "Manual"
    }  # fmt: skip
    manager.import_table("x\tlabel\tOutput\n2\tb\t3\n3\ta\t4\n")
    assert manager.df["Output"].tolist() == [2.0, 3.0, 4.0]


def test_alchemists_names(manager, tmp_path):
    with pytest.raises(OptwidgetsError, match="No experiment has a result"):
        manager.get_features_and_target()
    manager.add_experiment({"T": 80, "c": "A"}, 71.5, 0.25, 3, "Initial Design (LHS)")
    manager.add_experiment({"T": 90, "c": "B"})
    data = manager.get_data()
    assert list(data.columns) == ["T", "c", "Yield", "Iteration", "Reason", "Noise"]
    assert manager.metadata_columns() == ["Iteration", "Reason", "Noise"]
    features, target = manager.get_features_and_target()
    assert features.to_dict("list") == {"T": [80.0], "c": ["A"]}
    assert target.tolist() == [71.5]
    assert manager.get_features_target_and_noise()[2].tolist() == [0.25]
    assert manager.get_latest_experiment()["T"] == 80.0
    assert manager.has_noise_data()
    manager.save_to_csv(tmp_path / "t.csv")
    other = ExperimentManager(manager.search_space, "Yield").load_from_csv(tmp_path / "t.csv")
    pd.testing.assert_frame_equal(other.df, manager.df)


def test_from_csv_proposes_a_space(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("T,Output\n80,1\n90.5,2\n")
    manager = ExperimentManager.from_csv(path)
    assert manager.space.names == ("T",)
    assert manager.df["Output"].tolist() == [1.0, 2.0]


def test_batch(manager):
    manager.add_experiments_batch(
        pd.DataFrame({"T": [80, 90], "c": ["A", "B"], "Yield": [1, None]})
    )
    assert manager.df["State"].tolist() == ["done", "running"]


def test_import_is_all_or_nothing(manager):
    df = pd.DataFrame({"T": [80, "x"], "c": ["A", "B"], "Yield": [1.0, 2.0]})
    with pytest.raises(
        OptwidgetsError, match=r'Row 2: T "x" is not a number\. Nothing was imported'
    ) as e:
        manager.import_table(df)
    assert (e.value.row, e.value.column) == (2, "T")
    assert len(manager) == 0
    assert manager.import_table(df, dry_run=True).n_bad == 1
    assert len(manager) == 0
