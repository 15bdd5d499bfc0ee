from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.acquisition import strategies_of
from optwidgets.acquisition.aims import Signed
from optwidgets.acquisition.suggest import suggest
from optwidgets.designs import design
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real
from support.engine import space_of, table_of

MIXED = Space((
    Real("T", 60, 140), Real("k", 1e-3, 1, log=True), Integer("n", 1, 30),
    Discrete("d", (1, 2, 5)), Categorical("c", ("A", "B")),
))  # fmt: skip


def mixed(T, k, n, d, c):
    return -(((T - 110) / 40) ** 2) - (math.log10(k) + 2) ** 2 + (c == "B") - abs(n - 9) / 9 - d / 9


def fitted(space, table, **config):
    return fit_model(training_data(space, table, "Output"), ModelConfig(**config))


def proposals(space, table, model=None, **options):
    chosen = fitted(space, table) if model is None else model
    return suggest(chosen, space, table, **options)


@pytest.fixture(scope="module")
def campaign():
    table = table_of(design(MIXED, "lhs", 20, seed=1), mixed, design(MIXED, "lhs", 3, seed=2))
    return table, fitted(MIXED, table)


@pytest.mark.parametrize("n", [1, 4])
@pytest.mark.parametrize("strategy", strategies_of("botorch"))
def test_points_are_real_different_and_not_pending(campaign, strategy, n):
    table, model = campaign
    found = suggest(model, MIXED, table, strategy=strategy, n=n, seed=5)
    assert len(found) == n
    X = Encoding(MIXED).encode([p.inputs for p in found])
    for proposal in found:
        assert not MIXED.outside(proposal.inputs)
        assert [type(v) for v in proposal.inputs.values()] == [float, float, int, float, str]
        assert math.isfinite(proposal.acquisition)
        assert math.isfinite(proposal.mean)
        assert proposal.sd > 0
        assert proposal.nearest_row in range(1, 21)
    pending = Encoding(MIXED).encode([row.inputs for row in table.pending()])
    others = np.vstack([X, pending])
    for i, x in enumerate(X):
        assert np.abs(np.delete(others, i, axis=0) - x).max(axis=1).min() >= 9.9e-4
    mean, sd = model.predict(X, observation_noise=True)
    assert [p.mean for p in found] == pytest.approx(mean, abs=1e-9)
    assert [p.sd for p in found] == pytest.approx(sd, abs=1e-9)


@pytest.mark.parametrize("strategy", strategies_of("botorch"))
def test_the_seed_decides(campaign, strategy):
    table, model = campaign
    first, same = (suggest(model, MIXED, table, strategy=strategy, n=2, seed=7) for _ in range(2))
    assert first == same


@pytest.mark.parametrize("goal", ["maximize", "Minimise"])
@pytest.mark.parametrize("strategy", [s for s in strategies_of("botorch") if s != "qNIPV"])
def test_each_strategy_finds_the_right_end(strategy, goal):
    space = space_of(2)
    sign = 1 if goal == "maximize" else -1
    table = table_of(
        design(space, "sobol", 20, seed=0),
        lambda x0, x1: -sign * ((x0 - 0.7) ** 2 + (x1 - 0.2) ** 2),
    )
    found = proposals(space, table, strategy=strategy, goal=goal, seed=1)[0].inputs
    assert math.dist((found["x0"], found["x1"]), (0.7, 0.2)) < 0.2


@pytest.mark.parametrize("strategy", strategies_of("botorch"))
def test_a_minimised_objective_is_the_mirror_of_a_maximised_one(strategy):
    space, points = space_of(2), design(space_of(2), "sobol", 12, seed=0)
    up = table_of(points, lambda x0, x1: math.sin(5 * x0) + x1)
    down = table_of(points, lambda x0, x1: -(math.sin(5 * x0) + x1))
    first = proposals(space, up, strategy=strategy, n=2, goal="maximize", seed=3)
    second = proposals(space, down, strategy=strategy, n=2, goal="minimize", seed=3)
    if strategy == "TS":  # its draws are not mirrored
        return
    for a, b in zip(first, second, strict=True):
        assert a.inputs == pytest.approx(b.inputs, abs=1e-6)
        assert (a.mean, a.acquisition, a.gain) == pytest.approx((-b.mean, b.acquisition, b.gain))


