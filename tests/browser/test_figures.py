"""The promised figures that need a browser: measured, printed, and bounded at three times the goal.

The goals hold on a machine with nothing else to do; the bounds here catch what would be wrong
anywhere, and do not fail because a neighbour was busy.
"""

import statistics

import pytest

from support.cells import SHOW, reactor
from support.grid import Grid

# Each in a page of its own, as a user has it, and nothing of other tests in the background.
pytestmark = pytest.mark.fresh_page

SLACK = 3
# Notes when Enter went down in the page, and when an answer of the kernel came in.
CLOCK = """
(() => {
  const clock = (globalThis.clock = { down: 0, trips: [] });
  addEventListener("keydown", (event) => {
    if (event.key === "Enter") clock.down = performance.now();
  }, true);
  const text = new TextDecoder();
  const Native = WebSocket;
  globalThis.WebSocket = class extends Native {
    constructor(...options) {
      super(...options);
      this.addEventListener("message", ({ data }) => {
        if (!clock.down) return;
        const words = data instanceof ArrayBuffer ? text.decode(data) : String(data);
        if (!words.includes('"reply"')) return;
        clock.trips.push(performance.now() - clock.down);
        clock.down = 0;
      });
    }
  };
})();
"""
# Runs the last cell, and waits frame by frame until what it shows is there.
RUN_UNTIL = """
async (selector) => {
  const panel = jupyterapp.shell.currentWidget;
  panel.content.activeCellIndex = panel.content.widgets.length - 1;
  const start = performance.now();
  jupyterapp.commands.execute("notebook:run-cell");
  for (;;) {
    const found = document.querySelector(selector);
    if (found && found.getBoundingClientRect().height > 0) return performance.now() - start;
    if (performance.now() - start > 60000) throw new Error(`${selector} did not come`);
    await new Promise(requestAnimationFrame);
  }
}
"""
GRID = ".jp-CodeCell .ow-studio [role=grid][aria-label=Experiments] [role=gridcell]"
SUGGESTED = ".jp-CodeCell .ow-studio [role=gridcell][aria-label^='State, row 9, suggested']"
BUSY = """
import threading
def work():
    import numpy as np
    from optwidgets.models import ModelConfig, fit_model, training_data
    while keep:
        fit_model(training_data(big.state.space, big.state.table, "Output"), ModelConfig())
import random
random.seed(1)
from optwidgets.data.edits import RowsAdded
from optwidgets.data.table import Row
big = optwidgets.OptimizationSession(name="Big")
for name in "abcdef":
    big.add_variable(name, "real", bounds=(0, 1))
big.commit([RowsAdded(tuple(
    Row(n, {name: random.random() for name in "abcdef"}, {"Output": random.gauss(0, 1)}, state="done")
    for n in range(1, 301)
))])
keep = True
"""


def report(name, milliseconds, goal):
    """Print median and spread, and hold the median to the bound."""
    ordered = sorted(milliseconds)
    median = statistics.median(ordered)
    print(
        f"\nFIGURE {name}: median {median:.0f} ms (least {ordered[0]:.0f}, most {ordered[-1]:.0f},"
        f" n = {len(ordered)}; goal {goal} ms)"
    )
    assert median < goal * SLACK


@pytest.fixture
def clock(page):
    page.add_init_script(CLOCK)
    return page


# Longer than the session waits after an edit until it fits its model again.
SETTLED_MS = 400


def edits(opened, grid, page, count, settle=False):
    """Type into one column downwards, and return how long each Enter took to be acknowledged.

    `settle` waits after each edit until the session's own fit is over.
    """
    page.evaluate("clock.trips = []")
    first = 100 * opened.ask("session.revision")  # what stands there already is no edit
    for n in range(count):
        grid.cell("temperature", n % 8 + 1).click()
        page.keyboard.type(str(first + n))
        page.keyboard.press("Enter")
        page.wait_for_function("count => clock.trips.length === count", arg=n + 1)
        page.wait_for_timeout(SETTLED_MS if settle else 100)
        if settle:
            opened.wait_for("session.worker.current is None", True)
    last = (count - 1) % 8 + 1
    assert opened.ask(f"session.state.table.row({last}).inputs['temperature']") == first + count - 1
    return page.evaluate("clock.trips")


