"""A space proposed from data that are already there."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Variable
from optwidgets.space.choices import Categorical, Discrete, label_text
from optwidgets.space.numbers import readings
from optwidgets.space.numeric import LARGEST_INTEGER, Integer, Real
from optwidgets.space.space import Space
from optwidgets.space.text import RESERVED_NAMES, short

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

#: Numbers that take at most so many values, each three times or more, are a list.
FEW_LEVELS = 6

#: Text that takes more values than this is free text, such as a note or an identifier.
MANY_LABELS = 50

#: A positive scale over so large a factor is taken as logarithmic.
LOG_FACTOR = 1000

_WITH_UNIT = re.compile(r"^(?P<name>.*\S)\s*[(\[](?P<unit>[^()\[\]]{1,16})[)\]]$")


def split_unit(column: str) -> tuple[str, str]:
    """Name and unit of a column head.

    Examples
    --------
    >>> split_unit("Temperature (°C)"), split_unit("Flow [mL/min]"), split_unit("Stages")
    (('Temperature', '°C'), ('Flow', 'mL/min'), ('Stages', ''))
    """
    match = _WITH_UNIT.match(column.strip())
    return (match["name"], match["unit"].strip()) if match else (column.strip(), "")


def propose_space(df: pd.DataFrame, outputs: Sequence[str] = ()) -> Space:
    """Propose a variable for each column that varies.

    Integer columns become integer variables, other numbers real ones; on a
    log scale when they are positive and span a factor of 1000. Numbers with at
    most 6 different values, each seen three times or more on average, become
    discrete; text becomes categorical. Bounds are the smallest and largest
    value. A unit in parentheses becomes the unit.

    Left out: the outputs, the table's own columns, constant and empty columns,
    dates, and text with more than 50 different values.

    Parameters
    ----------
    df
        ``n`` rows.
    outputs
        Columns that are results.

    Raises
    ------
    OptwidgetsError
        An output is not a column, or two columns get the same name.

    Examples
    --------
    >>> import pandas as pd
    >>> df = pd.DataFrame({"T (°C)": [60.0, 95.5, 140.0], "n": [1, 2, 5], "Yield": [1.0, 2.0, 3.0]})
    >>> for variable in propose_space(df, ["Yield"]):
    ...     print(variable.name, variable.kind, variable.describe())
    T real 60 – 140 °C
    n integer 1 – 5
    """
    for name in outputs:
        if name not in df.columns:
            raise OptwidgetsError(f"There is no column {short(name)}.", column=str(name))
    left_out = RESERVED_NAMES | {"Output"} | set(outputs)
    found = []
    for place, column in enumerate(df.columns):
        if str(column).strip() in left_out:
            continue
        variable = _propose(str(column), df.iloc[:, place])
        if variable is not None:
            found.append(variable)
    return Space(tuple(found))


def _propose(column: str, values: pd.Series) -> Variable | None:
    import pandas as pd

    name, unit = split_unit(column)
    values = values.dropna()
    if values.empty or pd.api.types.is_datetime64_any_dtype(values.dtype):
        return None
    if not pd.api.types.is_bool_dtype(values.dtype):
        numbers = _as_numbers(values)
        if numbers is not None:
            whole_type = pd.api.types.is_integer_dtype(values.dtype)
            return _numeric(name, unit, numbers, whole=whole_type)
    labels = [label_text(value) for value in pd.unique(values)]
    texts = sorted({label.strip() for label in labels if isinstance(label, str)} - {""})
    if not 2 <= len(texts) <= MANY_LABELS:
        return None
    return Categorical(name, tuple(texts))


def _as_numbers(values: pd.Series) -> NDArray[np.float64] | None:
    """Finite numbers of a column, also where they are written as text; else None."""
    import numpy as np
    import pandas as pd

    if pd.api.types.is_numeric_dtype(values.dtype):
        numbers = values.to_numpy(dtype=np.float64)
    else:
        read = {}
        for text in pd.unique(values):
            found = readings(text) if isinstance(text, str) else ()
            if len(found) == 0:
                return None
            read[text] = found[0]
        numbers = values.map(read).to_numpy(dtype=np.float64)
    finite: NDArray[np.float64] = numbers[np.isfinite(numbers)]
    return finite


def _numeric(name: str, unit: str, numbers: NDArray[np.float64], *, whole: bool) -> Variable | None:
    import numpy as np

    levels = np.unique(numbers)
    if len(levels) < 2:
        return None
    low, high = float(levels[0]), float(levels[-1])
    whole = whole and max(abs(low), abs(high)) <= LARGEST_INTEGER
    few = len(levels) <= FEW_LEVELS and len(numbers) >= 3 * len(levels)
    steps = np.diff(levels)
    if few and not (whole and (steps == 1).all()):
        return Discrete(name, tuple(levels.tolist()), unit)
    log = low > 0 and high >= LOG_FACTOR * low
    if whole:
        return Integer(name, int(low), int(high), log, unit)
    try:
        return Real(name, low, high, log, unit)
    except OptwidgetsError as error:
        if error.field == "Maximum":  # constant but for rounding
            return None
        raise
