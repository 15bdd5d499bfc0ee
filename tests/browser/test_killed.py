"""A kernel that is killed between edits: what the page showed as saved is there again."""

import os
import signal

from support.cells import SHOW, reactor
from support.grid import Grid
from support.state import WHOLE_STATE

KILLS = 3  # benchmarks/kill_kernel.py does fifty, without the browser


def test_no_edit_is_lost_with_a_killed_kernel(notebook, page):
    opened = notebook(reactor("killed.db"), 'session.name = "Reactor"', SHOW)
    panel = opened.show_sidebar()
    for kill in range(KILLS):
        for row in (1, 2, 3):
            value = 31 + 10 * kill + row
            Grid(panel).edit("temperature", row, str(value))
            opened.wait_for(f"session.state.table.row({row}).inputs['temperature']", value)
        before = opened.ask(WHOLE_STATE)
        os.kill(opened.ask("__import__('os').getpid()"), signal.SIGKILL)
        panel.get_by_role("button", name="Reopen Reactor").wait_for()
        dialog = page.get_by_role("dialog")
        if dialog.is_visible():  # JupyterLab tells that the kernel died, and starts another
            dialog.get_by_role("button", name="Ok").click()
        opened.wait_idle()
        panel.get_by_role("button", name="Reopen Reactor").click()
        Grid(panel).reads("temperature", 3, str(34 + 10 * kill))
        opened.do("import optwidgets; session = optwidgets.OptimizationSession.open('killed.db')")
        assert opened.ask(WHOLE_STATE) == before
