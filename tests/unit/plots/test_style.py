import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.registry import FIGURES, Scene, build_figure
from optwidgets.plots.words import interval_text

ROOT = Path(__file__).parents[3]


def test_the_page_knows_the_same_roles():
    source = (ROOT / "js/src/widgets/figure-view/palette.ts").read_text()
    table = source.partition("ROLES = {")[2].partition("}")[0]
    found = dict(re.findall(r'"?([\w-]+)"?: "([^"]+)"', table))
    assert found == dict(style.PALETTE)


def test_no_two_roles_have_one_value():
    assert len(set(style.PALETTE.values())) == len(style.PALETTE)


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_has_a_name_a_sentence_and_colours_of_the_table(name, campaign, fit):
    points = [dict(row.inputs) for row in campaign.state.table]
    figure = build_figure(name, Scene(campaign.state, fit.model, fit.validation, points=points))
    meta = figure.layout.meta
    assert meta["title"] == FIGURES[name].title
    assert meta["alt"].endswith(".")
    assert len(meta["alt"]) > 30
    text = figure.to_json()
    colours = set(re.findall(r"#[0-9a-f]{6}", text)) | set(re.findall(r"rgba\([^)]*\)", text))
    mixed = figure.data[0].type == "heatmap"
    assert mixed or colours <= {*style.PALETTE.values(), style.CLEAR}
    json.loads(text, parse_constant=pytest.fail)
    if hasattr(figure.data[0], "z"):
        assert np.isfinite(np.asarray(figure.data[0].z)).all()
    assert len(text) < 80_000


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_a_method_of_a_session(name, campaign):
    assert callable(getattr(campaign, f"plot_{name}"))


@pytest.mark.parametrize("name", [name for name, kind in FIGURES.items() if kind.needs_model])
def test_figures_of_a_model_say_that_there_is_none(name, campaign):
    with pytest.raises(OptwidgetsError, match="needs a model"):
        build_figure(name, Scene(campaign.state))


@pytest.mark.parametrize(
    ("mean", "sd", "text"),
    [
        (81.84, 0.8, "81.8 ± 1.6"),
        (0.5, 0.01, "0.500 ± 0.020"),
        (62.0, 12.6, "62.0 ± 25"),
        (5.0, 0.0, "5.00 ± 0"),
    ],
)
def test_intervals_have_the_digits_that_mean_something(mean, sd, text):
    assert interval_text(mean, sd, 0.9 if mean > 10 else None) == text


def test_a_figure_is_drawn_while_another_thread_imports_pandas():
    script = """
import sys, threading
import plotly.graph_objects
from optwidgets.plots.style import make_figure

assert "pandas" not in sys.modules, "nothing to show here"
halfway, go_on = threading.Event(), threading.Event()

class Pause:
    def find_spec(self, name, path=None, target=None):
        if name == "pandas.core.api":
            halfway.set()
            assert go_on.wait(60)

sys.meta_path.insert(0, Pause())
threading.Thread(target=lambda: __import__("pandas")).start()
assert halfway.wait(60)
threading.Timer(0.3, go_on.set).start()
print(make_figure([{"type": "scatter", "y": [1, 2]}], {}, title="T", alt="A line.").data[0].y)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert done.stdout.strip() == "(1, 2)", done.stderr
