"""Tables of results as Parquet, the bytes as they come and the values in a whole file."""

from __future__ import annotations

from collections.abc import Iterator

from support.fuzz.samples import full, workplace
from support.fuzz.targets.results_table import imported

mutate = None


def seeds() -> Iterator[bytes]:
    path = workplace() / "table.parquet"
    full().experiment_manager.export_table(path)
    yield path.read_bytes()


def check(content: bytes) -> None:
    imported(b"PAR1" + content[4:])
