"""Raw results: one JSON object a line. What stands in the file is finished; so a stop is harmless.

The first line says with which seed the comparison began and on what machine. Every other line is
one run of one peer on one problem at one seed; of two lines for the same run the later one counts.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Key = tuple[str, int, str]
DONE, FAILED, UNSUPPORTED = "done", "failed", "unsupported"


@dataclass
class Store:
    """The file of a comparison."""

    path: Path

    def header(self) -> dict[str, Any] | None:
        """Return the first line, None for a file that is not there yet."""
        return next((line for line in self._lines() if line["kind"] == "comparison"), None)

    def begin(self, seed: int, machine: dict[str, Any]) -> None:
        """Write the first line."""
        self._append({"kind": "comparison", "seed": seed, "machine": machine})

    def runs(self) -> dict[Key, dict[str, Any]]:
        """Return the last record of each run."""
        return {
            (line["problem"], line["seed"], line["peer"]): line
            for line in self._lines()
            if line["kind"] == "run"
        }

    def settled(self, *, again: bool = False, version: str | None = None) -> set[Key]:
        """Return the runs that need not be done.

        `again` leaves out those that failed, `version` those of another version of our code.
        """
        return {
            key
            for key, record in self.runs().items()
            if not (again and record["status"] == FAILED)
            and (version is None or record["commit"] == version)
        }

    def add(self, record: dict[str, Any]) -> None:
        """Append a finished run."""
        self._append({"kind": "run", **record})

    def _append(self, record: dict[str, Any]) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        text = json.dumps(rounded(record), separators=(",", ":")) + "\n"
        with self.path.open("a+b") as file:
            # A line that a kill cut short must not swallow the next one.
            if file.tell() and not _ends_with_newline(file):
                file.write(b"\n")
            file.write(text.encode())
            file.flush()
            os.fsync(file.fileno())

    def _lines(self) -> Iterator[dict[str, Any]]:
        if not self.path.exists():
            return
        for text in self.path.read_text(encoding="utf-8").splitlines():
            try:
                line = json.loads(text)
            except ValueError:
                continue  # cut short by a kill
            if isinstance(line, dict):
                yield line


def _ends_with_newline(file: Any) -> bool:
    file.seek(-1, os.SEEK_END)
    return file.read(1) == b"\n"


def rounded(value: Any) -> Any:
    """Return the value with numbers of 8 digits: costs don't differ beyond that.

    >>> rounded({"a": [1 / 3, True, 7]})
    {'a': [0.33333333, True, 7]}
    """
    if isinstance(value, float):
        return float(f"{value:.8g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item) for item in value]
    return value
