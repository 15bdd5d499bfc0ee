from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.acquisition.region import Region, region_of
from optwidgets.acquisition.suggest import suggest
from optwidgets.acquisition.trust_region import (
    Trial,
    side_after,
    trials_of,
    wanted,
    within_trust,
)
from optwidgets.data.table import Objective, Row, SuggestionInfo, Table
from optwidgets.designs import design
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real
from support.engine import space_of, table_of

CUBE = space_of(4)


def bowl(**x):
    return -sum((value - 0.3) ** 2 for value in x.values())


@pytest.fixture(scope="module")
def campaign():
    table = table_of(design(CUBE, "lhs", 16, seed=3), bowl)
    return table, fit_model(training_data(CUBE, table, "Output"), ModelConfig())


def worse(n, first=0):
    return [Trial(-1.0, first + i) for i in range(n)]


def test_it_shrinks_grows_and_starts_over():
    start = [Trial(0.0), Trial(1.0)]
    assert side_after([], 6) == 0.8
    assert side_after(start + worse(5), 6) == 0.8
    assert side_after(start + worse(6), 6) == 0.4
    assert side_after(start + worse(5) + [Trial(9.0, 50)] + worse(5, 60), 6) == 0.8
    assert side_after(start + [Trial(2.0 + i, i) for i in range(9)], 6) == 1.6
    # 0.8 halves seven times before it is below 0.5^7; then it starts over.
    assert side_after(start + worse(6 * 6), 6) == pytest.approx(0.8 / 64)
    assert side_after(start + worse(6 * 7), 6) == 0.8


def test_points_of_one_round_are_one_success_and_tiny_gains_are_none():
    start = [Trial(0.0), Trial(1.0)]
    batches = [Trial(2.0 + round_ + 0.1 * i, round_) for round_ in range(2) for i in range(4)]
    assert side_after(start + batches, 2) == 0.8
    assert side_after(start + [Trial(1.0 + 1e-9 * (i + 1), i) for i in range(4)], 4) == 0.4


def test_what_people_add_or_what_fails_counts_as_it_should():
    start = [Trial(0.0), Trial(1.0)]
    by_hand = [Trial(-5.0) for _ in range(50)]
    assert side_after(start + by_hand, 4) == 0.8
    assert side_after(start + [Trial(None, i) for i in range(4)], 4) == 0.4
    # A good result by hand raises the bar.
    assert side_after(start + [Trial(10.0)] + [Trial(5.0, i) for i in range(4)], 4) == 0.4


@given(
    st.lists(st.tuples(st.none() | st.floats(-1e300, 1e300), st.none() | st.integers(0, 5))),
    st.integers(1, 20),
)
def test_the_side_is_always_possible(trials, dimension):
    side = side_after([Trial(*trial) for trial in trials], dimension)
    assert 0.5**7 <= side <= 1.6


def test_trials_come_from_the_rows():
    rows = [
        Row(1, {"x0": 0.1}, {"Output": 1.0}, state="done"),
        Row(2, {"x0": 0.2}, {"Output": 3.0}, state="done", suggestion=SuggestionInfo("EI"), iteration=4),
        Row(3, {"x0": 0.3}, {"Output": 2.0}, state="done", suggestion=SuggestionInfo("lhs")),
        Row(4, {"x0": 0.4}, state="failed", suggestion=SuggestionInfo("EI"), iteration=5),
        Row(5, {"x0": 0.5}, state="running", suggestion=SuggestionInfo("EI")),
        Row(6, {"x0": 0.6}, {"Output": 7.0}, state="done", suggestion=SuggestionInfo("EI")),
    ]  # fmt: skip
    found = trials_of(Table().with_rows(rows), Objective("Output", "minimize"), {6: False})
    assert found == [
        Trial(-1.0), Trial(-3.0, 4), Trial(-2.0), Trial(None, 5), Trial(None, "row 6")
    ]  # fmt: skip


def test_the_box_lies_round_the_centre_in_proportion_to_the_lengthscales(campaign):
    _, model = campaign
    centre = np.full(4, 0.5)
    region = within_trust(Region(Encoding(CUBE), {}), model, 0.1, centre)
    low, high = region.box
    width = high - low
    assert (low < 0.5).all()
    assert (high > 0.5).all()
    assert np.exp(np.log(width).mean()) == pytest.approx(0.1, rel=1e-6)
    X = region.sample(200, np.random.default_rng(0))
    assert ((low - 1e-12 <= X) & (high + 1e-12 >= X)).all()
    X = region.around(centre[None], 120, np.random.default_rng(0))
    assert ((low - 1e-12 <= X) & (high + 1e-12 >= X)).all()
    far = np.full(4, 2.0)
    found, _ = region.maximise(
        lambda x: (-((x - far) ** 2).sum(axis=1), -2 * (x - far)),
        region.sample(3, np.random.default_rng(1)),
        60,
    )
    assert found == pytest.approx(np.tile(high, (3, 1)))