def test_held_values_come_back_exactly(campaign):
    table, model = campaign
    hold = {"T": 101.3, "k": 0.0137, "c": "A"}
    for strategy in ("EI", "qLogEI", "TS"):
        for proposal in suggest(model, MIXED, table, strategy=strategy, n=3, hold=hold):
            assert {name: proposal.inputs[name] for name in hold} == hold


FINITE = Space((Integer("n", 1, 4), Categorical("c", ("A", "B", "C")), Discrete("d", (0, 1))))


def everything():
    return [{"n": n, "c": c, "d": float(d)} for n in range(1, 5) for c in "ABC" for d in (0, 1)]


@pytest.mark.parametrize("strategy", strategies_of("botorch"))
def test_a_finite_space_is_used_up_without_repeats_and_then_says_so(strategy):
    points = everything()
    table = table_of(points[:19], lambda n, c, d: n + d, points[19:21])
    found = proposals(FINITE, table, strategy=strategy, n=10)
    assert sorted(map(str, (p.inputs for p in found))) == sorted(map(str, points[21:]))
    full = table_of(points, lambda n, c, d: n + d)
    with pytest.raises(OptwidgetsError) as refused:
        proposals(FINITE, full, strategy=strategy)
    assert str(refused.value) == (
        "All 24 combinations are measured. Widen the space or repeat the best."
    )


def test_the_sentence_counts_pending_and_held_ones():
    points = everything()
    table = table_of(points[:20], lambda n, c, d: n + d, points[20:])
    with pytest.raises(OptwidgetsError, match="All 24 combinations are measured or pending"):
        proposals(FINITE, table)
    table = table_of([p for p in points if p["n"] == 2], lambda n, c, d: n + d)
    with pytest.raises(OptwidgetsError, match="All 6 combinations with the held values are meas"):
        proposals(FINITE, table, hold={"n": 2})
    with pytest.raises(OptwidgetsError, match="The only combination with the held values is meas"):
        proposals(FINITE, table, hold={"n": 2, "c": "A", "d": 1})
    assert len(proposals(FINITE, table, n=2)) == 2


def test_clean_results_are_not_repeated_and_noisy_ones_may_be():
    space = space_of(1)
    points = [{"x0": x} for x in (0.0, 0.25, 0.5, 0.75, 1.0)]
    table = table_of(points, lambda x0: x0)
    found = proposals(space, table, strategy="UCB", options={"beta": 0.0})
    assert found[0].inputs["x0"] != 1.0
    assert found[0].inputs["x0"] > 0.9
    rng = np.random.default_rng(1)
    noisy = table_of(points * 8, lambda x0: x0 + 0.2 * rng.standard_normal())
    found = proposals(space, noisy, strategy="UCB", options={"beta": 0.0})
    assert found[0].inputs["x0"] == 1.0


def test_a_lucky_noisy_result_is_not_the_incumbent():
    from optwidgets.acquisition.suggest import _incumbent, is_noisy

    rng = np.random.default_rng(0)
    space = space_of(1)
    points = [{"x0": float(x)} for x in np.linspace(0, 1, 8)] * 6
    table = table_of(points, lambda x0: x0 + 0.4 * rng.standard_normal())
    model = fitted(space, table)
    best, centres = _incumbent(model, Signed(1), noisy=is_noisy(model, {}))
    measured = (model.data.y.max() - model.outcomes.location) / model.outcomes.scale
    assert best < measured - 0.3
    assert len(centres) == 3


def test_results_outside_the_bounds_are_no_incumbent():
    from optwidgets.acquisition.suggest import _incumbent, is_noisy

    space = space_of(1)
    table = table_of([{"x0": x} for x in (0.1, 0.5, 0.9, 1.5)], lambda x0: x0)
    model = fitted(space, table)
    best, centres = _incumbent(model, Signed(1), noisy=is_noisy(model, {}))
    assert model.outcomes.location + model.outcomes.scale * best == pytest.approx(0.9, abs=0.02)
    assert (centres <= 1).all()
    assert proposals(space, table, model)[0].inputs["x0"] <= 1.0


