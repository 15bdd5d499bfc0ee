"""Fixtures of a real Chromium: one for the session, a fresh context for each test that asks."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
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
    """A context of the browser, and the requests that left the machine from it."""

    def __init__(self, browser: Browser) -> None:
        self.context = browser.new_context(viewport=VIEWPORT)
        self.context.grant_permissions(["clipboard-read", "clipboard-write"])
        self.context.set_default_timeout(PATIENCE_MS)
        self.strangers: list[str] = []
        self.context.on("request", lambda sent: self._note(sent.url))

    def _note(self, url: str) -> None:
        parts = urlsplit(url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.hostname != "127.0.0.1":
            self.strangers.append(url)

    def keep_pictures(self, name: str) -> None:
        """Show what a test that failed has left."""
        ARTIFACTS.mkdir(exist_ok=True)
        for number, page in enumerate(self.context.pages):
            page.screenshot(path=ARTIFACTS / f"FAILED-{name}-{number}.png")

    def check(self) -> None:
        """Nothing was asked of another machine since the last time."""
        strangers, self.strangers = self.strangers, []
        assert strangers == [], f"requests left the machine: {strangers}"


@pytest.fixture
def context(browser: Browser, request: pytest.FixtureRequest) -> Iterator[BrowserContext]:
    watched = Watched(browser)
    yield watched.context
    if request.node.stash.get(FAILED, False):
        watched.keep_pictures(request.node.name)
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
