"""Which column is which."""

from __future__ import annotations

import pytest

from optwidgets.data.matching import match_columns
from optwidgets.data.table import Objective, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Real

SPACE = Space(
    (
        Real("Temperature", 60, 140, unit="°C"),
        Real("Flow rate", 0, 5),
        Categorical("Cat", ("A", "B")),
    )
)
TABLE = Table(objectives=(Objective("Yield"),))


def match(columns, mapping=None, **options):
    return match_columns(columns, SPACE, TABLE, mapping, **options)


@pytest.mark.parametrize(
    "columns",
    [
        ["Temperature", "Flow rate", "Cat", "Yield"],
        ["temperature (°C)", "flow rate [mL/min]", "CAT", "yield (%)"],
        [" Temperature ", "flow_rate", "cat.", "YIELD"],
        ["Temperature(°C)", "FlowRate", "Cat", "Yield"],
    ],
)
def test_names_without_capitals_units_and_punctuation(columns):
    found = match(columns)
    assert found.places == {"Temperature": 0, "Flow rate": 1, "Cat": 2, "Yield": 3}
    assert found.unknown == ()
    assert found.problems == ()


def test_an_exact_name_goes_first():
    found = match(["temperature", "Temperature"])
    assert found.places == {"Temperature": 1}
    assert found.unknown == ("temperature",)


def test_two_columns_that_fit_are_a_question():
    found = match(["Temperature", "Temperature", "Yield"])
    assert found.problems == (
        (
            '2 columns fit Temperature: "Temperature" and "Temperature". '
            "Rename one of them or say which one to use."
        ),
    )


def test_another_unit_is_a_question():
    assert match(["Temperature (K)"]).problems == (
        'Column "Temperature (K)" is in K, but Temperature is in °C. Convert it.',
    )
    assert match(["Temperature (K)"], {"Temperature (K)": "Temperature"}).problems == ()


def test_the_tables_own_columns():
    found = match(["row", "State", "noise", "Iteration", "ProvenanceId", "", "Operator"])
    assert found.places == {"State": 1, "Noise": 2, "Iteration": 3}
    assert found.unknown == ("Operator",)


def test_a_mapping_goes_first():
    found = match(["a", "Temperature", "b"], {"a": "Temperature", "b": None})
    assert found.places == {"Temperature": 0}
    assert found.unknown == ("Temperature",)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [
        ({"zz": "Temperature"}, "I don't know zz"),
        ({"a": "Temprature"}, "Did you mean Temperature"),
        ({"a": "Yield", "b": "Yield"}, "both mapped to Yield"),
    ],
)
def test_a_mapping_must_make_sense(mapping, words):
    with pytest.raises(OptwidgetsError, match=words):
        match(["a", "b"], mapping)


def test_columns_without_names_are_taken_in_order():
    names = ["Column 1", "Column 2", "Column 3", "Column 4"]
    assert match(names, header=False).places == {
        "Temperature": 0,
        "Flow rate": 1,
        "Cat": 2,
        "Yield": 3,
    }
    assert match(names[:3], header=False).places == {"Temperature": 0, "Flow rate": 1, "Cat": 2}
    assert "no names" in match(names[:2], header=False).problems[0]


def test_guarded_heads():
    space = Space((Real("=T", 0, 1),))
    assert match_columns(["'=T"], space, Table()).places == {"=T": 0}
