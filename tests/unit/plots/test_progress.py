import json

import pytest

from optwidgets import OptimizationSession
from optwidgets.data.suggestion import SuggestionInfo
from optwidgets.plots.progress import _parts, best_so_far


def session_with(*outputs, goal="maximize"):
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_objective("Yield", goal, unit="%")
    for number, output in enumerate(outputs):
        session.add_experiment({"x": number / 10}, output=output)
    return session


def traces(figure):
    return {trace.name: trace for trace in figure.data}


@pytest.mark.parametrize(
    ("goal", "best"), [("maximize", [2.0, 5.0, 5.0, 7.0]), ("minimize", [2.0, 2.0, 1.0, 1.0])]
)
def test_the_line_holds_the_best_and_respects_the_goal(goal, best):
    figure = best_so_far(session_with(2, 5, 1, 7, goal=goal).state)
    line = traces(figure)["best"]
    assert list(line.y) == [*best, best[-1]]
    assert line.line.shape == "hv"
    assert list(traces(figure)["results"].customdata) == [1, 2, 3, 4]


def test_failed_rows_are_ticks_and_do_not_count():
    session = session_with(2, 5)
    session.add_experiment({"x": 0.9})
    session.experiment_manager.fail(3, "leak <b>at</b> pump")
    found = traces(best_so_far(session.state))
    assert list(found["failed"].x) == [3]
    assert found["failed"].hovertext == ("row 3 failed: leak &lt;b&gt;at&lt;/b&gt; pump",)
    assert list(found["results"].x) == [1, 2]
    assert found["best"].x[-1] == 3, "the line goes on to the last row"


def test_design_and_guided_part_are_told_apart():
    session = session_with(2, 5)
    assert not best_so_far(session.state).layout.shapes
    info = SuggestionInfo("EI", mean=4.0, sd=1.0)
    session.experiment_manager.add_experiments([{"x": 0.7}], [6.0], suggestions=[info])
    layout = best_so_far(session.state).layout
    assert [shape.x0 for shape in layout.shapes] == [2.5]
    assert {note.text for note in layout.annotations} == {"design", "guided"}


def test_space_filling_suggestions_belong_to_the_design():
    session = session_with(2)
    info = SuggestionInfo("lhs", fallback=True)
    session.experiment_manager.add_experiments([{"x": 0.7}], [6.0], suggestions=[info])
    assert not best_so_far(session.state).layout.shapes


@pytest.mark.parametrize("outputs", [(), (3.0,), (3.0, 3.0, 3.0)])
def test_few_or_equal_results_give_a_figure_with_a_range(outputs):
    figure = best_so_far(session_with(*outputs).state)
    low, high = figure.layout.yaxis.range
    assert low < high
    json.loads(figure.to_json(), parse_constant=pytest.fail)


def test_only_failed_rows_give_an_empty_line():
    session = session_with()
    session.add_experiment({"x": 0.1})
    session.experiment_manager.fail(1, "leak")
    figure = best_so_far(session.state)
    assert len(traces(figure)["best"].x) == 0
    assert figure.layout.meta["alt"] == "Best Yield so far: no results yet; 1 failed."


@pytest.mark.parametrize(("guided", "words"), [(8, ["guided", "design"]), (10, ["design"])])
def test_a_name_that_does_not_fit_its_part_is_left_out(guided, words):
    _, notes = _parts(guided, 10)
    assert [note["text"] for note in notes] == words
