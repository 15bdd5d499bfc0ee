"""A real JupyterLab in a real Chromium: one server for the session, one notebook for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page

from support.chromium import browser, context, page, picture
from support.notebooks import Notebook, write_notebook
from support.servers import Server, running

__all__ = ["browser", "context", "page", "picture"]

OpenNotebook = Callable[..., Notebook]


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with running("lab", tmp_path_factory.mktemp("notebooks"), home) as server:
        yield server


@pytest.fixture
def notebook(lab: Server, page: Page, request: pytest.FixtureRequest) -> Iterator[OpenNotebook]:
    """Open a new notebook with the given cells; run them unless told not to."""
    made: list[Notebook] = []

    def open_notebook(*cells: str, run: bool = True) -> Notebook:
        # A new name each time: a running kernel of an old name would keep the old modules.
        name = f"{request.node.name.translate(str.maketrans('[]/ -', '_____'))}-{len(made)}.ipynb"
        write_notebook(lab.folder / name, cells)
        notebook = Notebook(page, lab, name).open()
        made.append(notebook)
        if run:
            notebook.run_all()
        return notebook

    yield open_notebook
    for item in made:
        item.shut_down()
