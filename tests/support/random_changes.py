"""Random changes of a session: every kind there is, whether it fits or not."""

from __future__ import annotations

import string

from hypothesis import strategies as st

from optwidgets.data.edits import ObjectivesSet, RowEdit, RowsAdded, RowsEdited, RowsRemoved
from optwidgets.data.row import Row, SuggestionInfo
from optwidgets.data.table import Objective
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import (
    KINDS_OF_CHANGE,
    DecisionsLocked,
    ExtrasSet,
    MetadataChanged,
    ModelTrained,
    SettingsChanged,
    SuggestionsMade,
)
from optwidgets.journal.rules import check
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.derived import DerivedFormula
from optwidgets.space.derived_edits import DerivedAdded, DerivedRemoved
from optwidgets.space.edits import (
    ConstraintAdded,
    ConstraintRemoved,
    VariableAdded,
    VariableChanged,
    VariableRemoved,
    VariablesReordered,
)
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

NAMES = st.sampled_from(["T", "p", "n", "cat", "δ", "<b>", "x y"])
FINITE = st.floats(allow_nan=False, allow_infinity=False, width=64)
BOUNDED = st.floats(-1e6, 1e6)
WORDS = st.text(string.ascii_letters + " äβ漢", max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | FINITE | WORDS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
    max_leaves=6,
)


@st.composite
def variables(draw, name=None):
    name = name or draw(NAMES)
    kind = draw(st.sampled_from(["real", "integer", "discrete", "categorical"]))
    if kind == "real":
        low = draw(BOUNDED)
        return Real(name, low, low + draw(st.floats(1.0, 1e6)))
    if kind == "integer":
        low = draw(st.integers(-100, 100))
        return Integer(name, low, low + draw(st.integers(1, 100)))
    if kind == "discrete":
        values = draw(st.lists(st.integers(-50, 50), min_size=2, max_size=4, unique=True))
        return Discrete(name, tuple(sorted(float(value) for value in values)))
    return Categorical(name, tuple(draw(st.sampled_from([("A", "B"), ("A", "B", "C")]))))


@st.composite
def rows(draw, number, outputs=("Output",)):
    names = draw(st.lists(NAMES, max_size=3, unique=True))
    inputs = {name: draw(BOUNDED | st.sampled_from(["A", "B"])) for name in names}
    state = draw(st.sampled_from(["suggested", "running", "done", "failed", "excluded"]))
    return Row(
        id=number,
        inputs=inputs,
        outputs={name: draw(BOUNDED) for name in outputs if state == "done"},
        noise=draw(st.none() | st.floats(0, 10)),
        state=state,
        note=draw(WORDS).strip(),
        iteration=draw(st.none() | st.integers(0, 5)),
        suggestion=draw(st.none() | st.just(SuggestionInfo("EI", mean=1.0, sd=0.5))),
    )


@st.composite
def changes(draw, state):
    """Draw a change of any kind; not every one fits the state."""
    table, space = state.table, state.space
    kind = draw(st.sampled_from(sorted(KINDS_OF_CHANGE)))
    name = draw(st.sampled_from(space.names)) if len(space) else draw(NAMES)
    ids = st.sampled_from(table.ids) if len(table) else st.just(1)

    # Drawn only where they are used: what nobody looks at is most of the work.
    def new_rows():
        count = draw(st.integers(1, 3))
        return tuple(draw(rows(table.next_id + n, table.target_names)) for n in range(count))

    def fields():
        given = draw(st.dictionaries(st.sampled_from(["name", "a", "b"]), JSON, max_size=2))
        return given, tuple(draw(st.lists(st.sampled_from(["c", "d"]), max_size=2, unique=True)))

    return {
        "VariableAdded": lambda: VariableAdded(
            draw(variables()), draw(st.none() | st.integers(0, 3))
        ),
        "VariableChanged": lambda: VariableChanged(
            name, draw(variables(draw(st.sampled_from([name, "other", "T"]))))
        ),
        "VariableRemoved": lambda: VariableRemoved(name),
        "VariablesReordered": lambda: VariablesReordered(tuple(draw(st.permutations(space.names)))),
        "ConstraintAdded": lambda: ConstraintAdded(
            LinearConstraint("inequality", {name: 1.0, draw(NAMES): -0.5}, draw(BOUNDED), "limit"),
            draw(st.none() | st.integers(0, 3)),
        ),
        "ConstraintRemoved": lambda: ConstraintRemoved("limit"),
        "DerivedAdded": lambda: DerivedAdded(
            DerivedFormula("dose", f"{draw(st.sampled_from('Tpn'))} * 2 + 1"),
            draw(st.none() | st.integers(0, 3)),
        ),
        "DerivedRemoved": lambda: DerivedRemoved("dose"),
        "RowsAdded": lambda: RowsAdded(new_rows()),
        "RowsEdited": lambda: RowsEdited(
            tuple(
                RowEdit(
                    draw(ids),
                    {
                        "inputs": {draw(NAMES): draw(st.none() | BOUNDED)},
                        "outputs": {table.target_names[0]: draw(st.none() | BOUNDED)},
                        "note": draw(WORDS).strip(),
                    },
                )
                for _ in range(draw(st.integers(1, 3)))
            )
        ),
        "RowsRemoved": lambda: RowsRemoved((draw(ids),)),
        "ObjectivesSet": lambda: ObjectivesSet(
            tuple(Objective(text) for text in draw(st.sampled_from([(), ("Yield",), ("f", "g")]))),
            draw(st.sampled_from([{}, {table.target_names[0]: "Yield"}])),
        ),
        "MetadataChanged": lambda: MetadataChanged(*fields()),
        "SettingsChanged": lambda: SettingsChanged(*fields()),
        "ExtrasSet": lambda: ExtrasSet(*fields()),
        "DecisionsLocked": lambda: DecisionsLocked(*fields()),
        "ModelTrained": lambda: ModelTrained(draw(st.none() | st.just({"kernel": "RBF"}))),
        "SuggestionsMade": lambda: SuggestionsMade(new_rows(), {"strategy": "EI"}),
    }[kind]()


def fitting(data, state):
    """Draw changes until one fits the state; None if none does."""
    for _ in range(4):
        try:
            change = data.draw(changes(state))
            check(state, [change])
        except OptwidgetsError:
            continue
        return change
    return None
