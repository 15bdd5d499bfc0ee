import json
from dataclasses import replace

import pytest

from optwidgets import FigureView, OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.widgets import figure_view
from optwidgets.widgets._drawing import Drawer
from optwidgets.widgets._figure_words import weak_view

POINTS = [(0.1, 0.9, 1.0), (0.3, 0.2, 4.0), (0.5, 0.6, 6.0), (0.7, 0.1, 5.0), (0.9, 0.8, 2.0)]


def make(n=5):
    session = OptimizationSession(name="Reactor <1>")
    session.add_variable("a", "real", bounds=(0, 1), unit="bar")
    session.add_variable("b", "real", bounds=(0, 1))
    session.add_objective("Yield", "maximize", unit="%")
    for a, b, y in POINTS[:n]:
        session.add_experiment({"a": a, "b": b}, output=y)
    return session


@pytest.fixture
def session():
    made = make()
    yield made
    made.close()


@pytest.fixture
def view(session):
    """Return a view that is seen, with a model and all figures drawn."""
    session._work.fit_now()
    made = FigureView(session)
    made.handle("watch", {"view": "v", "visible": True})
    assert made.draw_now()
    yield made
    made.close()


def figure(view, name):
    return next(item for item in view.figures if item["id"] == name)


def test_every_slot_has_its_figure_and_a_sentence(view):
    assert [item["id"] for item in view.figures] == list(figure_view.DEFAULT_SLOTS)
    for item in view.figures:
        assert item["json"]["data"]
        assert item["alt"]
        json.dumps(item["json"], allow_nan=False)
    assert view.axes == {"x": "a", "y": "b"}
    assert view.empty == {}


def test_nothing_is_drawn_as_long_as_nobody_looks(session):
    session._work.fit_now()
    view = FigureView(session)
    assert view._drawer.settle(5)
    assert view.figures == []
    view.handle("watch", {"view": "v", "visible": False})
    session.add_experiment({"a": 0.2, "b": 0.2}, output=1.5)
    assert view._drawer.settle(5)
    assert view.figures == []
    view.handle("watch", {"view": "v", "visible": True})
    assert view._drawer.settle(30)
    assert len(view.figures) == 4


def test_a_result_redraws_what_depends_on_it_and_nothing_else(view, session):
    before = {item["id"]: item for item in view.figures}
    session.add_experiment({"a": 0.4, "b": 0.4}, output=9.0)
    assert view.draw_now()
    line = figure(view, "best_so_far")["json"]["data"][1]
    assert max(line["y"]) == 9.0
    held = session.model
    for name in ("parity", "slices"):
        same = figure(view, name)["json"] is before[name]["json"]
        assert same == (held.data.rows == (1, 2, 3, 4, 5)), "drawn again only for a new model"


def test_few_results_say_how_many_are_missing():
    session = make(1)
    view = FigureView(session)
    assert view.empty["title"] == "2 more results until the first model"
    assert (view.empty["have"], view.empty["need"]) == (1, 3)
    view.draw_now()
    assert figure(view, "best_so_far")["json"] is not None
    assert figure(view, "parity")["json"] is None
    with pytest.raises(OptwidgetsError, match="no model yet"):
        view.handle("try_point", {})
    session.close()


def test_one_variable_has_no_map_but_a_sentence():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    for x in (0.1, 0.5, 0.9):
        session.add_experiment({"x": x}, output=x)
    session._work.fit_now()
    view = FigureView(session)
    view.draw_now()
    assert "needs two variables" in figure(view, "contour")["message"]
    assert figure(view, "slices")["json"] is not None
    session.close()


def test_looking_at_a_place_moves_slices_and_map(view):
    view.handle("look", {"names": ["a", "b"], "places": [0.25, 0.75]})
    assert [float(item["text"]) for item in view.point["inputs"]] == [0.25, 0.75]
    assert view.point["row"] is None
    assert view.draw_now()
    assert figure(view, "contour")["json"]["layout"]["meta"]["cross"] == [0.25, 0.75]
    assert "<b>0.25" in figure(view, "slices")["json"]["layout"]["xaxis"]["title"]["text"]
    view.handle("best_point", {})
    assert view.point["row"] == 3


