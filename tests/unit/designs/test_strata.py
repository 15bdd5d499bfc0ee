"""Runs in plots: generalised least squares, tests against the right error."""

import numpy as np
import pytest
from scipy.stats import f, ncf

from optwidgets import OptimizationSession
from optwidgets.designs.strata import Strata, strata_of
from optwidgets.errors import OptwidgetsError


@pytest.fixture(scope="module")
def planned():
    """Return a session with a 2 x 2 split plot: 2 oven settings, 4 plots each, 4 runs a plot."""
    session = OptimizationSession()
    session.add_variable("oven", "real", bounds=(100, 300))
    session.add_variable("time", "real", bounds=(1, 5))
    session.add_variable("dose", "real", bounds=(0, 1))
    factorial = {"method": "full_factorial"}
    points, _ = session.generate_split_plot_design(
        {"hard": factorial, "easy": factorial}, replicates={"hard": 4}, hard=["oven"]
    )
    return session, points


def power(noncentrality, df2, alpha=0.05):
    return 1 - ncf.cdf(f.ppf(1 - alpha, 1, df2), 1, df2, noncentrality)


@pytest.mark.parametrize("ratio", [0.0, 1.0, 4.0])
def test_power_is_that_of_the_textbook(planned, ratio):
    session, points = planned
    assert len(points) == 32
    report = session.evaluate_design(points, model_type="linear", variance_ratio=ratio, effect=1.0)
    # A coefficient of half the effect; variances (1 + 4 ratio) / n between, 1 / n within plots.
    assert report["df_strata"] == {"WholePlot": 6, "Run": 22}
    assert report["strata"] == {"oven": "WholePlot", "time": "Run", "dose": "Run"}
    assert report["power"]["oven"] == pytest.approx(power(32 * 0.25 / (1 + 4 * ratio), 6), abs=1e-6)
    assert report["power"]["time"] == pytest.approx(power(32 * 0.25, 22), abs=1e-6)
    assert report["variance_ratio"] == ratio


def test_without_a_variance_between_plots_efficiency_is_that_of_free_runs(planned):
    session, points = planned
    free = [{name: point[name] for name in ("oven", "time", "dose")} for point in points]
    plain = session.evaluate_design(free, model_type="linear")
    same = session.evaluate_design(points, model_type="linear", variance_ratio=0.0)
    assert plain["variance_ratio"] is None
    assert same["D_eff"] == pytest.approx(plain["D_eff"])
    less = session.evaluate_design(points, model_type="linear", variance_ratio=1.0)
    # Of four coefficients two (intercept and oven) have a variance five times as large.
    assert less["D_eff"] == pytest.approx(plain["D_eff"] * 5 ** (-2 / 4))
    assert less["aliases"] == plain["aliases"]
    assert less["vif"] == plain["vif"]


def test_simulated_power_of_the_whole_plot_effect(planned):
    session, points = planned
    report = session.evaluate_design(points, model_type="linear", variance_ratio=1.0, effect=3.0)
    plots = strata_of(points, ["WholePlot"], 1.0).plots["WholePlot"]
    rng = np.random.default_rng(0)
    oven = np.array([1.0 if point["oven"] > 200 else -1.0 for point in points])
    x = np.array([oven[plots == k][0] for k in range(8)])
    found = 0
    for _ in range(2000):
        y = 1.5 * oven + rng.standard_normal(8)[plots] + rng.standard_normal(32)
        means = np.array([y[plots == k].mean() for k in range(8)])
        slope = x @ means / 8
        error = ((means - means.mean() - slope * x) ** 2).sum() / 6
        found += 8 * slope**2 / error > f.ppf(0.95, 1, 6)
    assert report["power"]["oven"] == pytest.approx(found / 2000, abs=0.03)


def test_three_strata_have_their_own_errors():
    session = OptimizationSession()
    for name in ("kiln", "oven", "time"):
        session.add_variable(name, "real", bounds=(0, 1))
    factorial = {"method": "full_factorial"}
    points, _ = session.generate_split_plot_design(
        {"very_hard": factorial, "hard": factorial, "easy": factorial},
        replicates={"very_hard": 2, "hard": 2},
        hard=["oven"],
        very_hard=["kiln"],
    )
    report = session.evaluate_design(points, model_type="linear")
    assert report["strata"] == {"kiln": "WholePlot", "oven": "Subplot", "time": "Run"}
    assert report["df_strata"] == {"WholePlot": 2, "Subplot": 11, "Run": 15}
    assert sum(report["df_strata"].values()) == len(points) - 4
    powers = report["power"]
    assert powers["kiln"] < powers["oven"] < powers["time"]


def test_plots_that_appear_once_leave_nothing_to_test_with():
    session = OptimizationSession()
    session.add_variable("oven", "real", bounds=(0, 1))
    session.add_variable("time", "real", bounds=(0, 1))
    factorial = {"method": "full_factorial"}
    points, _ = session.generate_split_plot_design(
        {"hard": factorial, "easy": factorial}, hard=["oven"]
    )
    report = session.evaluate_design(points, model_type="linear")
    assert report["power"]["oven"] is None
    assert report["power"]["time"] is not None


def test_a_ratio_that_is_not_possible_is_refused():
    with pytest.raises(OptwidgetsError, match="variance_ratio must be from 0"):
        Strata({"WholePlot": np.array([0, 0, 1])}, -1.0)
