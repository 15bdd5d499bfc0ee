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


@pytest.mark.parametrize(
    ("strategies", "drawn"),
    [
        (("LogEI", "qEI", "q-LogEI", "q_nei", "qLogNEI"), "EI"),
        (("LogPI", "qPI"), "PI"),
        (("qUCB", "ucb", "LCB"), "UCB"),
    ],
)
def test_every_strategy_with_a_value_of_one_point_has_its_map(session, model, strategies, drawn):
    expected = z_of(acquisition(session.state, model, strategy=drawn))
    for strategy in strategies:
        assert (z_of(acquisition(session.state, model, strategy=strategy)) == expected).all()


def along_one(kind="real", **options):
    session = OptimizationSession()
    session.add_variable("a", kind, **(options or {"bounds": (0, 1)}))
    session.add_objective("Yield", "maximize", unit="%")
    choices = options.get("categories") or [0.0, 0.2, 0.55, 0.9, 1.0]
    for place, a in enumerate(choices):
        session.add_experiment({"a": a}, output=4 - (place - 2.2) ** 2)
    return session


@pytest.mark.parametrize("draw", ["plot_acquisition", "plot_probability_of_improvement"])
def test_one_variable_has_a_curve(draw):
    session = along_one()
    session.suggest_next("EI")
    figure = getattr(session, draw)()
    curve, results, suggested = figure.data
    assert (curve.name, results.name, suggested.name) == ("value", "results", "suggested")
    assert len(curve.x) == 201
    assert list(results.customdata) == [1, 2, 3, 4, 5]
    # The suggested point is where the most can be gained, and stands on the curve.
    top = float(np.asarray(curve.y, dtype=float).max())
    if draw == "plot_acquisition":
        assert suggested.x[0] == pytest.approx(curve.x[int(np.argmax(curve.y))], abs=0.01)
        assert suggested.y[0] == pytest.approx(top, rel=0.01)
    assert "by a: from" in figure.layout.meta["alt"]


@pytest.mark.parametrize(
    "asked", [{"x": "b"}, {"y": "nope"}, {"at": {"zzz": 3}}, {"at": {"a": "much"}}]
)
def test_names_and_values_count_with_one_variable_too(asked):
    with pytest.raises(OptwidgetsError, match=r"zzz|nope|\bb\b|much"):
        along_one().plot_acquisition(**asked)


def test_categories_alone_have_bars_and_constraints_gaps():
    bars = along_one("categorical", categories=["u", "v", "w"]).plot_acquisition().data[0]
    assert (bars.type, len(bars.x)) == ("bar", 3)
    session = along_one()
    session.add_nonlinear_constraint("a^2 <= 0.25")
    curve = session.plot_acquisition().data[0]
    shown = [x for x, y in zip(curve.x, curve.y, strict=True) if y is not None]
    assert max(shown) <= 0.5


def test_an_unknown_strategy_names_the_choices(session, model):
    assert acquisition(session.state, model, strategy="LogEI").layout.meta["note"]
    with pytest.raises(OptwidgetsError, match="EI, PI, UCB"):
        acquisition(session.state, model, strategy="gp_hedge")
    with pytest.raises(OptwidgetsError, match="look at the uncertainty"):
        acquisition(session.state, model, strategy="qNIPV")


def test_every_backend_has_the_map():
    session = campaign_of()
    session.train_model(backend="sklearn", kernel="RBF")
    assert np.isfinite(z_of(session.plot_acquisition())).all()
