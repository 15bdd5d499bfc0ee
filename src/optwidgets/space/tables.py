"""Spaces as JSON and as a table: reading and writing."""

from __future__ import annotations

import csv
import io
import json
import warnings
from collections.abc import Mapping, Sequence
from os import PathLike
from pathlib import Path
from typing import Any, NoReturn

from optwidgets.durable import replace_file
from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Variable
from optwidgets.space.checking import expect_list
from optwidgets.space.conditions import condition_text
from optwidgets.space.constraints import constraint_from_dict
from optwidgets.space.derived import derived_from_dict
from optwidgets.space.numbers import plain, readings
from optwidgets.space.space import Space
from optwidgets.space.spreadsheet import guard, unguard
from optwidgets.space.text import enumerate_words, short
from optwidgets.space.variable import make_variable

_COLUMNS = ("name", "kind", "min", "max", "log", "unit", "values", "description")
# Columns that are written only where a variable needs them.
_RARE = ("role", "changes", "active_if")
_SYNONYMS = {
    "variable": "name",
    "parameter": "name",
    "factor": "name",
    "type": "kind",
    "var_type": "kind",
    "minimum": "min",
    "low": "min",
    "lower": "min",
    "maximum": "max",
    "high": "max",
    "upper": "max",
    "log scale": "log",
    "scale": "log",
    "units": "unit",
    "categories": "values",
    "levels": "values",
    "choices": "values",
    "allowed_values": "values",
    "allowed values": "values",
}
_YES = frozenset({"1", "true", "yes", "y", "x", "log", "on"})


def read_text(source: str | PathLike[str], *, marks: str) -> str:
    """Text of a file, or the text itself when it holds one of the marks.

    Raises
    ------
    OptwidgetsError
        The file is not there or is not UTF-8 text.

    Examples
    --------
    >>> read_text("[]", marks="[{")
    '[]'
    """
    if isinstance(source, str) and any(mark in source for mark in marks):
        return source
    path = Path(source)
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise OptwidgetsError(f"There is no file {short(path, 200)}.") from None
    except UnicodeDecodeError:
        raise OptwidgetsError(f"{short(path.name)} is not UTF-8 text. Save it as UTF-8.") from None
    except OSError as error:
        reason = error.strerror or "unknown reason"
        raise OptwidgetsError(f"{short(path, 200)} cannot be read: {reason}.") from None


def read_lines(source: str | PathLike[str]) -> str:
    r"""Text of a file of lines, or the text itself; a file whose last line has no end is warned of.

    Examples
    --------
    >>> read_lines("name;kind\nT;real")
    'name;kind\nT;real'
    """
    text = read_text(source, marks="\n")
    if text is not source and not text.endswith(("\n", "\r")):
        warnings.warn(
            "The last line of the file has no end. If it was cut off, variables are missing.",
            stacklevel=3,  # whoever reads a space from the file
        )
    return text


def write_text(text: str, path: str | PathLike[str] | None) -> str:
    """Write a text to a file if a path is given, and return it.

    An existing file is replaced only when all is written.

    Raises
    ------
    OptwidgetsError
        The file cannot be written, for example because the disk is full.
    """
    if path is not None:
        target = Path(path)
        try:
            if target.exists() and not target.is_file():
                # A device or a pipe is written, never replaced.
                target.write_text(text, encoding="utf-8", newline="")
            else:
                replace_file(target, text.encode())
        except OSError as error:
            reason = error.strerror or "unknown reason"
            raise OptwidgetsError(f"{short(path, 200)} cannot be written: {reason}.") from None
    return text


def space_to_json(space: Space) -> str:
    """Bare list of variables, or with constraints or derived variables an object of all, as ALchemist writes it.

    Examples
    --------
    >>> print(space_to_json(Space()))
    []
    """
    plain_form: Any = space.to_dict()
    more = {
        "constraints": [rule.to_dict() for rule in space.constraints],
        "derived_variables": [item.to_dict() for item in space.derived],
    }
    if any(more.values()):
        used = {name: items for name, items in more.items() if items}
        plain_form = {"variables": plain_form, **used}
    return json.dumps(plain_form, indent=2, ensure_ascii=False, allow_nan=False)


def space_from_json(text: str) -> Space:
    """Read a list of variables, or an object with ``variables`` and ``constraints``.

    Raises
    ------
    OptwidgetsError
        Not JSON, not a space, or with something that we would have to drop.

    Examples
    --------
    >>> space_from_json('{"variables": [{"name": "x", "type": "real", "min": 0, "max": 1}]}').names
    ('x',)
    """
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except OptwidgetsError:
        raise
    except (ValueError, RecursionError) as error:  # also a number of thousands of digits
        place = f" (line {error.lineno})" if isinstance(error, json.JSONDecodeError) else ""
        raise OptwidgetsError(f"The search space is not valid JSON{place}.") from None
    rules: Any = []
    derived: Any = []
    if isinstance(data, Mapping):
        if isinstance(data.get("search_space"), Mapping):  # a whole session file
            data = data["search_space"]
        derived = data.get("derived_variables") or []
        rules, data = data.get("constraints") or [], data.get("variables")
    space = Space.from_dict(data)
    for item in expect_list(rules, "Constraints"):
        rule = constraint_from_dict(item)
        space = space.constrain(rule if rule.label else rule.with_label(space.next_label()))
    for item in expect_list(derived, "Derived variables"):
        space = space.derive(derived_from_dict(item))
    return space


