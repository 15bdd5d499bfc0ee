"""Tables of results as CSV: what was imported is exported and imported again, and is the same."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from optwidgets.data.importing import plan_import, read_table
from optwidgets.errors import OptwidgetsError
from support.fuzz.mutation import mutate_text
from support.fuzz.samples import full, small, workplace
from support.fuzz.target import refused

HEAD = "T;n;c;Yield;Cost\r\n"

mutate = mutate_text(
    ("T", "n", "c", "Yield", "Cost", "Noise", "Note", "State", "A", "B", "done", "failed", "nan",
     "1e5", "1,5", "1.5", "-", "%", "inf", "''", '"', "\ufeff", "\u202f", *";,\t\r\n\x00="),
)  # fmt: skip


def seeds() -> Iterator[bytes]:
    lines = "".join(f"{10 * n},5;{n + 1};{'AB'[n % 2]};1{n},5;2\r\n" for n in range(3))
    yield (HEAD + lines).encode()
    yield "T\tn\tc\tYield\tCost\n1.5\t3\tA\t0.5\t1\n2\t4\tB\t\t\n".encode("utf-16")
    path = workplace() / "table.csv"
    full().experiment_manager.export_table(path)
    yield path.read_bytes()


@cache
def empty() -> Any:
    return small().state


def imported(source: Any) -> Any:
    """Return the rows of a table, or None where it is refused."""
    try:
        report = plan_import(read_table(source), empty().space, empty().table)
        str(report), report.remarks
        report.raise_if_bad()
        rows = report.rows_from(1)
    except OptwidgetsError as error:
        refused(error)
        return None
    return list(rows)


def check(content: bytes) -> None:
    rows = imported(content)
    if not rows:
        return
    session = small()
    session.experiment_manager.import_table(content)
    path = workplace() / "again.csv"
    session.experiment_manager.export_table(path)
    again = small()
    again.experiment_manager.import_table(path)
    before, after = (list(one.state.table) for one in (session, again))
    assert [plain(row) for row in after] == [plain(row) for row in before]


def plain(row: Any) -> Any:
    """Return what of a row a table holds."""
    return dict(row.inputs), dict(row.outputs), row.state, row.note, row.noise
