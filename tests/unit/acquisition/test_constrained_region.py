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
