"""The grid "Experiments": typed, pasted, copied, undone; suggested rows completed."""

import re

from playwright.sync_api import expect

from support.cells import reactor
from support.grid import Grid

SHOW = "optwidgets.DataGrid(session)"


def temperature(row):
    return f"session.state.table.row({row}).inputs['temperature']"


def test_a_value_is_typed_undone_and_redone(notebook, page, picture):
    opened = notebook(reactor(), SHOW)
    grid = Grid(opened.cell(1)).wait()
    picture("data-grid-light")
    grid.edit("temperature", 1, "47,5")
    grid.reads("temperature", 1, "47.5")
    opened.wait_for(temperature(1), 47.5)
    # Enter went down; the keys of undo are the journal's.
    expect(grid.cell("temperature", 2)).to_be_focused()
    page.keyboard.press("Control+z")
    grid.reads("temperature", 1, "25")
    opened.wait_for(temperature(1), 25)
    page.keyboard.press("Control+y")
    grid.reads("temperature", 1, "47.5")


def test_the_keyboard_is_enough(notebook, page):
    opened = notebook(reactor(), SHOW)
    grid = Grid(opened.cell(1)).wait()
    opened.cell(1).get_by_role("button", name="Add row").focus()
    for _ in range(8):  # past the filters; the grid is one tab stop
        page.keyboard.press("Tab")
        if grid.root.evaluate("node => node.contains(document.activeElement)"):
            break
    page.keyboard.press("Control+Home")
    page.keyboard.press("ArrowDown")
    while not grid.cell("temperature", 2).evaluate("node => node === document.activeElement"):
        page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    expect(grid.cell("pressure", 2)).to_be_focused()
    page.keyboard.press("F2")
    page.keyboard.press("Control+a")
    page.keyboard.type("7")
    page.keyboard.press("Tab")
    opened.wait_for("session.state.table.row(2).inputs['pressure']", 7)
    expect(grid.cell("catalyst", 2)).to_be_focused()
    # The notebook's own shortcuts (a, b, dd) stay asleep in here.
    before = opened.ask("session.revision")
    page.keyboard.press("Escape")
    cells = page.locator(".jp-CodeCell").count()
    page.keyboard.press("Home")
    page.keyboard.press("b")
    page.keyboard.press("Escape")
    assert page.locator(".jp-CodeCell").count() == cells
    assert opened.ask("session.revision") == before


def test_a_bad_value_stays_with_its_sentence_until_it_is_mended(notebook, page, picture):
    opened = notebook(reactor(), SHOW)
    grid = Grid(opened.cell(1)).wait()
    grid.edit("temperature", 1, "1o5")
    alert = opened.cell(1).get_by_role("alert").filter(has_text="1o5").first
    expect(alert).to_contain_text("is not a number")
    picture("data-grid-bad-value")
    assert opened.ask(temperature(1)) == 25
    page.keyboard.press("Escape")
    expect(alert).to_be_hidden()
    grid.reads("temperature", 1, "25")


def test_a_block_from_a_spreadsheet_is_pasted_and_copied_back(notebook, page, picture):
    opened = notebook(reactor(), SHOW)
    grid = Grid(opened.cell(1)).wait()
    grid.cell("temperature", 1).click()
    page.evaluate("text => navigator.clipboard.writeText(text)", '26,5\t3\r\n41\t"6"\r\nn/a\t7\r\n')
    page.keyboard.press("Control+v")
    grid.reads("temperature", 1, "26.5")
    opened.wait_for("session.state.table.row(2).inputs['pressure']", 6)
    assert opened.ask(temperature(3)) == 55
    expect(opened.cell(1).get_by_text("Pasted 3 rows, 2 columns.", exact=True)).to_be_visible()
    picture("data-grid-pasted")

    grid.cell("temperature", 1).click()
    page.keyboard.press("Shift+ArrowDown")
    page.keyboard.press("Shift+ArrowRight")
    page.keyboard.press("Control+c")
    page.wait_for_function(
        "async () => (await navigator.clipboard.readText()).replace(/\\r/g, '').trim() ==="
        " '26.5\\t3\\n41\\t6'"
    )


