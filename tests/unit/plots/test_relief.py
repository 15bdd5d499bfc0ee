import json

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.plots import style
from optwidgets.plots.relief import relief, surface


def strips(figure):
    return [trace for trace in figure.data if trace.name == "strip"]


def test_the_surface_is_the_predicted_mean(campaign, model):
    figure = surface(campaign.state, model, "Temperature", "Flow")
    z = np.asarray(figure.data[0].z)
    i, j = 4, 20
    at = {"Temperature": figure.data[0].x[j], "Flow": figure.data[0].y[i]}
    mean, _ = model.predict(_encode(campaign, model, at))
    assert z[i, j] == pytest.approx(float(mean[0]), rel=1e-5)
    assert figure.layout.scene.yaxis.type == "log"
    assert figure.layout.scene.xaxis.title.text == "Temperature °C"


def _encode(campaign, model, at):
    from optwidgets.plots.reference import reference_point

    return reference_point(campaign.state, model, at)[None]


def test_what_is_in_front_is_drawn_last(campaign, model):
    figure = relief(campaign.state, model, "Temperature", "Flow")
    feet = [min(trace.x) for trace in strips(figure)]
    assert min(feet[:3]) > 0.35, "the back edge lies to the right"
    assert min(feet[-8:]) < 0.05
    names = [trace.name for trace in figure.data]
    assert names.index("wall") > max(i for i, name in enumerate(names) if name == "strip")
    assert names[-1] in ("results", "suggested")


def test_the_better_the_darker(campaign, model):
    colours = {trace.fillcolor for trace in strips(relief(campaign.state, model))}
    assert colours <= {style.PAPER, *style.SHADES, style.MODEL_DEEP}
    top = max(strips(relief(campaign.state, model, "Temperature", "Flow")), key=lambda t: max(t.y))
    assert top.fillcolor == style.MODEL_DEEP


def test_categories_are_plateaus(campaign, model):
    figure = relief(campaign.state, model, "Catalyst", "Flow")
    front = [t for t in figure.data if t.name == "wall"][1]
    heights = list(front.y)[:6]
    assert heights[0] == heights[1]
    assert heights[2] == heights[3]
    assert {"A", "B", "C"} <= {note.text for note in figure.layout.annotations}


def test_what_is_not_allowed_is_grey_and_left_out():
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("b", "real", bounds=(0, 1))
    session.add_input_constraint("inequality", {"a": 1, "b": 1}, rhs=1)
    for a, b in [(0.1, 0.1), (0.5, 0.4), (0.2, 0.7), (0.8, 0.1), (0.3, 0.3)]:
        session.add_experiment({"a": a, "b": b}, output=a + b)
    model = session._work.fit_now().model
    assert style.LINE in {trace.fillcolor for trace in strips(relief(session.state, model))}
    z = np.asarray(surface(session.state, model).data[0].z)
    assert np.isnan(z[-1, -1])
    assert np.isfinite(z[0, 0])
    json.loads(session.plot_surface().to_json(), parse_constant=pytest.fail)
    veil = session.plot_contour("a", "b").data[1]
    assert veil.name == "outside"
    kept = np.asarray(veil.z)
    x, y = np.meshgrid(veil.x, veil.y)
    assert (kept == (x + y <= 1 + 1e-6)).all()
    assert "Grey: outside the constraints." in session.plot_contour("a", "b").layout.meta["alt"]


def test_equal_results_are_a_plain():
    session = OptimizationSession()
    session.add_variable("<b>a", "real", bounds=(0, 1))
    session.add_variable("b", "integer", bounds=(0, 3))
    for i in range(4):
        session.add_experiment({"<b>a": i / 3, "b": i}, output=2.0)
    figure = relief(session.state, session._work.fit_now().model)
    text = figure.to_json()
    json.loads(text, parse_constant=pytest.fail)
    notes = [note.text for note in figure.layout.annotations]
    assert all("<b>" not in note for note in notes)
