"""Names and short texts: what is refused, and that the sentence helps."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import (
    RESERVED_NAMES,
    clean_name,
    clean_note,
    clean_optional,
    did_you_mean,
    enumerate_words,
    short,
)


@pytest.mark.parametrize("name", ["", " ", "\t\n", "\u00a0", "\u2003"])
def test_empty_names_are_refused(name):
    with pytest.raises(OptwidgetsError, match=r"^A variable needs a name\.$") as caught:
        clean_name(name)
    assert caught.value.field == "Name"


def test_a_long_name_is_quoted_by_its_beginning_only():
    with pytest.raises(OptwidgetsError) as caught:
        clean_name("x" * 10_000)
    sentence = str(caught.value)
    assert len(sentence) < 150
    assert "10000 characters" in sentence
    assert "at most 256" in sentence


def test_256_characters_are_allowed():
    assert clean_name("x" * 256) == "x" * 256


@pytest.mark.parametrize("mark", ["\n", "\r", "\x00", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
def test_line_breaks_and_control_characters_are_refused(mark):
    with pytest.raises(OptwidgetsError, match="on one line"):
        clean_name(f"a{mark}b")


@pytest.mark.parametrize(
    "mark",
    [chr(c) for c in (0x61C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))],
)
def test_direction_marks_are_refused_and_not_repeated(mark):
    with pytest.raises(OptwidgetsError, match="direction mark") as caught:
        clean_name(f"abc{mark}def")
    assert mark not in str(caught.value)


@pytest.mark.parametrize(
    "name",
    ["<b>T</b>", 'say "hi"', "it's", "طول", "חום", "a<script>alert(1)</script>", "温度", "T (°C)"],
)
def test_html_quotes_and_right_to_left_letters_are_plain_text(name):
    assert clean_name(name) == name


@pytest.mark.parametrize("name", sorted(RESERVED_NAMES))
def test_columns_of_the_table_are_reserved(name):
    with pytest.raises(OptwidgetsError, match="is a column of the table already"):
        clean_name(name)


def test_names_that_look_the_same_are_the_same():
    assert clean_name("Température") == clean_name(unicodedata.normalize("NFD", "Température"))


@pytest.mark.parametrize("name", [None, 3, 2.5, ["T"], b"T"])
def test_names_must_be_text(name):
    with pytest.raises(OptwidgetsError, match="must be text"):
        clean_name(name)


@given(st.text())
def test_a_name_is_either_refused_or_canonical(text):
    try:
        name = clean_name(text)
    except OptwidgetsError as refused:
        sentence = str(refused)
    else:
        sentence = ""
        assert name == name.strip()
        assert name
        assert clean_name(name) == name
        assert "\n" not in name
    assert len(sentence) < 400


def test_optional_texts():
    assert clean_optional("  ", field="Unit", what="The unit", limit=4) == ""
    with pytest.raises(OptwidgetsError, match="has 5 characters") as caught:
        clean_optional("12345", field="Unit", what="The unit", limit=4)
    assert caught.value.field == "Unit"


def test_notes_keep_line_breaks_and_lose_what_breaks_spreadsheets():
    assert clean_note("a\nb\tc\x00\x07d") == "a\nb\tc  d"
    with pytest.raises(OptwidgetsError, match="at most"):
        clean_note("x" * 10_001)


def test_sentences_for_unknown_names():
    assert did_you_mean("presure", ["Pressure"]) == "I don't know presure. Did you mean Pressure?"
    assert "no variables yet" in did_you_mean("x", [])
    assert len(did_you_mean("y" * 10_000, ["a" * 256] * 3)) < 300


def test_lists_in_words():
    assert enumerate_words(["A"]) == "A"
    assert enumerate_words(["A", "B"]) == "A and B"
    assert enumerate_words([str(i) for i in range(20)]).endswith("and 12 more")


def test_short_never_carries_a_line_break():
    assert short("a\nb") == "a b"
