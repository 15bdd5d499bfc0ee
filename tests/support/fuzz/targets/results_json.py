"""Tables of results as JSON: a list of records, bare, under a key or in a session file."""

from __future__ import annotations

import io
from collections.abc import Iterator

from support.fuzz.samples import full, workplace
from support.fuzz.targets.results_table import imported


def seeds() -> Iterator[bytes]:
    path = workplace() / "table.json"
    full().experiment_manager.export_table(path)
    yield path.read_bytes()
    yield b'{"rows": [{"T": 1.5, "n": 2, "c": "A", "Yield": 1, "Cost": null}]}'


def check(content: bytes) -> None:
    file = io.BytesIO(content)
    file.name = "table.json"
    imported(file)
