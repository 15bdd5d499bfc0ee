"""The grid "Experiments" as a user sees it, by its roles and names."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, expect

from support.notebooks import PATIENCE_MS


class Grid:
    """The grid in one place: a cell's output, the sidebar, a page."""

    def __init__(self, place: Locator) -> None:
        self.root = place.get_by_role("grid", name="Experiments").first

    def wait(self) -> Grid:
        self.root.wait_for(timeout=PATIENCE_MS)
        return self

    def cell(self, column: str, row: int) -> Locator:
        return self.root.get_by_role(
            "gridcell", name=re.compile(rf"^{re.escape(column)}\b.*, row {row}\b", re.IGNORECASE)
        )

    def head(self, column: str) -> Locator:
        return self.root.get_by_role(
            "columnheader", name=re.compile(rf"^{re.escape(column)}\b", re.IGNORECASE)
        )

    def reads(self, column: str, row: int, text: str) -> None:
        """Wait until a cell reads so; digits that say nothing are not compared."""
        expect(self.cell(column, row)).to_have_text(
            re.compile(rf"^\s*{re.escape(text)}(\.0+)?\s*$"), timeout=PATIENCE_MS
        )

    def edit(self, column: str, row: int, text: str) -> None:
        """Click the cell, type over it, and commit with Enter."""
        cell = self.cell(column, row)
        cell.scroll_into_view_if_needed(timeout=PATIENCE_MS)
        cell.click()
        keyboard = self.root.page.keyboard
        keyboard.type(text)
        keyboard.press("Enter")
