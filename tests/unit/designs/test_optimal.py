from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.designs.criteria import CRITERIA, Criterion
from optwidgets.designs.exchange import ALGORITHMS, Choice, best_of_starts, find_algorithm
from optwidgets.designs.optimal import OptimalQuestion, optimal_design, optimal_design_info
from optwidgets.errors import InfeasibleRegionError, OptwidgetsError
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real


def reals(d):
    return Encoding(Space(tuple(Real(f"x{i}", -1, 1) for i in range(d))))


@given(seed=st.integers(0, 10_000), name=st.sampled_from(sorted(CRITERIA)))
@settings(max_examples=60, deadline=None)
def test_gains_are_differences_of_the_score(seed, name):
    rng = np.random.default_rng(seed)
    F = rng.normal(size=(9, 3))
    R = rng.normal(size=(6, 3))
    criterion = Criterion.of(name, F)
    M = R.T @ R
    D, before = np.linalg.inv(M), criterion.score(M)
    added = criterion.added(D, F)
    removed = criterion.removed(D, R)
    exchanged = criterion.exchanged(D, R, F)
    i, j = int(rng.integers(6)), int(rng.integers(9))
    plus, minus = np.outer(F[j], F[j]), np.outer(R[i], R[i])
    assert added[j] == pytest.approx(criterion.score(M + plus) - before, abs=1e-6)
    assert removed[i] == pytest.approx(criterion.score(M - minus) - before, abs=1e-5)
    assert exchanged[i, j] == pytest.approx(criterion.score(M + plus - minus) - before, abs=1e-5)


def test_a_run_that_cannot_be_spared_is_never_removed():
    R = np.eye(3)
    criterion = Criterion(None)
    assert np.all(criterion.removed(np.eye(3), R) == -np.inf)


@pytest.mark.parametrize("criterion", CRITERIA)
@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_every_algorithm_finds_the_best_of_all_designs_of_a_small_problem(algorithm, criterion):
    # 3 x 3 candidates, 5 runs, first-order model with interaction: 1,287 designs, all tried.
    grid = np.array(list(itertools.product((-1.0, 0.0, 1.0), repeat=2)))
    F = np.column_stack([np.ones(9), grid, grid.prod(axis=1)])
    choice = Choice(F, np.zeros((4, 4)), 5, Criterion.of(criterion, F))
    best = max(
        choice.score(list(runs)) for runs in itertools.combinations_with_replacement(range(9), 5)
    )
    runs = best_of_starts(choice, find_algorithm(algorithm), 10, np.random.default_rng(0))
    # Adding one by one never takes a run back, so it may miss the best by a little.
    assert choice.score(runs) >= best - (0.2 if algorithm == "sequential" else 1e-9)


@pytest.mark.parametrize("algorithm", ALGORITHMS)
def test_two_levels_are_found_to_be_best_for_a_first_order_model(algorithm):
    X, info = optimal_design(
        reals(3), OptimalQuestion(model_type="interaction", n_points=8, algorithm=algorithm), seed=0
    )
    assert sorted(map(tuple, X)) == sorted(itertools.product((0.0, 1.0), repeat=3))
    assert info["D_eff"] == info["A_eff"] == info["G_eff"] == 100.0


def test_the_known_best_quadratic_design_in_two_factors():
    # 3 x 3 factorial: best for 9 runs on the square (G. E. P. Box, N. R. Draper 1971: |M| =
    # 5184 / 9^6, that is 46.2 %).
    X, info = optimal_design(
        reals(2), OptimalQuestion(model_type="quadratic", n_points=9, n_levels=3), seed=0
    )
    assert sorted(map(tuple, X)) == sorted(itertools.product((0.0, 0.5, 1.0), repeat=2))
    assert info["D_eff"] == pytest.approx(100 * (5184 / 9**6) ** (1 / 6))
    assert info["score"] == pytest.approx(info["D_eff"] / 100)


def test_criteria_prefer_their_own_designs():
    found = {}
    for name in CRITERIA:
        question = OptimalQuestion(model_type="quadratic", n_points=10, criterion=name)
        found[name] = optimal_design(reals(2), question, seed=1)[1]
    assert found["D"]["D_eff"] > found["I"]["D_eff"]
    assert found["I"]["I_var"] < found["D"]["I_var"]
    assert found["A"]["A_eff"] >= max(found["D"]["A_eff"], found["I"]["A_eff"])


def test_existing_runs_count_and_only_what_they_lack_is_added():
    encoding = reals(2)
    corners = [{"x0": -1.0, "x1": -1.0}, {"x0": 1.0, "x1": -1.0}, {"x0": -1.0, "x1": 1.0}]
    question = OptimalQuestion(effects=["x0", "x1", "x0*x1"], n_points=1)
    X, info = optimal_design(encoding, question, seed=0, existing=[*corners, {"x0": 1.0}])
    assert encoding.decode(X) == [{"x0": 1.0, "x1": 1.0}]
    assert (info["n_existing"], info["n_runs"], info["D_eff"]) == (3, 1, 100.0)
    with pytest.raises(OptwidgetsError, match=r"too few\. Ask for at least 4, better 8"):
        optimal_design(encoding, question, seed=0)


