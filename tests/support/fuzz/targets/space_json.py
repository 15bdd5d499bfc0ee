"""Search spaces as JSON."""

from __future__ import annotations

from collections.abc import Iterator

from optwidgets.errors import OptwidgetsError
from optwidgets.space.search_space import SearchSpace
from support.fuzz.samples import full, small, workplace
from support.fuzz.target import refused


def seeds() -> Iterator[bytes]:
    yield small().search_space.to_json().encode()
    yield full().search_space.to_json().encode()
    yield b'[{"name": "n", "type": "integer", "min": 1, "max": 5}]'


def check(content: bytes) -> None:
    path = workplace() / "space.json"
    path.write_bytes(content)
    try:
        space = SearchSpace.from_json(path)
    except OptwidgetsError as error:
        refused(error)
        return
    again = SearchSpace.from_json(space.to_json())
    assert again.to_json() == space.to_json()
    assert again.variables == space.variables
    assert again.constraints == space.constraints
