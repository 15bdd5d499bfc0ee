"""The search space as its panel shows it: variables, where results lie, what is outside."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.space.numbers import MINUS, plain, show, typed_decimals
from optwidgets.space.text import short
from optwidgets.widgets._space_forms import RANGED, form_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from optwidgets.data.table import Row, Table
    from optwidgets.space.space import Space
    from optwidgets.space.variable import Variable

MAX_TICKS = 60
MAX_OUTSIDE = 50


def variable_views(space: Space, table: Table) -> list[dict[str, Any]]:
    """Return what the panel shows of each variable.

    Parameters
    ----------
    space, table
        Variables and experiments of one revision.

    Returns
    -------
    list of dict
        ``form`` (texts of the editor), ``results`` (finished rows that have a
        value), ``rug`` (at most 60 places from 0 to 1, of the latest results),
        ``low`` and ``high`` (the range as shown), ``tags`` (what is special about it).
    """
    done = list(table.done())
    return [_view(variable, done) for variable in space]


def _view(variable: Variable, done: list[Row]) -> dict[str, Any]:
    values = [row.inputs[variable.name] for row in done if variable.name in row.inputs]
    low = high = ""
    if variable.kind in RANGED and not variable.is_open_ended:
        low, high = (shown_bound(bound) for bound in variable.bounds)
    return {
        "form": form_of(variable),
        "results": len(values),
        "rug": _rug(variable, values[-MAX_TICKS:]),
        "low": low,
        "high": high,
        "tags": list(variable.tags),
    }


def shown_bound(bound: Any) -> str:
    r"""Return a bound as people read it: as typed, with powers where it is long.

    Examples
    --------
    >>> shown_bound(60.0), shown_bound(-0.5), shown_bound(1e-7)
    ('60', '−0.5', '1\u202f×\u202f10⁻⁷')
    """
    number = float(bound)
    if number and not 1e-4 <= abs(number) <= 1e6:
        return show(number, typed_decimals(number))
    text = show(number, typed_decimals(number))
    return text if len(text) < 12 else plain(number).replace("-", MINUS)


def _rug(variable: Variable, values: list[Any]) -> list[float]:
    if not values:
        return []
    inside = [value for value in values if variable.contains(value)]
    if variable.levels is None or variable.kind == "integer":
        return [round(float(u), 3) for u in variable.to_unit(inside)] if inside else []
    # Results of one level would hide each other: they stand side by side in its band.
    levels = len(variable.levels)
    counts: dict[Any, int] = {}
    ticks = []
    for value in inside:
        place = variable.to_unit([value])[0]
        band = int(abs(variable.levels - place).argmin())
        seen = counts[band] = counts.get(band, 0) + 1
        # The golden section spreads any number of ticks evenly over the band.
        ticks.append(round((band + 0.1 + 0.8 * (seen * 0.618034 % 1)) / levels, 3))
    return ticks


class OutsideWatch:
    """Rows with values outside the space, kept up to date at little cost.

    Rows are immutable, so that what was found for a row object holds as long
    as the space is the same object: a changed cell costs one row.
    """

    def __init__(self) -> None:
        self._space: Space | None = None
        self._found: dict[int, tuple[Row, tuple[str, ...]]] = {}

    def look(self, space: Space, table: Table) -> tuple[int, list[dict[str, Any]]]:
        """Return how many rows have values outside, and the first of them.

        Parameters
        ----------
        space, table
            Variables and experiments of one revision.

        Returns
        -------
        tuple
            Number of rows, and at most 50 of ``{"row", "name", "value", "limit"}``.
        """
        if space is not self._space:
            self._space, self._found = space, {}
        found: dict[int, tuple[Row, tuple[str, ...]]] = {}
        rows = 0
        listed: list[dict[str, Any]] = []
        for row in table:
            known = self._found.get(row.id)
            if known is None or known[0] is not row:
                known = (row, tuple(space.outside(row.inputs)))
            found[row.id] = known
            if not known[1]:
                continue
            rows += 1
            for name in known[1]:
                if len(listed) < MAX_OUTSIDE:
                    listed.append(_outside(space, name, row.id, row.inputs))
        self._found = found
        return rows, listed


def _outside(space: Space, name: str, row: int, inputs: Mapping[str, Any]) -> dict[str, Any]:
    variable, value = space[name], inputs[name]
    limit = "not in the list"
    if variable.contains(value):
        broken = (rule for rule in space.broken(inputs) if name in rule.variables)
        limit = f"constraint {short(next(broken).describe(), 80)}"
    elif variable.kind in RANGED:
        low, high = variable.bounds
        end = low if float(value) < float(low) else high
        limit = f"limit {shown_bound(end)}"
    unit = f" {variable.unit_text}" if variable.unit_text else ""
    return {
        "row": row,
        "name": variable.name,
        "value": _outside_text(variable, value) + unit,
        "limit": limit,
    }


def _outside_text(variable: Variable, value: Any) -> str:
    if variable.kind not in RANGED or not isinstance(value, (int, float)):
        return str(value)
    text = variable.format(variable.check(value))
    # Rounded onto the bound it would not look outside.
    return shown_bound(value) if text in {variable.format(end) for end in variable.bounds} else text
