"""Every change of a table can be undone exactly, written, read and said in words."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from optwidgets.data.edits import (
    TABLE_EDITS,
    ObjectivesSet,
    RowEdit,
    RowsAdded,
    RowsEdited,
    RowsRemoved,
)
from optwidgets.data.table import STATES, Objective, Row, SuggestionInfo, Table
from optwidgets.errors import OptwidgetsError

number = st.floats(-1e6, 1e6)
texts = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), max_size=8)
inputs = st.dictionaries(
    st.sampled_from(["T", "n", "c"]), number | st.integers(-9, 9) | texts, max_size=3
)
outputs = st.dictionaries(st.sampled_from(["Output", "Yield"]), number, max_size=2)
infos = st.none() | st.builds(SuggestionInfo, texts, number, number, fallback=st.booleans())
fields = st.fixed_dictionaries(
    {},
    optional={
        "inputs": st.dictionaries(
            st.sampled_from(["T", "n", "c"]), st.none() | number | st.integers(-9, 9) | texts
        ),
        "outputs": st.dictionaries(st.sampled_from(["Output", "Yield"]), st.none() | number),
        "noise": st.none() | st.floats(0, 10),
        "state": st.sampled_from(STATES),
        "note": texts,
        "iteration": st.none() | st.integers(0, 99),
        "reason": texts,
        "created_at": texts,
        "finished_at": st.none() | texts,
        "suggestion": infos,
    },
)
goals = st.sampled_from(["maximize", "minimize"])
objectives = st.lists(
    st.builds(Objective, st.sampled_from(["Output", "Yield", "Purity"]), goals),
    max_size=2,
    unique_by=lambda objective: objective.name,
).map(tuple)


def new_row(identity):
    return st.builds(
        Row, st.just(identity), inputs, outputs, state=st.sampled_from(STATES), note=texts,
        noise=st.none() | st.floats(0, 10), suggestion=infos,
    )  # fmt: skip


class Campaign(RuleBasedStateMachine):
    """Random changes, undo and redo against a list of all earlier tables."""

    def __init__(self):
        super().__init__()
        self.table = Table()
        self.past = []  # (table before, reverse)
        self.numbers = set()

    def do(self, edit):
        before = self.table
        assert edit.describe(before)
        again = TABLE_EDITS[type(edit).__name__].from_dict(
            json.loads(json.dumps(edit.to_dict(), allow_nan=False))
        )
        assert again == edit
        self.table = edit.apply(before)
        assert self.table == again.apply(before)
        self.past.append((before, edit.reverse(before)))

    @rule(data=st.data(), count=st.integers(1, 4))
    def add(self, data, count):
        first = self.table.next_id
        assert not set(range(first, first + count)) & self.numbers  # never used again
        self.numbers |= set(range(first, first + count))
        rows = [data.draw(new_row(identity)) for identity in range(first, first + count)]
        self.do(RowsAdded(tuple(rows)))

    @precondition(lambda self: len(self.table))
    @rule(data=st.data())
    def edit(self, data):
        chosen = data.draw(st.lists(st.sampled_from(self.table.ids), min_size=1, max_size=4))
        self.do(RowsEdited(tuple(RowEdit(identity, data.draw(fields)) for identity in chosen)))

    @precondition(lambda self: len(self.table))
    @rule(data=st.data())
    def remove(self, data):
        chosen = data.draw(st.lists(st.sampled_from(self.table.ids), min_size=1, max_size=4))
        self.do(RowsRemoved(tuple(chosen)))

    @rule(
        chosen=objectives,
        renames=st.sampled_from(
            [{}, {"Output": "Yield"}, {"Output": "Purity"}, {"Output": "Yield", "Yield": "Output"}]
        ),
    )
    def objectives(self, chosen, renames):
        edit, before = ObjectivesSet(chosen, renames), self.table
        try:
            edit.apply(before)
        except OptwidgetsError:
            return  # results of the new name are there: refused, nothing changed
        self.do(edit)

    @precondition(lambda self: self.past)
    @rule()
    def undo(self):
        before, reverse = self.past.pop()
        for edit in reverse:
            self.table = edit.apply(self.table)
        assert self.table == before
        assert self.table.next_id >= before.next_id

    @invariant()
    def sound(self):
        assert self.table.next_id > max(self.table.ids, default=0)
        assert sum(self.table.counts.values()) == len(self.table)
        assert all(self.table.rows[identity].id == identity for identity in self.table.ids)

    def teardown(self):
        while self.past:
            self.undo()
        assert self.table == Table()


Campaign.TestCase.settings = settings(max_examples=40, stateful_step_count=15, deadline=None)
TestCampaign = Campaign.TestCase


@given(new_row(3), fields)
def test_an_edit_of_a_row_is_undone_exactly(row, values):
    edit = RowEdit(3, values)
    assert edit.reverse(row).apply(edit.apply(row)) == row


def test_none_clears_and_the_rest_stays():
    row = Row(1, {"T": 1.0, "n": 2}, {"Output": 3.0}, state="done")
    edit = RowEdit(1, {"inputs": {"T": None}, "outputs": {"Output": None}})
    assert edit.apply(row) == Row(1, {"n": 2}, {}, state="done")


def test_one_row_edited_twice_in_one_step():
    before = Table().with_rows([Row(1, {"T": 1.0})])
    edit = RowsEdited((RowEdit(1, {"inputs": {"T": 2.0}}), RowEdit(1, {"inputs": {"T": 3.0}})))
    after = edit.apply(before)
    assert after.row(1).inputs["T"] == 3.0
    assert edit.reverse(before)[0].apply(after) == before


def test_numbers_are_not_used_twice():
    table = Table().with_rows([Row(1)])
    with pytest.raises(OptwidgetsError, match="Row 1 exists already"):
        RowsAdded((Row(1),)).apply(table)
    with pytest.raises(OptwidgetsError, match="Row 2 exists already"):
        RowsAdded((Row(2), Row(2))).apply(table)


def test_an_edit_of_a_row_that_is_gone():
    with pytest.raises(OptwidgetsError, match="There is no row 4"):
        RowsEdited((RowEdit(4, {"note": "x"}),)).apply(Table())


def test_a_refused_edit_changes_nothing():
    table = Table().with_rows([Row(1), Row(2)])
    with pytest.raises(OptwidgetsError):
        RowsEdited((RowEdit(1, {"note": "x"}), RowEdit(9, {"note": "x"}))).apply(table)
    assert table.row(1).note == ""


@pytest.mark.parametrize(
    "values",
    [{"id": 3}, {"colour": 1}, {"inputs": 3}, {"state": "lost"}, {"outputs": {"y": float("nan")}},
     {"outputs": {"y": "1o5"}}, {"noise": -1}, {"iteration": 0.5}, {"note": 3}, [], None],
)  # fmt: skip
def test_impossible_edits(values):
    with pytest.raises(OptwidgetsError):
        RowEdit(1, values)


def test_a_new_name_must_not_swallow_old_results():
    table = Table().with_rows([Row(1, {}, {"Output": 1.0}), Row(2, {}, {"Yield": 2.0})])
    with pytest.raises(OptwidgetsError, match="earlier objective Yield"):
        ObjectivesSet((Objective("Yield"),), {"Output": "Yield"}).apply(table)
    with pytest.raises(OptwidgetsError, match="same name"):
        ObjectivesSet((), {"a": "c", "b": "c"})
    with pytest.raises(OptwidgetsError, match="exists already"):
        ObjectivesSet((Objective("y"), Objective("y")))


def test_removed_objectives_keep_their_results():
    table = Table().with_rows([Row(1, {}, {"Output": 1.0})])
    after = ObjectivesSet((Objective("Yield"),)).apply(table)
    assert dict(after.row(1).outputs) == {"Output": 1.0}


@pytest.mark.parametrize("kind", TABLE_EDITS.values())
@pytest.mark.parametrize(
    "data",
    [{}, {"rows": 3, "edits": 3, "ids": 3, "objectives": 3},
     {"rows": [3], "edits": [3], "ids": ["3"], "objectives": [3]},
     {"rows": [{}], "edits": [{}], "ids": [True], "objectives": [], "renames": [1]}],
)  # fmt: skip
def test_damaged_changes(kind, data):
    with pytest.raises(OptwidgetsError):
        kind.from_dict(data)


BEFORE = Table().with_rows(
    [
        Row(27, {"Temperature": 110.0}, {}, state="suggested"),
        Row(28, {}, {"Yield": 80.0}, state="done", note="x"),
        Row(29, state="excluded"),
    ]
)


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        (RowsEdited((RowEdit(27, {"inputs": {"Temperature": 111}}),)), "Temperature in row 27: 110 to 111"),
        (RowsEdited((RowEdit(27, {"outputs": {"Yield": 82.5}, "state": "done"}),)), "Yield in row 27: empty to 82.5"),
        (RowsEdited((RowEdit(28, {"outputs": {"Yield": None}, "state": "running"}),)), "Yield in row 28: 80 to empty"),
        (RowsEdited((RowEdit(27, {"state": "running"}),)), "Row 27 accepted"),
        (RowsEdited((RowEdit(28, {"state": "excluded", "reason": "leak"}),)), "Row 28 excluded"),
        (RowsEdited((RowEdit(29, {"state": "running"}),)), "Row 29 restored"),
        (RowsEdited((RowEdit(28, {"state": "failed", "reason": "leak"}),)), "Row 28 marked as failed"),
        (RowsEdited((RowEdit(28, {"note": "y"}),)), "Note in row 28: x to y"),
        (RowsEdited((RowEdit(27, {"state": "running"}), RowEdit(28, {"state": "running"}))), "2 rows accepted"),
        (RowsEdited((RowEdit(27, {"note": "a"}), RowEdit(28, {"note": "b"}))), "2 rows edited"),
        (RowsEdited((RowEdit(27, {"inputs": {"a": 1, "b": 2}}),)), "Row 27 edited"),
        (RowsRemoved((27,)), "Row 27 removed"),
        (RowsAdded((Row(30), Row(31))), "2 rows added"),
        (ObjectivesSet((Objective("Yield", "minimize"),)), "Objective: Minimise Yield"),
        (ObjectivesSet((), {"Yield": "Purity"}), "Yield renamed to Purity"),
    ],
)  # fmt: skip
def test_changes_in_words(edit, words):
    assert edit.describe(BEFORE) == words


def test_a_large_table_shares_its_rows():
    table = RowsAdded(tuple(Row(i) for i in range(1, 50_001))).apply(Table())
    after = RowsEdited((RowEdit(7, {"note": "x"}),)).apply(table)
    assert after.row(8) is table.row(8)
    assert after != table
    assert RowsEdited((RowEdit(7, {"note": ""}),)).apply(after) == table


def test_words_of_a_step_shorten_long_numbers() -> None:
    table = Table().with_rows([Row(27, {"Temperature": 75.74591384512935})])
    edit = RowsEdited((RowEdit(27, {"inputs": {"Temperature": 111.0}}),))
    assert edit.describe(table) == "Temperature in row 27: 75.746 to 111"
