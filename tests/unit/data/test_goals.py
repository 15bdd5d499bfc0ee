"""Objectives with every goal: what they take, what they refuse, what results are worth."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.data.objective import Objective
from optwidgets.data.outcomes import outcomes_of
from optwidgets.data.row import Row
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError

NUMBERS = st.floats(-1e6, 1e6)


@pytest.mark.parametrize(
    ("options", "field", "words"),
    [
        ({"goal": "target"}, "target", "needs target="),
        ({"goal": "band"}, "band", "needs band="),
        ({"goal": "target", "target": float("nan")}, "target", "finite"),
        ({"goal": "target", "target": 7, "band": (6, 8)}, "band", "belongs to goal='band'"),
        ({"target": 7}, "target", "its goal is 'maximize'"),
        ({"goal": "band", "band": 7}, "band", "two numbers"),
        ({"goal": "band", "band": "67"}, "band", "two numbers"),
        ({"goal": "band", "band": (8, 6)}, "band", "must rise"),
        ({"goal": "band", "band": (7, 7)}, "band", "goal='target'"),
        ({"goal": "best"}, "Goal", "maximize, minimize, target and band"),
    ],
)
def test_what_does_not_fit_says_so(options, field, words):
    with pytest.raises(OptwidgetsError, match=words) as caught:
        Objective("pH", **options)
    assert caught.value.field == field


@given(target=NUMBERS, values=st.lists(NUMBERS, min_size=1, max_size=5))
def test_the_nearest_result_is_the_best(target, values):
    objective = Objective("pH", "target", target=target)
    worth = objective.utility(np.array(values))
    assert abs(values[int(worth.argmax())] - target) == min(abs(y - target) for y in values)
    assert worth.tolist() == [objective.worth(y) for y in values]


@given(ends=st.tuples(NUMBERS, NUMBERS).filter(lambda ends: ends[0] < ends[1]), value=NUMBERS)
def test_inside_a_band_all_are_best(ends, value):
    objective = Objective("pH", "band", band=ends)
    inside = ends[0] <= value <= ends[1]
    assert (objective.worth(value) == 0.0) == inside
    # A value that is worth as much lies above the band.
    assert objective.worth(objective.value_of(objective.worth(value))) == pytest.approx(
        objective.worth(value), rel=1e-9, abs=1e-9
    )


def test_plain_form_and_back():
    for objective in (
        Objective("pH", "target", target=7, upper=9), Objective("pH", "band", band=[6, "7,5"]),
    ):  # fmt: skip
        assert Objective.from_dict(objective.to_dict()) == objective


def test_the_front_of_a_target_and_a_cost():
    goals = (Objective("pH", "target", target=7), Objective("Cost", "minimize"))
    rows = [
        Row(i, {}, {"pH": ph, "Cost": cost}, state="done")
        for i, (ph, cost) in enumerate([(7.0, 9.0), (7.5, 3.0), (6.6, 2.0), (9.0, 2.5)], start=1)
    ]
    found = outcomes_of(Table(objectives=goals).with_rows(rows))
    assert [row.id for row in found.pareto_rows()] == [1, 3]
    # The worst pH that counts, and the one as far below are the same.
    above, below = [8.0, 10.0], [6.0, 10.0]
    assert found.hypervolume(above) == found.hypervolume(below) == pytest.approx(5.2)
    assert found.reference[0] > 7.0


def test_results_beyond_the_limit_of_an_objective_that_is_not_compared_are_not_feasible():
    objectives = (Objective("A"), Objective("B"), Objective("C", "minimize", upper=1.0))
    rows = [
        Row(1, {}, {"A": 1.0, "B": 1.0, "C": 0.5}, state="done"),
        Row(2, {}, {"A": 9.0, "B": 9.0, "C": 2.0}, state="done"),
        Row(3, {}, {"A": 0.5, "B": 2.0}, state="done"),
    ]
    found = outcomes_of(Table(objectives=objectives).with_rows(rows), objectives[:2])
    assert found.feasible.tolist() == [True, False, True]
    assert [row.id for row in found.pareto_rows()] == [1, 3]
    assert found.reference.max() < 2.0