def test_an_edit_goes_to_the_kernel_and_back(notebook, clock):
    opened = notebook(reactor("edits.db"), SHOW)
    grid = Grid(opened.cell(1)).wait()
    opened.wait_for("session.worker.current is None", True)
    edits(opened, grid, clock, 3)
    report("edit to kernel and back, idle", edits(opened, grid, clock, 16, settle=True), 60)


def test_an_edit_goes_to_the_kernel_and_back_during_a_fit(notebook, clock):
    opened = notebook(reactor("edits-busy.db"), BUSY, SHOW)
    grid = Grid(opened.cell(2)).wait()
    edits(opened, grid, clock, 3)
    opened.do("task = big.worker.submit('fit', lambda progress: work())")
    try:
        trips = edits(opened, grid, clock, 16)
        assert opened.ask("task.state") == "running"
    finally:
        opened.do("keep = False")
    report("edit to kernel and back, during a fit", trips, 100)


def test_the_studio_is_visible_soon(notebook, page):
    opened = notebook(reactor(), "import optwidgets.widgets.studio", SHOW, run=False)
    opened.run_first(2)
    # Warm is a kernel that has shown a Studio before, as on the second run of a notebook.
    opened.do("optwidgets.Studio(optwidgets.OptimizationSession())")
    shown = page.evaluate(RUN_UNTIL, GRID)
    report("Studio visible after the cell runs, warm kernel", [shown], 1000)


def test_the_first_suggestion_comes_soon(notebook, page):
    notebook(reactor() + "\nsession.suggest_next()\nsession", run=False)
    shown = page.evaluate(RUN_UNTIL, SUGGESTED)
    report("first suggestion from a cold kernel", [shown], 5000)


def test_a_large_table_reaches_the_browser_soon(notebook, page):
    cell = """
import optwidgets, random, time
from optwidgets.data.edits import RowsAdded
from optwidgets.data.table import Row
random.seed(1)
session = optwidgets.OptimizationSession()
names = [f"x{n}" for n in range(9)]
for name in names:
    session.add_variable(name, "real", bounds=(0, 1))
session.commit([RowsAdded(tuple(
    Row(n, {name: random.random() for name in names}, {"Output": random.random()}, state="done")
    for n in range(1, 10_001)
))])
"""
    opened = notebook(cell, "grid = optwidgets.DataGrid(session); grid")
    Grid(opened.cell(1)).wait()
    opened.wait_for("session.worker.current is None", True)
    # The first view reads the columns from the rows; a reload and further views find them read.
    unread = "session.state.table.__dict__.pop('cells', None); "
    first = [arrival(opened, page, unread) for _ in range(7)]
    again = [arrival(opened, page) for _ in range(5)]
    report("10,000 x 10 table to the browser, drawn by a first view", first[2:], 100)
    report("10,000 x 10 table to the browser, drawn by a further view", again, 100)


def arrival(opened, page, before=""):
    """How long the whole table takes from the kernel until all its rows are in the page."""
    opened.do("grid.table = b''")
    page.wait_for_function(f"() => !({ALL_ROWS})")
    page.evaluate(WATCH, ALL_ROWS)
    opened.do(f"{before}start = time.time(); grid.handle('refresh', {{}})")
    page.wait_for_function("() => globalThis.seen")
    return page.evaluate("globalThis.seen") - 1000 * opened.ask("start")


ALL_ROWS = "document.querySelector('[role=grid]').ariaRowCount > 10000"
# Looks once in each frame, and notes when it was so.
WATCH = """
(condition) => {
  globalThis.seen = 0;
  const look = () => {
    if (eval(condition)) globalThis.seen = performance.timeOrigin + performance.now();
    else requestAnimationFrame(look);
  };
  look();
}
"""
