"""Designs where variables keep rules together: inside, different, spread."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import pdist

from optwidgets import OptimizationSession
from optwidgets.designs import SPACE_FILLING, design
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.space import functions
from optwidgets.space.constraints import ExpressionConstraint, LinearConstraint
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

MIXTURE = Space(
    tuple(Real(name, 0, 1) for name in "abc"),
    (LinearConstraint("equality", dict.fromkeys("abc", 1.0), 1.0, "mixture"),),
)
MIXED = Space(
    (Real("T", 20, 100), Integer("n", 1, 30), Categorical("c", ("A", "B"))),
    (LinearConstraint("inequality", {"T": 1, "n": 4}, 140, "limit"),),
)
WHOLE = Space(
    (Integer("n", 0, 4), Integer("m", 0, 4)),
    (LinearConstraint("equality", {"n": 1, "m": 1}, 4, "sum"),),
)


@pytest.mark.parametrize("method", SPACE_FILLING)
@pytest.mark.parametrize("space", [MIXTURE, MIXED], ids=["mixture", "mixed"])
def test_every_point_keeps_the_rules_and_none_comes_twice(method, space):
    points = design(space, method, 15, seed=2)
    assert len({tuple(point.values()) for point in points}) == 15
    assert not any(space.outside(point) for point in points)
    if space is MIXTURE:
        assert max(abs(sum(point.values()) - 1) for point in points) <= 1e-9
    assert points == design(space, method, 15, seed=2)
    more = design(space, method, 5, seed=2, existing=points)
    assert not [point for point in more if point in points]


def test_a_design_is_spread_better_than_chance():
    def gap(method):
        found = [design(MIXTURE, method, 12, seed=seed) for seed in range(5)]
        return np.mean([pdist([list(p.values()) for p in points]).min() for points in found])

    assert gap("lhs") > 2 * gap("random")


def test_existing_points_are_kept_away_from():
    corner = {"a": 1.0, "b": 0.0, "c": 0.0}
    point = design(MIXTURE, "lhs", 1, seed=0, existing=[corner])[0]
    assert point["a"] < 0.5


def test_held_values_stay():
    points = design(MIXTURE, "lhs", 4, seed=1, hold={"a": 0.3})
    assert {point["a"] for point in points} == {0.3}
    assert not any(MIXTURE.outside(point) for point in points)
    free = Space(MIXTURE.variables)
    assert {point["a"] for point in design(free, "lhs", 4, seed=1, hold={"a": 0.3})} == {0.3}


def test_every_combination_can_be_had_once():
    points = design(WHOLE, "lhs", 5, seed=0)
    assert {(p["n"], p["m"]) for p in points} == {(n, 4 - n) for n in range(5)}
    with pytest.raises(OptwidgetsError, match=r"Only 5 points .* Ask for at most 5"):
        design(WHOLE, "lhs", 6, seed=0)
    with pytest.raises(OptwidgetsError, match="Every point that keeps the constraints"):
        design(WHOLE, "random", 1, seed=0, existing=points)


def test_what_cannot_be_met_is_said():
    with pytest.raises(InfeasibleRegionError, match="With a and b held"):
        design(MIXTURE, "lhs", 3, hold={"a": 0.8, "b": 0.8})
    none = WHOLE.constrain(LinearConstraint("inequality", {"n": -1, "m": 1}, -5, "more"))
    with pytest.raises(InfeasibleRegionError, match="No point of the space"):
        design(none, "sobol", 3)


@pytest.mark.parametrize("method", ["lhs", "random", "sobol"])
def test_a_region_that_no_draw_hits_is_filled_too(method):
    thin = Space(
        (Real("a", 0, 1), Real("b", 0, 1)), (ExpressionConstraint("abs(a - b) <= 0.0001"),)
    )
    points = design(thin, method, 30, seed=0)
    assert len({(p["a"], p["b"]) for p in points}) == 30
    assert all(abs(p["a"] - p["b"]) <= 0.000101 for p in points)


@pytest.mark.parametrize("method", ["full_factorial", "ccd", "plackett_burman", "gsd", "lhs"])
def test_no_design_without_the_function_of_a_constraint(method, monkeypatch):
    session = OptimizationSession()
    for name in "ab":
        session.add_variable(name, "real", bounds=(0, 1))
    session.add_constraint_function("g", lambda x: x["a"] + x["b"] - 1)
    monkeypatch.setattr(functions, "_FUNCTIONS", {})  # a new kernel
    with pytest.raises(OptwidgetsError, match="Give it again with add_constraint_function"):
        session.generate_initial_design(method)
