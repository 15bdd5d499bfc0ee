"""Tables out of files, copied text and DataFrames, whatever their separator and encoding."""

from __future__ import annotations

import csv
import io
import json
import re
import warnings
import zipfile
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import readings
from optwidgets.space.spreadsheet import unguard
from optwidgets.space.text import short

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "vertical bar"}
_HEAD = 65_536  # bytes that are looked at to find out what a file is
_DECIMAL_COMMA = re.compile(r"\s*[-−+]?\d+,\d+\s*")
_DECIMAL_POINT = re.compile(r"\s*[-−+]?\d+\.\d+\s*")
_PARSER_LINE = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")


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
        frame = _from_json(content, name)
    else:
        frame = _from_csv(content, name, **options)
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


def find_encoding(content: bytes, name: str = "the file") -> str:
    """Find the encoding of a text: by its mark, else UTF-8, else Windows-1252.

    Raises
    ------
    OptwidgetsError
        It is no text.

    Examples
    --------
    >>> find_encoding("Temperatur °C".encode("cp1252")), find_encoding("a".encode("utf-16"))
    ('cp1252', 'utf-16')
    """
    if content.startswith(b"\xef\xbb\xbf"):
        return "utf-8-sig"
    if content.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        return "utf-32"
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = content[:_HEAD]
    if b"\x00" in head:
        # Mostly Latin letters in UTF-16 have a zero in every second byte.
        half = max(len(head) // 2, 1)
        for place, guess in ((1, "utf-16-le"), (0, "utf-16-be")):
            if head[place::2].count(0) > 0.6 * half and head[1 - place :: 2].count(0) == 0:
                return guess
        raise OptwidgetsError(f"{short(name)} is not a text file. Save the table as CSV or .xlsx.")
    for guess in ("utf-8", "cp1252"):
        try:
            content.decode(guess)
        except UnicodeDecodeError:
            continue
        return guess
    raise OptwidgetsError(
        f"{short(name)} is in an unknown encoding. Save it as UTF-8 and read it again."
    )


def find_separator(head: str) -> str:
    r"""Separator of the columns in the first lines of a table.

    Examples
    --------
    >>> find_separator("T;P\n1,5;2\n"), find_separator("T P\n1 2\n")
    (';', '\\s+')
    """
    lines = [line for line in head.splitlines()[:50] if line.strip()]
    best, best_score = ",", (0.0, 1)
    for separator in _SEPARATORS:
        rows = list(csv.reader(lines, delimiter=separator))
        fields = len(rows[0]) if rows else 0
        if fields > 1:
            same = sum(len(row) == fields for row in rows) / len(rows)
            if (same, fields) > best_score:
                best, best_score = separator, (same, fields)
    if best_score == (0.0, 1):
        words = [len(line.split()) for line in lines]
        numeric = all(readings(word) for line in lines[1:3] for word in line.split())
        if len(lines) > 1 and words[0] > 1 and len(set(words)) == 1 and numeric:
            return r"\s+"
    return best


def _from_csv(
    content: bytes,
    name: str,
    *,
    separator: str | None,
    encoding: str | None,
    decimal: str | None,
) -> pd.DataFrame:
    import pandas as pd

    encoding = encoding or find_encoding(content, name)
    try:
        # A cut character at the end of the head is no fault of the file.
        head = content[:_HEAD].decode(encoding, "ignore" if len(content) > _HEAD else "strict")
    except (UnicodeDecodeError, LookupError):
        raise OptwidgetsError(f"{short(name)} is not in the encoding {short(encoding)}.") from None
    if len(content) > _HEAD:
        head = head.rpartition("\n")[0] or head
    found = find_separator(head)
    chosen = separator or found
    lines = io.StringIO(head, newline="")
    rows = list(csv.reader(lines, delimiter=chosen if len(chosen) == 1 else " "))
    rows = [row for row in rows if row]
    header = [unguard(cell.strip()) for cell in rows[0]]
    if chosen == r"\s+":
        header = head.splitlines()[0].split()
    if separator is not None and len(header) == 1 and found != separator and found in header[0]:
        raise OptwidgetsError(
            f"With {_SEPARATORS.get(separator, repr(separator))} as the separator {short(name)} has "
            f"one column. It looks separated by {_SEPARATORS.get(found, found)}."
        )
    has_names = not all(readings(cell) for cell in header)
    if not has_names:
        header = [f"Column {place}" for place in range(1, len(header) + 1)]
    if decimal is None:
        decimal = _find_decimal(rows[1:200], chosen)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = pd.read_csv(
                io.BytesIO(content),
                sep=chosen,
                encoding=encoding,
                decimal=decimal,
                header=0 if has_names else None,
                index_col=False,
                keep_default_na=False,  # "NA" may be a category: only empty is missing here
                na_values=[""],
                skipinitialspace=True,
                low_memory=False,
            )
    except UnicodeError:
        raise OptwidgetsError(
            f"{short(name)} is not in the encoding {short(encoding)} throughout. "
            "Save it as UTF-8 and read it again."
        ) from None
    except (pd.errors.ParserError, pd.errors.ParserWarning, pd.errors.EmptyDataError) as error:
        _explain(error, name, len(header))
    if len(header) == len(frame.columns):
        frame.columns = header  # pandas numbers names that occur twice; they should show
    frame.attrs.update(separator=chosen, encoding=encoding, header=has_names)
    return frame


def _find_decimal(rows: list[list[str]], separator: str) -> str:
    if separator == ",":
        return "."
    cells = [cell for row in rows for cell in row]
    comma = any(_DECIMAL_COMMA.fullmatch(cell) for cell in cells)
    return "," if comma and not any(_DECIMAL_POINT.fullmatch(cell) for cell in cells) else "."


def _explain(error: Exception, name: str, columns: int) -> NoReturn:
    match = _PARSER_LINE.search(str(error))
    if match:
        expected, line, seen = match.groups()
        raise OptwidgetsError(
            f"Line {line} of {short(name)} has {seen} values, but there are {expected} columns. "
            "Is the separator also used inside a value? Then put the value in quotes.",
            row=int(line),
        ) from None
    if "Length of header" in str(error):
        raise OptwidgetsError(
            f"Some lines of {short(name)} have more than {columns} values, "
            f"but there are {columns} columns. Name all columns in the first line."
        ) from None
    if "EOF inside string" in str(error):
        raise OptwidgetsError(
            f"A quote in {short(name)} is opened and never closed, so the rest would be one value. "
            "Close it or remove it."
        ) from None
    raise OptwidgetsError(
        f"{short(name)} is not a table: {short(str(error).strip(), 120)}."
    ) from None


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
    except (OSError, ValueError) as error:
        raise OptwidgetsError(
            f"{short(name)} cannot be read as a Parquet file: {short(str(error), 120)}."
        ) from None
    frame.columns = [str(column).strip() for column in frame.columns]
    return frame


def _from_json(content: bytes, name: str) -> pd.DataFrame:
    """Read a list of records, bare, under ``rows``, or in an ALchemist session file."""
    import pandas as pd

    try:
        data = json.loads(content)
    except (ValueError, RecursionError):
        raise OptwidgetsError(f"{short(name)} is not valid JSON.") from None
    if isinstance(data, Mapping):
        experiments = data.get("experiments")
        data = experiments.get("data") if isinstance(experiments, Mapping) else data.get("rows")
    if not isinstance(data, list) or not all(isinstance(record, Mapping) for record in data):
        raise OptwidgetsError(f"{short(name)} holds no list of rows.")
    return pd.DataFrame.from_records(data)
