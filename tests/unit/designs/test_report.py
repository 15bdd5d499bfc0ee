from __future__ import annotations

import itertools
import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.designs.classical import box_behnken, central_composite
from optwidgets.designs.grid import all_combinations
from optwidgets.designs.model_terms import LinearModel, parse_terms
from optwidgets.designs.report import alias_chains, power_of_f, report_design
from optwidgets.designs.two_level import fractional_factorial, plackett_burman
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Real


def reals(names):
    return Encoding(Space(tuple(Real(name, -1, 1) for name in names)))


def unit(coded):
    return (np.asarray(coded, dtype=float) + 1.0) / 2.0


def corners(k):
    return np.array(list(itertools.product((0.0, 1.0), repeat=k)))


@pytest.mark.parametrize("k", [2, 3, 4, 6])
@pytest.mark.parametrize("model_type", ["linear", "interaction"])
def test_a_two_level_factorial_is_fully_efficient(k, model_type):
    report = report_design(reals("ABCDEF"[:k]), corners(k), model_type=model_type)
    assert report.D_eff == report.A_eff == report.G_eff == 100.0
    assert set(report.vif.values()) == {1.0}
    assert report.not_estimable == []


@pytest.mark.parametrize(
    ("groups", "n", "f", "power"),
    # Cohen 1988, tables 8.4.1 to 8.4.4: n in each group for a power of 0.80 at 0.05.
    [(2, 64, 0.25, 0.80), (3, 52, 0.25, 0.80), (4, 45, 0.25, 0.80), (3, 21, 0.40, 0.80)],
)
def test_power_of_an_f_test_is_that_of_cohens_tables(groups, n, f, power):
    found = power_of_f(groups * n * f**2, groups - 1, groups * (n - 1))
    assert found == pytest.approx(power, abs=0.01)


def test_power_of_two_groups_is_that_of_the_t_test():
    from scipy.stats import nct, t

    # d = 0.5, 64 in each group: the best known number of power analysis, 0.80.
    X = np.repeat([[0.0], [1.0]], 64, axis=0)
    report = report_design(reals("A"), X, model_type="linear", effect=0.5)
    shift, df = 0.5 * math.sqrt(64 / 2), 126
    limit = t.ppf(0.975, df)
    expected = 1 - nct.cdf(limit, df, shift) + nct.cdf(-limit, df, shift)
    assert report.power["A"] == pytest.approx(expected, abs=1e-6)
    assert report.power["A"] == pytest.approx(0.80, abs=0.005)
    assert (report.df_error, report.df_pure) == (126, 126)


def test_power_of_categories_is_that_of_the_pair_hardest_to_tell_apart():
    encoding = Encoding(Space((Categorical("c", ("P", "Q", "R")),)))
    X = np.repeat(all_combinations(encoding), 10, axis=0)
    report = report_design(encoding, X, model_type="linear", effect=1.2)
    # Means 0.6, -0.6 and 0: the sum of squares of 10 runs each.
    assert report.power["c"] == pytest.approx(power_of_f(10 * 2 * 0.6**2, 2, 27), abs=1e-9)


def test_power_of_a_square_is_for_its_change_over_the_range():
    report = report_design(reals("A"), np.repeat([[0.0], [0.5], [1.0]], 4, axis=0), effect=1.0)
    # Coefficient 1, variance 1 / (n s^2) with s^2 the variance of the column 1, 0, 1.
    noncentrality = 12 * (2 / 3 - (2 / 3) ** 2)
    assert report.power["A^2"] == pytest.approx(power_of_f(noncentrality, 1, 9), abs=1e-9)


def test_nothing_left_for_the_noise_is_no_power():
    report = report_design(
        reals("ABC"), corners(3), effects=["A", "B", "C", "A*B", "A*C", "B*C", "A*B*C"]
    )
    assert report.df_error == 0
    assert set(report.power.values()) == {None}
    assert report.max_leverage == 1.0


def test_aliases_of_a_half_fraction():
    encoding = reals("ABCD")
    X = unit(fractional_factorial("a b c abc", 4))
    assert alias_chains(encoding, X) == [
        "A = B*C*D",
        "B = A*C*D",
        "C = A*B*D",
        "D = A*B*C",
        "A*B = C*D",
        "A*C = B*D",
        "A*D = B*C",
    ]
    negative = unit(fractional_factorial("a b c -abc", 4))
    assert "A*B = -C*D" in alias_chains(encoding, negative, order=2)
    linear = report_design(encoding, X, model_type="linear")
    assert linear.aliases.pop("Intercept") == dict.fromkeys(["A^2", "B^2", "C^2", "D^2"], 1.0)
    assert all(not others for others in linear.aliases.values())
    crossed = report_design(encoding, X, effects=["A", "B", "C", "D", "A*B"])
    assert crossed.aliases["A*B"] == {"C*D": 1.0}
    everything = report_design(encoding, X, model_type="interaction")
    assert everything.not_estimable == ["B*C", "B*D", "C*D"]
    assert everything.D_eff == 0.0
    assert json.loads(json.dumps(everything.to_dict(), allow_nan=False))["n_runs"] == 8


