"""What is in the wheel, and that it works where nothing can be built or fetched."""

from __future__ import annotations

import gzip
import re
import subprocess
import zipfile
from urllib.parse import urlsplit

import pytest

from support.cells import SHOW, reactor
from support.notebooks import PATIENCE_MS, Notebook, write_notebook
from support.servers import running

# plotly.js is in the one bundle that draws figures.
LARGE = {"figure-view.js"}


def test_the_wheel_is_small_and_whole(wheel):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    size = wheel.stat().st_size
    print(f"\nwheel: {size / 1e6:.2f} MB, {len(names)} files")
    assert size < 2_000_000
    static = {
        name.rsplit("/", 1)[1] for name in names if "/static/" in name and "labext" not in name
    }
    assert {
        "theme.css",
        "space-builder.js",
        "data-grid.js",
        "suggestion-panel.js",
        "figure-view.js",
        "studio-header.js",
    } <= static
    shared = "data/share/jupyter/labextensions/optwidgets/"
    assert any(name.endswith(shared + "install.json") for name in names)
    assert any(re.search(shared + r"static/remoteEntry\.\w+\.js$", name) for name in names)
    assert any(name.endswith("data/share/optwidgets/quickstart.ipynb") for name in names)
    assert not [name for name in names if name.endswith((".map", ".tsx", ".ts", ".pth"))]


def test_each_bundle_is_small(wheel):
    with zipfile.ZipFile(wheel) as archive:
        sizes = {
            name.rsplit("/", 1)[1]: len(gzip.compress(archive.read(name)))
            for name in archive.namelist()
            if re.fullmatch(r"optwidgets/static/[\w-]+\.js", name)
        }
    print("\nbundles, gzip: " + ", ".join(f"{n} {s / 1000:.1f} kB" for n, s in sizes.items()))
    assert {
        name: size for name, size in sizes.items() if size >= 40_000 and name not in LARGE
    } == {}


def test_the_package_comes_from_the_wheel_and_imports_lightly(installation):
    code = (
        "import sys, optwidgets; heavy = {'torch', 'plotly', 'sklearn', 'skopt', 'pandas'};"
        "print(optwidgets.__file__); print(sorted(heavy & set(sys.modules)))"
    )
    done = subprocess.run(
        [installation.python, "-c", code],
        capture_output=True,
        text=True,
        env=installation.environment,
        cwd=installation.python.parent,
    )
    where, heavy = done.stdout.splitlines()
    assert where.startswith(str(installation.python.parents[1]))
    assert heavy == "[]"


@pytest.mark.parametrize("kind", ["lab", "notebook"])
def test_the_studio_opens(kind, installation, page, picture, tmp_path):
    with running(
        kind,
        tmp_path / "notebooks",
        tmp_path,
        python=installation.python,
        base=installation.environment,
    ) as server:
        write_notebook(server.folder / "reactor.ipynb", [reactor(), SHOW])
        notebook = Notebook(page, server, "reactor.ipynb", kind).open()
        assert str(installation.python.parents[1]) in notebook.ask("__import__('sys').prefix")
        notebook.run_all()
        _is_the_studio(page.locator(".jp-Notebook"))
        panel = notebook.show_sidebar()
        _is_the_studio(panel)
        picture(f"wheel-{kind}")


def test_the_studio_opens_in_voila(installation, browser, picture, tmp_path):
    folder = tmp_path / "notebooks"
    folder.mkdir()
    write_notebook(folder / "reactor.ipynb", [reactor(), SHOW])
    context = browser.new_context(viewport={"width": 1300, "height": 900})
    strangers = []

    def only_here(route):
        if urlsplit(route.request.url).hostname == "127.0.0.1":
            route.continue_()
        else:
            strangers.append(route.request.url)
            route.abort()

    context.route(lambda url: url.startswith(("http://", "https://")), only_here)
    page = context.new_page()
    page.set_default_timeout(PATIENCE_MS)
    with running(
        "voila", folder, tmp_path, python=installation.python, base=installation.environment
    ) as server:
        page.goto(server.address("voila/render/reactor.ipynb"))
        _is_the_studio(page.locator("body"))
        picture("wheel-voila", page)
        # Live, not a picture: what is done in the page is done in the kernel.
        page.get_by_role("button", name="Suggest", exact=True).first.click()
        page.get_by_role("article").first.wait_for()
    context.close()
    # Voila's own page asks for an icon font; nothing else may leave the machine.
    assert [url for url in strangers if "fontawesome" not in url] == []


def _is_the_studio(place):
    grid = place.get_by_role("grid", name="Experiments").first
    grid.wait_for(timeout=PATIENCE_MS)
    assert "71.3" in grid.inner_text()
    suggest_tab = place.get_by_role("tab", name="Suggest").first
    if suggest_tab.is_visible():  # narrow
        suggest_tab.click()
    place.get_by_role("button", name="Suggest", exact=True).first.wait_for(timeout=PATIENCE_MS)
