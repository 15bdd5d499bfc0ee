"""Suggestions under constraints: every strategy, kind of variable, batch and held value."""

from __future__ import annotations

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.acquisition.constrained_region import ConstrainedRegion
from optwidgets.acquisition.naming import strategies_of
from optwidgets.acquisition.region import Region, region_of
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.space.constraints import CardinalityConstraint, LinearConstraint
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real


def session_of(rules, *variables, n=8, result=lambda p: sum(map(float, p.values()))):
    session = OptimizationSession()
    for name, kind, options in variables:
        session.add_variable(name, kind, **options)
    for rule in rules:
        session.add_input_constraint(*rule)
    session.generate_initial_design("lhs", n_points=n)
    frame = session.suggest_next(n_suggestions=n)
    for _, row in frame.iterrows():
        point = {name: row[name] for name in session.search_space.names}
        session.add_experiment(point, output=result(point))
    return session


def real(name, low=0.0, high=1.0, **options):
    return name, "real", {"min": low, "max": high, **options}


def suggested(session):
    return [dict(row.inputs) for row in session.state.table if row.state == "suggested"]


def assert_kept(session, points):
    variables = {variable.name: variable for variable in session.state.space}
    for point in points:
        assert session.state.space.outside(point) == []
        for rule in session.state.space.constraints:
            values = {name: np.array([float(point[name])]) for name in rule.variables}
            assert rule.excess(values)[0] <= 1e-9 * rule.size(variables)


@pytest.fixture(scope="module")
def mixture():
    def result(p):
        return -((p["a"] - 0.5) ** 2) - (p["b"] - 0.7) ** 2

    return session_of(
        [("equality", dict.fromkeys("abc", 1), 1)], real("a"), real("b"), real("c"), result=result
    )


@pytest.fixture(scope="module")
def mixed():
    def result(p):
        return p["a"] + p["n"] / 20 - (p["l"] - 0.3) ** 2 + (p["c"] == "B")

    return session_of(
        [("inequality", {"a": 10, "n": 1, "l": 5}, 15), ("equality", {"a": 1, "l": 1}, 0.9)],
        real("a"), real("l", 1e-3, 1.0, log=True),
        ("n", "integer", {"min": 0, "max": 20}),
        ("c", "categorical", {"categories": ["A", "B"]}),
        result=result,
    )  # fmt: skip


@pytest.mark.parametrize("strategy", strategies_of("botorch"))
@pytest.mark.parametrize("which", ["mixture", "mixed"])
def test_every_strategy_keeps_the_constraints(request, which, strategy):
    session = request.getfixturevalue(which)
    hold = {"a": 0.25} if which == "mixture" else {"c": "B"}
    for n, held in ((1, {}), (3, hold)):
        session.suggest_next(strategy, n_suggestions=n, hold=held)
        points = suggested(session)
        assert len(points) == n
        assert_kept(session, points)
        assert all(point[name] == value for point in points for name, value in held.items())
        session.undo()


@pytest.mark.parametrize("strategy", strategies_of("sklearn"))
def test_the_other_backend_keeps_them_too(mixed, strategy):
    mixed.train_model(backend="sklearn")
    mixed.suggest_next(strategy, n_suggestions=2)
    assert_kept(mixed, suggested(mixed))
    mixed.undo()
    mixed.undo()


def test_the_design_and_the_fallback_keep_them(mixture, mixed):
    for session in (mixture, mixed):
        done = [dict(row.inputs) for row in session.state.table.done()]
        assert len(done) == 8
        assert_kept(session, done)


def test_a_constrained_maximum_is_found(mixture):
    # On a + b + c = 1 the best of -(a - 0.5)^2 - (b - 0.7)^2 is a = 0.4, b = 0.6.
    session = OptimizationSession()
    for name in "abc":
        session.add_variable(name, "real", min=0, max=1)
    session.add_input_constraint("equality", dict.fromkeys("abc", 1), 1)
    for row in mixture.state.table.done():
        session.add_experiment(dict(row.inputs), output=row.outputs["Output"])
    for _ in range(6):
        session.suggest_next("LogEI")
        for row in session.state.table.pending():
            p = row.inputs
            value = -((p["a"] - 0.5) ** 2) - (p["b"] - 0.7) ** 2
            session.add_experiment(dict(p), output=value)
    best = max(row.outputs["Output"] for row in session.state.table.done())
    assert best > -0.02 - 2e-3


def test_suggestions_are_computed_again_bit_for_bit(mixture):
    mixture.suggest_next("qLogEI", n_suggestions=2)
    assert (mixture.replay()["difference"] == 0.0).all()
    mixture.undo()


def test_a_hold_that_leaves_nothing_is_refused_with_a_sentence(mixture):
    with pytest.raises(InfeasibleRegionError, match="With a and b held, no point meets"):
        mixture.suggest_next("EI", hold={"a": 0.8, "b": 0.7})
    session = OptimizationSession()
    session.add_variable("a", "real", min=0, max=1)
    session.add_variable("b", "real", min=0, max=1)
    session.add_input_constraint("inequality", {"a": -1, "b": -1}, -3)
    with pytest.raises(InfeasibleRegionError, match="No point of the space meets"):
        session.suggest_next("EI")


