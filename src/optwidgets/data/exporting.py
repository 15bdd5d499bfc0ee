"""Export of the table: CSV, Excel, Parquet, JSON."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwidgets.data.frame import table_frame
from optwidgets.data.table import Table
from optwidgets.durable import replace_file
from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.spreadsheet import guard
from optwidgets.space.text import enumerate_words, short

if TYPE_CHECKING:
    import pandas as pd

#: Rows and columns of an Excel sheet.
_EXCEL_ROWS = 1_048_576


def export_bytes(table: Table, space: Space, format: str) -> bytes:  # noqa: A002
    """Table in the format of a file.

    Parameters
    ----------
    table, space
        What to write: the columns of `table_frame`.
    format
        One of `FORMATS`. In ``csv`` and ``xlsx`` text cells that a spreadsheet
        would run as a formula get an apostrophe before them, which the import
        takes away again. ``json`` holds a list of records with null for what
        is missing.

    Raises
    ------
    OptwidgetsError
        An unknown format, or more rows than an Excel sheet holds.

    Examples
    --------
    >>> from optwidgets.data.table import Row
    >>> table = Table().with_rows([Row(1, {"c": "=A1"}, {"Output": 2.0}, state="done")])
    >>> from optwidgets.space.variable import Categorical
    >>> space = Space((Categorical("c", ("=A1", "B")),))
    >>> print(export_bytes(table, space, "csv").decode("utf-8-sig").split(",State")[0])
    row,c,Output
    """
    writer = FORMATS.get(str(format).strip().lower().lstrip("."))
    if writer is None:
        raise OptwidgetsError(
            f'Format "{short(format)}" is not one of {enumerate_words(FORMATS)}.', field="format"
        )
    return writer(table_frame(table, space))


def export_table(
    table: Table,
    space: Space,
    path: str | PathLike[str],
    format: str | None = None,  # noqa: A002
) -> Path:
    """Write the table to a file and return its path.

    Parameters
    ----------
    table, space
        What to write.
    path
        Where to; an existing file is replaced only when all is written.
    format
        One of `FORMATS`; None is by the ending of the path.

    Raises
    ------
    OptwidgetsError
        An unknown format, or a file that cannot be written.
    """
    target = Path(path)
    try:
        # Inside, because a workbook is put together in a temporary file.
        replace_file(target, export_bytes(table, space, format or target.suffix or "csv"))
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise OptwidgetsError(f"{short(target, 200)} cannot be written: {reason}.") from None
    return target


class Exports:
    """The part of `ExperimentManager` that writes its table to files."""

    if TYPE_CHECKING:

        @property
        def table(self) -> Table: ...  # noqa: D102
        @property
        def space(self) -> Space | None: ...  # noqa: D102

    def export_table(
        self,
        path: str | PathLike[str],
        format: str | None = None,  # noqa: A002
    ) -> Path:
        """Write all rows to a CSV, Excel, Parquet or JSON file; `import_table` reads each of them.

        Parameters
        ----------
        path
            Where to; an existing file is replaced only when all is written.
        format
            ``csv``, ``xlsx``, ``parquet`` or ``json``; None is by the ending of the path.

        Returns
        -------
        Path
            The file that was written.

        Raises
        ------
        OptwidgetsError
            An unknown format, or a file that cannot be written.

        Examples
        --------
        >>> import tempfile
        >>> from optwidgets.data.experiment_manager import ExperimentManager
        >>> experiments = ExperimentManager()
        >>> row = experiments.add_experiment({"x": 1.0}, 2.0)
        >>> experiments.export_table(Path(tempfile.mkdtemp(), "table.parquet")).name
        'table.parquet'
        """
        return export_table(self.table, self.space or Space(), path, format)


def _guarded(frame: pd.DataFrame) -> pd.DataFrame:
    import numpy as np
    import pandas as pd

    found = frame.copy()
    for place, dtype in enumerate(found.dtypes):
        if not pd.api.types.is_numeric_dtype(dtype):
            column = found.iloc[:, place].astype(object)
            # Each text once: most columns hold a few, very often.
            guarded = {value: guard(value) for value in set(column) if isinstance(value, str)}
            values = [guarded.get(value, value) for value in column]
            found.isetitem(place, np.array(values, dtype=object))
    found.columns = [guard(str(name)) for name in found.columns]
    return found


def _csv(frame: pd.DataFrame) -> bytes:
    # The mark lets Excel know that it is UTF-8; every reader skips it.
    return _guarded(frame).to_csv(lineterminator="\r\n").encode("utf-8-sig")


def _excel(frame: pd.DataFrame) -> bytes:
    if len(frame) >= _EXCEL_ROWS:
        raise OptwidgetsError(
            f"An Excel sheet holds {_EXCEL_ROWS - 1:,} rows, the table has {len(frame):,}. "
            "Export CSV or Parquet."
        )
    out = io.BytesIO()
    _guarded(frame).to_excel(out, sheet_name="Experiments", engine="openpyxl")
    return out.getvalue()


def _parquet(frame: pd.DataFrame) -> bytes:
    out = io.BytesIO()
    frame.to_parquet(out)
    return out.getvalue()


def _json(frame: pd.DataFrame) -> bytes:
    import pandas as pd

    columns: dict[str, list[Any]] = {"row": frame.index.tolist()}
    for place, name in enumerate(frame.columns):
        values = frame.iloc[:, place]
        columns[name] = values.astype(object).where(values.notna(), None).tolist()
    records = [
        {name: None if value is pd.NA else value for name, value in zip(columns, row, strict=True)}
        for row in zip(*columns.values(), strict=True)
    ]
    return json.dumps(records, ensure_ascii=False, allow_nan=False, indent=1).encode()


#: Ending to what writes it.
FORMATS: dict[str, Callable[[pd.DataFrame], bytes]] = {
    "csv": _csv,
    "xlsx": _excel,
    "parquet": _parquet,
    "json": _json,
}
