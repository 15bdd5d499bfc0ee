"""Many rows as columns of plain values: a hundred thousand of them are read in half a second."""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import chain, repeat
from types import MappingProxyType
from typing import Any

from optwidgets.data.row import Row
from optwidgets.data.suggestion import STATES, SuggestionInfo
from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import MAX_DESCRIPTION

__all__ = ["pack_rows", "read_rows", "unpack_rows"]

_NOTHING: Mapping[str, Any] = MappingProxyType({})
_Types = frozenset[type]
_TEXT: _Types = frozenset({str})
_INPUT: _Types = frozenset({int, float, str, type(None)})
_OUTPUT: _Types = frozenset({float, type(None)})
_VALUE: _Types = frozenset({int, float, str})
_FLOAT: _Types = frozenset({float})
_WHOLE: _Types = frozenset({int})
_MANY = 8  # fewer are read as fast one by one

#: Field to the value that most rows have, and to the types it may have.
_FIELDS: dict[str, tuple[Any, _Types]] = {
    "noise": (None, _OUTPUT),
    "state": ("done", _TEXT),
    "note": ("", _TEXT),
    "iteration": (None, frozenset({int, type(None)})),
    "reason": ("", _TEXT),
    "created_at": ("", _TEXT),
    "finished_at": (None, frozenset({str, type(None)})),
}
#: Field to what a row has that does not name it.
_MISSING = {name: Row.__dataclass_fields__[name].default for name in _FIELDS}
_Fill = Callable[[Row, Any], None]
_FILL: tuple[_Fill, ...] = tuple(
    getattr(Row, name).__set__ for name in ("id", "inputs", "outputs", *_FIELDS, "suggestion")
)


def pack_rows(rows: Iterable[Row]) -> dict[str, Any]:
    """Return rows as columns of JSON values.

    A column is the list of its values, with None where a row has none, or ``{"all": value}``
    when it is the same in each row. A field that each row has the usual value of is left out.

    Examples
    --------
    >>> pack_rows([Row(1, {"T": 80.0}), Row(2, {"T": 95.5, "cat": "A"})])
    {'id': [1, 2], 'inputs': {'T': [80.0, 95.5], 'cat': [None, 'A']}, 'outputs': {}, \
'state': {'all': 'running'}}
    """
    found = list(rows)
    packed: dict[str, Any] = {
        "id": [row.id for row in found],
        "inputs": _pack_mappings([row.inputs for row in found]),
        "outputs": _pack_mappings([row.outputs for row in found]),
    }
    for name, (usual, _) in _FIELDS.items():
        column = _pack([getattr(row, name) for row in found])
        if found and column != {"all": usual}:
            packed[name] = column
    if any(row.suggestion is not None for row in found):
        packed["suggestion"] = [
            None if row.suggestion is None else row.suggestion.to_dict() for row in found
        ]
    return packed


def unpack_rows(data: Mapping[str, Any]) -> list[Row]:
    """Return the rows that `pack_rows` wrote, each column checked.

    Raises
    ------
    OptwidgetsError
        When the columns do not make sound rows.

    Examples
    --------
    >>> rows = [Row(1, {"T": 80.0}, {"Output": 1.5}, state="done"), Row(7)]
    >>> unpack_rows(pack_rows(rows)) == rows
    True
    """
    try:
        return list(_rows(data))
    except (KeyError, TypeError, AttributeError, ValueError, OverflowError) as error:
        if isinstance(error, OptwidgetsError):
            raise
        raise _unsound(repr(error)) from error


def read_rows(items: Sequence[Any]) -> tuple[Row, ...]:
    """Return the rows of many plain forms, as `Row.from_dict` reads each of them.

    Raises
    ------
    OptwidgetsError
        A field is missing or of the wrong type; ``error.row`` says where.

    Examples
    --------
    >>> rows = tuple(Row(number, {"T": 80.0 + number}, state="done") for number in range(1, 100))
    >>> read_rows([row.to_dict() for row in rows]) == rows
    True
    """
    if len(items) >= _MANY:
        with contextlib.suppress(_MendedError):
            return tuple(_as_they_are(items))
    return tuple(Row.from_dict(item) for item in items)


class _MendedError(Exception):
    """Some value is to be mended, or refused in a sentence: each row has to be looked at."""


def _as_they_are(items: Sequence[Any]) -> Iterable[Row]:
    """Return rows whose values need no mending.

    Each column is looked at once, which takes half the time of looking at each row.
    """
    _demand(set(map(type, items)) == {dict})
    _demand(all("id" in item and "inputs" in item and "outputs" in item for item in items))
    _demand(not any("suggestion" in item for item in items))
    inputs = [item["inputs"] for item in items]
    outputs = [item["outputs"] for item in items]
    _demand(_are_plain(inputs, _VALUE) and _are_plain(outputs, _FLOAT))
    numbers = [item["id"] for item in items]
    _demand(_fits(numbers, _WHOLE) and min(numbers) > 0)
    fields = {name: [item.get(name, usual) for item in items] for name, usual in _MISSING.items()}
    for name, column in fields.items():
        _demand(_fits(column, _FIELDS[name][1]) and _is_clean(column))
    _demand(set(fields["state"]) <= set(STATES))
    _demand(min((value for value in fields["noise"] if value is not None), default=0) >= 0)
    mappings = (
        [MappingProxyType(dict(values)) if values else _NOTHING for values in column]
        for column in (inputs, outputs)
    )
    columns = [numbers, *mappings, *fields.values(), [None] * len(numbers)]
    return _built(zip(*columns, strict=True))


