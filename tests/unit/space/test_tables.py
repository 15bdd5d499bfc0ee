"""Spaces as JSON and CSV."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.tables import (
    read_text,
    space_from_csv,
    space_from_json,
    space_to_csv,
    space_to_json,
    write_text,
)
from optwidgets.space.variable import Categorical, Discrete, Integer, Real


@given(st.from_type(Space))
def test_json_round_trip(space):
    assert space_from_json(space_to_json(space)) == space


@given(st.from_type(Space))
def test_csv_round_trip(space):
    assert space_from_csv(space_to_csv(space)) == space


def test_constraints_are_written_and_read():
    text = """{"variables": [{"name": "a", "type": "real", "min": 0, "max": 1}],
        "constraints": [{"type": "inequality", "coefficients": {"a": 2}, "rhs": 1, "name": null}]}"""
    space = space_from_json(text)
    assert [rule.describe() for rule in space.constraints] == ["2 a ≤ 1"]
    assert space.constraints[0].label == "constraint_0"
    assert space_from_json(space_to_json(space)) == space


def test_a_session_file_of_alchemist_is_a_space():
    text = """{"version": "1.1.0", "search_space": {"variables": [
        {"name": "T", "type": "real", "min": 300, "max": 500},
        {"name": "SAR", "type": "discrete", "allowed_values": [80.0, 280.0]}],
        "derived_variables": [], "constraints": []}}"""
    assert space_from_json(text).names == ("T", "SAR")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "not valid JSON"),
        ("[", "not valid JSON"),
        ('[{"name": "T", "type": "real", "min": NaN, "max": 1}]', "not a finite number"),
        ('[{"name": "T", "type": "real", "min": 0, "max": 1e999}]', "finite"),
        ("{}", "must be a list"),
        ("3", "must be a list"),
        ('{"variables": [], "constraints": [{"rhs": 1}]}', "not one of inequality, equality"),
        ('{"variables": [], "constraints": 3}', "must be a list"),
        ("[" * 100_000, "not valid JSON"),
    ],
)
def test_damaged_json(text, words):
    with pytest.raises(OptwidgetsError, match=words):
        space_from_json(text)


def test_a_table_copied_from_a_spreadsheet():
    text = (
        "Variable\tMinimum\tMaximum\tUnit\tLevels\r\n"
        "Temperature\t60\t140,5\t°C\t\r\n"
        "SAR\t\t\t\t30; 80\r\n"
        'Catalyst\t\t\t\t"A, B"\r\n'
    )
    assert space_from_csv(text) == Space(
        (
            Real("Temperature", 60, 140.5, unit="°C"),
            Discrete("SAR", (30, 80)),
            Categorical("Catalyst", ("A", "B")),
        )
    )


def test_kinds_and_log():
    text = "name;type;min;max;log\nn;integer;1;100;yes\nr;Real;0,1;1;no\n"
    assert space_from_csv(text) == Space((Integer("n", 1, 100, log=True), Real("r", 0.1, 1)))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("\n", "is empty"),
        ("a,b\n1,2\n", "no column name"),
        ("name,kind,min,max\nT,real,5,1\n", "^Line 2: Maximum must be above the minimum, 5"),
        ("name,kind\nT,reel\n", "^Line 2: Kind"),
        ("name,min,max\nT,0,1\nT,0,1\n", "T exists already"),
        ("name,min,max\n,0,1\n", "^Line 2: A variable needs a name"),
    ],
)
def test_damaged_tables(text, words):
    with pytest.raises(OptwidgetsError, match=words):
        space_from_csv(text)


def test_formulas_in_names_are_guarded():
    space = Space((Real("=cmd()", 0, 1), Categorical("c", ("=A", "-B"))))
    assert "\n=cmd" not in space_to_csv(space)
    assert space_from_csv(space_to_csv(space)) == space


def test_files(tmp_path):
    path = tmp_path / "space.json"
    assert write_text("[]", path) == "[]"
    assert read_text(path, marks="[{") == "[]"
    with pytest.raises(OptwidgetsError, match="There is no file"):
        read_text(tmp_path / "none.json", marks="[{")
    with pytest.raises(OptwidgetsError, match="cannot be read"):
        read_text(tmp_path, marks="[{")
    with pytest.raises(OptwidgetsError, match="cannot be written"):
        write_text("x", tmp_path / "no" / "such" / "folder")
    path.write_bytes("é".encode("latin-1"))
    with pytest.raises(OptwidgetsError, match="not UTF-8"):
        read_text(path, marks="[{")


def test_a_full_disk_is_a_sentence():
    with pytest.raises(OptwidgetsError, match="No space left on device"):
        write_text("x" * 100_000, "/dev/full")
