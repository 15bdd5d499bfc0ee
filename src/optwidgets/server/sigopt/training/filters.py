"""Filters of lists of runs: ``[{"field": "values.accuracy.value", "operator": ">", ...}]``."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.reading import Fields, read_json
from optwidgets.space.text import enumerate_words

OPERATORS: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
MAX_FILTERS = 50

Filter = Callable[[Mapping[str, Any]], bool]


def read_filters(text: str | None) -> list[Filter]:
    """Read the filters in a query.

    Parameters
    ----------
    text
        JSON, or None for none.

    Raises
    ------
    OptwidgetsError
        For what is no filter.

    Examples
    --------
    >>> (one,) = read_filters('[{"field": "metadata.size", "operator": ">", "value": 2}]')
    >>> one({"metadata": {"size": 3}}), one({"metadata": {}})
    (True, False)
    """
    found = [] if text is None else read_json(text)
    if not isinstance(found, list) or len(found) > MAX_FILTERS:
        raise OptwidgetsError(
            f"filters must be a JSON list of at most {MAX_FILTERS} objects.", field="filters"
        )
    return [_read(item) for item in found]


def _read(item: Any) -> Filter:
    fields = Fields(item, "The filter", ("field", "operator", "value"))
    path = str(fields.require("field"))
    word = fields.require("operator")
    if not isinstance(word, str) or word not in OPERATORS:
        raise fields.wrong("operator", f"one of {enumerate_words(OPERATORS)}")
    compare, wanted = OPERATORS[word], fields.data.get("value")

    def keeps(run: Mapping[str, Any]) -> bool:
        value = _value_at(run, path)
        try:
            return bool(compare(value, wanted))
        except TypeError:  # a text is neither above nor below a number
            return False

    return keeps


def _value_at(run: Mapping[str, Any], path: str) -> Any:
    """Return what stands at a path; names of metrics may hold points themselves."""
    if path in run:
        return run[path]
    for place, letter in enumerate(path):
        if letter == ".":
            inner = run.get(path[:place])
            if isinstance(inner, Mapping):
                return _value_at(inner, path[place + 1 :])
    return None