def test_a_place_outside_the_map_counts_as_its_edge(view):
    view.handle("look", {"names": ["a", "b"], "places": [-3.0, 70.0]})
    assert [float(item["text"]) for item in view.point["inputs"]] == [0.0, 1.0]


def test_a_point_without_a_conditional_variable_has_figures():
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("how", "categorical", categories=["spin", "dip"])
    session.add_variable("speed", "real", bounds=(1, 9), active_if={"how": ["spin"]})
    for n, (a, b, y) in enumerate(POINTS):
        there = {"how": "spin", "speed": 1 + 8 * b} if n % 2 else {"how": "dip"}
        session.add_experiment({"a": a, **there}, output=y)
    session._work.fit_now()
    view = FigureView(session)
    view.handle("watch", {"view": "v", "visible": True})
    assert view.draw_now()
    assert len(view.figures) == len(view.slots)
    # The best row was dipped.
    assert [item["name"] for item in view.point["inputs"]] == ["a", "how"]
    session.close()


def test_a_fault_in_one_figure_is_said_there_and_the_others_are_drawn(view, session, monkeypatch):
    kind = figure_view.FIGURES["contour"]
    monkeypatch.setitem(figure_view.FIGURES, "contour", replace(kind, draw=lambda *_: 1 / 0))
    session.add_experiment({"a": 0.2, "b": 0.2}, output=3.0)
    session._work.fit_now()
    assert view.draw_now()
    drawn = {figure["id"]: figure for figure in view.figures}
    assert drawn["contour"]["json"] is None
    assert (
        "could not be drawn: a fault of optwidgets (ZeroDivisionError"
        in drawn["contour"]["message"]
    )
    assert drawn["slices"]["json"]
    assert drawn["parity"]["json"]


def test_trying_a_point_suggests_it_once_and_can_be_undone(view, session):
    view.handle("look", {"names": ["a", "b"], "places": [0.25, 0.75]})
    assert view.handle("try_point", {}) == {"row": 6}
    row = session.state.table.row(6)
    assert row.state == "suggested"
    assert dict(row.inputs) == {"a": 0.25, "b": 0.75}
    assert row.suggestion.mean == pytest.approx(view.point["mean"])
    with pytest.raises(OptwidgetsError, match="Row 6 is this point already"):
        view.handle("try_point", {})
    session.undo()
    assert 6 not in session.state.table


def test_slots_and_axes_can_be_chosen(view):
    view.handle("choose", {"slot": 2, "figure": "uncertainty"})
    view.handle("choose_axis", {"axis": "x", "name": "b"})
    assert view.axes == {"x": "b", "y": "a"}, "the other axis made room"
    assert view.draw_now()
    assert [item["id"] for item in view.figures][2] == "uncertainty"
    assert list(figure(view, "uncertainty")["json"]["layout"]["meta"]["axes"]) == ["b", "a"]
    for name, args in [
        ("choose", {"slot": 9, "figure": "parity"}),
        ("choose", {"slot": 0, "figure": "pie"}),
        ("choose_axis", {"axis": "z", "name": "a"}),
        ("choose_axis", {"axis": "x", "name": "gone"}),
        ("look", {"names": ["gone"], "places": [1.0]}),
    ]:
        with pytest.raises(OptwidgetsError):
            view.handle(name, args)


def test_with_several_objectives_one_is_chosen():
    session = OptimizationSession()
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("b", "real", bounds=(0, 1))
    session.add_objective("Yield", "maximize", unit="%")
    session.add_objective("Cost", "minimize", unit="EUR", label="Price")
    for a, b, y in POINTS:
        session.add_experiment({"a": a, "b": b}, output={"Yield": y, "Cost": 100 + 10 * y * a})
    for name in ("Yield", "Cost"):
        session._work.fit_now(name)
    view = FigureView(session)
    view.handle("watch", {"view": "v", "visible": True})
    assert view.draw_now()
    assert [item["label"] for item in view.objectives] == ["Yield", "Price"]
    assert view.objective["name"] == "Yield"
    assert view.point["mean"] < 10
    view.handle("choose_objective", {"name": "Cost"})
    assert view.draw_now()
    assert view.objective["unit"] == "EUR"
    assert view.point["row"] == 1
    assert view.point["mean"] > 90
    assert all("Price" in item["alt"] for item in view.figures)
    # A point by hand does not carry a prediction that is of another objective.
    view.handle("try_point", {})
    assert session.state.table.row(6).suggestion.mean is None
    with pytest.raises(OptwidgetsError):
        view.handle("choose_objective", {"name": "Purity"})
    # The choice goes with its objective.
    session.remove_objective("Cost")
    assert view.objective["name"] == "Yield"
    view.close()
    session.close()


