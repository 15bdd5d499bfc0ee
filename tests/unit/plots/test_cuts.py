import json

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.plots.cuts import arrange, slices


def of(figure, axis, name):
    return next(t for t in figure.data if t.xaxis == axis and t.name == name)


def test_there_is_one_panel_for_each_variable_in_their_order(campaign, model):
    figure = slices(campaign.state, model)
    assert figure.layout.meta["variables"] == ["Temperature", "Flow", "Catalyst", "Stages"]
    assert figure.layout.xaxis2.type == "log"
    assert figure.layout.xaxis2.range == pytest.approx((np.log10(0.5), np.log10(20)))
    assert figure.layout.xaxis3.range == (-0.5, 2.5)


def test_the_mean_is_the_models_along_the_variable(campaign, model):
    figure = slices(campaign.state, model, at={"Flow": 3.0, "Catalyst": "B", "Stages": 2})
    line = of(figure, "x", "mean")
    inputs = {"Temperature": float(line.x[10]), "Flow": 3.0, "Catalyst": "B", "Stages": 2}
    mean, sd = model.predict(model.data.encoding.encode([inputs]), observation_noise=True)
    assert line.y[10] == pytest.approx(float(mean[0]))
    band = of(figure, "x", "interval")
    assert band.y[10] == pytest.approx(float(mean[0] - 1.959964 * sd[0]))


def test_categories_and_few_integers_are_bars(campaign, model):
    figure = slices(campaign.state, model)
    mean = of(figure, "x3", "mean")
    assert list(mean.x) == [-0.3, 0.3, None, 0.7, 1.3, None, 1.7, 2.3, None]
    assert mean.y[0] == mean.y[1]
    assert sum(value is None for value in of(figure, "x4", "mean").x) == 3


def test_results_fade_with_their_distance_from_the_slice(campaign, model):
    inputs = campaign.state.table.row(2).inputs
    dots = of(slices(campaign.state, model, at=dict(inputs)), "x", "results")
    opacity = dict(zip(dots.customdata, dots.marker.opacity, strict=True))
    assert opacity[2] == 1.0
    assert opacity[2] > opacity[5] > opacity[4]
    assert min(opacity.values()) >= 0.12


def test_the_best_result_is_dashed_in_each_panel_and_follows_the_goal(campaign, model):
    def best():
        shapes = slices(campaign.state, model).layout.shapes
        return [s.y0 for s in shapes if s.line.dash == "dash"]

    outputs = [row.outputs["Yield"] for row in campaign.state.table.done()]
    assert best() == [max(outputs)] * 4
    campaign.change_objective("Yield", goal="minimize")
    assert best() == [min(outputs)] * 4


def test_the_point_may_be_given_in_part(campaign, model):
    layout = slices(campaign.state, model, at={"Temperature": 100}).layout
    assert "100.0 °C" in layout.xaxis.title.text
    with pytest.raises(OptwidgetsError, match="Presure"):
        slices(campaign.state, model, at={"Presure": 1})
    with pytest.raises(OptwidgetsError, match="Z"):
        slices(campaign.state, model, at={"Catalyst": "Z"})


def test_above_six_variables_the_most_influential_come_first():
    session = OptimizationSession()
    for number in range(8):
        session.add_variable(f"x{number}", "real", bounds=(0, 1))
    rng = np.random.default_rng(1)
    for row in rng.random((30, 8)):
        inputs = {f"x{n}": float(value) for n, value in enumerate(row)}
        session.add_experiment(inputs, output=float(20 * row[7] + 10 * row[3]))
    layout = session.plot_slices().layout
    assert layout.meta["variables"][:2] == ["x7", "x3"]
    assert layout.yaxis7.domain[1] < layout.yaxis.domain[0], "the seventh is in a second row"


def test_names_are_text_and_not_markup():
    session = OptimizationSession()
    session.add_variable("<b>T</b> & co", "real", bounds=(0, 1), unit="<i>")
    session.add_variable("c", "categorical", categories=["<a href=x>", "b"])
    session.add_objective("<u>y</u>")
    for number, label in enumerate(["<a href=x>", "b"] * 3):
        inputs = {"<b>T</b> & co": number / 5, "c": label}
        session.add_experiment(inputs, output=float(number))
    for figure in (session.plot_slices(), session.plot_contour(), session.plot_parity()):
        shown = figure.layout.to_plotly_json() | {"meta": None}
        text = str(shown) + str([trace.to_plotly_json() for trace in figure.data])
        for evil in ("<b>T", "<i>", "<a href", "<u>"):
            assert evil not in text
    assert "&lt;b&gt;T&lt;/b&gt; &amp; co" in session.plot_slices().layout.xaxis.title.text


def test_all_equal_results_and_no_nan():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for x in (0.1, 0.5, 0.9):
        session.add_experiment({"x": x}, output=3.0)
    figure = session.plot_slices()
    json.loads(figure.to_json(), parse_constant=pytest.fail)
    low, high = figure.layout.yaxis.range
    assert low < 3.0 < high


@pytest.mark.parametrize("columns", [1, 2, 6])
def test_panels_do_not_overlap(columns):
    layout = arrange(6, columns, [0.0, 1.0])
    boxes = []
    for number in range(6):
        suffix = "" if number == 0 else str(number + 1)
        boxes.append((*layout[f"xaxis{suffix}"]["domain"], *layout[f"yaxis{suffix}"]["domain"]))
    for i, (l1, r1, b1, t1) in enumerate(boxes):
        assert 0 <= l1 < r1 <= 1
        assert 0 <= b1 < t1 <= 1
        for l2, r2, b2, t2 in boxes[i + 1 :]:
            assert r1 <= l2 or r2 <= l1 or t1 <= b2 or t2 <= b1