def constrained(d, *rules):
    return Encoding(Space(tuple(Real(f"x{i}", 0, 1) for i in range(d)), rules))


def test_the_corners_of_what_is_allowed_are_runs_though_no_level_lies_there():
    # x0 + x1 <= 1.3 cuts a corner off; its ends (0.3, 1) and (1, 0.3) are on no level.
    encoding = constrained(2, LinearConstraint("inequality", {"x0": 1, "x1": 1}, 1.3, "cut"))
    X, _ = optimal_design(encoding, OptimalQuestion(model_type="linear", n_points=5), seed=0)
    assert X.sum(axis=1).max() <= 1.3 + 1e-9
    assert any(np.abs(X - [1.0, 0.3]).max(axis=1) < 0.1)
    assert any(np.abs(X - [0.3, 1.0]).max(axis=1) < 0.1)


def test_runs_of_a_mixture_sum_to_one():
    rule = LinearConstraint("equality", {"x0": 1, "x1": 1, "x2": 1}, 1, "mixture")
    encoding = constrained(4, rule)
    question = OptimalQuestion(["x0", "x1", "x3", "x0*x1"], n_points=12, n_levels=4)
    X, info = optimal_design(encoding, question, seed=0)
    assert np.abs(X[:, :3].sum(axis=1) - 1).max() < 1e-9
    assert {0.0, 1.0} <= set(X[:, 0].round(9))
    assert info["D_eff"] > 0
    with pytest.raises(OptwidgetsError, match=r"'x2' cannot be told .* levels and constraints"):
        optimal_design(encoding, OptimalQuestion(model_type="linear"), seed=0)


def test_constraints_that_leave_nothing():
    rules = (
        LinearConstraint("inequality", {"x0": 1, "x1": 1}, 0.2, "low"),
        LinearConstraint("inequality", {"x0": -1, "x1": -1}, -1.5, "high"),
    )
    with pytest.raises(InfeasibleRegionError):
        optimal_design(constrained(2, *rules), OptimalQuestion(model_type="linear"))


def test_every_kind_of_variable_and_the_seed():
    space = Space((
        Real("T", 20, 100), Real("k", 1e-4, 1, log=True), Integer("n", 1, 4),
        Discrete("d", (1, 10, 100)), Categorical("c", ("A", "B", "C")),
    ))  # fmt: skip
    encoding = Encoding(space)
    question = OptimalQuestion(model_type="quadratic", n_levels=3, p_multiplier=1.2)
    X, info = optimal_design(encoding, question, seed=3)
    assert np.array_equal(X, optimal_design(encoding, question, seed=3)[0])
    assert len(X) == info["n_runs"] == int(np.ceil(1.2 * info["p_columns"]))
    assert info["D_eff"] > 20
    for point in encoding.decode(X):
        assert not space.outside(point)


def test_more_combinations_than_can_be_listed_are_sampled_and_polished():
    question = OptimalQuestion(model_type="linear", n_points=12)
    _, info = optimal_design(reals(11), question, seed=0)
    # 5^11 combinations; the best there is is Plackett and Burman's, 100 %.
    assert info["n_candidates"] <= 20_000
    assert info["D_eff"] > 85


def test_variables_in_no_effect_are_spread():
    X, _ = optimal_design(reals(3), OptimalQuestion(["x0"], n_points=10), seed=0)
    assert sorted(np.unique(X[:, 2], return_counts=True)[1].tolist()) == [2, 2, 2, 2, 2]


def test_how_many_runs_a_model_needs():
    info = optimal_design_info(reals(3), model_type="quadratic")
    assert (info["p_columns"], info["n_points_minimum"], info["n_points_recommended"]) == (
        10,
        10,
        20,
    )
    done = [{"x0": a, "x1": b, "x2": 0.0} for a in (-1, 1) for b in (-1, 1)]
    info = optimal_design_info(reals(3), effects=["x0", "x1", "x2"], existing=done)
    assert (info["p_columns"], info["n_points_minimum"], info["n_points_recommended"]) == (4, 1, 4)


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"n_points": 5, "p_multiplier": 2.0}, "either n_points or p_multiplier"),
        ({"n_points": 2}, "2 runs are too few"),
        ({"n_points": 10**6}, "at most 2,000 runs"),
        ({"n_points": float("nan")}, "n_points must be a whole number"),
        ({"n_points": "a"}, "n_points must be a whole number"),
        ({"n_points": 0}, "n_points must be a whole number"),
        ({"n_points": 4.5}, "n_points must be a whole number"),
        ({"criterion": "Z"}, "Criterion 'Z' is not known"),
        ({"algorithm": "magic"}, "Algorithm 'magic' is not known"),
        ({"model_type": "quadratic", "n_levels": 2}, "'x0\\^2' cannot be told"),
    ],
)
def test_what_cannot_be_met_is_a_sentence(asked, words):
    with pytest.raises(OptwidgetsError, match=words):
        optimal_design(reals(2), OptimalQuestion(**({"model_type": "linear"} | asked)))
