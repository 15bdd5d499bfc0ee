import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.maps import bands, contour, uncertainty


def by_name(figure):
    return {trace.name: trace for trace in figure.data}


def test_the_map_is_the_models_mean(campaign, model):
    held = {"Catalyst": "C", "Stages": 3}
    surface = contour(campaign.state, model, "Temperature", "Flow", held).data[0]
    assert surface.type == "contour"
    i, j = 30, 12
    inputs = {"Temperature": surface.x[i], "Flow": surface.y[j], **held}
    mean, _ = model.predict(model.data.encoding.encode([inputs]))
    assert np.asarray(surface.z)[j, i] == pytest.approx(float(mean[0]), rel=1e-5)


def test_the_uncertainty_is_the_models_own_without_noise(campaign, model):
    figure = uncertainty(campaign.state, model, "Temperature", "Flow")
    z = np.asarray(figure.data[0].z)
    assert (z > 0).all()
    assert figure.data[0].colorscale[-1][1] == style.SUGGESTED_DEEP
    at = campaign.state.table.row(7).inputs
    X = model.data.encoding.encode([at])
    assert z.min() <= float(model.predict(X)[1][0]) * 1.5


def test_axes_are_logarithmic_where_the_variable_is(campaign, model):
    layout = contour(campaign.state, model, "Temperature", "Flow").layout
    assert (layout.xaxis.type, layout.yaxis.type) == (None, "log")
    assert list(layout.meta["log"]) == [False, True]


def test_categories_give_blocks_and_not_lines(campaign, model):
    figure = contour(campaign.state, model, "Catalyst", "Temperature")
    surface = figure.data[0]
    assert surface.type == "heatmap"
    assert list(surface.x) == [0, 1, 2]
    assert figure.layout.xaxis.ticktext == ("A", "B", "C")
    assert len(surface.colorscale) == 20, "ten steps"


def test_darker_is_better(campaign, model):
    assert contour(campaign.state, model).data[0].reversescale is False
    campaign.change_objective("Yield", goal="minimize")
    assert contour(campaign.state, model).data[0].reversescale is True


def test_points_to_come_are_diamonds_and_circles(campaign, model):
    session = campaign
    session.suggest_next("EI", n_suggestions=2)
    session.experiment_manager.accept(9)
    found = by_name(contour(session.state, model))
    assert list(found["running"].customdata) == [9]
    assert list(found["suggested"].customdata) == [10]
    assert found["suggested"].marker.symbol == "diamond"
    assert len(found["results"].x) == 8


def test_the_most_influential_variables_are_shown_unless_chosen(campaign, model):
    assert list(contour(campaign.state, model).layout.meta["axes"]) == ["Temperature", "Flow"]
    one = contour(campaign.state, model, x="Catalyst").layout.meta["axes"]
    assert one[0] == "Catalyst"
    assert one[1] != "Catalyst"


def test_the_cross_hair_stands_where_it_was_put(campaign, model):
    layout = contour(campaign.state, model, "Temperature", "Flow", {"Temperature": 99.0}).layout
    assert layout.shapes[0].x0 == pytest.approx(99.0)
    assert layout.meta["cross"][0] == pytest.approx(99.0)


def test_two_different_variables_are_needed(campaign, model):
    with pytest.raises(OptwidgetsError, match="two different variables"):
        contour(campaign.state, model, "Flow", "Flow")
    with pytest.raises(OptwidgetsError, match="Flo"):
        contour(campaign.state, model, "Flo", "Temperature")
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for x in (0.1, 0.5, 0.9):
        session.add_experiment({"x": x}, output=x)
    with pytest.raises(OptwidgetsError, match="needs two variables"):
        session.plot_contour()


def test_a_flat_model_gives_a_flat_map():
    session = OptimizationSession()
    for name in "ab":
        session.add_variable(name, "real", bounds=(0, 1))
    for x in (0.1, 0.5, 0.9):
        session.add_experiment({"a": x, "b": 1 - x}, output=2.0)
    surface = session.plot_contour().data[0]
    assert surface.zmin < 2.0 < surface.zmax
    assert surface.contours.showlabels is False


@pytest.mark.parametrize(
    ("low", "high"), [(0, 1), (-3.2, 7), (1e-7, 3e-7), (1e6, 5e6), (22.4, 83.1)]
)
def test_bands_are_round_and_at_most_ten(low, high):
    first, last, step = bands(low, high)
    assert low < first <= last < high
    assert 3 <= round((last - first) / step) + 2 <= 11
    assert step / 10 ** np.floor(np.log10(step)) == pytest.approx(
        round(step / 10 ** np.floor(np.log10(step)), 1)
    )
