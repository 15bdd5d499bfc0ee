"""So many variables at once, and with how much: kept in data, designs, suggestions and optimum."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.acquisition.region import region_of
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.space.constraints import CardinalityConstraint, LinearConstraint
from optwidgets.space.constraints.counting import counting
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet
from optwidgets.space.space import Space
from optwidgets.space.variable import Discrete, Integer, Real

NAMES = ("a", "b", "c", "d", "e")


@pytest.fixture
def session():
    session = OptimizationSession()
    for name in NAMES:
        session.add_variable(name, "real", min=0, max=1)
    session.add_input_constraint("equality", dict.fromkeys(NAMES, 1), rhs=1)
    return session


def used(point, names=NAMES):
    return sum(point[name] != 0 for name in names)


@pytest.mark.parametrize(
    ("variables", "at_most", "words"),
    [
        ("abc", 2, "must be a list"),
        (["a"], 1, "two variables or more"),
        (["a", "a"], 1, "each of them once"),
        (["a", "b"], 2, "at_most must be from 1 to 1, not 2"),
        (["a", "b"], 0, "at_most must be from 1"),
        (["a", "b"], 1.5, "must be a whole number"),
        (["a", "z"], 1, "I don't know z"),
        (["a", "l"], 1, "l cannot be 0"),
    ],
)
def test_what_is_not_possible_is_refused(session, variables, at_most, words):
    session.add_variable("l", "real", min=0.1, max=1)
    with pytest.raises(OptwidgetsError, match=words):
        session.add_cardinality_constraint(variables, at_most)


def test_it_is_journaled_renamed_saved_and_undone(session, tmp_path):
    session.add_cardinality_constraint(["a", "b", "c"], at_most=2, name="solvents")
    session.search_space.rename_variable("b", "B")
    assert session.get_input_constraints()[1]["formula"] == "at most 2 of a, B and c"
    kept = session.state.space
    session.save_session(tmp_path / "s.json")
    assert OptimizationSession.load_session(tmp_path / "s.json").state.space == kept
    session.remove_input_constraint("solvents")
    session.undo()
    assert session.state.space == kept
    assert kept.outside({"a": 0.2, "B": 0.3, "c": 0.5, "d": 0, "e": 0}) == ["a", "B", "c"]


@pytest.mark.parametrize("strategy", ["EI", "qLogEI", "TS"])
def test_designs_and_suggestions_keep_it(session, strategy):
    session.add_cardinality_constraint(NAMES, at_most=2)
    session.suggest_next(strategy, n_suggestions=8)
    for row in session.state.table.pending():
        point = dict(row.inputs)
        assert used(point) <= 2
        value = -((point["b"] - 0.6) ** 2) - (point["d"] - 0.4) ** 2
        session.add_experiment(point, output=value)
    for hold in ({}, {"a": 0.25}):
        session.suggest_next(strategy, n_suggestions=3, hold=hold)
        points = [dict(row.inputs) for row in session.state.table.pending()]
        assert len(points) == 3
        for point in points:
            assert used(point) <= 2
            assert abs(sum(point.values()) - 1) <= 1e-9
            assert session.state.space.outside(point) == []
        session.undo()


def test_the_best_pair_is_found(session):
    session.add_cardinality_constraint(NAMES, at_most=2)

    def result(point):
        return -((point["b"] - 0.6) ** 2) - (point["d"] - 0.4) ** 2

    session.suggest_next("EI", n_suggestions=10)
    for _ in range(8):
        for row in session.state.table.pending():
            session.add_experiment(dict(row.inputs), output=result(row.inputs))
        session.suggest_next("LogEI", n_suggestions=2)
    best = max(session.state.table.done(), key=lambda row: row.outputs["Output"])
    assert best.outputs["Output"] > -0.01
    assert {name for name in NAMES if best.inputs[name]} == {"b", "d"}


def test_a_hold_counts_and_too_many_leave_nothing(session):
    session.add_cardinality_constraint(NAMES, at_most=2)
    with pytest.raises(InfeasibleRegionError, match="With a, b and c held"):
        session.suggest_next("EI", hold={"a": 0.2, "b": 0.3, "c": 0.1})


def test_rules_that_leave_no_set_of_variables_are_told():
    rules = (
        LinearConstraint("equality", {"a": 1, "b": 1, "c": 1}, 2.5, "sum"),
        CardinalityConstraint(("a", "b", "c"), 2, "two"),
    )
    space = Space(tuple(Real(name, 0, 1) for name in "abc"), rules)
    with pytest.raises(InfeasibleRegionError, match="at most 2 of a, b and c"):
        FeasibleSet(Encoding(space), {}).some(
            np.random.default_rng(0).random((16, 3)), np.random.default_rng(0)
        )


@settings(max_examples=30)
@given(st.integers(0, 10_000))
def test_random_spaces_of_reals_and_whole_numbers(seed):
    rng = np.random.default_rng(seed)
    variables, inside = [], {}
    for i in range(int(rng.integers(3, 7))):
        name = f"x{i}"
        if rng.random() < 0.6:
            variables.append(Real(name, float(-rng.random()) * (rng.random() < 0.5), 1.0))
        else:
            variables.append(Integer(name, 0, int(rng.integers(1, 9))))
        inside[name] = 0.0
    names = tuple(inside)
    at_most = int(rng.integers(1, len(names)))
    for name in rng.permutation(names)[:at_most]:
        inside[str(name)] = float(next(v for v in variables if v.name == name).bounds[1])
    total = sum(inside.values())
    rules = (
        CardinalityConstraint(names, at_most, "few"),
        LinearConstraint("inequality", dict.fromkeys(names, -1.0), -total + 0.1, "enough"),
    )
    space = Space(tuple(variables), rules)
    feasible = FeasibleSet(Encoding(space), {})
    U = feasible.some(rng.random((32, len(names))), rng)
    points = feasible.encoding.decode(U)
    assert all(sum(abs(point[name]) > 1e-12 for name in names) <= at_most for point in points)
    assert all(sum(point.values()) >= total - 0.1 - 1e-8 for point in points)
    assert not any(space.outside(point) for point in points)


def amounts(point, names=NAMES):
    return [abs(point[name]) for name in names if point[name] != 0]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({}, "Say how many of the variables are used"),
        ({"at_least": 6}, "at_least must be from 0 to 5, not 6"),
        ({"at_least": 3, "at_most": 2}, "at_most must be from 3 to 5, not 2"),
        ({"exactly": 2, "at_most": 3}, "Say exactly, or at_most and at_least, not both"),
        ({"exactly": 0}, "exactly must be from 1 to 5, not 0"),
        ({"at_most": 2, "smallest": -0.1}, "smallest must be 0 or more, not -0.1"),
        ({"at_most": 2, "smallest": 1.5}, "a, b, c, d and e cannot be as far from 0"),
        ({"at_most": 2, "smallest": "much"}, "smallest"),
    ],
)
def test_numbers_that_are_not_possible_are_refused(session, options, words):
    with pytest.raises(OptwidgetsError, match=words):
        session.add_cardinality_constraint(NAMES, **options)


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"exactly": 2}, "exactly 2 of a, b and c, each 0 or at least 0.001"),
        ({"at_least": 1}, "at least 1 of a, b and c, each 0 or at least 0.001"),
        (
            {"at_least": 1, "at_most": 2, "smallest": 0.1},
            "1 to 2 of a, b and c, each 0 or at least 0.1",
        ),
        ({"smallest": 0.1}, "each of a, b and c is 0 or at least 0.1"),
        ({"at_most": 2}, "at most 2 of a, b and c"),
    ],
)
def test_it_is_told_in_words_and_read_again(session, options, words, tmp_path):
    session.add_cardinality_constraint(["a", "b", "c"], **options)
    assert session.get_input_constraints()[1]["formula"] == words
    session.save_session(tmp_path / "s.json")
    assert OptimizationSession.load_session(tmp_path / "s.json").state.space == session.state.space


def test_it_is_typed_as_a_formula(session):
    for text in ("count(a, b, c) >= 2", "count( d , e ) = 1"):
        session.add_nonlinear_constraint(text)
    found = [rule["formula"] for rule in session.get_input_constraints()[1:]]
    assert found == [
        "at least 2 of a, b and c, each 0 or at least 0.001",
        "exactly 1 of d and e, each 0 or at least 0.001",
    ]
    with pytest.raises(OptwidgetsError, match="I don't know z"):
        session.add_nonlinear_constraint("count(a, z) <= 1")


def test_what_lacks_of_the_smallest_amount_is_outside(session):
    session.add_cardinality_constraint(["a", "b", "c"], at_least=1, smallest=0.1)
    space = session.state.space
    point = {"a": 0.1, "b": 0.0, "c": 0.0, "d": 0.9, "e": 0.0}
    assert space.outside(point) == []
    assert space.outside({**point, "a": 0.05, "d": 0.95}) == ["a", "b", "c"]
    assert space.outside({**point, "a": 0.0, "d": 1.0}) == ["a", "b", "c"]


@pytest.mark.parametrize("strategy", ["EI", "qLogEI", "TS", "qNIPV"])
def test_exactly_so_many_are_used_with_enough_of_each(session, strategy):
    session.add_cardinality_constraint(NAMES, exactly=3, smallest=0.15)

    def check(point):
        assert len(amounts(point)) == 3
        assert min(amounts(point)) >= 0.15 - 1e-9
        assert abs(sum(point[name] for name in NAMES) - 1) <= 1e-9

    designs = [session.generate_initial_design(method, 6) for method in ("sobol", "lhs", "random")]
    for point in [point for design in designs for point in design]:
        check(point)
    session.suggest_next(strategy, n_suggestions=8)  # the space evenly
    for row in session.state.table.pending():
        check(row.inputs)
        # Best where the amounts of b, c and d would be less than the smallest.
        value = 2 * row.inputs["a"] - (row.inputs["b"] - 0.05) ** 2 - row.inputs["e"]
        session.add_experiment(dict(row.inputs), output=value)
    options = {"mc_samples": 16} if strategy == "qLogEI" else {}
    session.suggest_next(strategy, n_suggestions=3, **options)
    session.suggest_next(strategy, n_suggestions=1, hold={"b": 0.2}, **options)
    for row in session.state.table.pending():
        check(row.inputs)
    best = session.find_optimum()
    check(best["x_opt"].iloc[0].to_dict() if hasattr(best["x_opt"], "iloc") else best["x_opt"])
    assert session.state.table.pending()[-1].inputs["b"] == 0.2


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_random_rules_of_number_are_kept(seed):
    rng = np.random.default_rng(seed)
    names = tuple(f"x{i}" for i in range(int(rng.integers(3, 6))))
    variables: list[Real | Integer] = []
    for name in names:
        if rng.random() < 0.7:
            low = -1.0 if rng.random() < 0.3 else 0.0
            variables.append(Real(name, low, 1.0))
        else:
            variables.append(Integer(name, 0, int(rng.integers(1, 6))))
    fewest = int(rng.integers(0, len(names)))
    most = int(rng.integers(max(1, fewest), len(names) + 1))
    rule = CardinalityConstraint(names, most, "number", fewest, float(rng.uniform(0.01, 0.3)))
    rules: list[CardinalityConstraint | LinearConstraint] = [rule]
    if rng.random() < 0.5:
        # Enough for some of the variables, at their smallest amounts.
        least = [1.0 if v.kind == "integer" else rule.smallest for v in variables]
        budget = 0.2 + sum(sorted(least)[: max(fewest, 1)])
        rules.append(LinearConstraint("inequality", dict.fromkeys(names, 1.0), budget, "budget"))
    space = Space(tuple(variables), tuple(rules))
    feasible = FeasibleSet(Encoding(space), {})
    points = feasible.encoding.decode(feasible.some(rng.random((24, len(names))), rng))
    assert points
    for point in points:
        found = amounts(point, names)
        assert fewest <= len(found) <= most
        assert all(amount >= rule.smallest * (1 - 1e-6) for amount in found)
        assert space.outside(point) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("count(a, b, c) = 9", "of 3 variables with a whole number from 1 to 3, not with 9"),
        ("count(a, b, c) <= 3", "from 1 to 2, not with 3"),
        ("count(a, b, c) < 1", "from 2 to 3, not with 1"),
        ("count(a, b, c) ≥ 0", "from 1 to 3, not with 0"),
        ("count(a, b, c) > 3", "from 0 to 2, not with 3"),
        ("count(a, b) <= 1.5", "from 1 to 1, not with 1.5"),
        ("count(a, b) <= " + "1" * 1900, "not with 111"),
        ("count(a,,c) <= 1", "as in count"),
        ("count(a, 2 * b) <= 1", "as in count"),
        ("count(a, b) + c <= 1", "as in count"),
        ("count() <= 1", "as in count"),
        ("count(a) <= 1", "Name two variables"),
        ("count(a, a) <= 1", "Name two variables"),
    ],
)
def test_a_count_that_cannot_be_is_told_in_the_formulas_words(text, words):
    with pytest.raises(OptwidgetsError, match=words):
        counting(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("count(`a (g)`, `b, c`) <= 1", "at most 1 of a (g) and b, c"),
        ("count(a, b, c) < 2.0", "at most 1 of a, b and c"),
        ("count(a, b, c) > 1", "at least 2 of a, b and c"),
        ("2 >= count(a, b, c)", "at most 2 of a, b and c"),
        ("1 < count(a, b, c)", "at least 2 of a, b and c"),
    ],
)
def test_a_count_may_be_written_in_several_ways(text, words):
    assert counting(text).describe() == words


def test_a_variable_may_be_called_count():
    assert counting("count * `my count (g)` <= 3") is None


def climbed(rule, goal, starts, bounds=(0, 1)):
    """Where a climb of the nearness to `goal` ends within a rule, in unit coordinates."""
    space = Space(tuple(Real(name, *bounds) for name in NAMES[: len(goal)]), (rule,))

    def nearness(X):
        return -((X - goal) ** 2).sum(axis=1), -2 * (X - goal)

    return region_of(Encoding(space), {}).maximise(nearness, np.array(starts), 60)[0]


def test_at_the_smallest_amount_of_one_the_others_go_on():
    rule = CardinalityConstraint(("a", "b"), 2, at_least=2, smallest=0.2)
    found = climbed(rule, np.array([-0.3, 0.9]), [[0.5, 0.5], [0.25, 0.3]])
    assert found == pytest.approx(np.array([[0.2, 0.9]] * 2))


def test_what_is_used_stays_on_its_side_of_zero():
    rule = CardinalityConstraint(("a", "b", "c"), 2, at_least=1, smallest=0.2)
    found = climbed(rule, np.array([0.3, 0.5, 0.5]), [[0.9, 0.5, 0.5], [0.1, 0.5, 0.5]], (-1, 1))
    assert found == pytest.approx(np.array([[0.6, 0.5, 0.5], [0.3, 0.5, 0.5]]))


def test_one_more_is_used_also_where_zero_lies_within():
    rule = CardinalityConstraint(("a", "b", "c"), 2, at_least=1, smallest=0.2)
    space = Space(tuple(Real(name, -1, 1) for name in "abc"), (rule,))
    found, _ = region_of(Encoding(space), {}).neighbours(np.array([[0.9, 0.5, 0.5]]))
    assert sorted((found != 0.5).sum(axis=1).tolist()) == [1, 1, 2, 2]


@pytest.mark.parametrize(("count", "used"), [(10, 10), (10, 5), (6, 6)])
def test_levels_too_near_to_zero_are_passed_over(count, used):
    names = "abcdefghij"[:count]
    levels = tuple(Discrete(name, [0, 1, 2, 20]) for name in names)
    rule = CardinalityConstraint(tuple(names), used, at_least=used, smallest=2.5)
    region = region_of(Encoding(Space((*levels, Real("z", 0, 1)), (rule,))), {})
    points = region.sample(128, np.random.default_rng(0))
    assert len(points) == 128
    assert region.allows(points).all()
    assert set(np.unique(points[:, :count])) == {0.0, 1.0} if used < count else {1.0}


@pytest.mark.parametrize("bounds", [(0.0, 1e-12), (-1e9 / 3, 1e9 / 7), (-0.3, 0.7)])
def test_what_counts_as_nothing_is_a_share_of_the_range(bounds):
    session = OptimizationSession()
    for name in "abc":
        session.add_variable(name, "real", bounds=bounds)
    session.add_cardinality_constraint(["a", "b", "c"], exactly=2)
    space, enough = session.state.space, 1e-6 * bounds[1]
    for point in session.generate_initial_design("sobol", 6):
        assert space.outside(point) == []
        assert sum(abs(amount) > enough for amount in point.values()) == 2
    some = 0.5 * bounds[1]
    assert space.outside({"a": some, "b": some, "c": 1e-7 * enough}) == []
    assert space.outside({"a": some, "b": some, "c": some}) == ["a", "b", "c"]
    assert space.outside({"a": some, "b": 0.0, "c": 0.0}) == ["a", "b", "c"]
