"""Long texts let other threads run, and are the same texts."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.data.edits import RowsAdded, RowsRemoved
from optwidgets.data.table import Row
from optwidgets.journal import pausing
from optwidgets.journal.changes import decode_change, encode_change
from optwidgets.journal.entry import canonical_json


@given(
    st.dictionaries(
        st.text(max_size=5),
        st.lists(st.dictionaries(st.text(max_size=5), st.floats(allow_nan=False) | st.none()))
        | st.lists(st.integers())
        | st.text(),
    )
)
def test_pieces_are_encoded_as_the_whole_would_be(data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pausing, "MANY", 1)
        pieces = pausing.in_pieces(data)
    plain = json.dumps(data, sort_keys=True, separators=(",", ":"))
    if "Infinity" not in plain:
        assert canonical_json(pieces) == plain


def test_every_row_of_a_long_text_lets_others_run(monkeypatch):
    change = RowsAdded(tuple(Row(n, {"T": float(n), "p": 1e-3}) for n in range(1, 3001)))
    turns = []
    monkeypatch.setattr(pausing, "_as_it_is", lambda value: turns.append(0) or value)
    assert decode_change(encode_change(change)) == change
    assert len(turns) >= 3000
    pieces = pausing.in_pieces(change.to_dict())["rows"]
    assert all(isinstance(piece, pausing.Piece) for piece in pieces)
    numbers = pausing.in_pieces(RowsRemoved(tuple(range(1, 3001))).to_dict())["ids"]
    assert numbers == list(range(1, 3001))  # it takes no time


def test_what_is_no_json_is_still_none():
    with pytest.raises(TypeError, match="not JSON serializable"):
        canonical_json({"a": object()})
