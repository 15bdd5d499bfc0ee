import numpy as np
import pytest
from scipy.stats import norm

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.plots.landscape import acquisition, best_believed, probability_of_improvement
from optwidgets.plots.map_grid import make_grid


def campaign_of(goal="maximize", sign=1.0, **limits):
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("b", "real", bounds=(0, 1))
    session.add_objective("Yield", goal, **limits)
    for i in range(9):
        a, b = i / 8, (5 * i % 9) / 8
        session.add_experiment({"a": a, "b": b}, output=sign * (4 - (a - 0.6) ** 2 - b))
    return session


def z_of(figure):
    return np.asarray(figure.data[0].z, dtype=float)


@pytest.fixture(scope="module")
def session():
    return campaign_of()


@pytest.fixture(scope="module")
def model(session):
    return session._work.fit_now().model


def test_the_map_is_the_expected_improvement_in_the_unit_of_the_results(session, model):
    grid = make_grid(session.state, model, (None, None), None)
    mean, sd = model.predict(grid.points)
    u = (mean - best_believed(session.state, model)) / sd
    exact = (sd * (norm.pdf(u) + u * norm.cdf(u))).reshape(grid.shape)
    found = z_of(acquisition(session.state, model))
    assert found == pytest.approx(exact, rel=0.02, abs=0.01 * exact.max())


def test_the_probability_is_that_of_the_normal_distribution(session, model):
    grid = make_grid(session.state, model, (None, None), None)
    mean, sd = model.predict(grid.points)
    exact = 100 * norm.cdf((mean - best_believed(session.state, model)) / sd)
    found = z_of(probability_of_improvement(session.state, model))
    assert np.abs(found - exact.reshape(grid.shape)).max() < 0.5
    assert "%" in probability_of_improvement(session.state, model).layout.meta["alt"]


@pytest.mark.parametrize("strategy", ["EI", "PI", "UCB"])
def test_minimising_the_mirror_image_is_the_same_map(session, strategy):
    mirror = campaign_of("minimize", -1.0)
    one = z_of(session.plot_acquisition("a", "b", strategy=strategy))
    two = z_of(mirror.plot_acquisition("a", "b", strategy=strategy))
    if strategy == "UCB":
        two = -two  # a bound is a result, and those are negative here
    assert np.allclose(one, two, rtol=1e-3, atol=1e-3 * np.abs(one).max())


def test_a_target_is_reached_from_both_sides():
    session = campaign_of("target", target=3.5)
    model = session._work.fit_now().model
    grid = make_grid(session.state, model, ("a", "b"), None)
    mean = model.predict(grid.points)[0].reshape(grid.shape)
    found = z_of(session.plot_acquisition("a", "b"))
    assert abs(mean.ravel()[found.argmax()] - 3.5) < 0.2
    assert found.min() >= 0
    assert len(session.plot_regret().data[1].y) == 9
    assert "nearest at" in session.plot_surface().layout.meta["alt"]


def test_a_limit_takes_away_what_breaks_it():
    free = campaign_of().plot_acquisition("a", "b")
    limited = campaign_of(upper=3.0).plot_acquisition("a", "b")
    best_free = np.unravel_index(z_of(free).argmax(), z_of(free).shape)
    assert z_of(limited)[best_free] < 0.2 * z_of(limited).max()


def test_a_limit_of_another_objective_counts_where_it_has_a_model():
    session = campaign_of()
    session.add_objective("Cost", "minimize", upper=0.5)
    for row in session.state.table.ids:
        cost = session.state.table.row(row).inputs["a"]
        session.experiment_manager.edit(row, {"Cost": cost})
    model = session._work.fit_now("Yield").model
    without = z_of(acquisition(session.state, model, "a", "b"))
    found = z_of(session.plot_acquisition("a", "b", objective="Yield"))
    assert found[:, -5:].max() < 0.1 * without[:, -5:].max()
    assert found[:, :10] == pytest.approx(without[:, :10], rel=0.05)


def test_an_unknown_strategy_names_the_choices(session, model):
    assert acquisition(session.state, model, strategy="LogEI").layout.meta["note"]
    with pytest.raises(OptwidgetsError, match="EI, PI, UCB"):
        acquisition(session.state, model, strategy="gp_hedge")


def test_every_backend_has_the_map():
    session = campaign_of()
    session.train_model(backend="sklearn", kernel="RBF")
    assert np.isfinite(z_of(session.plot_acquisition())).all()
