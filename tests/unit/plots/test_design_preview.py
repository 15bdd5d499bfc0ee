from __future__ import annotations

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.plots.design_preview import design_preview


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(20, 100), unit="°C")
    session.add_variable("k", "real", bounds=(0.01, 1), log=True)
    session.add_variable("<c>", "categorical", categories=["A", "B"])
    return session


def test_every_pair_is_shown_and_repeated_runs_are_larger(session):
    points = session.generate_initial_design("full_factorial", replicates=2, n_center=2)
    figure = session.plot_design(points)
    assert [(t.xaxis, t.yaxis) for t in figure.data] == [("x", "y"), ("x2", "y2"), ("x3", "y3")]
    first = figure.data[0]
    # Four corners and the middle, each with both categories and twice.
    places = {(x, round(y, 9)) for x, y in zip(first.x, first.y, strict=True)}
    assert places == {(20.0, 0.01), (20.0, 1.0), (60.0, 0.1), (100.0, 0.01), (100.0, 1.0)}
    assert min(first.marker.size) > 7
    assert "4 runs here" in first.text[0]
    names = [note.text for note in figure.layout.annotations]
    assert names == ["k", "T °C", "&lt;c&gt;", "k"], "at the left and at the bottom only"
    assert figure.layout.yaxis.type == "log"
    assert figure.layout.yaxis3.ticktext is not None
    assert figure.layout.meta["alt"] == "20 planned runs over T, k, <c>."
    assert all("<c>" not in text for trace in figure.data for text in trace.text)


def test_blocks_and_rows_are_told_apart(session):
    session.add_experiment({"T": 50, "k": 0.5, "<c>": "A"}, output=1)
    points = session.generate_initial_design("full_factorial", blocks=2, n_center=0)
    figure = session.plot_design(points, ["T", "k"])
    assert [trace.name for trace in figure.data] == ["rows", "Block 1", "Block 2"]
    assert len({trace.marker.symbol for trace in figure.data}) == 3
    assert list(figure.data[0].x) == [50.0]
    assert figure.layout.meta["alt"].startswith("8 planned runs in 2 blocks over T, k")


def test_one_variable_is_shown_in_the_order_of_the_runs(session):
    points = session.generate_initial_design("lhs", 5)
    figure = session.plot_design(points, ["T"])
    assert list(figure.data[0].x) == [1, 2, 3, 4, 5]
    assert list(figure.data[0].y) == [point["T"] for point in points]


def test_suggested_rows_are_shown_without_being_named(session):
    with pytest.raises(OptwidgetsError, match="no planned points"):
        session.plot_design()
    session.generate_initial_design("sobol", 4, stage=True)
    assert len(session.plot_design().data[0].x) == 4


def test_too_many_and_unknown_variables():
    session = OptimizationSession()
    for i in range(9):
        session.add_variable(f"x{i}", "real", bounds=(0, 1))
    points = session.generate_initial_design("lhs", 3)
    figure = design_preview(session.state, points)
    assert len(figure.layout.meta["variables"]) == 7
    assert len(figure.data) == 21
    with pytest.raises(OptwidgetsError, match="1 to 7 variables, not 9"):
        design_preview(session.state, points, session.state.space.names)
    with pytest.raises(OptwidgetsError, match="I don't know y"):
        design_preview(session.state, points, ["y"])
