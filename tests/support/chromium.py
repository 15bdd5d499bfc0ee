"""Fixtures of a real Chromium: one for the session, a fresh context for each test that asks."""

from __future__ import annotations

import os
import shutil
from collections import deque
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from support.notebooks import PATIENCE_MS
from support.outcome import FAILED

ARTIFACTS = Path(__file__).parents[1] / "browser" / "artifacts"
VIEWPORT = {"width": 1500, "height": 1000}
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
# Of JupyterLab's page; another one has none.
KERNEL_STATE = """() => {
  const kernel = globalThis.jupyterapp?.shell.currentWidget?.sessionContext?.session?.kernel;
  return kernel ? `${kernel.status}, ${kernel.connectionStatus}` : "none";
}"""


def clock() -> str:
    return f"{datetime.now(UTC):%H:%M:%S.%f}"


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    # What is expected comes, but on a busy machine not within the five seconds of the default.
    expect.set_options(timeout=PATIENCE_MS)
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


class Watched:
    """A context of the browser, what its pages said, and the requests that left the machine."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport=VIEWPORT)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.context.set_default_timeout(PATIENCE_MS)
        self.strangers: list[str] = []
        self.said: deque[str] = deque(maxlen=40)
        self.context.on("request", lambda sent: self._note(sent.url))
        self.context.on("console", lambda line: self._hear(f"{line.type}: {line.text}"))
        self.context.on("weberror", lambda raised: self._hear(f"raised: {raised.error}"))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.strangers.append(url)

    def _hear(self, line: str) -> None:
        self.said.append(f"{clock()} {line[:300]}")

    def tell(self, name: str) -> None:
        """Show what a test that failed has left: pictures, and in words where nobody sees those."""
        ARTIFACTS.mkdir(exist_ok=True)
        for number, page in enumerate(self.context.pages):
            page.screenshot(path=ARTIFACTS / f"FAILED-{name}-{number}.png")
            words = " | ".join(page.locator("body").inner_text().split("\n"))
            # A sidebar comes last.
            print(f"\npage {number} of {name} at {clock()} reads: {words[-3000:]}")
            print(f"its kernel: {page.evaluate(KERNEL_STATE)}")
        print("console:", *self.said, sep="\n  ")

    def check(self) -> None:
        """Nothing was asked of another machine since the last time."""
        strangers, self.strangers = self.strangers, []
        assert strangers == [], f"requests left the machine: {strangers}"


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    watched = Watched(browser)
    yield watched.context
    if request.node.stash.get(FAILED, False):
        watched.tell(request.node.name)
    watched.context.close()
    watched.check()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def picture(page: Page, request: pytest.FixtureRequest) -> Callable[[str], Path]:
    """Keep a screenshot to look at, in a folder that git ignores."""
    ARTIFACTS.mkdir(exist_ok=True)

    def take(name: str, target=None) -> Path:
        path = ARTIFACTS / f"{name}.png"
        (target or page).screenshot(path=path)
        return path

    return take
