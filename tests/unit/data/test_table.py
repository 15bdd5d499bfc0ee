"""The immutable table."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.data.table import (
    Objective,
    Row,
    Table,
    check_objectives,
    check_variable_name,
)
from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

SPACE = Space((Real("T", 0, 100), Integer("n", 1, 5), Categorical("c", ("A", "B"))))


def done(number, t=50.0, n=2, c="A", y=1.0):
    return Row(number, {"T": t, "n": n, "c": c}, {"Output": y}, state="done")


def test_rows_come_in_order_of_their_numbers():
    table = Table().with_rows([Row(5), Row(2), Row(9)])
    assert [row.id for row in table] == [2, 5, 9]
    assert table.next_id == 10
    assert 5 in table
    assert len(table) == 3


def test_a_change_leaves_the_old_table():
    before = Table().with_rows([Row(1)])
    after = before.with_rows([Row(1, note="x"), Row(2)])
    assert before.row(1).note == ""
    assert len(before) == 1
    assert after.without_rows([1]).ids == (2,)
    assert after.without_rows([2]).next_id == 3


@pytest.mark.parametrize("number", [0, 4, -1, "1", None, [1]])
def test_no_such_row(number):
    with pytest.raises(OptwidgetsError, match="There is no row"):
        Table().with_rows([Row(1), Row(3)]).row(number)
    with pytest.raises(OptwidgetsError, match="There is no row"):
        Table().without_rows([1])


def test_views():
    states = ["suggested", "running", "done", "failed", "excluded", "done"]
    table = Table().with_rows([Row(i, state=s, iteration=i) for i, s in enumerate(states, 1)])
    assert [row.id for row in table.done()] == [3, 6]
    assert [row.id for row in table.pending()] == [1, 2]
    assert table.counts == {"suggested": 1, "running": 1, "done": 2, "failed": 1, "excluded": 1}
    assert table.last_iteration == 6
    assert Table().last_iteration is None


def test_equality_is_of_content_and_not_of_the_next_number():
    table = Table().with_rows([Row(1), Row(2)])
    assert table.without_rows([2]) == Table().with_rows([Row(1)])
    assert table != Table().with_rows([Row(1), Row(2, note="x")])


def test_objectives():
    table = Table(objectives=(Objective("Yield", "Minimise", unit="%"),))
    assert table.target_names == ("Yield",)
    assert table.objective().goal == "minimize"
    assert table.objective("Yield").sign == -1
    assert Objective.from_dict(table.objective().to_dict()) == table.objective()
    with pytest.raises(OptwidgetsError, match="Purity is not an objective"):
        table.objective("Purity")


@pytest.mark.parametrize(
    "arguments", [("",), ("State",), ("y", "sideways"), ("y", None), (None,), ("a\nb",), ("y", 3)]
)
def test_impossible_objectives(arguments):
    with pytest.raises(OptwidgetsError):
        Objective(*arguments)


@pytest.mark.parametrize("data", [None, [], {}, {"name": 3}, {"name": "y", "goal": "up"}])
def test_damaged_objectives(data):
    with pytest.raises(OptwidgetsError):
        Objective.from_dict(data)


def test_a_variable_named_like_an_objective():
    with pytest.raises(OptwidgetsError, match=r"^Output is an objective already") as caught:
        check_variable_name("Output", Table())
    assert caught.value.field == "Name"
    check_variable_name("Output", Table(objectives=(Objective("Yield"),)))


def test_an_objective_named_like_a_variable():
    with pytest.raises(OptwidgetsError, match=r"^T is a variable already"):
        check_objectives([Objective("T")], SPACE)
    with pytest.raises(OptwidgetsError, match="exists already"):
        check_objectives([Objective("y"), Objective("y")], SPACE)


def test_renaming_a_variable_renames_its_column():
    table = Table().with_rows([done(1), Row(2, {"n": 1})])
    renamed = table.rename_input("T", "Temperature")
    assert dict(renamed.row(1).inputs) == {"Temperature": 50.0, "n": 2, "c": "A"}
    assert renamed.rename_input("Temperature", "T") == table
    assert table.rename_input("T", "T") is table
    with pytest.raises(OptwidgetsError, match="still holds values"):
        table.rename_input("T", "n")


def test_outside():
    table = Table().with_rows([done(1), done(2, t=150.0, n=9), done(3, c="gone"), Row(4)])
    assert table.outside(SPACE) == {2: ["T", "n"], 3: ["c"]}


def test_replicates():
    table = Table().with_rows(
        [
            done(1),
            done(2, t=50.00001, y=2.0),
            done(3, t=51.0),
            done(4, c="B"),
            done(5, c="B", y=0.0),
            Row(6, {"T": 50.0, "n": 2, "c": "A"}),  # not done
            Row(7, {"T": 50.0}, {"Output": 1.0}, state="done"),  # settings missing
            done(8, c="gone"),
        ]
    )
    assert table.replicates(SPACE) == [(1, 2), (4, 5)]
    assert table.replicates(SPACE, tolerance=1e-9) == [(4, 5)]
    assert Table().replicates(SPACE) == []
    assert table.replicates(Space()) == []


@given(st.lists(st.integers(0, 3), max_size=20))
def test_replicates_are_the_groups_of_equal_points(values):
    rows = [done(i, t=10.0 + v * 20 + 1e-9 * i) for i, v in enumerate(values, 1)]
    groups = {}
    for row, value in zip(rows, values, strict=True):
        groups.setdefault(value, []).append(row.id)
    expected = sorted(tuple(group) for group in groups.values() if len(group) > 1)
    assert sorted(Table().with_rows(rows).replicates(SPACE)) == expected