def test_a_point_that_is_pending_moves_the_next_one_away():
    space = space_of(2)
    points = design(space, "sobol", 10, seed=0)
    table = table_of(points, lambda x0, x1: -((x0 - 0.6) ** 2) - (x1 - 0.4) ** 2)
    first = proposals(space, table, strategy="EI")[0].inputs
    again = table_of(points, lambda x0, x1: -((x0 - 0.6) ** 2) - (x1 - 0.4) ** 2, [first])
    for strategy in strategies_of("botorch"):
        second = proposals(space, again, strategy=strategy)[0].inputs
        assert math.dist(first.values(), second.values()) > 1e-3


def test_a_joint_batch_is_worth_more_than_the_greedy_one():
    from optwidgets.acquisition.joint_draws import base_samples
    from optwidgets.acquisition.monte_carlo import BatchAcquisition, LogImprovement
    from optwidgets.acquisition.suggest import _incumbent, is_noisy

    space = space_of(2)
    table = table_of(design(space, "sobol", 8, seed=0), lambda x0, x1: math.sin(6 * x0) * x1)
    model = fitted(space, table)
    best, _ = _incumbent(model, Signed(1), noisy=is_noisy(model, {}))
    none = np.empty((0, 2))
    batch = BatchAcquisition(
        model.posterior, 1, LogImprovement(best), none, base_samples(128, 4, 0)
    )
    value = {}
    for strategy in ("LogEI", "qLogEI"):
        found = suggest(model, space, table, strategy=strategy, n=4, seed=0)
        X = model.data.encoding.encode([p.inputs for p in found])
        value[strategy] = batch.value(X[None])[0]
    assert value["qLogEI"] >= value["LogEI"] - 1e-6
    assert found[0].acquisition == pytest.approx(
        value["qLogEI"] + math.log(model.outcomes.scale), abs=1e-6
    )


def test_ei_and_its_logarithm_report_the_same_point_in_the_unit_of_the_results():
    space = space_of(2)
    table = table_of(design(space, "sobol", 8, seed=0), lambda x0, x1: 1e3 * math.sin(6 * x0) * x1)
    model = fitted(space, table)
    ei, log_ei, pi, log_pi = (
        suggest(model, space, table, strategy=name)[0] for name in ("EI", "LogEI", "PI", "LogPI")
    )
    assert math.log(ei.acquisition) == pytest.approx(log_ei.acquisition)
    assert ei.gain == pytest.approx(ei.acquisition)
    assert math.log(pi.acquisition) == pytest.approx(log_pi.acquisition)
    ucb = suggest(model, space, table, strategy="UCB", options={"kappa": 1.0})[0]
    X = model.data.encoding.encode([ucb.inputs])
    mean, sd = model.predict(X)
    assert ucb.acquisition == pytest.approx(mean[0] + sd[0])


@pytest.mark.parametrize("strategy", ["EI", "qEI", "UCB"])
def test_exploring_goes_farther_from_the_data_than_exploiting(strategy):
    space = space_of(2)
    points = [{"x0": 0.5 + 0.05 * i, "x1": 0.5 - 0.03 * j} for i in range(3) for j in range(3)]
    table = table_of(points, lambda x0, x1: x0 * (1 - x0) + x1)
    model = fitted(space, table)
    shares = [
        suggest(model, space, table, strategy=strategy, balance=b)[0].explore for b in (0.0, 1.0)
    ]
    assert shares[0] > shares[1]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"strategy": "EHVI"}, "not known. Choose one of EI"),
        ({"goal": "up"}, 'Goal "up" is not one of maximize, minimize, target and band'),
        ({"n": 0}, "Batch size must be a whole number from 1 to 1,000, not 0"),
        ({"n": 10_000}, "from 1 to 1,000"),
        ({"n": float("nan")}, "Batch size"),
        ({"balance": 2.0}, "Balance must lie between 0"),
        ({"options": {"beta": 1}}, "'beta' is not known to Expected improvement"),
        ({"options": {"restarts": 0}}, "restarts must be a whole number from 1"),
        ({"strategy": "qEI", "options": {"mc_samples": 1e9}}, "mc_samples must be"),
        ({"hold": {"y": 1}}, "no such variable"),
    ],
)
def test_bad_requests_get_a_sentence(options, sentence):
    space, table = space_of(1), table_of([{"x0": 0.1}, {"x0": 0.7}], lambda x0: x0)
    with pytest.raises(OptwidgetsError, match=sentence):
        proposals(space, table, **options)


