"""Every figure over every sort of space: drawn, or a sentence that says what is missing."""

import json
import re

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.plots.registry import FIGURES, Scene, build_figure

# What the small plotly of the page can draw.
IN_THE_PAGE = {"scatter", "bar", "contour", "heatmap"}


def numbers(session):
    session.add_variable("a", "real", bounds=(0.1, 10), log=True, unit="<u>")
    session.add_variable("b", "integer", bounds=(0, 40))
    session.add_variable("c", "discrete", values=[0.5, 1, 5])


def categories(session):
    session.add_variable("<b>a", "categorical", categories=["<i>x", "y"])
    session.add_variable("b", "categorical", categories=["p", "q", "r"])


def observed(session):
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("b", "real", bounds=(0, 1))
    session.add_variable("h", "real", bounds=(0, 100), observed=True)


def derived(session):
    session.add_variable("a", "real", bounds=(0.1, 1))
    session.add_variable("b", "real", bounds=(0.1, 1))
    session.add_derived("ratio", "a / (a + b)")


def mixture(session):
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("b", "real", bounds=(0, 1))
    session.add_variable("c", "real", bounds=(0, 1))
    session.add_input_constraint("equality", {"a": 1, "b": 1, "c": 1}, rhs=1)


def conditional(session):
    session.add_variable("a", "real", bounds=(0, 1))
    session.add_variable("kind", "categorical", categories=["plain", "deep"])
    session.add_variable("depth", "integer", bounds=(1, 5), active_if={"kind": ["deep"]})


SPACES = [numbers, categories, observed, derived, mixture, conditional]


def campaign_of(define, *, goal="maximize", **wanted):
    session = OptimizationSession()
    define(session)
    session.add_objective("Yield", goal, unit="%", **wanted)
    space = session.state.space
    n = 4 if define is categories else 6
    for i, point in enumerate(session.generate_initial_design("sobol", n, random_seed=3)):
        known = {**dict.fromkeys(space.observed, 10.0 * i), **point}
        session.add_experiment(known, output=50.0 + i * (i - 3))
    session.generate_initial_design("sobol", 2, random_seed=5, stage=True)
    return session


@pytest.fixture(scope="module", params=SPACES, ids=lambda define: define.__name__)
def session(request):
    return campaign_of(request.param)


@pytest.mark.parametrize("flat", [False, True], ids=["python", "page"])
@pytest.mark.parametrize("name", FIGURES)
def test_it_is_drawn(name, flat, session):
    fit = session._work.fit_now()
    x, y = session.state.space.chosen.names[:2]
    models = {"Yield": fit.model}
    scene = Scene(session.state, fit.model, fit.validation, x=x, y=y, models=models)
    figure = build_figure(name, scene, flat=flat)
    text = figure.to_json()
    json.loads(text, parse_constant=pytest.fail)
    assert figure.layout.meta["alt"].endswith(".")
    assert figure.data, figure.layout.meta
    kinds = {trace.type for trace in figure.data}
    assert kinds <= IN_THE_PAGE or not flat, kinds
    shown = json.dumps(
        [figure.to_dict()["data"], {**figure.to_dict()["layout"], "meta": 0}], default=str
    )
    if name in ("contour", "surface") and flat:
        assert "suggested" in {trace.name for trace in figure.data}
    assert not re.search(r"<(b>a|i>x|u>)", shown), "names of users are text"


@pytest.mark.parametrize(("goal", "wanted"), [
    ("minimize", {}), ("target", {"target": 52.0}), ("band", {"band": (51.0, 53.0)}),
])  # fmt: skip
def test_every_goal_is_drawn(goal, wanted):
    session = campaign_of(numbers, goal=goal, **wanted)
    fit = session._work.fit_now()
    for name in FIGURES:
        figure = build_figure(name, Scene(session.state, fit.model, fit.validation), flat=True)
        assert figure.layout.meta["alt"].endswith("."), name


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_rows_are_drawn_or_said(n):
    session = OptimizationSession()
    numbers(session)
    for _ in range(n):
        session.add_experiment({"a": 1.0, "b": 3, "c": 1}, output=2.0)
    for name, kind in FIGURES.items():
        if kind.needs_model:
            with pytest.raises(OptwidgetsError, match="The model needs"):
                getattr(session, f"plot_{name}")()
            continue
        if name == "design":
            with pytest.raises(OptwidgetsError, match="no planned points"):
                session.plot_design()
            continue
        meta = getattr(session, f"plot_{name}")().layout.meta
        assert bool(meta["empty"]) == (n == 0), name
