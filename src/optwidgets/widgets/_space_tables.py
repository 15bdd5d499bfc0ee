"""Variables from pasted text: a table of variables, or a table of past results."""

from __future__ import annotations

import csv
import re
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.variable import KINDS
from optwidgets.widgets._space_forms import (
    LISTED,
    Form,
    blank_form,
    form_of,
    read_number,
    variable_of,
)

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    import pandas as pd

MAX_LINES = 100_000
MAX_VARIABLES = 200

#: Heads under which a table of variables is understood.
HEADS = {
    "name": ("name", "variable", "parameter", "factor"),
    "kind": ("kind", "type"),
    "min": ("min", "minimum", "low", "lower", "from"),
    "max": ("max", "maximum", "high", "upper", "to"),
    "unit": ("unit", "units"),
    "log": ("log", "log scale", "scale"),
    "values": ("values", "categories", "levels", "allowed_values", "choices"),
    "description": ("description", "note"),
}
_ORDER = ("name", "kind", "min", "max", "unit")


def read_variables(text: str, results: Collection[str] = ()) -> dict[str, Any]:
    r"""Propose variables from pasted text.

    Parameters
    ----------
    text
        Tab-, comma- or semicolon-separated lines. Either one variable per line
        (name, kind, minimum, maximum, unit; or name, kind, categories), or past
        results with one variable per column.
    results
        Names of the session's objectives: such columns are results, and are
        not proposed for use.

    Returns
    -------
    dict
        ``source`` (``"variables"`` or ``"results"``), ``rows`` (lines read) and
        ``proposals``, a list of ``{"form", "use", "note", "error", "line"}``.

    Raises
    ------
    OptwidgetsError
        If there is nothing to read.

    Examples
    --------
    >>> found = read_variables("Flow\treal\t0.5\t20\tmL/min\nCatalyst\tcategorical\tA, B, C")
    >>> [p["form"]["name"] for p in found["proposals"]], found["source"]
    (['Flow', 'Catalyst'], 'variables')
    """
    lines = _cells(text)
    if not lines:
        raise OptwidgetsError("The table is empty. Paste at least one line.", field="Table")
    heads = _heads(lines[0])
    if heads is not None:
        body = lines[1:]
    elif all(len(line) > 1 and _kind(line[1]) for line in lines[:3]):
        heads, body = dict(enumerate(_ORDER)), lines
    else:
        return _from_results(lines, results)
    if not body:
        raise OptwidgetsError("The table has column heads only. Add a line.", field="Table")
    first = 1 + (len(lines) - len(body))
    proposals = [_proposal(_form(line, heads), first + at) for at, line in enumerate(body)]
    _mark_repeats(proposals)
    return {"source": "variables", "rows": len(body), "proposals": proposals[:MAX_VARIABLES]}


def _cells(text: str) -> list[list[str]]:
    plain = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    lines = [line for line in plain.split("\n") if line.strip()][:MAX_LINES]
    if not lines:
        return []
    counts = {mark: lines[0].count(mark) for mark in ("\t", ";", ",")}
    separator = next((mark for mark in ("\t", ";", ",") if counts[mark]), "\t")
    try:
        table = list(csv.reader(lines, delimiter=separator, skipinitialspace=True))
    except csv.Error as error:
        raise OptwidgetsError(f"The table could not be read: {error}.", field="Table") from error
    return [[cell.strip() for cell in line] for line in table if any(map(str.strip, line))]


def _heads(line: Sequence[str]) -> dict[int, str] | None:
    known = {word: field for field, words in HEADS.items() for word in words}
    heads = {at: known[cell.casefold()] for at, cell in enumerate(line) if cell.casefold() in known}
    fields = set(heads.values())
    return heads if "name" in fields and fields & {"kind", "min", "values"} else None


def _kind(word: str) -> str | None:
    plain = word.strip().casefold()
    if plain in KINDS:
        return plain
    return {"float": "real", "continuous": "real", "int": "integer", "cat": "categorical"}.get(
        plain
    )


