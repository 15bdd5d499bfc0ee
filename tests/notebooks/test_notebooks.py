"""The notebooks, run from top to bottom in a fresh folder, as a new user would."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from optwidgets import OptimizationSession

FOLDER = Path(__file__).parents[2] / "notebooks"
WIDGET = "application/vnd.jupyter.widget-view+json"


def run(name: str, folder: Path, again: bool = False):
    notebook = nbformat.read(FOLDER / name, as_version=4)
    for _ in range(2 if again else 1):
        NotebookClient(
            notebook, timeout=600, kernel_name="python3", resources={"metadata": {"path": folder}}
        ).execute()
    return notebook


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*.ipynb")), ids=lambda path: path.name)
def test_notebooks_are_committed_without_outputs(path):
    notebook = json.loads(path.read_text())
    assert all(not cell.get("outputs") for cell in notebook["cells"])
    assert all(cell.get("execution_count") is None for cell in notebook["cells"])


def test_quickstart_reaches_a_good_yield_and_can_be_run_again(tmp_path):
    notebook = run("quickstart.ipynb", tmp_path, again=True)
    studio = [output["data"] for output in outputs(notebook) if WIDGET in output.get("data", {})]
    assert any("<table>" in data["text/html"] for data in studio)

    session = OptimizationSession.open(tmp_path / "reactor.db")
    results = [row.outputs["Yield"] for row in session.state.table.done()]
    assert len(results) == 12 + 2 * 6
    # The optimum lies at about 82.7 %.
    assert max(results) > 76
    assert max(results[12:]) > max(results[:12])
    session.verify()


def test_hyperparameters_beats_random_search(tmp_path):
    notebook = run("hyperparameters.ipynb", tmp_path)
    # The notebook asserts its own claim; here only that it said so.
    text = "".join(output.get("text", "") for output in outputs(notebook))
    assert "random search" in text
