"""A notebook in a driven browser: make it, run it, and ask its kernel."""

from __future__ import annotations

import ast
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Locator, Page

from support.servers import Server

# The shared machines that run these tests can be slow; a test that waits this long has failed.
PATIENCE_MS = 60_000

KERNEL = "jupyterapp.shell.currentWidget?.sessionContext?.session?.kernel"
IDLE = f"() => globalThis.jupyterapp && {KERNEL}?.status === 'idle'"
# A page opens the notebook of its address once its files are listed, though it may have put the
# notebook back from its layout long before: until then that one can still come to the front.
RESTORED = "async () => { await jupyterapp.restored; }"
SETTLED = "() => document.querySelector('.jp-FileBrowser:not(.jp-mod-restoring)') !== null"
PROCESS = "__import__('os').getpid()"
ASK = f"""async (expression) => {{
  const late = (_, fail) => setTimeout(() => fail(new Error("no answer")), {PATIENCE_MS});
  const request = {KERNEL}.requestExecute({{
    code: "", silent: true, store_history: false, user_expressions: {{ answer: expression }},
  }});
  const reply = await Promise.race([request.done, new Promise(late)]);
  return reply.content.user_expressions?.answer ?? reply.content;
}}"""


def write_notebook(path: Path, cells: Sequence[str]) -> Path:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(source) for source in cells],
        metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}},
    )
    nbformat.write(notebook, path)
    return path


class Notebook:
    """One notebook, open in JupyterLab or Notebook 7."""

    def __init__(self, page: Page, server: Server, name: str, kind: str = "lab") -> None:
        self.page = page
        self.server = server
        self.name = name
        self.kind = kind

    @property
    def path(self) -> Path:
        return self.server.folder / self.name

    def open(self, *, reset: bool = True) -> Notebook:
        """Load the page and wait until its kernel is idle."""
        route = f"lab/tree/{self.name}" if self.kind == "lab" else f"notebooks/{self.name}"
        self.page.goto(self.server.address(route) + ("?reset" if reset else ""))
        self._wait_loaded()
        return self

    def reload(self) -> None:
        """Load the page anew and wait until JupyterLab has put everything back."""
        self.page.reload()
        self._wait_loaded()

    def _wait_loaded(self) -> None:
        self.wait_idle()
        self.page.evaluate(RESTORED)
        if self.kind == "lab":
            self.page.wait_for_function(SETTLED, timeout=PATIENCE_MS)

    def open_here(self) -> Notebook:
        """Open it in the page that is loaded already; it is the active one then."""
        self.activate()
        self.wait_idle()
        return self

    def wait_idle(self) -> None:
        self.page.wait_for_function(IDLE, timeout=PATIENCE_MS)

    def run_all(self, *, wait: bool = True) -> None:
        self.command("notebook:run-all-cells", wait=wait)
        if wait:
            self.wait_idle()

    def run_first(self, count: int) -> None:
        """Run the first cells only."""
        for number in range(count):
            self._run(number)
        self.wait_idle()

    def run_one(self, number: int) -> None:
        """Run one cell only."""
        self._run(number)
        self.wait_idle()

    def _run(self, number: int) -> None:
        self.page.evaluate(
            """async (number) => {
              const panel = jupyterapp.shell.currentWidget;
              panel.content.activeCellIndex = number;
              await jupyterapp.commands.execute("notebook:run-cell");
            }""",
            number,
        )

    def command(
        self, name: str, arguments: dict[str, Any] | None = None, *, wait: bool = True
    ) -> None:
        """Run a command of the application."""
        awaited = "await" if wait else "void"
        self.page.evaluate(
            f"async ([name, args]) => {{ {awaited} jupyterapp.commands.execute(name, args); }}",
            [name, arguments or {}],
        )

    def ask(self, expression: str) -> Any:
        """Return the value of an expression in the kernel, by way of JSON."""
        answer = self.page.evaluate(ASK, f"__import__('json').dumps({expression})")
        if answer.get("status") != "ok" or "data" not in answer:
            raise AssertionError(f"{expression}: {answer.get('ename')}: {answer.get('evalue')}")
        return json.loads(ast.literal_eval(answer["data"]["text/plain"]))

    def wait_for(self, expression: str, value: Any, *, timeout_ms: int = PATIENCE_MS) -> None:
        """Ask the kernel until the expression has the value."""
        waited = 0
        while (answer := self.ask(expression)) != value:
            if waited >= timeout_ms:
                raise AssertionError(f"{expression} is {answer!r}, and not {value!r}")
            self.page.wait_for_timeout(100)
            waited += 100

    def do(self, code: str) -> None:
        """Run code in the kernel, without a cell."""
        reply = self.page.evaluate(
            f"""async (code) => (await {KERNEL}.requestExecute({{
              code, silent: true, store_history: false }}).done).content""",
            code,
        )
        assert reply["status"] == "ok", f"{reply.get('ename')}: {reply.get('evalue')}"

    def restart_kernel(self) -> None:
        before = self.ask(PROCESS)
        # JupyterLab says nothing of a restart that failed, and the old kernel goes on.
        for _ in range(3):
            self.page.evaluate(
                "async () => {"
                " await jupyterapp.shell.currentWidget.sessionContext.restartKernel(); }"
            )
            self.wait_idle()
            if self.ask(PROCESS) != before:
                return
            print("JupyterLab did not restart the kernel")
        raise AssertionError("The kernel was not restarted, three times.")

    def save(self) -> None:
        self.command("docmanager:save")

    def beside(self, name: str, cells: Sequence[str]) -> Notebook:
        """Open a second notebook in the same page; it is the active one then."""
        write_notebook(self.server.folder / name, cells)
        return Notebook(self.page, self.server, name, self.kind).open_here()

    def activate(self) -> None:
        """Make this notebook the active one of its page."""
        self.command("docmanager:open", {"path": self.name})
        self.page.wait_for_function(
            "name => jupyterapp.shell.currentWidget?.context?.path === name", arg=self.name
        )

    def shut_down(self) -> None:
        """End the kernel, so that the next test has the machine to itself."""
        self.page.evaluate(
            "async () => { await jupyterapp.shell.currentWidget?.sessionContext?.shutdown(); }"
        )

    def set_theme(self, name: str) -> None:
        """Switch to ``light`` or ``dark``."""
        self.command("apputils:change-theme", {"theme": f"JupyterLab {name.title()}"})
        light = "true" if name == "light" else "false"
        self.page.wait_for_selector(
            f"body[data-jp-theme-light={light}]", state="attached", timeout=PATIENCE_MS
        )

    def set_output_width(self, width: int) -> None:
        """Give the outputs a width, as a narrow window or a column would."""
        self.page.set_viewport_size({"width": width + 500, "height": 1800})
        self.command("application:set-mode", {"mode": "single-document"})
        rule = f".jp-OutputArea-output {{ width: {width}px !important; flex: none !important }}"
        self.page.evaluate(
            """rule => {
              const style = document.head.appendChild(document.createElement("style"));
              style.dataset.test = "width";
              style.textContent = rule;
            }""",
            rule,
        )

    def show_sidebar(self) -> Locator:
        self.command("optwidgets:show-studio")
        return self.page.locator("#optwidgets-studio")

    def cell(self, number: int = 0) -> Locator:
        """Return the output of a code cell."""
        return self.page.locator(".jp-CodeCell").nth(number).locator(".jp-Cell-outputWrapper")
