"""Long JSON texts, read and written so that other threads get a turn in between.

The C code of `json` keeps the interpreter for all of a text: a second for 100,000 rows, in which
a server answers nobody. It lets go where it calls a Python function, so here it calls one.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LONG = 100_000
"""Characters that are read in a millisecond."""
MANY = 1000


@dataclass(frozen=True, slots=True)
class Piece:
    """One of many values, which an encoder has to ask for."""

    value: Any


def in_pieces(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return an object whose long lists of objects are encoded piece by piece."""
    return {
        name: [Piece(one) for one in value]
        if isinstance(value, list) and len(value) > MANY and isinstance(value[0], dict)
        else value
        for name, value in data.items()
    }


def value_of(piece: Any) -> Any:
    """Return the value of a piece; `default` of an encoder."""
    if isinstance(piece, Piece):
        return piece.value
    raise TypeError(f"Object of type {type(piece).__name__} is not JSON serializable")


def loads(text: str) -> Any:
    """Return what a JSON text says.

    Examples
    --------
    >>> loads('["RowsRemoved",{"ids":[1]}]')
    ['RowsRemoved', {'ids': [1]}]
    """
    return json.loads(text, object_hook=_as_it_is if len(text) > LONG else None)


def _as_it_is(value: dict[str, Any]) -> dict[str, Any]:
    return value
