"""Rows as columns, and many plain forms at once: the same rows as one by one."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.data.packing import pack_rows, read_rows, unpack_rows
from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from support.random_changes import rows

ODD = st.sampled_from(
    [None, True, -1, 0, 2, 1.5, float("nan"), float("inf"), "", "a\x07b", "\ud800", "x" * 20_000,
     [], {}, {"T": None}, {"T": True}, {"T": "A"}, {"T": float("nan")}, {1: 2.0}, "done", "no",
     {"strategy": "EI"}, 1 << 70]
)  # fmt: skip
KEYS = st.sampled_from(
    ["id", "inputs", "outputs", "noise", "state", "note", "iteration", "reason", "created_at",
     "finished_at", "suggestion", "of the future"]
)  # fmt: skip


def answer(read):
    """Return what was read, or the sentence and the row that it is about."""
    try:
        found = read()
    except OptwidgetsError as error:
        return str(error), error.row
    return found, [row.to_dict() for row in found], [type(row.outputs) for row in found]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_packed_rows_are_the_same_rows(data):
    table = [data.draw(rows(number)) for number in range(1, data.draw(st.integers(0, 6)) + 1)]
    again = unpack_rows(json.loads(json.dumps(pack_rows(table), allow_nan=False)))
    assert again == table
    assert [row.to_dict() for row in again] == [row.to_dict() for row in table]
    assert [hash(row) for row in again] == [hash(row) for row in table]


@settings(max_examples=150, deadline=None)
@given(st.data())
def test_many_rows_are_read_as_each_of_them(data):
    items = [data.draw(rows(number)).to_dict() for number in range(1, 10)]
    for _ in range(data.draw(st.integers(0, 2))):
        place, key = data.draw(st.integers(0, 8)), data.draw(KEYS)
        if data.draw(st.booleans()):
            items[place][key] = data.draw(ODD)
        else:
            items[place].pop(key, None)
    one_by_one = answer(lambda: tuple(Row.from_dict(item) for item in items))
    assert answer(lambda: read_rows(items)) == one_by_one


@pytest.mark.parametrize("odd", [7, None, "row", []])
def test_what_is_no_row_at_all_is_said(odd):
    items = [Row(number).to_dict() for number in range(1, 20)]
    with pytest.raises(OptwidgetsError, match="A row must map names to values"):
        read_rows([*items, odd])


def test_what_was_read_does_not_change_with_what_it_was_read_from():
    items = [Row(number, {"T": 1.0}, {"y": 2.0}, state="done").to_dict() for number in range(1, 20)]
    found = read_rows(items)
    items[3]["inputs"]["T"] = 9.0
    items[3]["outputs"].clear()
    assert dict(found[3].inputs) == {"T": 1.0}
    assert dict(found[3].outputs) == {"y": 2.0}
