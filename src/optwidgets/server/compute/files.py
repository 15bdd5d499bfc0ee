"""Reading files of clients, in a child process: what they hold can take any amount of memory."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.journal.collecting import without_collecting
from optwidgets.server.compute.computations import computation

if TYPE_CHECKING:
    from optwidgets.data.import_report import ImportReport
    from optwidgets.session import OptimizationSession

_TOLD = 100


@computation("preview-import", "Reading the file")
def preview_import(
    session: OptimizationSession, content: str, mapping: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """Tell what an import of a file (as base64) would do."""
    report = session.experiment_manager.import_table(_file(content), mapping, dry_run=True)
    return {**_told(report), "rows": []}


@computation("import", "Importing the file", records=True)
def import_rows(
    session: OptimizationSession, content: str, mapping: Mapping[str, str | None] | None = None
) -> dict[str, Any]:
    """Import a file (as base64) as one step, and tell what it held and its rows."""
    manager = session.experiment_manager
    with without_collecting():
        report = manager.import_table(_file(content), mapping, dry_run=True)
        return {**_told(report), "rows": manager.add_report(report)}


def _file(content: str) -> io.BytesIO:
    data = base64.b64decode(content)
    file = io.BytesIO(data)
    # A reader knows JSON by the name alone; everything else by its first bytes.
    file.name = "the file.json" if data.lstrip()[:1] in {b"[", b"{"} else "the file"
    return file


def _told(report: ImportReport) -> dict[str, Any]:
    return {
        "ok": report.ok,
        "n_rows": report.n_rows,
        "n_fit": report.n_fit,
        "n_results": report.n_results,
        "n_known": report.n_known,
        "n_repeated": report.n_repeated,
        "n_bad": report.n_bad,
        "mapping": report.mapping,
        "unknown": report.unknown,
        "missing_columns": report.missing_columns,
        "missing": report.missing,
        "outside": report.outside,
        "bad": [str(value) for value in report.bad[:_TOLD]],
        "problems": report.problems,
        "remarks": report.remarks,
        "words": str(report),
    }
