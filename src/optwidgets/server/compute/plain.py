"""JSON values of whatever a computation answers: tables, arrays, times, records."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import fields, is_dataclass
from datetime import date
from typing import Any


def plain(value: Any) -> Any:
    """Return a value as strict JSON: no NaN, no infinity, names as text.

    A table becomes ``{"columns", "index", "rows", "attrs"}``, an array nested lists, a
    record its fields; numbers that are not finite become None.

    Raises
    ------
    TypeError
        When a value has no JSON form; that is a fault of the computation.

    Examples
    --------
    >>> import numpy as np
    >>> plain({"mean": np.array([1.0, np.nan]), 3: (True, None)})
    {'mean': [1.0, None], '3': [True, None]}
    """
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    for known, convert in _KINDS:
        if known(value):
            return convert(value)
    raise TypeError(f"A {type(value).__name__} cannot be sent as JSON.")


def _is_missing(value: Any) -> bool:
    return type(value).__name__ in {"NAType", "NaTType"}


def _is_table(value: Any) -> bool:
    return hasattr(value, "to_dict") and hasattr(value, "columns") and hasattr(value, "index")


def _table(frame: Any) -> dict[str, Any]:
    return {
        "columns": [str(name) for name in frame.columns],
        "index": plain(frame.index.tolist()),
        "rows": plain(frame.astype(object).to_numpy().tolist()),
        "attrs": plain(dict(frame.attrs)),
    }


def _record(value: Any) -> dict[str, Any]:
    return {field.name: plain(getattr(value, field.name)) for field in fields(value)}


# In the order in which they are asked; the last one takes every scalar of NumPy.
_KINDS: tuple[tuple[Callable[[Any], bool], Callable[[Any], Any]], ...] = (
    (_is_missing, lambda _: None),
    (_is_table, _table),
    (
        lambda value: isinstance(value, Mapping),
        lambda value: {str(name): plain(inner) for name, inner in value.items()},
    ),
    (lambda value: is_dataclass(value) and not isinstance(value, type), _record),
    (lambda value: isinstance(value, date), lambda value: value.isoformat()),
    (lambda value: hasattr(value, "tolist"), lambda value: plain(value.tolist())),
    (
        lambda value: isinstance(value, Iterable) and not isinstance(value, bytes),
        lambda value: [plain(inner) for inner in value],
    ),
)
