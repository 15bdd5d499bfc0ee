"""Search spaces as tables of variables."""

from __future__ import annotations

from collections.abc import Iterator

from optwidgets.errors import OptwidgetsError
from optwidgets.space.search_space import SearchSpace
from support.fuzz.mutation import mutate_text
from support.fuzz.samples import full, workplace
from support.fuzz.target import refused

mutate = mutate_text(
    (*("name", "kind", "type", "min", "max", "values", "unit", "log", "step"), *";,\t\r\n\"'|=-"),
)


def seeds() -> Iterator[bytes]:
    yield full().search_space.to_csv().encode()
    yield b"name;kind;min;max\nT;real;0,5;2\n"


def check(content: bytes) -> None:
    path = workplace() / "space.csv"
    path.write_bytes(content)
    try:
        space = SearchSpace.from_csv(path)
    except OptwidgetsError as error:
        refused(error)
        return
    again = SearchSpace.from_csv(space.to_csv(workplace() / "again.csv"))
    assert again.variables == space.variables, (again.variables, space.variables)
