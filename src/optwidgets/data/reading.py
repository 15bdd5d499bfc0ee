"""Tables out of files, copied text and DataFrames, whatever their separator and encoding."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwidgets.data.csv_text import read_csv
from optwidgets.errors import OptwidgetsError
from optwidgets.space.spreadsheet import guard, unguard
from optwidgets.space.text import short

if TYPE_CHECKING:
    import pandas as pd


def read_table(
    source: Any,
    *,
    separator: str | None = None,
    encoding: str | None = None,
    decimal: str | None = None,
    sheet: int | str = 0,
) -> pd.DataFrame:
    r"""Read a table; nothing is interpreted but numbers and empty cells.

    Parameters
    ----------
    source
        Path of a CSV, Excel, Parquet or JSON file; bytes or an open file of one;
        text copied from a spreadsheet (a text with a line break or a tab);
        or a DataFrame.
    separator, encoding, decimal
        Of a CSV file; found out when not given.
    sheet
        Sheet of an Excel file.

    Returns
    -------
    DataFrame
        Columns named by the first line, also when two have the same name. In
        ``attrs``: ``source``, ``separator``, ``encoding``, ``header`` (False
        when the first line holds numbers and no names), ``cut`` (True when
        the last line of a CSV file has no end).

    Raises
    ------
    OptwidgetsError
        The source is not there, or not a table; the sentence says why.

    Examples
    --------
    >>> read_table("T;Yield\r\n80,5;71\r\n95,0;74\r\n").to_dict("list")
    {'T': [80.5, 95.0], 'Yield': [71, 74]}
    """
    import pandas as pd

    options = {"separator": separator, "encoding": encoding, "decimal": decimal}
    if isinstance(source, pd.DataFrame):
        frame = source.copy(deep=False)
        frame.columns = [str(column).strip() for column in frame.columns]
        frame.attrs = {"source": "the DataFrame", "header": True}
        return frame
    if hasattr(source, "read"):
        name = str(getattr(source, "name", "the file"))
        source = source.read()
        return _from_content(source, Path(name).name, sheet, options)
    if isinstance(source, (bytes, bytearray, memoryview)):
        return _from_content(bytes(source), "the file", sheet, options)
    if isinstance(source, str) and re.search(r"[\n\r\t]", source):
        return _from_content(source, "the text", sheet, options)
    if not isinstance(source, (str, PathLike)):
        raise OptwidgetsError(
            f"A table cannot be read from {short(type(source).__name__)}. "
            "Give a path, a text or a DataFrame."
        )
    path = Path(source)
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise OptwidgetsError(f"There is no file {short(path, 200)}.") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "not a path"
        raise OptwidgetsError(f"{short(path, 200)} cannot be read: {reason}.") from None
    return _from_content(content, path.name, sheet, options)


def _from_content(
    content: str | bytes, name: str, sheet: int | str, options: dict[str, str | None]
) -> pd.DataFrame:
    """Find out by the first bytes, not by the name, what a file is."""
    copied = isinstance(content, str)
    if isinstance(content, str):
        content, options = content.encode("utf-8", "replace"), {**options, "encoding": "utf-8"}
    if not content.strip():
        raise OptwidgetsError(f"{short(name)} is empty.")
    if content.startswith(b"PK\x03\x04"):
        frame = _from_excel(content, name, sheet)
    elif content.startswith(b"PAR1"):
        frame = _from_parquet(content, name)
    elif content.startswith(b"\xd0\xcf\x11\xe0"):
        raise OptwidgetsError(f"{short(name)} is an old Excel file (.xls). Save it as .xlsx.")
    elif name.lower().endswith(".json"):
        frame = _as_spreadsheet(_from_json(content, name))
    else:
        frame = read_csv(content, name, **options)
        # Programs end every line of a file, the last one, too.
        ends = content.rstrip(b" \t\x00")[-1:]
        frame.attrs["cut"] = not copied and ends not in {b"\n", b"\r"}
    frame.attrs.setdefault("header", True)
    frame.attrs["source"] = name
    return _without_empty_columns(frame)


def _without_empty_columns(frame: pd.DataFrame) -> pd.DataFrame:
    """Drop columns without name and values, which a trailing separator makes."""
    keep = [
        bool(column) or bool(frame.iloc[:, place].notna().any())
        for place, column in enumerate(frame.columns)
    ]
    return frame.loc[:, keep] if not all(keep) else frame


def _from_excel(content: bytes, name: str, sheet: int | str) -> pd.DataFrame:
    import pandas as pd

    try:
        raw = pd.read_excel(
            io.BytesIO(content),
            sheet_name=sheet,
            header=None,
            dtype=object,
            keep_default_na=False,
            na_values=[""],
            engine="openpyxl",
        )
    except (ValueError, KeyError, OSError, zipfile.BadZipFile, TypeError, SyntaxError) as error:
        raise OptwidgetsError(
            f"{short(name)} cannot be read as an Excel file: {short(str(error), 120)}."
        ) from None
    if raw.empty:
        raise OptwidgetsError(f"{short(name)} is empty.")
    header = ["" if pd.isna(cell) else unguard(str(cell).strip()) for cell in raw.iloc[0]]
    frame = raw.iloc[1:].reset_index(drop=True).infer_objects()
    frame.columns = header
    return frame


def _from_parquet(content: bytes, name: str) -> pd.DataFrame:
    import pandas as pd

    try:
        frame = pd.read_parquet(io.BytesIO(content))
        frame.columns = [str(column).strip() for column in frame.columns]
        # In here, too: only when texts are looked at do they turn out to be none.
        return _as_spreadsheet(frame)
    except Exception as error:  # noqa: BLE001 - of any kind when the file's description is damaged
        raise OptwidgetsError(
            f"{short(name)} cannot be read as a Parquet file: {short(str(error), 120)}."
        ) from None


def _as_spreadsheet(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a table with its texts as a spreadsheet would hold them.

    No program executes cells of JSON or Parquet, so that their texts carry no apostrophe. Whoever
    takes it away later must not take one that belongs to the text.
    """
    for place, kind in enumerate(frame.dtypes):
        if kind.kind not in "biufcmM":
            texts = frame.iloc[:, place]
            frame.isetitem(place, texts.map(_as_cell).array)
    frame.columns = [guard(str(column)) for column in frame.columns]
    return frame


def _as_cell(value: Any) -> Any:
    """Return a value as a cell: a list or an object is read as its text, and refused there."""
    if isinstance(value, str):
        return guard(value)
    return value if value is None or isinstance(value, (int, float)) else str(value)


def _from_json(content: bytes, name: str) -> pd.DataFrame:
    """Read a list of records, bare, under ``rows``, or in an ALchemist session file."""
    import pandas as pd

    try:
        data = json.loads(content)
        if b"\\ud" in content.lower():  # half a character, which no table holds
            written = json.dumps(data, ensure_ascii=False)
            data = json.loads(written.encode("utf-8", "replace"))
    except (ValueError, RecursionError):
        raise OptwidgetsError(f"{short(name)} is not valid JSON.") from None
    if isinstance(data, Mapping):
        experiments = data.get("experiments")
        data = experiments.get("data") if isinstance(experiments, Mapping) else data.get("rows")
    if not isinstance(data, list) or not all(isinstance(record, Mapping) for record in data):
        raise OptwidgetsError(f"{short(name)} holds no list of rows.")
    return pd.DataFrame.from_records(data)
