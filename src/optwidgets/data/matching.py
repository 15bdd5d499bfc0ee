"""Which column of a foreign table is which column of ours."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from optwidgets.data.frame import BOOKKEEPING
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.proposing import split_unit
from optwidgets.space.space import Space
from optwidgets.space.spreadsheet import unguard
from optwidgets.space.text import did_you_mean, short
from optwidgets.space.units import convert

#: Columns that other programs, or our own export, add and that say nothing here.
_SILENT = frozenset({"", "row", "index", "provenanceid", "wholeplot", "subplot", "runorder"})


@dataclass(frozen=True)
class Match:
    """Result of `match_columns`.

    Parameters
    ----------
    places
        Name in our table to place of the column, from 0.
    unknown
        Columns that fit nothing.
    problems
        Sentences that a person must decide before anything is imported.

    Examples
    --------
    >>> Match({"T": 0}, (), ()).places
    {'T': 0}
    """

    places: dict[str, int]
    unknown: tuple[str, ...]
    problems: tuple[str, ...]


def _words(name: str) -> str:
    return re.sub(r"[\W_]+", "", name.casefold())


# From strict to lax: what fits strictly is taken before something else can fit laxly.
_STAGES: tuple[Callable[[str], str], ...] = (
    lambda name: name,
    lambda name: name.casefold(),
    lambda name: split_unit(name)[0].casefold(),
    lambda name: _words(split_unit(name)[0]),
)


def match_columns(
    columns: Sequence[str],
    space: Space,
    table: Table,
    mapping: Mapping[str, str | None] | None = None,
    *,
    header: bool = True,
) -> Match:
    """Match columns by name: exactly, then without capitals, units and punctuation.

    Parameters
    ----------
    columns
        Column heads.
    space, table
        Give our names: variables, objectives, and the table's own columns.
    mapping
        Column to our name, or None to leave it out; goes before all matching.
    header
        Whether the columns have names; without, they are taken in order when
        their number fits.

    Raises
    ------
    OptwidgetsError
        The mapping names a column or a target that does not exist, or one twice.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("Temperature", 60, 140, unit="°C"),))
    >>> match_columns(["temperature (°C)", "Yield"], space, Table())
    Match(places={'Temperature': 0}, unknown=('Yield',), problems=())
    """
    heads = [unguard(str(column).strip()) for column in columns]
    ours = [*space.names, *table.target_names]
    known = [*ours, *BOOKKEEPING]
    places: dict[str, int] = {}
    taken: set[int] = set()
    problems: list[str] = []
    for column, target in (mapping or {}).items():
        place = _place(column, heads)
        taken.add(place)
        if target is None:
            continue
        if target not in known:
            raise OptwidgetsError(did_you_mean(target, known), column=str(column))
        if target in places:
            raise OptwidgetsError(
                f'Columns "{short(heads[places[target]])}" and "{short(heads[place])}" are both '
                f"mapped to {short(target)}. Choose one.",
                column=str(column),
            )
        places[target] = place
    if not header and not places:
        if len(heads) in (len(ours), len(space)):
            return Match({name: place for place, name in enumerate(ours[: len(heads)])}, (), ())
        problems.append(
            f"The first line holds numbers and no names, and {len(heads)} columns do not fit "
            f"{len(space)} variables. Write the names into the first line."
        )
    for stage in _STAGES:
        by_key: dict[str, list[int]] = {}
        for place, head in enumerate(heads):
            if place not in taken:
                by_key.setdefault(stage(head), []).append(place)
        for name in known:
            fits = by_key.get(stage(name), []) if name not in places else []
            fits = [place for place in fits if place not in taken]
            if not fits or not stage(name):
                continue
            if len(fits) > 1:
                listed = " and ".join(f'"{short(heads[place])}"' for place in fits[:3])
                problems.append(
                    f"{len(fits)} columns fit {short(name)}: {listed}. "
                    "Rename one of them or say which one to use."
                )
            problems += _unit_problem(heads[fits[0]], name, space)
            places[name] = fits[0]
            taken.update(fits)
    unknown = tuple(
        head
        for place, head in enumerate(heads)
        if place not in taken and head.casefold() not in _SILENT
    )
    return Match(places, unknown, tuple(problems))


def _place(column: str, heads: Sequence[str]) -> int:
    if column in heads:
        return heads.index(column)
    raise OptwidgetsError(did_you_mean(column, _named(heads)), column=str(column))


def _named(heads: Iterable[str]) -> list[str]:
    return [head for head in heads if head]


def _unit_problem(head: str, name: str, space: Space) -> list[str]:
    """Refuse a column in another unit of the same kind: its numbers would mean something else."""
    unit = space[name].unit_text if name in space else ""
    found = split_unit(head)[1] if head != name else ""
    if not unit or not found or convert(1.0, found, unit) in (None, 1.0):
        return []
    return [f'Column "{short(head)}" is in {found}, but {short(name)} is in {unit}. Convert it.']
