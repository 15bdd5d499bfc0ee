"""A session on a server, shown in a notebook: news of others, and the line that is cut."""

from __future__ import annotations

import httpx
from playwright.sync_api import expect

from support.cells import SHOW
from support.grid import Grid
from support.notebooks import PATIENCE_MS
from support.optwidgets_server import running

ATTACHED = """
import optwidgets
session = optwidgets.OptimizationSession(name="Reactor")
session.add_variable("temperature", "real", bounds=(20, 100))
session.add_experiment({{"temperature": 60}}, output=1.5)
session.persist({url!r}, compute="kernel")
"""


def record(url, session_id, value):
    """Record a result as a script on another computer would."""
    row = {"id": 1, "inputs": {"temperature": 80}, "outputs": {"Output": value}, "state": "done"}
    answer = httpx.post(
        f"{url}/api/v1/sessions/{session_id}/journal",
        json={"changes": [["RowsAdded", {"rows": [row]}]], "actor": "Noor"},
        headers={"Idempotency-Key": f"script-{value}"},
    )
    assert answer.status_code == 201, answer.text


def results(url, session_id):
    """Return the results that the server has."""
    found = httpx.get(f"{url}/api/v1/sessions/{session_id}/journal").json()["entries"]
    rows = [
        row
        for entry in found
        if entry["change"][0] == "RowsAdded"
        for row in entry["change"][1]["rows"]
    ]
    edits = [
        edit
        for entry in found
        if entry["change"][0] == "RowsEdited"
        for edit in entry["change"][1]["edits"]
    ]
    return len(rows), [edit["fields"]["outputs"] for edit in edits]


def test_news_come_by_themselves_and_work_goes_on_without_the_server(notebook, tmp_path, picture):
    with running(tmp_path / "lab.db", no_auth=True) as server:
        url, port = server.url, server.settings.port
        opened = notebook(ATTACHED.format(url=url), SHOW)
        cell = opened.cell(1)
        grid = Grid(cell).wait()
        session_id = opened.ask("session.id")
        expect(cell.get_by_text(f"Attached to 127.0.0.1:{port}").first).to_be_visible()
        record(url, session_id, 0.25)
        expect(grid.cell("output", 2)).to_contain_text("0.25", timeout=PATIENCE_MS)
        expect(cell.get_by_text("Changed by Noor: added rows").first).to_be_visible()

    # The server is gone; what is typed now is kept, and said to be.
    grid.edit("output", 2, "0.75")
    expect(grid.cell("output", 2)).to_contain_text("0.75")
    expect(cell.get_by_text("1 change not sent").first).to_be_visible(timeout=PATIENCE_MS)
    banner = cell.get_by_text("Offline: 1 change waits and will be sent.").first
    expect(banner).to_be_visible(timeout=PATIENCE_MS)
    picture("offline")

    with running(tmp_path / "lab.db", no_auth=True, port=port):
        cell.get_by_role("button", name="Retry").first.click()
        expect(banner).to_be_hidden(timeout=PATIENCE_MS)
        expect(cell.get_by_text(f"Attached to 127.0.0.1:{port}").first).to_be_visible()
        assert results(url, session_id) == (2, [{"Output": 0.75}])


def test_after_a_restart_of_the_kernel_the_sidebar_attaches_again(notebook, tmp_path, picture):
    with running(tmp_path / "lab.db", no_auth=True) as server:
        opened = notebook(ATTACHED.format(url=server.url))
        panel = opened.show_sidebar()
        grid = Grid(panel).wait()
        expect(grid.cell("output", 1)).to_contain_text("1.5")
        opened.restart_kernel()
        # By itself: nobody clicks, and no cell is run. What the panel says meanwhile may be gone.
        opened.wait_for("'optwidgets' in __import__('sys').modules", True)
        expect(Grid(panel).wait().cell("output", 1)).to_contain_text("1.5", timeout=PATIENCE_MS)
        picture("reattach")
        opened.do(
            f"import optwidgets; session = optwidgets.OptimizationSession.attach({server.url!r})"
        )
        opened.wait_for("session.compute", "server")
