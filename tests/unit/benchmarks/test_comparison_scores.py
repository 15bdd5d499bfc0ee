import pytest
from hypothesis import given
from hypothesis import strategies as st

from comparison.scores import (
    FLOOR,
    area,
    hypervolume,
    mean_ranks,
    ranks,
    regret_curve,
    sign_test,
    wins,
)

COSTS = st.lists(st.tuples(st.floats(0, 4), st.floats(0, 4)), max_size=12)


def test_regret_falls_to_the_best_allowed_cost_only():
    curve = regret_curve([[5.0], [1.0], [3.0]], [True, False, True], 1.0)
    assert curve == [4.0, 4.0, 2.0]


def test_until_something_is_allowed_the_worst_cost_seen_counts():
    curve = regret_curve([[2.0], [5.0], [3.0]], [False, False, True], 1.0)
    assert curve == [1.0, 4.0, 2.0]


def test_regret_has_a_floor():
    assert regret_curve([[1.0]], [True], 1.0) == [FLOOR]


def test_regret_of_several_costs_is_the_missing_share_of_the_volume():
    curve = regret_curve([[1.0, 2.0], [2.0, 1.0]], [True, True], 4.0, (3.0, 3.0))
    assert curve == pytest.approx([0.5, 0.25])


@given(COSTS)
def test_hypervolume_is_what_counting_cells_finds(costs):
    # On a grid of integers the dominated area is a number of cells.
    whole = [(int(a), int(b)) for a, b in costs]
    cells = {(i, j) for i in range(4) for j in range(4) if any(a <= i and b <= j for a, b in whole)}
    assert hypervolume(whole, (4, 4)) == len(cells)


@given(COSTS, st.tuples(st.floats(0, 4), st.floats(0, 4)))
def test_another_point_never_takes_volume_away(costs, more):
    assert hypervolume([*costs, more], (4, 4)) >= hypervolume(costs, (4, 4)) - 1e-9


def test_area_leaves_out_the_start():
    assert area([1e9, 1e9, 10.0, 0.1], start=2) == pytest.approx(0.0)


@given(st.dictionaries(st.sampled_from("abcdef"), st.sampled_from([0.1, 0.2, 0.3]), min_size=1))
def test_ranks_add_up_whatever_is_equal(scores):
    n = len(scores)
    assert sum(ranks(scores).values()) == pytest.approx(n * (n + 1) / 2)


def test_a_problem_counts_once_however_many_seeds_it_has():
    areas = {("p", seed): {"a": 0.0, "b": 1.0} for seed in range(9)}
    areas["q", 0] = {"a": 1.0, "b": 0.0}
    assert mean_ranks(areas) == {"a": 1.5, "b": 1.5}


def test_only_runs_of_both_are_paired():
    areas = {("p", 1): {"a": 0.0, "b": 1.0}, ("p", 2): {"a": 0.0}, ("p", 3): {"b": 0.0}}
    assert wins(areas, "a", "b") == (1.0, 1)


def test_sign_test():
    assert sign_test(5, 10) == 1.0
    assert sign_test(0, 10) == pytest.approx(2 / 1024)
    assert sign_test(10, 10) == sign_test(0, 10)
    assert sign_test(0, 0) == 1.0