def test_levels_and_held_values_keep_their_rules():
    space = Space(
        (Real("x", 0, 1), Integer("n", 0, 100), Integer("k", 1, 4), Categorical("c", ("A", "B")))
    )
    region = Region(Encoding(space), {}).within(
        np.array([0.4, 0.301, 0, 0]), np.array([0.5, 0.349, 1, 1])
    )
    X = region.sample(300, np.random.default_rng(0))
    assert set(np.rint(100 * X[:, 1])) == {31, 32, 33, 34}
    assert len(set(X[:, 2])) == 4
    assert len(set(X[:, 3])) == 2
    assert ((X[:, 0] >= 0.4) & (X[:, 0] <= 0.5)).all()
    neighbours, _ = region.neighbours(X[:2])
    assert set(np.rint(100 * neighbours[:, 1])) <= {31, 32, 33, 34}
    narrow = Region(Encoding(space), {}).within(
        np.array([0.4, 0.3001, 0, 0]), np.array([0.5, 0.3002, 1, 1])
    )
    assert set(np.rint(100 * narrow.sample(20, np.random.default_rng(0))[:, 1])) == {30}


def test_constraints_hold_in_the_box():
    mixture = LinearConstraint("equality", {"x0": 1, "x1": 1, "x2": 1}, 1, "mixture")
    space = Space(tuple(Real(f"x{i}", 0, 1) for i in range(3)), (mixture,))
    low, high = np.array([0.2, 0.2, 0.2]), np.array([0.5, 0.5, 0.5])
    region = region_of(Encoding(space), {}).within(low, high)
    start = np.array([[0.3, 0.3, 0.4]])
    found, _ = region.maximise(lambda x: (x[:, 0], np.eye(3)[[0] * len(x)]), start, 60)
    assert found.sum() == pytest.approx(1, abs=1e-9)
    assert found[0, 0] == pytest.approx(0.5, abs=1e-6)
    assert (found >= low - 1e-9).all()


@pytest.mark.parametrize("strategy", ["EI", "qLogEI", "TS"])
def test_suggestions_lie_near_the_best_where_it_is_asked_for(campaign, strategy):
    table, model = campaign
    rows = [*table]
    rows += [
        Row(100 + i, {f"x{j}": 0.9 for j in range(4)}, state="failed", suggestion=SuggestionInfo("EI"), iteration=i)
        for i in range(12)
    ]  # fmt: skip
    table = Table().with_rows(rows)
    best = max(table.done(), key=lambda row: row.outputs["Output"])
    options = {"trust_region": True}
    found = suggest(model, CUBE, table, strategy=strategy, n=2, seed=1, options=options)
    for proposal in found:
        gap = max(abs(proposal.inputs[name] - best.inputs[name]) for name in CUBE.names)
        assert gap < 0.2
    again = suggest(model, CUBE, table, strategy=strategy, n=2, seed=1, options=options)
    assert [p.inputs for p in again] == [p.inputs for p in found]


@pytest.mark.parametrize("choice", [1, "on", None, 0.5])
def test_what_the_switch_can_be(choice):
    with pytest.raises(OptwidgetsError, match="trust_region must be True, False or 'auto', not"):
        wanted(choice, 3, 10)


def test_a_suggestion_in_a_trust_region_is_replayed_bit_equal(tmp_path):
    session = OptimizationSession.open(tmp_path / "trust.db")
    for name in "ab":
        session.add_variable(name, "real", bounds=(0, 1))
    for point in session.generate_initial_design("lhs", n_points=6):
        session.add_experiment(point, output=bowl(**point))
    for _ in range(5):
        frame = session.suggest_next("EI", trust_region=True)
        point = {name: float(frame[name].iloc[0]) for name in "ab"}
        session.add_experiment(point, output=bowl(**point))
    session.close()
    again = OptimizationSession.open(tmp_path / "trust.db")
    assert again.replay()["difference"].tolist() == [0.0] * 5
    again.close()