def test_a_result_typed_into_a_suggested_row_completes_it(notebook, page):
    opened = notebook(reactor(), "session.suggest_next()", SHOW)
    grid = Grid(opened.cell(2)).wait()
    expect(grid.root.get_by_role("row").filter(has_text="suggested")).to_have_count(1)
    grid.edit("Output", 9, "72.5")
    opened.wait_for("session.state.table.row(9).state", "done")
    expect(grid.root.get_by_role("row").filter(has_text="suggested")).to_have_count(0)


def test_a_result_outside_the_space_is_kept_and_marked(notebook):
    opened = notebook(reactor(), SHOW)
    grid = Grid(opened.cell(1)).wait()
    grid.edit("temperature", 1, "140")
    opened.wait_for(temperature(1), 140)
    expect(grid.cell("temperature", 1)).to_have_accessible_description(
        re.compile("above the maximum, 100")
    )


def test_rows_are_excluded_with_a_reason_and_come_back(notebook, page):
    opened = notebook(reactor(), SHOW)
    grid = Grid(opened.cell(1)).wait()
    grid.root.get_by_role("rowheader").nth(1).click()
    page.keyboard.press("Delete")
    opened.cell(1).get_by_role("button", name="Exclude").first.click()
    opened.wait_for("session.state.table.row(2).state", "excluded")
    page.keyboard.press("Control+z")
    opened.wait_for("session.state.table.row(2).state", "done")


def test_sorting_moves_the_view_and_not_the_data(notebook, page):
    opened = notebook(reactor(), SHOW)
    grid = Grid(opened.cell(1)).wait()
    before = opened.ask("session.revision")
    head = grid.head("Output")
    head.click()
    expect(head).to_have_attribute("aria-sort", re.compile("ascending|descending"))
    first = grid.root.get_by_role("rowheader").first
    expect(first).to_have_text(re.compile("^(6|7)$"))
    assert opened.ask("session.revision") == before


def test_a_hundred_thousand_rows_are_windowed(notebook, page):
    opened = notebook(
        """
import optwidgets
from optwidgets.data.edits import RowsAdded
from optwidgets.data.table import Row
session = optwidgets.OptimizationSession()
session.add_variable("x", "real", bounds=(0, 1))
session.commit([RowsAdded(tuple(
    Row(n, {"x": n / 1e5}, {"Output": float(n)}, state="done") for n in range(1, 100_001)
))])
""",
        SHOW,
    )
    grid = Grid(opened.cell(1)).wait()
    expect(grid.root).to_have_attribute("aria-rowcount", re.compile("^10000[0-9]$"))
    assert grid.root.get_by_role("row").count() < 200
    grid.cell("x", 1).click()
    page.keyboard.press("Control+End")
    page.keyboard.press("ArrowUp")
    expect(grid.cell("Output", 100_000)).to_be_visible()
    assert grid.root.get_by_role("row").count() < 200


def test_the_sentence_under_the_last_row_in_sight_is_seen(notebook, page):
    opened = notebook(
        """
import optwidgets
session = optwidgets.OptimizationSession()
session.add_variable("x", "real", bounds=(0, 100))
for n in range(60):
    session.add_experiment({"x": n}, output=n)
""",
        SHOW,
    )
    grid = Grid(opened.cell(1)).wait()
    grid.cell("x", 1).click()
    for _ in range(29):
        page.keyboard.press("ArrowDown")
    expect(grid.cell("x", 30)).to_be_focused()
    page.keyboard.type("abc")
    page.keyboard.press("Enter")
    alert = opened.cell(1).get_by_role("alert").filter(has_text="abc").first
    expect(alert).to_be_in_viewport(ratio=1)
