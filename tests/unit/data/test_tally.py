"""What is carried along is what counting from the beginning gives."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from optwidgets.data.row import Row
from optwidgets.data.suggestion import STATES
from optwidgets.data.table import Table
from optwidgets.data.tally import Tally

rows = st.builds(
    Row,
    id=st.integers(1, 6),
    state=st.sampled_from(STATES),
    iteration=st.none() | st.integers(1, 4),
)
steps = st.lists(
    st.tuples(st.just("put"), st.lists(rows, max_size=4))
    | st.tuples(st.just("remove"), st.lists(st.integers(1, 6), max_size=3, unique=True)),
    max_size=8,
)


@given(steps)
def test_counts_carried_along_are_those_counted_anew(steps):
    table = Table()
    for what, values in steps:
        if what == "put":
            table = table.with_rows(values)
        else:
            table = table.without_rows([number for number in values if number in table])
        anew = Tally.of(table.rows.values())
        assert table.tally.counts == anew.counts
        assert table.tally.pending == anew.pending
        assert table.last_iteration == anew.iteration_bound
        assert [row.id for row in table.pending()] == [row.id for row in table if row.is_pending]
        assert sum(table.counts.values()) == len(table)
