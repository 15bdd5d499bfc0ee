"""The second view: the same Studio in JupyterLab's right sidebar."""

import re

from support.cells import SHOW, reactor
from support.grid import Grid

IMPORT_HINT = "No session here yet."


def test_cell_and_sidebar_are_two_views_of_one_model(notebook, picture):
    opened = notebook(reactor(), SHOW)
    panel = opened.show_sidebar()
    in_cell, in_panel = Grid(opened.cell(1)), Grid(panel)
    in_cell.edit("temperature", 1, "47")
    in_panel.reads("temperature", 1, "47")
    in_panel.edit("temperature", 2, "48")
    in_cell.reads("temperature", 2, "48")
    opened.wait_for("[session.state.table.row(n).inputs['temperature'] for n in (1, 2)]", [47, 48])
    picture("sidebar-light")
    opened.set_theme("dark")
    picture("sidebar-dark")
    opened.set_theme("light")


def test_the_panel_shows_a_session_that_no_cell_shows(notebook):
    opened = notebook(reactor())
    panel = opened.show_sidebar()
    Grid(panel).reads("Output", 8, "69.8")


def test_a_reloaded_page_finds_the_session_again(notebook):
    opened = notebook(reactor(), SHOW)
    panel = opened.show_sidebar()
    Grid(panel).edit("temperature", 1, "47")
    opened.wait_for("session.state.table.row(1).inputs['temperature']", 47)
    opened.save()
    opened.reload()
    panel = opened.show_sidebar()
    Grid(panel).reads("temperature", 1, "47")
    Grid(opened.cell(1)).reads("temperature", 1, "47")
    # Both views have come to rest: what is typed while one is put together may miss it.
    for view in (panel, opened.cell(1)):
        view.locator("[role=gridcell][data-key=model] [role=img]").first.wait_for(timeout=60_000)
    # Attached, and not a picture of what was.
    Grid(panel).edit("temperature", 1, "52")
    opened.wait_for("session.state.table.row(1).inputs['temperature']", 52)


def test_a_restarted_kernel_is_met_with_a_way_back(notebook, picture):
    opened = notebook(reactor("reopen.db"), 'session.name = "Reactor 7"')
    panel = opened.show_sidebar()
    Grid(panel).edit("temperature", 1, "47")
    opened.wait_for("session.state.table.row(1).inputs['temperature']", 47)
    opened.restart_kernel()
    panel.get_by_text("The kernel was restarted. Nothing is lost").wait_for()
    picture("sidebar-restarted")
    panel.get_by_role("button", name="Reopen Reactor 7").click()
    Grid(panel).reads("temperature", 1, "47")
    Grid(panel).edit("temperature", 1, "53")
    opened.do("import optwidgets; session = optwidgets.OptimizationSession.open('reopen.db')")
    opened.wait_for("session.state.table.row(1).inputs['temperature']", 53)


def test_a_session_in_memory_is_gone_with_its_kernel_and_the_panel_says_so(notebook):
    opened = notebook(reactor())
    panel = opened.show_sidebar()
    Grid(panel).reads("Output", 8, "69.8")
    opened.restart_kernel()
    panel.get_by_text(re.compile("the session was in memory only")).wait_for()
    opened.run_all()
    Grid(panel).reads("Output", 8, "69.8")


def test_the_panel_follows_the_active_notebook(notebook, page):
    first = notebook(reactor(), 'session.name = "First"')
    panel = first.show_sidebar()
    Grid(panel).reads("Output", 8, "69.8")
    second = first.beside("second-of-two.ipynb", ["1 + 1"])
    panel.get_by_text(IMPORT_HINT).wait_for()
    second.do("import optwidgets; session = optwidgets.OptimizationSession(name='Second')")
    panel.get_by_text("Second").first.wait_for()
    first.activate()
    Grid(panel).reads("Output", 8, "69.8")
    second.activate()
    second.shut_down()
    first.activate()


def test_of_several_sessions_one_is_chosen(notebook):
    opened = notebook(reactor(), 'session.name = "One"')
    panel = opened.show_sidebar()
    Grid(panel).reads("Output", 8, "69.8")
    opened.do("other = optwidgets.OptimizationSession(name='Two')")
    choice = panel.get_by_role("combobox", name="Session")
    choice.wait_for()
    assert choice.locator("option").all_inner_texts() == ["One", "Two"]
    choice.select_option("One")
    Grid(panel).reads("Output", 8, "69.8")