def test_centre_runs_change_no_alias_but_tell_curvature():
    encoding = reals("ABC")
    X = np.vstack([unit(fractional_factorial("a b ab", 3)), np.full((3, 3), 0.5)])
    assert alias_chains(encoding, X) == ["A = B*C", "B = A*C", "C = A*B"]
    report = report_design(encoding, X, model_type="linear")
    assert report.df_pure == 2
    assert report.aliases["Intercept"]["A^2"] == pytest.approx(4 / 7)


def test_twelve_runs_of_plackett_and_burman_spread_interactions_by_thirds():
    encoding = reals("ABCDEFGHIJK")
    report = report_design(encoding, unit(plackett_burman(11)), model_type="linear")
    sizes = {round(abs(v), 9) for others in report.aliases.values() for v in others.values()}
    assert sizes - {1.0} == {0.333333333}  # 1 is the squares in the mean
    assert report.D_eff == 100.0
    # A full factorial has no aliases.
    assert alias_chains(reals("ABC"), corners(3)) == []


def test_variance_inflation_is_that_of_its_definition():
    rng = np.random.default_rng(0)
    X = rng.random((15, 3))
    encoding = reals("ABC")
    report = report_design(encoding, X, model_type="interaction")
    R = LinearModel(encoding, parse_terms(encoding, model_type="interaction")).matrix(X)
    for j, name in enumerate(report.vif, start=1):
        others = np.delete(R, j, axis=1)
        fitted = others @ np.linalg.lstsq(others, R[:, j], rcond=None)[0]
        rest = ((R[:, j] - fitted) ** 2).sum()
        total = ((R[:, j] - R[:, j].mean()) ** 2).sum()
        assert report.vif[name] == pytest.approx(total / rest)


def test_blocks_cost_degrees_of_freedom_and_what_they_hide():
    encoding = reals("ABC")
    X = corners(3)
    clear = (X.sum(axis=1) % 2).astype(int).tolist()  # the blocks of ABC
    report = report_design(encoding, X, model_type="linear", blocks=clear)
    assert (report.df_error, report.D_eff) == (3, 100.0)
    hidden = report_design(encoding, X, model_type="linear", blocks=X[:, 0].astype(int).tolist())
    assert hidden.not_estimable == ["A"]
    assert report_design(encoding, X, model_type="linear", blocks=[1] * 8).df_error == 4


@pytest.mark.parametrize("build", [box_behnken, central_composite])
def test_response_surfaces_estimate_a_quadratic_model(build):
    encoding = reals("ABC")
    X = build(encoding, n_center=3).X
    report = report_design(encoding, X)
    assert report.model_terms[-1] == "C^2"
    assert report.not_estimable == []
    assert report.df_pure == (5 if build is central_composite else 2)
    assert 0 < report.G_eff <= 100
    assert set(report.aliases["A"]) == set()


@given(
    seed=st.integers(0, 10_000), n=st.integers(1, 12), kind=st.sampled_from(["linear", "quadratic"])
)
@settings(max_examples=40, deadline=None)
def test_any_runs_give_a_report(seed, n, kind):
    encoding = Encoding(
        Space((Real("A", 0, 1), Real("B", 0, 1), Categorical("c", ("P", "Q", "R"))))
    )
    X = encoding.snap(np.random.default_rng(seed).random((n, 3)))
    report = report_design(encoding, X, model_type=kind)
    json.dumps(report.to_dict(), allow_nan=False)
    rank = np.linalg.matrix_rank(
        LinearModel(encoding, parse_terms(encoding, model_type=kind)).matrix(X)
    )
    assert bool(report.not_estimable) == (rank < report.p_columns)
    assert report.df_error == n - rank
    for power in report.power.values():
        assert power is None or 0.05 - 1e-6 <= power <= 1


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"X": np.zeros((0, 2))}, "no runs"),
        ({"effect": 0}, "effect must be above 0"),
        ({"alpha": 1}, "alpha must be above 0 and at most 0.999"),
        ({"effects": ["Z"]}, "'Z' is not understood"),
    ],
)
def test_what_cannot_be_reported_is_a_sentence(asked, words):
    with pytest.raises(OptwidgetsError, match=words):
        report_design(reals("AB"), **({"X": corners(2)} | asked))
