"""Two who change the same at the same time: the second is told, where they are, and chooses."""

from __future__ import annotations

import re

import httpx
import pytest
from playwright.sync_api import expect

from support.cells import SHOW
from support.grid import Grid
from support.notebooks import PATIENCE_MS
from support.optwidgets_server import running

ATTACHED = """
import optwidgets
session = optwidgets.OptimizationSession(name="Reactor", actor="maya")
session.add_variable("temperature", "real", bounds=(20, 100), unit="°C")
session.add_variable("pressure", "real", bounds=(1, 20), unit="bar")
session.add_experiment({{"temperature": 60, "pressure": 4}}, output=1.5)
session.add_experiment({{"temperature": 80, "pressure": 8}})
session.persist({url!r}, compute="kernel")
"""


class Noor:
    """A colleague at another computer."""

    def __init__(self, url: str, session_id: str) -> None:
        self.route = f"{url}/api/v1/sessions/{session_id}/journal"
        self.count = 0

    def change(self, *changes) -> None:
        self.count += 1
        answer = httpx.post(
            self.route,
            json={"changes": list(changes), "actor": "Noor"},
            headers={"Idempotency-Key": f"noor-{self.count}"},
        )
        assert answer.status_code == 201, answer.text

    def result(self, row: int, value: float) -> None:
        fields = {"outputs": {"Output": value}, "state": "done"}
        self.change(["RowsEdited", {"edits": [{"row": row, "fields": fields}]}])

    def maximum(self, value: float) -> None:
        variable = {"name": "temperature", "type": "real", "min": 20, "max": value, "unit": "°C"}
        self.change(["VariableChanged", {"name": "temperature", "variable": variable}])


@pytest.fixture
def campaign(notebook, tmp_path):
    """A notebook on an attached session, and a colleague."""
    with running(tmp_path / "lab.db", no_auth=True) as server:
        opened = notebook(ATTACHED.format(url=server.url), SHOW)
        yield opened, Noor(server.url, opened.ask("session.id"))


def in_both_themes(opened, picture, name, cell):
    picture(name, cell)
    opened.set_theme("dark")
    picture(f"{name}-dark", cell)
    opened.set_theme("light")


def test_what_two_type_into_one_cell_is_chosen_above_the_grid(campaign, page, picture):
    opened, noor = campaign
    opened.set_output_width(700)
    cell = opened.cell(1)
    grid = Grid(cell).wait()
    typed = grid.cell("output", 2)
    typed.click()
    page.keyboard.type("2.5")
    noor.result(2, 1.25)
    expect(cell.get_by_text("Changed by Noor: edited rows").first).to_be_visible()
    page.keyboard.press("Enter")
    told = cell.locator(".ow-panel-data .asides")
    expect(told).to_contain_text("Output in row 2: empty to 2.5")
    expect(told).to_contain_text(re.compile(r"Noor edited rows at \d\d:\d\d UTC"))
    expect(cell.locator(".asides:visible")).to_have_count(1)
    grid.reads("output", 2, "1.25")
    in_both_themes(opened, picture, "conflict-cell-700", cell)
    told.get_by_role("button", name="Both").click()
    expect(grid.cell("output", 3)).to_contain_text("2.5")
    grid.reads("output", 2, "1.25")
    expect(told).to_be_hidden(timeout=PATIENCE_MS)


def test_what_two_set_of_one_variable_is_chosen_in_its_editor(campaign, page, picture):
    opened, noor = campaign
    opened.set_output_width(360)
    cell = opened.cell(1)
    Grid(cell).wait()
    cell.get_by_role("tab", name="Space").click()
    cell.get_by_role("button", name=re.compile("^temperature")).click()
    box = cell.get_by_role("textbox", name="Maximum")
    box.fill("90")
    noor.maximum(120)
    expect(cell.get_by_text("Changed by Noor: changed a variable").first).to_be_visible()
    expect(box).to_have_value("90")
    box.press("Enter")
    told = cell.locator(".ve .asides")
    expect(told).to_contain_text(re.compile(r"Upper bound of temperature: 100 to 120"))
    expect(box).to_have_value("120")
    in_both_themes(opened, picture, "conflict-variable-360", cell)
    # Elsewhere in the Studio the head says it.
    cell.get_by_role("tab", name="Experiments").click()
    head = cell.locator(".hdr .asides")
    expect(head).to_contain_text("Upper bound of temperature: 100 to 90")
    head.get_by_role("button", name="Use mine").click()
    expect(head).to_be_hidden(timeout=PATIENCE_MS)
    cell.get_by_role("tab", name="Space").click()
    expect(box).to_have_value("90")
    assert opened.ask("session.set_aside") == []
