"""Feasible points of random constrained spaces keep every rule, on the levels of every kind."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.errors import InfeasibleRegionError
from optwidgets.space.constraints import CardinalityConstraint, LinearConstraint
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real


@st.composite
def constrained_spaces(draw):
    """Spaces of every kind of variable whose rules at least one point keeps."""
    rng = np.random.default_rng(draw(st.integers(0, 10_000)))
    variables = []
    for i in range(draw(st.integers(2, 6))):
        low, width = float(rng.normal(0, 10)), float(rng.choice([1.0, 50.0, 1e4]))
        kind = draw(st.sampled_from(["real", "log", "integer", "discrete", "categorical"]))
        variables.append(
            {
                "real": lambda i=i, a=low, w=width: Real(f"x{i}", a, a + w),
                "log": lambda i=i, w=width: Real(f"x{i}", 1e-3, w, log=True),
                "integer": lambda i=i, a=low: Integer(f"x{i}", int(a), int(a) + 12),
                "discrete": lambda i=i: Discrete(f"x{i}", (0.0, 1.5, 2.0, 10.0)),
                "categorical": lambda i=i: Categorical(f"x{i}", ("A", "B", "C")),
            }[kind]()
        )
    space = Space(tuple(variables))
    encoding = Encoding(space)
    inside = encoding.decode(encoding.snap(rng.random((1, len(space)))))[0]
    numeric = [v.name for v in space if v.kind != "categorical"]
    reals = [v.name for v in space if v.kind == "real"]
    for place in range(draw(st.integers(1, 3)) if numeric else 0):
        names = [str(name) for name in rng.permutation(numeric)[: rng.integers(1, 4)]]
        factors = {name: float(rng.choice([1.0, -1.0, 2.5])) for name in names}
        total = sum(factor * float(inside[name]) for name, factor in factors.items())
        equal = place == 0 and set(names) & set(reals) and draw(st.booleans())
        room = 0.0 if equal else float(rng.choice([0.0, 0.5]))
        kind = "equality" if equal else "inequality"
        space = space.constrain(LinearConstraint(kind, factors, total + room, f"rule {place}"))
    return space


def worst(space, points):
    sizes = {variable.name: variable for variable in space}
    found = [0.0]
    for rule in space.constraints:
        values = {name: np.array([float(p[name]) for p in points]) for name in rule.variables}
        found.append(float(rule.excess(values).max(initial=0.0)) / rule.size(sizes))
    return max(found)


@settings(max_examples=60)
@given(constrained_spaces(), st.integers(0, 1000))
def test_every_point_keeps_every_rule_to_a_billionth(space, seed):
    encoding, rng = Encoding(space), np.random.default_rng(seed)
    feasible = FeasibleSet(encoding, {})
    U = feasible.some(rng.random((24, len(space))), rng)
    points = encoding.decode(U)
    assert worst(space, points) <= 1e-9
    assert not any(space.outside(point) for point in points)
    again, found = feasible.repair(U)
    assert found.all()
    assert np.array_equal(again, U)  # what is feasible stays where it is


@settings(max_examples=30)
@given(constrained_spaces(), st.integers(0, 1000))
def test_a_held_value_stays(space, seed):
    encoding, rng = Encoding(space), np.random.default_rng(seed)
    U = FeasibleSet(encoding, {}).some(rng.random((8, len(space))), rng)
    held = {0: float(U[0, 0])}
    points = FeasibleSet(encoding, held).some(rng.random((8, len(space))), rng)
    assert (points[:, 0] == held[0]).all()
    assert worst(space, encoding.decode(points)) <= 1e-9


def test_mixtures_sum_to_one():
    names = "abcdef"
    rule = LinearConstraint("equality", dict.fromkeys(names, 1.0), 1.0, "mixture")
    space = Space(tuple(Real(name, 0, 1) for name in names), (rule,))
    encoding, rng = Encoding(space), np.random.default_rng(0)
    U = FeasibleSet(encoding, {}).some(rng.random((200, 6)), rng)
    sums = np.array([sum(point.values()) for point in encoding.decode(U)])
    assert np.abs(sums - 1.0).max() <= 1e-12


@pytest.mark.parametrize(
    ("factors", "total", "solutions"),
    [({"a": 3, "b": 5}, 37, {(4, 5), (9, 2)}), ({"a": 1, "b": 1}, 0, {(0, 0)})],
)
def test_whole_numbers_are_rounded_together(factors, total, solutions):
    rule = LinearConstraint("equality", factors, total, "sum")
    space = Space((Integer("a", 0, 30), Integer("b", 0, 30)), (rule,))
    encoding, rng = Encoding(space), np.random.default_rng(0)
    U = FeasibleSet(encoding, {}).some(rng.random((64, 2)), rng)
    assert {tuple(point.values()) for point in encoding.decode(U)} == solutions


def test_slopes_are_those_of_the_coordinates():
    rule = LinearConstraint("inequality", {"a": 1, "b": 1}, 1.5, "sum")
    space = Space((Real("a", 1e-3, 1, log=True), Real("b", 0, 2)), (rule,))
    feasible = FeasibleSet(Encoding(space), {})
    U = np.array([[0.7, 0.2], [0.3, 0.4]])
    V, step = feasible.coordinates.to_linear(U), 1e-7
    moved = feasible.coordinates.from_linear(V + step, U)
    assert (moved - U) / step == pytest.approx(feasible.coordinates.slopes(U), rel=1e-3)


def test_what_is_left_out_is_exactly_nothing():
    """A sum of rounded numbers leaves 1e-16 of what is not used: nobody can weigh that."""
    parts = tuple("abcde")
    space = Space(
        tuple(Real(name, -1.0 if name == "e" else 0.0, 1.0) for name in parts),
        (
            LinearConstraint("equality", dict.fromkeys(parts, 1.0), 1.0, "mixture"),
            CardinalityConstraint(parts, 2, "two"),
        ),
    )
    feasible = FeasibleSet(Encoding(space), {})
    rng = np.random.default_rng(0)
    start, found = feasible.repair(rng.random((60, 5)))
    assert found.all()
    dust = np.clip(start + rng.choice([0.0, 3e-16, -3e-16], start.shape), 0.0, 1.0)
    for point in Encoding(space).decode(feasible.repair(dust)[0]):
        assert sum(amount != 0.0 for amount in point.values()) <= 2
        assert sum(point.values()) == pytest.approx(1.0, abs=1e-9)


def test_what_cannot_be_met_is_said():
    rule = LinearConstraint("inequality", {"a": 1, "b": 1}, 0.5, "limit")
    space = Space((Real("a", 0, 1), Real("b", 0, 1)), (rule,))
    with pytest.raises(InfeasibleRegionError, match=r"With a held, no point .*a \+ b ≤ 0.5"):
        FeasibleSet(Encoding(space), {0: 0.75})
    impossible = space.constrain(LinearConstraint("inequality", {"a": -1}, -2, "more"))
    with pytest.raises(InfeasibleRegionError, match="Change a constraint or the bounds"):
        FeasibleSet(Encoding(impossible), {})
