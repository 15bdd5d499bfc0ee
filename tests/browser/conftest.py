"""A real JupyterLab in a real Chromium: one server and one page, a notebook and a kernel for each test.

To load JupyterLab costs more than most tests do. So its page stays, and is tidied after each test;
a test marked `fresh_page` gets a page of its own, and one that failed leaves none behind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import count

import pytest
from playwright.sync_api import Browser, Error, Page

from support.chromium import VIEWPORT, Watched, browser, picture
from support.notebooks import Notebook, write_notebook
from support.outcome import FAILED
from support.servers import Server, running

__all__ = ["browser", "picture"]

OpenNotebook = Callable[..., Notebook]

LOADED = "() => globalThis.jupyterapp !== undefined"
# The next test has the machine to itself.
END_KERNELS = "async () => { await jupyterapp.serviceManager.sessions.shutdownAll(); }"
# As a page is after loading: no document, no sidebar, the light theme.
TIDY = """
async () => {
  const { shell, commands } = jupyterapp;
  for (const panel of [...shell.widgets("main")]) {
    if (panel.context) panel.context.model.dirty = false;
    panel.close();
  }
  if (document.querySelector(".jp-Dialog")) throw new Error("A dialog is open.");
  shell.collapseRight();
  shell.mode = "multiple-document";
  document.querySelectorAll("style[data-test]").forEach((style) => style.remove());
  await commands.execute("apputils:change-theme", { theme: "JupyterLab Light" });
}
"""


class Desk:
    """The page that the tests share, loaded when one needs it."""

    def __init__(self, browser: Browser) -> None:
        self.browser = browser
        self.watched: Watched | None = None

    def page(self) -> Page:
        if self.watched is None:
            self.watched = Watched(self.browser)
            self.watched.context.new_page()
        return self.watched.context.pages[0]

    def leave(self) -> None:
        """Close the page: the next test loads another."""
        if self.watched is not None:
            self.watched.context.close()
            self.watched = None


@pytest.fixture(scope="session")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    home = tmp_path_factory.mktemp("home")
    with running("lab", tmp_path_factory.mktemp("notebooks"), home) as server:
        yield server


@pytest.fixture(scope="session")
def desk(browser: Browser) -> Iterator[Desk]:
    desk = Desk(browser)
    yield desk
    desk.leave()


@pytest.fixture
def page(desk: Desk, request: pytest.FixtureRequest) -> Iterator[Page]:
    fresh = request.node.get_closest_marker("fresh_page") is not None
    if fresh:
        desk.leave()
    page = desk.page()
    watched = desk.watched
    assert watched is not None
    yield page
    failed = request.node.stash.get(FAILED, False)
    if failed:
        watched.tell(request.node.name)
    try:
        if page.evaluate(LOADED):
            page.evaluate(END_KERNELS)
            page.evaluate(TIDY)
            page.set_viewport_size(VIEWPORT)
    except Error:
        failed = True
        raise
    finally:
        if failed or fresh:
            desk.leave()
    watched.check()


@pytest.fixture
def notebook(lab: Server, page: Page, request: pytest.FixtureRequest) -> OpenNotebook:
    """Open a new notebook with the given cells; run them unless told not to."""
    number = count()

    def open_notebook(*cells: str, run: bool = True) -> Notebook:
        # A new name each time: a running kernel of an old name would keep the old modules.
        name = (
            f"{request.node.name.translate(str.maketrans('[]/ -', '_____'))}-{next(number)}.ipynb"
        )
        write_notebook(lab.folder / name, cells)
        notebook = Notebook(page, lab, name)
        if page.evaluate(LOADED):
            notebook.open_here()
        else:
            notebook.open()
        if run:
            notebook.run_all()
        return notebook

    return open_notebook
