"""Every change of a space can be undone exactly, written, read and said in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.edits import (
    SPACE_EDITS,
    ConstraintAdded,
    ConstraintRemoved,
    VariableAdded,
    VariableChanged,
    VariableRemoved,
    VariablesReordered,
)
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real, Variable


@st.composite
def edits(draw, space):  # noqa: PLR0911  (one for each kind of edit)
    kinds = ["add"]
    if len(space):
        kinds += ["change", "rename", "remove", "reorder", "constrain"]
    if space.constraints:
        kinds += ["release"]
    kind = draw(st.sampled_from(kinds))
    if kind == "constrain":
        names = draw(st.lists(st.sampled_from(space.names), min_size=1, max_size=3, unique=True))
        factors = {name: draw(st.sampled_from([1.0, -2.0, 0.5])) for name in names}
        label = draw(st.sampled_from(["sum", "limit"]))
        rule = LinearConstraint(
            draw(st.sampled_from(["inequality", "equality"])), factors, 1.5, label
        )
        return ConstraintAdded(rule, draw(st.none() | st.integers(0, 2)))
    if kind == "release":
        return ConstraintRemoved(draw(st.sampled_from([c.label for c in space.constraints])))
    if kind == "add":
        variable = draw(st.from_type(Variable))
        return VariableAdded(variable, draw(st.none() | st.integers(0, 6)))
    name = draw(st.sampled_from(space.names))
    if kind == "change":
        fields = draw(st.from_type(Variable)).to_dict()
        from optwidgets.space.variable import variable_from_dict

        return VariableChanged(name, variable_from_dict({**fields, "name": name}))
    if kind == "rename":
        return VariableChanged(name, draw(st.from_type(Variable)))
    if kind == "remove":
        return VariableRemoved(name)
    return VariablesReordered(tuple(draw(st.permutations(space.names))))


@given(st.from_type(Space), st.data())
def test_a_sequence_of_changes_is_undone_exactly(space, data):
    first, undo = space, []
    for _ in range(data.draw(st.integers(1, 6))):
        edit = data.draw(edits(space))
        try:
            after = edit.apply(space)
        except OptwidgetsError:
            continue  # such as a name that exists already: nothing has changed
        assert edit.describe(space)
        back = after
        for reverse in edit.reverse(space):
            back = reverse.apply(back)
        assert back == space
        undo.append(edit.reverse(space))
        space = after
    for step in reversed(undo):
        for reverse in step:
            space = reverse.apply(space)
    assert space == first
    assert space.names == first.names


@given(st.from_type(Space), st.data())
def test_plain_form_round_trip(space, data):
    edit = data.draw(edits(space))
    found = json.loads(json.dumps(edit.to_dict(), allow_nan=False))
    assert SPACE_EDITS[type(edit).__name__].from_dict({"type": "x", **found}) == edit


@pytest.mark.parametrize("kind", SPACE_EDITS.values())
@pytest.mark.parametrize("data", [{}, {"name": 3, "variable": 4}, {"names": "ab"}, {"names": [1]}])
def test_damaged_changes(kind, data):
    with pytest.raises(OptwidgetsError):
        kind.from_dict(data)


BEFORE = Space(
    (
        Real("Temperature", 60, 140, unit="°C"),
        Categorical("Catalyst", ("A", "B")),
        Discrete("SAR", (30, 80)),
    )
)


@pytest.mark.parametrize(
    ("name", "variable", "words"),
    [
        ("Temperature", Real("Temperature", 60, 150, unit="°C"), "Upper bound of Temperature: 140 to 150"),
        ("Temperature", Real("Temperature", 50.5, 140, unit="°C"), "Lower bound of Temperature: 60 to 50.5"),
        ("Temperature", Real("Temperature", 50, 150, unit="°C"), "Bounds of Temperature: 60 – 140 to 50 – 150"),
        ("Temperature", Real("T", 60, 140, unit="°C"), "Temperature renamed to T"),
        ("Temperature", Real("Temperature", 60, 140, True, "°C"), "Temperature: linear to log scale"),
        ("Temperature", Real("Temperature", 60, 140, unit="K"), "Unit of Temperature: °C to K"),
        ("Temperature", Integer("Temperature", 60, 140, unit="°C"), "Temperature: real to integer"),
        ("Temperature", Real("Temperature", 60, 140, False, "°C", "inlet"), "Description of Temperature"),
        ("Temperature", Real("T", 50, 140, unit="°C"), "Temperature changed"),
        ("Catalyst", Categorical("Catalyst", ("A", "B", "C")), "Categories of Catalyst: A and B to A, B and C"),
        ("SAR", Discrete("SAR", (30, 90)), "Values of SAR: 30 and 80 to 30 and 90"),
    ],
)  # fmt: skip
def test_changes_in_words(name, variable, words):
    assert VariableChanged(name, variable).describe(BEFORE) == words


def test_long_names_stay_short_in_words():
    assert len(VariableAdded(Real("x" * 256, 0, 1)).describe(BEFORE)) < 60
