"""What a cell shows: the widget, and text for places without widgets."""

import html.parser

import nbformat
import pytest
from nbclient import NotebookClient

from support.cells import reactor

VIEW = "application/vnd.jupyter.widget-view+json"
SHOWN = [
    "session",
    "optwidgets.Studio(session)",
    "optwidgets.SpaceBuilder(session)",
    "optwidgets.DataGrid(session)",
    "optwidgets.SuggestionPanel(session)",
    "optwidgets.FigureView(session)",
]


class Tags(html.parser.HTMLParser):
    """Collects the tags of a piece of HTML."""

    def __init__(self):
        super().__init__()
        self.tags = set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.tags |= {name for name, _ in attrs if name.startswith("on")}


@pytest.mark.parametrize("expression", SHOWN)
def test_each_widget_comes_with_text_and_html(kernel, expression):
    kernel.run(reactor())
    bundle = kernel.shown(expression)
    assert bundle[VIEW]["model_id"]
    assert bundle["text/html"].strip()
    assert bundle["text/plain"].strip()
    assert "script" not in _tags(bundle["text/html"])


def test_displays_of_a_session_are_views_of_one_model(kernel):
    kernel.run(reactor())
    first, second = kernel.shown("session")[VIEW], kernel.shown("session")[VIEW]
    assert first["model_id"] == second["model_id"]
    assert kernel.shown("optwidgets.Studio(session)")[VIEW]["model_id"] == first["model_id"]


def test_names_are_text_in_the_fallback(kernel):
    evil = "<img src=x onerror=alert(1)>"
    kernel.run(f"import optwidgets; session = optwidgets.OptimizationSession(name={evil!r})")
    kernel.run(f"session.add_variable({evil!r}, 'categorical', categories=['<script>', 'b'])")
    kernel.run(f"session.add_experiment({{{evil!r}: '<script>'}}, output=1.0, note={evil!r})")
    tags = _tags(kernel.shown("session")["text/html"])
    assert not {"img", "script", "onerror"} & tags


def test_a_saved_notebook_shows_the_table_without_a_kernel(tmp_path):
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(reactor()), nbformat.v4.new_code_cell("session")]
    )
    NotebookClient(
        notebook, timeout=90, kernel_name="python3", resources={"metadata": {"path": str(tmp_path)}}
    ).execute()
    (output,) = notebook.cells[1].outputs
    assert "71.3" in output["data"]["text/html"]
    assert {"table", "td"} <= _tags(output["data"]["text/html"])


def _tags(text):
    parser = Tags()
    parser.feed(text)
    return parser.tags


def test_what_took_long_leaves_one_line_and_no_empty_widget(kernel):
    outputs = kernel.run(
        """
import time
from optwidgets.tasks import Worker
from optwidgets.waiting import wait_with_bar

def slow(progress):
    for step in range(4):
        progress(step / 4, "Step")
        time.sleep(0.2)

wait_with_bar(Worker().submit("Slow work", slow), after=0.1)
"""
    )
    shown = [out for out in outputs if out["type"] in {"display_data", "update_display_data"}]
    assert [out["type"] for out in shown].count("display_data") == 1
    assert all(set(out["data"]) == {"text/plain"} for out in shown)
    assert shown[-1]["data"]["text/plain"].startswith("Slow work: done in ")
    assert not [out for out in outputs if out["type"] == "stream"]
