"""The table of experiments: typed, pasted, refused, undone, and scrolled when it is long."""

import re
import statistics

from playwright.sync_api import expect

from support.cells import reactor
from support.grid import Grid

SHOW = "optwidgets.DataGrid(session)"
ROWS = (
    "[dict(row.inputs) | dict(row.outputs) | {'state': row.state} for row in session.state.table]"
)


def grid_of(opened, cell=1) -> Grid:
    return Grid(opened.cell(cell)).wait()


def row_of(opened, number):
    return opened.ask(f"{ROWS}[{number - 1}]")


def test_an_edit_reaches_the_kernel_comes_back_and_is_undone(notebook, page, picture):
    opened = notebook(reactor(), SHOW, SHOW)
    grid, other = grid_of(opened, 1), grid_of(opened, 2)
    grid.edit("temperature", 3, "57,5")
    opened.wait_for("session.state.table.row(3).inputs['temperature']", 57.5)
    # The second widget of the session shows it without being asked.
    other.reads("temperature", 3, "57.5")
    expect(opened.cell(1).get_by_role("status")).to_contain_text("temperature in row 3: 55 to 57.5")
    picture("data-grid")
    page.keyboard.press("Control+z")
    opened.wait_for("session.state.table.row(3).inputs['temperature']", 55)
    grid.reads("temperature", 3, "55.0")
    page.keyboard.press("Control+y")
    grid.reads("temperature", 3, "57.5")


def test_how_long_an_edit_takes(notebook, page):
    opened = notebook(reactor(), SHOW)
    grid = grid_of(opened)
    grid.cell("pressure", 1).click()
    took = page.evaluate(
        """async () => {
          const status = document.querySelector(".ow [role=status]");
          const times = [];
          for (let n = 0; n < 25; n += 1) {
            const text = (2 + n / 100).toFixed(2);
            const key = (name) => document.activeElement.dispatchEvent(
              new KeyboardEvent("keydown", { key: name, bubbles: true, cancelable: true }));
            key("F2");
            await new Promise(requestAnimationFrame);
            const input = document.activeElement;
            input.value = text;
            input.dispatchEvent(new Event("input", { bubbles: true }));
            const start = performance.now();
            const answered = new Promise((done) => {
              const watch = new MutationObserver(() => {
                if (!status.textContent.includes(` to ${Number(text)}`)) return;
                watch.disconnect();
                done(performance.now() - start);
              });
              watch.observe(status, { subtree: true, childList: true, characterData: true });
            });
            key("Enter");
            times.push(await answered);
            key("ArrowUp");
            await new Promise((done) => setTimeout(done, 100));
          }
          return times;
        }"""
    )
    print(f"\nedit to kernel and back: median {statistics.median(took):.0f} ms of {len(took)}")
    opened.wait_for("session.state.table.row(1).inputs['pressure']", 2.24)


def test_a_result_typed_into_a_suggestion_completes_it(notebook, page):
    opened = notebook(
        reactor(),
        SHOW,
        "session.experiment_manager.add_experiment("
        "{'temperature': 61.0, 'pressure': 4.5, 'catalyst': 'B'}, state='suggested')",
    )
    grid = grid_of(opened)
    expect(grid.cell("State", 9)).to_contain_text("suggested")
    grid.edit("Output", 9, "72.4")
    opened.wait_for("session.state.table.row(9).state", "done")
    expect(grid.cell("State", 9)).to_contain_text("done")
    assert row_of(opened, 9)["Output"] == 72.4


def test_a_bad_value_stays_open_with_the_sentence_until_escape(notebook, page):
    opened = notebook(reactor(), SHOW)
    grid = grid_of(opened)
    grid.edit("temperature", 2, "1o5")
    alert = grid.root.get_by_role("alert")
    expect(alert).to_contain_text("is not a number. Press Escape to get 40.0 back.")
    box = grid.root.get_by_role("textbox")
    expect(box).to_be_focused()
    expect(box).to_have_value("1o5")
    assert row_of(opened, 2)["temperature"] == 40
    page.keyboard.press("Escape")
    expect(alert).to_have_count(0)
    grid.reads("temperature", 2, "40.0")
    # The keys of the notebook were not meant: nothing happened to its cells.
    assert opened.page.locator(".jp-CodeCell").count() == 2


