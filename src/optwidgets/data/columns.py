"""Columns of a foreign table, checked as a whole: a million cells in a few passes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from optwidgets.data.suggestion import STATES
from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Variable
from optwidgets.space.choices import Categorical, Discrete, label_text
from optwidgets.space.numbers import parse_number
from optwidgets.space.spreadsheet import unguard
from optwidgets.space.text import clean_note, short

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

#: Words for "nothing" in a column of numbers. "n/a" is not among them: somebody wrote it.
_NOTHING = frozenset({"", "nan", "na", "null", "none", "<na>"})

#: So many bad values are kept with place and sentence; the others are counted.
MAX_BAD = 1000

_COMMA = r"^[-−+]?[0-9]+,[0-9]+$"
_CLEARLY_DECIMAL = r"^[-−+]?(?:0,[0-9]+|[0-9]+,(?:[0-9]{1,2}|[0-9]{4,})|[0-9]{4,},[0-9]+)$"


@dataclass(frozen=True)
class BadValue:
    """A cell that cannot be read.

    Parameters
    ----------
    row
        Row of the source, from 1, without the line of names.
    column
        Name in our table.
    value
        What stands there.
    message
        Sentence for people.

    Examples
    --------
    >>> print(BadValue(31, "Flow", "n/a", 'Flow "n/a" is not a number.'))
    Row 31: Flow "n/a" is not a number.
    """

    row: int
    column: str
    value: str
    message: str

    def __str__(self) -> str:
        return f"Row {self.row}: {self.message}"


@dataclass
class Column:
    """A checked column.

    Parameters
    ----------
    name
        Name in our table.
    cells
        float64 (NaN: missing), int64-like objects, or objects (None: missing); ``n``.
    missing, bad, outside
        Which cells are empty, unreadable, outside the bounds; ``n`` each.
    details
        The first `MAX_BAD` bad cells.

    Examples
    --------
    >>> import pandas as pd
    >>> column = check_numbers("Yield", pd.Series(["71,5", "", "n/a"]))
    >>> column.cells.tolist()[0], column.missing.tolist(), column.bad.tolist()
    (71.5, [False, True, False], [False, False, True])
    """

    name: str
    cells: NDArray[Any]
    missing: NDArray[np.bool_]
    bad: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    details: list[BadValue] = field(default_factory=list)
    whole: bool = False

    def to_list(self, places: NDArray[np.intp]) -> list[Any]:
        """Python values of some rows, with None for what is missing or bad."""
        empty = (self.missing | self.bad)[places]
        values = self.cells[places]
        if values.dtype.kind == "f":
            values[empty] = 0.0
            found: list[Any] = values.tolist()
            if self.whole:
                found = [int(value) for value in found]
        else:
            found = values.tolist()
        for place in empty.nonzero()[0].tolist():
            found[place] = None
        return found


def check_variable(variable: Variable, series: pd.Series) -> Column:
    """Check the column of a variable.

    Examples
    --------
    >>> import pandas as pd
    >>> from optwidgets.space.variable import Real
    >>> check_variable(Real("T", 0, 10), pd.Series([5.0, 12.0])).outside.tolist()
    [False, True]
    """
    import numpy as np

    if isinstance(variable, Categorical):
        return _by_unique(variable.name, series, lambda value: variable.parse(_label(value)))
    column = check_numbers(variable.name, series, variable)
    present = ~(column.missing | column.bad)
    x = column.cells
    if isinstance(variable, Discrete):
        levels = np.asarray(variable.values)
        filled = np.where(present, x, levels[0])
        right = np.clip(np.searchsorted(levels, filled), 1, len(levels) - 1)
        left = levels[right - 1]
        near = np.where(filled - left <= levels[right] - filled, left, levels[right])
        on_level = np.abs(filled - near) <= 1e-9 * np.abs(near)
        column.cells = np.where(present & on_level, near, x)
        column.outside = present & ~on_level
        return column
    low, high = variable.bounds
    with np.errstate(invalid="ignore"):
        column.outside = present & ((x < float(low)) | (x > float(high)))
    return column


def _label(value: object) -> str:
    label = label_text(value)
    return unguard(label) if isinstance(label, str) else str(label)


def check_numbers(
    name: str,
    series: pd.Series,
    variable: Variable | None = None,
    *,
    whole: bool = False,
    minimum: float | None = None,
) -> Column:
    """Check a column of numbers.

    Parameters
    ----------
    name
        Name in our table.
    series
        Numbers, or text to read numbers from.
    variable
        Real, integer or discrete variable, which knows its unit.
    whole
        Whether only whole numbers are possible.
    minimum
        Smallest possible value, for the noise.
    """
    import numpy as np
    import pandas as pd

    n = len(series)
    whole = whole or (variable is not None and variable.kind == "integer")
    details: list[BadValue] = []
    if pd.api.types.is_numeric_dtype(series.dtype) and not pd.api.types.is_bool_dtype(series.dtype):
        numbers = series.to_numpy(dtype=np.float64, na_value=np.nan)
        missing, bad = np.isnan(numbers), np.zeros(n, dtype=bool)
    else:
        numbers, missing, bad = _read_texts(name, series, variable, details)
    infinite = np.isinf(numbers)
    _refuse(infinite, bad, details, name, series, "{name} must be a finite number, not {value}.")
    with np.errstate(invalid="ignore"):
        if whole:
            broken = ~bad & ~missing & (numbers != np.floor(numbers))
            sentence = "{name} {value} is not a whole number."
            _refuse(broken, bad, details, name, series, sentence)
            huge = ~bad & (np.abs(numbers) > 2**53)
            _refuse(huge, bad, details, name, series, "{name} {value} is too large.")
        if minimum is not None:
            low = ~bad & (numbers < minimum)
            _refuse(low, bad, details, name, series, f"{{name}} {{value}} is below {minimum:g}.")
    nowhere = np.zeros(n, dtype=bool)
    return Column(name, numbers, missing, bad, nowhere, details, whole=whole)


def _refuse(
    where: NDArray[np.bool_],
    bad: NDArray[np.bool_],
    details: list[BadValue],
    name: str,
    series: pd.Series,
    sentence: str,
) -> None:
    bad |= where
    for place in where.nonzero()[0][: MAX_BAD - len(details)].tolist():
        value = str(series.iloc[place])
        message = sentence.format(name=short(name), value=short(value))
        details.append(BadValue(place + 1, name, value, message))


def _read_texts(
    name: str, series: pd.Series, variable: Variable | None, details: list[BadValue]
) -> tuple[NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_]]:
    """Read numbers from text: plain ones at once, the others by their different spellings."""
    import numpy as np
    import pandas as pd

    texts, missing, plain = _plain_numbers(series)
    numbers = np.array(plain, dtype=np.float64)
    numbers[missing] = np.nan
    bad = np.zeros(len(series), dtype=bool)
    rest = np.isnan(numbers) & ~missing
    missing[rest] = texts[rest].str.lower().isin(_NOTHING).to_numpy(dtype=bool)
    rest &= ~missing
    if rest.any():
        # One clear decimal comma in the column decides for all of its commas.
        left = texts[rest]
        comma = left.str.contains(_COMMA).to_numpy(dtype=bool)
        if comma.any() and left[comma].str.contains(_CLEARLY_DECIMAL).any():
            pointed = left[comma].str.replace(",", ".", regex=False)
            pointed = pointed.str.replace("−", "-", regex=False)
            places = rest.nonzero()[0][comma]
            numbers[places] = pd.to_numeric(pointed, errors="coerce").to_numpy(dtype=np.float64)
            rest = np.isnan(numbers) & ~missing
    if rest.any():
        read = variable.parse if variable is not None else (lambda text: parse_number(text, name))
        places = rest.nonzero()[0]
        found, sentences = _parse_unique(series.iloc[places], read)
        numbers[places] = found.astype(np.float64)
        failed = np.array([sentence is not None for sentence in sentences], dtype=bool)
        bad[places[failed]] = True
        for place, sentence in zip(places.tolist(), sentences, strict=True):
            if sentence is not None and len(details) < MAX_BAD:
                details.append(BadValue(place + 1, name, str(series.iloc[place]), sentence))
    return numbers, missing, bad


def _plain_numbers(series: pd.Series) -> tuple[pd.Series, NDArray[np.bool_], Any]:
    """Texts of the cells, which of them are empty, and the numbers that need no reading."""
    import numpy as np
    import pandas as pd

    missing = series.isna().to_numpy(dtype=bool, copy=True)
    if isinstance(series.dtype, pd.StringDtype):
        texts = series.astype("str").str.strip().fillna("")
        return texts, missing, pd.to_numeric(texts, errors="coerce")
    values = series.astype(object)
    is_truth = values.map(lambda value: isinstance(value, (bool, np.bool_))).to_numpy(dtype=bool)
    texts = values.where(~missing, "").map(str).astype("str").str.strip()
    if pd.api.types.is_datetime64_any_dtype(series.dtype):
        return texts, missing, np.full(len(series), np.nan)  # a date is no number of nanoseconds
    given = values.where(~is_truth, None)
    try:
        return texts, missing, pd.to_numeric(given, errors="coerce")
    except OverflowError:  # a whole number of hundreds of digits: its text is read, and refused
        return texts, missing, pd.to_numeric(texts.where(~is_truth, None), errors="coerce")


def _parse_unique(
    values: pd.Series, read: Callable[[Any], Any]
) -> tuple[NDArray[Any], list[str | None]]:
    """Parse each different value once; integers that fail to be whole come back as numbers."""
    import numpy as np

    cache: dict[Any, tuple[Any, str | None]] = {}
    results, sentences = [], []
    for value in values:
        key = (type(value), str(value))
        if key not in cache:
            try:
                # What is neither number nor text, such as a date, is read as its text: it fails.
                cache[key] = (read(unguard(str(value))), None)
            except OptwidgetsError as error:
                cache[key] = (np.nan, str(error))
        result, sentence = cache[key]
        results.append(result)
        sentences.append(sentence)
    return np.array(results, dtype=object), sentences


def _by_unique(name: str, series: pd.Series, read: Callable[[Any], Any]) -> Column:
    """Check a column of labels: each different one once."""
    import numpy as np
    import pandas as pd

    values = series.astype(object)
    codes, labels = pd.factorize(values, use_na_sentinel=True)
    found: list[Any] = []
    sentences: list[str | None] = []
    blank: list[bool] = []
    for label in labels:
        is_blank = isinstance(label, str) and not label.strip()
        blank.append(is_blank)
        try:
            found.append(None if is_blank else read(label))
            sentences.append(None)
        except OptwidgetsError as error:
            found.append(None)
            sentences.append(str(error))
    n = len(values)
    lookup = np.array([*found, None], dtype=object)
    failing = np.array([*(sentence is not None for sentence in sentences), False], dtype=bool)
    nothing = np.array([*blank, True], dtype=bool)
    bad = failing[codes]
    details = [
        BadValue(place + 1, name, str(labels[codes[place]]), sentences[codes[place]] or "")
        for place in bad.nonzero()[0][:MAX_BAD].tolist()
    ]
    return Column(name, lookup[codes], nothing[codes], bad, np.zeros(n, dtype=bool), details)


def check_bookkeeping(field_name: str, column: str, series: pd.Series) -> Column:
    """Check one of the table's own columns.

    Parameters
    ----------
    field_name
        Field of a row.
    column
        Head of the column.
    series
        Its cells.
    """
    if field_name == "noise":
        return check_numbers(column, series, minimum=0.0)
    if field_name == "iteration":
        return check_numbers(column, series, whole=True)
    if field_name == "state":
        return _by_unique(column, series, _state)
    return _by_unique(column, series, lambda value: clean_note(unguard(str(value)), field=column))


def _state(value: object) -> str:
    state = str(value).strip().lower()
    if state not in STATES:
        raise OptwidgetsError(f'State "{short(value)}" is not one of {", ".join(STATES)}.')
    return state