def test_a_changed_space_asks_for_a_new_model():
    table = table_of([{"x0": 0.1}, {"x0": 0.7}], lambda x0: x0)
    model = fitted(space_of(1), table)
    with pytest.raises(OptwidgetsError, match="Train the model again"):
        suggest(model, space_of(2), table)
    with pytest.raises(OptwidgetsError, match="at least one variable"):
        suggest(model, Space(()), table)


@pytest.mark.parametrize("strategy", strategies_of("botorch"))
def test_progress_comes_often_and_can_cancel(campaign, strategy):
    table, model = campaign
    calls = []

    class StopError(Exception):
        pass

    def progress(done, words):
        assert done is None
        assert words.startswith("Searching with ")
        calls.append(words)
        if len(calls) == 3:
            raise StopError

    with pytest.raises(StopError):
        suggest(model, MIXED, table, strategy=strategy, n=3, progress=progress)


@pytest.mark.parametrize("strategy", strategies_of("botorch"))
@pytest.mark.parametrize("y", [[3.0], [5.0, 5.0, 5.0], [1e12, -1e12, 0.0]])
def test_poor_tables_still_give_points(strategy, y):
    space, values = space_of(1, 1), iter(y)
    points = [{"x0": i / 3, "c0": "ABC"[i]} for i in range(len(y))]
    table = table_of(points, lambda x0, c0: next(values))
    found = proposals(space, table, strategy=strategy, n=3)
    assert len({tuple(p.inputs.values()) for p in found}) == 3


def test_many_pending_points_and_large_batches():
    space = space_of(2)
    table = table_of(
        design(space, "sobol", 6, seed=0), lambda x0, x1: x0 - x1, design(space, "lhs", 70, seed=3)
    )
    found = proposals(space, table, strategy="qLogEI", n=3, options={"mc_samples": 32})
    found += proposals(
        space, table, strategy="EI", n=40, options={"raw_samples": 32, "restarts": 2}
    )
    assert len(found) == 43
    assert all(math.isfinite(p.acquisition) for p in found)


@settings(max_examples=15, deadline=None)
@given(
    strategy=st.sampled_from(strategies_of("botorch")),
    reals=st.integers(0, 2),
    categories=st.integers(0, 2),
    integers=st.integers(0, 2),
    n_rows=st.integers(1, 8),
    n=st.integers(1, 4),
    seed=st.integers(0, 2**31),
    goal=st.sampled_from(["maximize", "minimize"]),
    balance=st.sampled_from([None, 0.0, 0.38, 1.0]),
)
def test_any_small_campaign(strategy, reals, categories, integers, n_rows, n, seed, goal, balance):
    space = space_of(reals, categories, integers)
    if len(space) == 0:
        return
    rng = np.random.default_rng(seed)
    points = design(space, "random", min(n_rows, 3 if not reals else 8), seed=seed)
    cut = len(points) // 3
    table = table_of(points[cut:], lambda **_: float(rng.normal()), points[:cut])
    try:
        found = proposals(
            space, table, strategy=strategy, n=n, seed=seed, goal=goal,
            balance=None if strategy == "TS" else balance,
        )  # fmt: skip
    except OptwidgetsError as refused:
        assert "combinations are" in str(refused)  # noqa: PT017
        return
    seen = [tuple(point.values()) for point in points] if not reals else []
    together = seen + [tuple(p.inputs.values()) for p in found]
    assert len(set(together)) == len(together)
    for proposal in found:
        assert not space.outside(proposal.inputs)
        assert all(math.isfinite(v) for v in (proposal.mean, proposal.sd, proposal.acquisition))