def test_a_block_of_a_spreadsheet_is_pasted_and_copied(notebook, page):
    opened = notebook(reactor(), SHOW)
    grid = grid_of(opened)
    block = '61,5\t4\tA\t70,1\r\n62\tn/a\t"B"\t71.0\r\n150\t5\tB\t60\r\n'
    page.evaluate("text => navigator.clipboard.writeText(text)", block)
    grid.cell("temperature", 8).click()
    page.keyboard.press("ArrowDown")  # the line at the end, where new rows begin
    page.keyboard.press("Control+v")
    place = opened.cell(1)
    expect(place.get_by_text("Pasted 3 rows, 4 columns.")).to_be_visible()
    expect(place.get_by_text('1 value needs you: row 10, pressure "n/a"')).to_be_visible()
    expect(place.get_by_text("1 row is outside the bounds and is kept")).to_be_visible()
    rows = opened.ask(ROWS)[8:]
    assert [row["temperature"] for row in rows] == [61.5, 62, 150]
    assert [row.get("pressure") for row in rows] == [4, None, 5]
    assert [row["catalyst"] for row in rows] == ["A", "B", "B"]

    grid.cell("temperature", 1).click()
    grid.cell("catalyst", 2).click(modifiers=["Shift"])
    page.keyboard.press("Control+c")
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert copied.replace("\r\n", "\n") == "25\t2\tA\n40\t5\tB"

    grid.cell("temperature", 1).click()
    page.keyboard.press("Control+z")
    opened.wait_for("len(session.state.table)", 8)


def test_rows_are_excluded_and_sorted_with_the_keyboard(notebook, page):
    opened = notebook(reactor(), SHOW)
    grid = grid_of(opened)
    grid.cell("temperature", 6).click()
    page.keyboard.press("Home")
    page.keyboard.press("Delete")
    opened.cell(1).get_by_role("button", name="Exclude").click()
    opened.wait_for("session.state.table.row(6).state", "excluded")
    expect(grid.cell("State", 6)).to_contain_text("excluded")

    grid.head("Output").click()
    expect(grid.head("Output")).to_have_attribute("aria-sort", "ascending")
    grid.head("Output").click()
    expect(grid.head("Output")).to_have_attribute("aria-sort", "descending")
    first = grid.root.get_by_role("rowheader").first
    expect(first).to_have_text(re.compile(r"^\s*7\s*$"))


def test_a_hundred_thousand_rows_scroll_in_a_small_page(notebook, page, picture):
    opened = notebook(
        """
import optwidgets
session = optwidgets.OptimizationSession()
session.add_variable("x", "real", bounds=(0, 1))
points = [{"x": n / 100_000} for n in range(100_000)]
session.experiment_manager.add_experiments(points, [float(n) for n in range(100_000)])
""",
        SHOW,
    )
    grid = grid_of(opened)
    expect(grid.root).to_have_attribute("aria-rowcount", re.compile("^10000[12]$"))
    grid.cell("x", 1).click()
    page.keyboard.press("Control+End")
    expect(grid.cell("x", 100_000)).to_be_visible()
    assert grid.root.get_by_role("row").count() < 80
    frames = page.evaluate(
        """async () => {
          const rows = document.querySelector(".ow [role=grid]");
          let list = rows;
          while (list.scrollHeight <= list.clientHeight + 1 || getComputedStyle(list).overflowY === "visible")
            list = list.parentElement;
          const gaps = [];
          let before = performance.now();
          for (let n = 0; n < 60; n += 1) {
            list.scrollTop = n * 5000;
            const now = await new Promise(requestAnimationFrame);
            gaps.push(now - before);
            before = now;
          }
          return gaps;
        }"""
    )
    print(f"\nscrolling 100,000 rows: median {statistics.median(frames):.0f} ms a frame")
    expect(grid.root.get_by_role("rowheader").first).to_be_visible()
    assert grid.root.get_by_role("row").count() < 80
    picture("data-grid-large")