def _demand(holds: bool) -> None:
    if not holds:
        raise _MendedError


def _are_plain(mappings: list[Any], types: _Types) -> bool:
    if set(map(type, mappings)) != {dict} or not set(map(type, chain(*mappings))) <= _TEXT:
        return False
    return _fits([value for mapping in mappings for value in mapping.values()], types)


def _is_clean(column: list[Any]) -> bool:
    """Return whether texts need no mending; see `clean_note`."""
    texts = {value for value in column if type(value) is str}
    return all(map(str.isprintable, texts)) and max(map(len, texts), default=0) <= MAX_DESCRIPTION


def _rows(data: Mapping[str, Any]) -> Iterable[Row]:
    ids = data["id"]
    _check("id", ids, _WHOLE)
    if len(set(ids)) < len(ids) or min(ids, default=1) < 1:
        raise _unsound("id")
    n = len(ids)
    fields = [
        _column(data.get(name, {"all": usual}), name, n, types)
        for name, (usual, types) in _FIELDS.items()
    ]
    state = fields[list(_FIELDS).index("state")]
    if not set(state) <= set(STATES):
        raise _unsound("state")
    infos = data.get("suggestion")
    suggestions: Sequence[SuggestionInfo | None] = [None] * n
    if infos is not None:
        suggestions = [None if info is None else SuggestionInfo.from_dict(info) for info in infos]
    inputs = _mappings(data["inputs"], n, _INPUT)
    outputs = _mappings(data["outputs"], n, _OUTPUT)
    return _built(zip(ids, inputs, outputs, *fields, suggestions, strict=True))


def _built(lines: Iterable[tuple[Any, ...]]) -> Iterator[Row]:
    # Filling the slots of a row whose columns were checked, one by one, takes half as long as
    # its constructor, and a loop over the slots would be as slow.
    new = Row.__new__
    put_id, put_in, put_out, put_a, put_b, put_c, put_d, put_e, put_f, put_g, put_info = _FILL
    for number, inputs, outputs, a, b, c, d, e, f, g, info in lines:
        row = new(Row)
        put_id(row, number)
        put_in(row, inputs)
        put_out(row, outputs)
        put_a(row, a)
        put_b(row, b)
        put_c(row, c)
        put_d(row, d)
        put_e(row, e)
        put_f(row, f)
        put_g(row, g)
        put_info(row, info)
        yield row


def _pack(values: list[Any]) -> list[Any] | dict[str, Any]:
    if not values:
        return values
    first = values[0]
    # 1, 1.0 and True are equal, and not the same.
    same = all(value is first for value in values) or (
        all(value == first for value in values) and len(set(map(type, values))) == 1
    )
    return {"all": first} if same else values


def _pack_mappings(mappings: list[Mapping[str, Any]]) -> dict[str, Any]:
    names = sorted(set().union(*mappings))
    return {name: _pack([mapping.get(name) for mapping in mappings]) for name in names}


def _mappings(data: Mapping[str, Any], n: int, types: _Types) -> Iterable[Any]:
    """Return the mapping of each row, in the order of the names as a journal writes them."""
    names = sorted(data)
    columns = [_column(data[name], name, n, types) for name in names]
    if not names:
        return repeat(_NOTHING, n)
    lines = zip(*columns, strict=True)
    if not any(None in column for column in columns):
        if len(names) == 1:  # the results of most sessions
            return (MappingProxyType({names[0]: value}) for value in columns[0])
        return (MappingProxyType(dict(zip(names, line))) for line in lines)  # noqa: B905
    return (_without_gaps(names, line) for line in lines)


def _without_gaps(names: Sequence[str], line: Sequence[Any]) -> Mapping[str, Any]:
    found = {name: value for name, value in zip(names, line, strict=True) if value is not None}
    return MappingProxyType(found) if found else _NOTHING


def _column(column: Any, name: str, n: int, types: _Types) -> list[Any]:
    values = [column["all"]] * n if isinstance(column, dict) else column
    _check(name, values, types)
    if len(values) != n:
        raise _unsound(name)
    return list(values)


def _check(name: str, values: Any, types: _Types) -> None:
    if not isinstance(values, list) or not _fits(values, types):
        raise _unsound(name)


def _fits(values: list[Any], types: _Types) -> bool:
    """Return whether all values are of the types, and finite if they are numbers."""
    kinds = set(map(type, values))
    if not kinds <= types:
        return False
    numbers = [value for value in values if type(value) is float] if float in kinds else []
    return all(map(math.isfinite, numbers))


def _unsound(what: str) -> OptwidgetsError:
    return OptwidgetsError(f"The column {what[:60]} of packed rows does not fit.")