def test_a_constraint_counts_from_the_moment_it_is_added():
    session = session_of([], real("a"), real("b"))
    session.suggest_next("EI")
    session.undo()
    session.add_input_constraint("inequality", {"a": 1, "b": 1}, 0.5)
    session.suggest_next("EI")  # the fit is the one from before
    assert_kept(session, suggested(session))


def test_all_feasible_combinations_can_be_measured():
    session = session_of(
        [("equality", {"n": 1, "m": 1}, 4)],
        ("n", "integer", {"min": 0, "max": 4}), ("m", "integer", {"min": 0, "max": 9}), n=4,
    )  # fmt: skip
    session.suggest_next("EI", n_suggestions=5)
    assert len(suggested(session)) == 1  # five combinations, four of them measured
    with pytest.raises(OptwidgetsError, match="All 5 combinations are measured or pending"):
        session.suggest_next("EI")


def test_neighbours_change_levels_and_keep_the_rules():
    rule = LinearConstraint("equality", dict.fromkeys("abc", 1.0), 30.0, "sum")
    variables = tuple(Integer(name, 0, 40) for name in "abc")
    space = Space((*variables, Categorical("c2", ("x", "y")), Real("r", 0, 1)), (rule,))
    region = region_of(Encoding(space), {})
    assert isinstance(region, ConstrainedRegion)
    X = region.sample(4, np.random.default_rng(0))
    points, owners = region.neighbours(X)
    assert region.feasible.contains(points).all()
    changed = np.abs(points - X[owners]) > 1e-9
    assert (changed[:, :3].sum(axis=1) >= 2).any()  # numbers exchange
    assert changed[:, 3].any()
    assert type(region_of(Encoding(Space(variables)), {})) is Region


def test_what_a_search_leaves_of_an_unused_variable_is_nothing():
    parts = ("a", "b", "c")
    rule = CardinalityConstraint(parts, 1, "one")
    region = region_of(Encoding(Space(tuple(Real(name, 0, 2) for name in parts), (rule,))), {})
    assert region.values(np.array([[0.5, 2e-15, 1e-18]])) == [{"a": 1.0, "b": 0.0, "c": 0.0}]


def nearest_to(target):
    """Value and gradient of a hill over a point, for any number of points in a row."""

    def value_and_gradient(X):
        away = X - np.tile(target, X.shape[1] // len(target))
        return -(away**2).sum(axis=1), -2.0 * away

    return value_and_gradient


@pytest.mark.parametrize("start", [[0.5, 0.5], [0.25, 0.3], [0.2, 0.2]])
def test_a_climb_goes_along_the_smallest_amount(start):
    rule = CardinalityConstraint(("a", "b"), 2, at_least=2, smallest=0.2)
    region = region_of(Encoding(Space((Real("a", 0, 1), Real("b", 0, 1)), (rule,))), {})
    found, _ = region.maximise(nearest_to([-0.3, 0.9]), np.array([start]), 60)
    assert found == pytest.approx(np.array([[0.2, 0.9]]), abs=1e-6)
    assert region.feasible.contains(found).all()


def test_a_climb_keeps_each_side_of_zero_and_what_is_left_out():
    names = ("a", "b", "c", "d")
    rules = (
        CardinalityConstraint(names, 3, "some", 1, 0.1),
        LinearConstraint("equality", dict.fromkeys(names, 1.0), 0.5, "sum"),
    )
    region = region_of(Encoding(Space(tuple(Real(n, -1, 1) for n in names), rules)), {})
    # Two points in a row: -0.4, 0.5, 0.4, 0 and 0.3, 0, 0, 0.2.
    start = np.array([[0.3, 0.75, 0.7, 0.5, 0.65, 0.5, 0.5, 0.6]])
    found, _ = region.maximise(nearest_to([0.9, 0.5, 0.6, 0.5]), start, 60)
    points = found.reshape(2, 4)
    assert region.feasible.contains(points).all()
    values = 2.0 * points - 1.0
    assert values.sum(axis=1) == pytest.approx(0.5, abs=1e-9)
    assert values[0] == pytest.approx([-0.1, 0.2, 0.4, 0.0], abs=1e-5)
    assert values[1] == pytest.approx([0.4, 0.0, 0.0, 0.1], abs=1e-5)


@pytest.mark.parametrize(
    ("low", "start", "new"),
    [(-1, [0.9, 0.5, 0.5], 0.75), (0, [0.9, 0.0, 0.0], 0.5), (-9, [0.95, 0.9, 0.9], 0.45)],
)
def test_one_variable_more_comes_in_the_middle_of_its_longer_side(low, start, new):
    names = ("a", "b", "c")
    rule = CardinalityConstraint(names, 2, "some", 1, 0.2)
    region = region_of(Encoding(Space(tuple(Real(n, low, 1) for n in names), (rule,))), {})
    points, _ = region.neighbours(np.array([start]))
    with_two = [point for point in points.tolist() if point[0] == start[0]]
    rest = start[1]
    assert np.array(with_two) == pytest.approx(
        np.array([[start[0], new, rest], [start[0], rest, new]])
    )


def test_an_amount_that_is_the_zero_of_the_next_variable_is_not_handed_on():
    space = Space(
        (Real("a", 0, 1), Real("b", -1, 1)), (CardinalityConstraint(("a", "b"), 1, "one"),)
    )
    points, _ = region_of(Encoding(space), {}).neighbours(np.array([[0.5, 0.5]]))
    assert [0.0, 0.75] in points.tolist()
