"""Tables in text: separator, encoding, decimal sign and names are found out."""

from __future__ import annotations

import csv
import io
import re
import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NoReturn

from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import readings
from optwidgets.space.spreadsheet import unguard
from optwidgets.space.text import short

if TYPE_CHECKING:
    import pandas as pd

_SEPARATORS = {"\t": "tab", ";": "semicolon", ",": "comma", "|": "vertical bar"}
_HEAD = 65_536  # bytes that are looked at to find out what a file is
# Anywhere a cell may begin.
_ODD_NUMBER = re.compile(rb"(?:^|[\s,;|\"])[+-]?(?:0[0-9]|[0-9.]+[eE])", re.MULTILINE)
_FEW = 1000
_DECIMAL_COMMA = re.compile(r"\s*[-−+]?\d+,\d+\s*")
_DECIMAL_POINT = re.compile(r"\s*[-−+]?\d+\.\d+\s*")
_PARSER_LINE = re.compile(r"Expected (\d+) fields in line (\d+), saw (\d+)")


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


def read_csv(
    content: bytes,
    name: str,
    *,
    separator: str | None,
    encoding: str | None,
    decimal: str | None,
) -> pd.DataFrame:
    """Read a table in text; see `optwidgets.data.reading.read_table`."""
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
    if not rows:
        raise OptwidgetsError(f"{short(name)} is empty.")
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

    def parse(**options: Any) -> pd.DataFrame:
        frame: pd.DataFrame = pd.read_csv(
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
            **options,
        )
        return frame

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", pd.errors.ParserWarning)
            frame = parse()
            _keep_labels(frame, parse, content)
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


def _keep_labels(frame: pd.DataFrame, parse: Callable[..., pd.DataFrame], content: bytes) -> None:
    """Put texts back that were taken for numbers or truths and would not be the same again.

    "007" and "1E3" are labels: as numbers they would come back as "7" and "1000". Columns of such texts are read
    again, as they stand there; a variable that is a number reads its numbers from texts, too.
    """
    bools = [place for place, kind in enumerate(frame.dtypes) if kind.kind == "b"]
    odd = _ODD_NUMBER.search(content) is not None
    numbers = [place for place, kind in enumerate(frame.dtypes) if odd and kind.kind in "if"]
    if not bools and not numbers:
        return
    places = sorted({*bools, *numbers})
    texts = parse(usecols=places, dtype=str)
    for name, place in zip(texts.columns, places, strict=True):
        column = texts[name]
        few = len(column.unique()) <= _FEW  # labels are few, measurements are not
        if (
            place in bools
            or column.str.match(r"[+-]?0\d").any()
            or (few and column.str.contains("[eE]", na=False).any())
        ):
            frame.isetitem(place, column.astype(object).array)


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