def _form(line: Sequence[str], heads: dict[int, str]) -> Form:
    form = blank_form()
    cells: dict[str, str] = {}
    for at, cell in enumerate(line):
        if field := heads.get(at):
            cells.setdefault(field, cell)
    kind = _kind(cells.get("kind", ""))
    rest = [cell for at, cell in enumerate(line) if at not in heads and cell]
    if kind in LISTED and "values" not in cells:
        # name, kind, then the categories: in one cell, or in one cell each.
        listed = [cells.pop("min", ""), cells.pop("max", "")]
        if len(listed[1]) and "unit" in cells and kind == "categorical":
            listed.append(cells.pop("unit"))
        cells["values"] = "|".join([cell for cell in listed if cell] + rest)
    values = [part.strip() for part in re.split(r"[|;,]", cells.get("values", "")) if part.strip()]
    if kind is None:
        kind = "real"
        if values:
            numeric = all(read_number(value) is not None for value in values)
            kind = "discrete" if numeric else "categorical"
    form |= {"name": cells.get("name", ""), "kind": kind, "unit": cells.get("unit", "")}
    form |= {"description": cells.get("description", "")}
    form["log"] = cells.get("log", "").casefold() in ("log", "true", "yes", "1", "x")
    if kind in LISTED:
        form["values"] = values
    else:
        form |= {"min": cells.get("min", ""), "max": cells.get("max", "")}
    return form


def _proposal(form: Form, line: int, note: str = "", *, use: bool = True) -> dict[str, Any]:
    error = None
    try:
        variable_of(form)
    except OptwidgetsError as bad:
        error, use = str(bad), False
    return {"form": form, "use": use, "note": note, "error": error, "line": line}


def _mark_repeats(proposals: Sequence[dict[str, Any]]) -> None:
    seen: set[str] = set()
    for proposal in proposals:
        name = proposal["form"]["name"]
        if name in seen and proposal["error"] is None:
            proposal["error"] = f"{name} exists already. Use another name."
            proposal["use"] = False
        seen.add(name)


def _from_results(lines: Sequence[Sequence[str]], results: Collection[str]) -> dict[str, Any]:
    from optwidgets.space.search_space import SearchSpace

    frame = _frame(lines)
    outputs = [name for name in frame.columns if name in results]
    if not outputs and len(frame.columns) > 1:
        # By habit the result is the last column; the user can tick it again.
        last = frame.columns[-1]
        if frame[last].dtype.kind in "if":
            outputs = [last]
    proposals = []
    for at, name in enumerate(frame.columns):
        if name in outputs:
            proposals.append(_proposal(_span(frame, name), at + 1, "a result", use=False))
            continue
        try:
            found = SearchSpace.from_dataframe(frame[[name]], outputs=[])
            form = form_of(next(iter(found)))
        except (OptwidgetsError, StopIteration):
            form = _span(frame, name)
        proposals.append(_proposal(form, at + 1))
    return {"source": "results", "rows": len(frame), "proposals": proposals[:MAX_VARIABLES]}


def _frame(lines: Sequence[Sequence[str]]) -> pd.DataFrame:
    import pandas as pd

    heads = [cell or f"Column {at + 1}" for at, cell in enumerate(lines[0])]
    if len(lines) < 2 or all(read_number(head) is not None for head in heads):
        raise OptwidgetsError(
            "No column heads found. Start the table with a line of names.", field="Table"
        )
    columns: dict[str, list[Any]] = {}
    for at, head in enumerate(heads):
        cells = [line[at] if at < len(line) else "" for line in lines[1:]]
        numbers = [read_number(cell) for cell in cells if cell]
        if numbers and all(number is not None for number in numbers):
            columns[head] = [read_number(cell) if cell else None for cell in cells]
        else:
            columns[head] = [cell or None for cell in cells]
    frame = pd.DataFrame(columns)
    whole = [
        name
        for name in frame.columns
        if frame[name].dtype.kind == "f"
        and frame[name].notna().all()
        and (frame[name] % 1 == 0).all()
    ]
    return frame.astype(dict.fromkeys(whole, "int64"))


def _span(frame: pd.DataFrame, name: str) -> Form:
    form = blank_form() | {"name": name}
    if frame[name].dtype.kind in "if" and frame[name].notna().any():
        form |= {"min": f"{frame[name].min():g}", "max": f"{frame[name].max():g}"}
    return form