def test_a_removed_variable_leaves_the_map(view, session):
    session.add_variable("c", "real", bounds=(0, 1))
    for row in range(1, 6):
        session.experiment_manager.edit(row, {"c": row / 6})
    session.remove_variable("a")
    session._work.fit_now()
    view.handle("look", {"names": ["b"], "places": [0.5]})
    assert view.draw_now()
    assert set(view.axes.values()) == {"b", "c"}
    assert figure(view, "contour")["json"] is not None


def test_a_figure_as_a_page_needs_no_network_and_shows_text(view):
    made = view.handle("export_html", {"slot": 0})
    assert made["name"] == "reactor-1-slices.html"
    assert "<title>Slices: Reactor &lt;1&gt;</title>" in made["text"]
    assert 'src="http' not in made["text"]


def test_the_surface_is_flat_in_the_page_and_turns_in_its_own(view):
    view.handle("choose", {"slot": 1, "figure": "surface"})
    assert view.draw_now()
    assert {trace["type"] for trace in view.figures[1]["json"]["data"]} == {"scatter"}
    text = view.handle("export_html", {"slot": 1})["text"]
    assert '"type":"surface"' in text.replace(" ", "")


def test_the_fallback_tells_the_figures_in_words(view):
    bundle, _ = view._repr_mimebundle_()
    assert "Best Yield so far by row: 6.00 % in row 3" in bundle["text/html"]


def test_a_plan_is_shown_before_it_is_staged(view, session):
    view.handle("choose", {"slot": 3, "figure": "design"})
    assert view.draw_now()
    assert view.figures[3]["json"] is None
    assert view.figures[3]["message"].startswith("There are no planned points")
    view.preview(session.generate_initial_design("sobol", 6))
    assert view.draw_now()
    assert view.figures[3]["alt"] == "6 planned runs over a, b."
    assert len(session.state.table.pending()) == 0
    session.generate_initial_design("sobol", 4, stage=True)
    view.preview(None)
    assert view.draw_now()
    assert view.figures[3]["alt"] == "4 planned runs over a, b."
    with pytest.raises(OptwidgetsError, match="is not a number"):
        view.preview([{"a": 0.5, "b": "many"}])


def test_what_has_no_rows_is_said_in_words(session):
    view = FigureView(OptimizationSession(), ["best_so_far", "pareto", "pairs", "parallel"])
    view.handle("watch", {"view": "v", "visible": True})
    assert view.draw_now()
    words = [item["message"] for item in view.figures]
    assert words[0] == "No results of Output yet. Record one first."
    assert all(word.endswith(".") for word in words)
    assert all(item["json"] is None for item in view.figures)
    view.close()


def test_an_unknown_figure_is_refused(session):
    with pytest.raises(OptwidgetsError, match="Choose one of slices"):
        FigureView(session, ["pie"])


def test_one_figure_is_a_name(session):
    view = FigureView(session, "acquisition")
    assert view.slots == ["acquisition"]
    view.close()


def test_intervals_that_miss_too_often_are_told():
    held = dict.fromkeys(range(1, 13), (0.0, 1.0))
    measured = dict.fromkeys(held, 0.5)
    report = {"held_out": held}
    assert weak_view(report, measured) == {}
    measured |= {3: 4.0, 7: 9.0, 9: -8.0, 10: 3.0, 11: 2.5}
    found = weak_view(report, measured)
    assert found["rows"] == [7, 9]
    assert found["text"].startswith("Intervals miss 5 of 12 held-out results.")


class Counting:
    def __init__(self):
        self.count = 0

    def draw(self):
        self.count += 1
        if self.count == 1:
            raise RuntimeError("the first one fails")


def test_a_drawer_outlives_a_fault_and_its_owner():
    owner = Counting()
    drawer = Drawer(owner.draw)
    drawer.wish()
    assert drawer.settle(5)
    drawer.wish()
    assert drawer.settle(5)
    assert owner.count == 2
    del owner
    drawer.wish()
    assert drawer.settle(5)
