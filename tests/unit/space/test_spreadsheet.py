"""Formula guard."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.space.spreadsheet import guard, unguard


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "'=1", "＝1"])
def test_what_a_spreadsheet_would_run_is_guarded(text):
    assert guard(text) == "'" + text


@given(st.text(alphabet="'=+-@a1\t", max_size=6) | st.text())
def test_round_trip(text):
    assert unguard(guard(text)) == text


@given(st.text())
def test_guarded_text_never_starts_a_formula(text):
    assert not guard(text).startswith(("=", "+", "-", "@", "\t", "\r"))
