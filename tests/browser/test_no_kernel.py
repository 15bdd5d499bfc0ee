"""Without a kernel: the Studio says so once, keeps what it shows, and has a way on."""

import os
import signal

from playwright.sync_api import expect

from support.cells import SHOW, reactor
from support.grid import Grid


def test_a_kernel_that_was_shut_down_is_missed_and_started_again(notebook, page, picture):
    show = 'session = optwidgets.OptimizationSession.open("shut.db")\nsession'
    opened = notebook(reactor("shut.db"), 'session.name = "Reactor 9"', show)
    studio = opened.cell(2)
    Grid(studio).edit("temperature", 1, "47")
    opened.wait_for("session.state.table.row(1).inputs['temperature']", 47)
    panel = opened.show_sidebar()
    Grid(panel).wait()
    opened.shut_down()
    banner = studio.get_by_text("Kernel not running.").locator("visible=true")
    expect(banner).to_have_count(1)
    expect(studio.get_by_role("button", name="Start kernel").locator("visible=true")).to_have_count(
        1
    )
    Grid(studio).reads("temperature", 1, "47")
    panel.get_by_text("Kernel not running. Nothing is lost").wait_for()
    picture("no-kernel-light")
    opened.set_theme("dark")
    picture("no-kernel-dark")
    opened.set_theme("light")
    studio.get_by_role("button", name="Start kernel").locator("visible=true").click()
    opened.wait_idle()
    studio.get_by_text("This kernel is a new one.").locator("visible=true").wait_for()
    panel.get_by_role("button", name="Reopen Reactor 9").click()
    Grid(panel).reads("temperature", 1, "47")
    opened.run_one(2)
    # The view that the cell has now is of the new kernel; nothing says otherwise any more.
    Grid(studio).edit("temperature", 1, "52")
    opened.wait_for("session.state.table.row(1).inputs['temperature']", 52)
    expect(studio.get_by_text("This kernel is a new one.")).to_have_count(0)


def test_the_sidebar_starts_a_kernel_too(notebook):
    opened = notebook(reactor("side.db"), 'session.name = "Side"')
    panel = opened.show_sidebar()
    Grid(panel).reads("Output", 8, "69.8")
    opened.shut_down()
    panel.get_by_role("button", name="Start kernel").click()
    opened.wait_idle()
    panel.get_by_role("button", name="Reopen Side").click()
    Grid(panel).reads("Output", 8, "69.8")


def test_the_cell_hears_of_a_killed_kernel(notebook, page):
    opened = notebook(reactor(), SHOW)
    studio = opened.cell(1)
    Grid(studio).wait()
    os.kill(opened.ask("__import__('os').getpid()"), signal.SIGKILL)
    said = studio.get_by_text("in memory only: run the cells that made it").locator("visible=true")
    said.wait_for()
    dialog = page.get_by_role("dialog")
    if dialog.is_visible():  # JupyterLab tells that the kernel died, and starts another
        dialog.get_by_role("button", name="Ok").click()
    opened.wait_idle()
    expect(said).to_have_count(1)
