"""What ALchemist's API takes as files: search spaces, and tables of results."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.rules import check as check_rules
from optwidgets.journal.state import SessionState
from optwidgets.server.faces.alchemist.csv_files import preview, read_csv
from optwidgets.server.faces.alchemist.space_file import read_space_file
from optwidgets.space.edits import ConstraintAdded, added_in_order
from support.fuzz.samples import small
from support.fuzz.target import refused


def seeds() -> Iterator[bytes]:
    yield (
        b'{"variables": [{"name": "T", "type": "real", "min": 0, "max": 1, "unit": "K"},'
        b'{"name": "c", "type": "categorical", "categories": ["A", "B"]},'
        b'{"name": "d", "type": "discrete", "allowed_values": [1, 2.5]}],'
        b'"constraints": [{"type": "inequality", "coefficients": {"T": 1, "d": 2}, "rhs": 4}]}'
    )
    yield b'[{"name": "n", "type": "integer", "min": 1, "max": 5}]'
    yield b"T,n,c,Output,Iteration,Reason,Noise\n10,2,A,0.5,0,LHS,0.01\n20,3,B,0.25,1,EI,0.02\n"


@cache
def state() -> SessionState:
    return small().state


def check(content: bytes) -> None:
    try:
        file = read_space_file(content)
        changes = [*added_in_order(file.variables), *map(ConstraintAdded, file.constraints)]
        after = check_rules(SessionState(), changes)
        assert after.space == file.space()
    except OptwidgetsError as error:
        refused(error)
    try:
        preview(content)
        upload = read_csv(content, "Output", state())
        check_rules(state(), upload.changes(state()))
    except OptwidgetsError as error:
        refused(error)