def _refuse_constant(name: str) -> NoReturn:
    raise OptwidgetsError(f"The search space holds {name}, which is not a finite number.")


def space_to_csv(space: Space) -> str:
    """Write a line for each variable; the values of a list are separated by ``|``.

    Examples
    --------
    >>> from optwidgets.space.variable import Categorical
    >>> print(space_to_csv(Space((Categorical("c", ("A", "B")),))), end="")
    name,kind,min,max,log,unit,values,description
    c,categorical,,,,,A|B,
    """
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    columns = [*_COLUMNS, *(c for c in _RARE if any(c in v.to_dict() for v in space))]
    writer.writerow(columns)
    for variable in space:
        writer.writerow([_cell(variable, column) for column in columns])
    return out.getvalue()


def _cell(variable: Variable, column: str) -> str:
    fields = variable.to_dict()
    if column == "kind":
        return variable.kind
    if column == "values":
        values = fields.get("values") or fields.get("allowed_values") or []
        texts = [value if isinstance(value, str) else plain(value) for value in values]
        if any("|" in text or text.startswith("[") for text in texts):
            return json.dumps(texts, ensure_ascii=False)
        # A leading mark cannot be mistaken for another separator inside a label.
        return guard("|".join(texts))
    if column == "active_if":
        return guard(condition_text(variable.active_if)) if variable.active_if else ""
    value = fields.get(column, "")
    if isinstance(value, bool):
        return "yes" if value else ""
    return guard(value) if isinstance(value, str) else plain(value)


def space_from_csv(text: str) -> Space:
    r"""Read a table of variables, from a CSV file or copied from a spreadsheet.

    The first line names the columns: name, kind, min, max, log, unit, values
    and description, or words like them, and where they are needed role (``observed``),
    changes (``hard``) and active_if (``optimizer = sgd | nag``). Without a kind it is found: values
    make a list, bounds a real variable.

    Raises
    ------
    OptwidgetsError
        No such columns, or a line that is not a possible variable;
        ``error.row`` is the line, from 1.

    Examples
    --------
    >>> space = space_from_csv("name\tmin\tmax\tvalues\nT\t60\t140\t\nc\t\t\tA; B\n")
    >>> [variable.kind for variable in space]
    ['real', 'categorical']
    """
    # A first line of nothing but separators is no line with names.
    first = next((line for line in text.splitlines() if line.strip("\t;, ")), "")
    separator = max("\t;,", key=first.count)
    rows = list(csv.reader(io.StringIO(text), delimiter=separator))
    rows = [row for row in rows if any(cell.strip() for cell in row)]
    if not first or not rows:
        raise OptwidgetsError("The table of variables is empty.")
    header = [_column(cell) for cell in rows[0]]
    if "name" not in header:
        raise OptwidgetsError(
            "The table of variables has no column name. "
            f"Its first line must hold column names: {enumerate_words(_COLUMNS)}."
        )
    variables = []
    for number, row in enumerate(rows[1:], start=2):
        cells = {
            column: unguard(cell.strip())
            for column, cell in zip(header, row, strict=False)
            if column in (*_COLUMNS, *_RARE) and cell.strip()
        }
        try:
            variables.append(_variable(cells))
        except OptwidgetsError as error:
            raise OptwidgetsError(
                f"Line {number}: {error}", field=error.field, row=number
            ) from None
    return Space(tuple(variables))


def _column(cell: str) -> str:
    word = cell.strip().lower()
    return _SYNONYMS.get(word, word)


def _variable(cells: Mapping[str, str]) -> Variable:
    texts = ("unit", "description", *_RARE)
    options: dict[str, Any] = {key: cells[key] for key in texts if key in cells}
    values = split_values(cells["values"]) if "values" in cells else []
    kind = cells.get("kind", "").lower()
    if not kind:
        numeric = all(readings(value) for value in values)
        kind = ("discrete" if numeric else "categorical") if values else "real"
    if kind in ("real", "integer"):
        options |= {key: cells[key] for key in ("min", "max") if key in cells}
        options["log"] = cells.get("log", "").lower() in _YES
    else:
        options["values"] = values
        if kind == "categorical":
            options.pop("unit", None)
    return make_variable(cells.get("name", ""), kind, **options)


def split_values(text: str) -> Sequence[str]:
    """Labels or numbers of one cell, separated by ``|``, ``;`` or a comma.

    Examples
    --------
    >>> split_values("0,5; 1"), split_values('["a|b", "c"]')
    (['0,5', '1'], ['a|b', 'c'])
    """
    if text.startswith("["):
        try:
            found = json.loads(text)
        except (ValueError, RecursionError):
            found = None
        if isinstance(found, list):
            return [str(value) for value in found]
    separator = next((mark for mark in "|;," if mark in text), "|")
    return [part.strip() for part in text.split(separator) if part.strip()]
