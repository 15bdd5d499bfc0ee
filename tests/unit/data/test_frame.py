"""The table as a DataFrame."""

from __future__ import annotations

import pandas as pd

from optwidgets.data.frame import BOOKKEEPING, table_frame
from optwidgets.data.table import Objective, Row, Table
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

SPACE = Space(
    (Real("T", 0, 1), Integer("n", 1, 5), Discrete("d", (1, 2)), Categorical("c", ("A", "B")))
)
FULL = {"T": 0.5, "n": 3, "d": 1.0, "c": "A"}


def test_columns_types_and_index():
    table = Table(objectives=(Objective("Yield"),)).with_rows(
        [Row(3, FULL, {"Yield": 1.0}, state="done", iteration=0), Row(5, FULL, {"Yield": 2.0}, iteration=1)]
    )  # fmt: skip
    frame = table_frame(table, SPACE)
    assert list(frame.columns) == ["T", "n", "d", "c", "Yield", *BOOKKEEPING]
    assert frame.index.tolist() == [3, 5]
    assert frame.index.name == "row"
    kinds = {name: str(dtype) for name, dtype in frame.dtypes.items()}
    assert kinds["T"] == kinds["d"] == kinds["Yield"] == kinds["Noise"] == "float64"
    assert kinds["n"] == kinds["Iteration"] == "int64"
    assert kinds["c"] == kinds["State"] == kinds["Note"] == kinds["Created"] == "str"


def test_gaps():
    frame = table_frame(Table().with_rows([Row(1, FULL), Row(2)]), SPACE)
    assert frame.loc[2, ["T", "n", "d", "c", "Output", "Noise", "Finished"]].isna().all()
    assert str(frame["n"].dtype) == "Int64"
    assert frame.loc[1, "n"] == 3


def test_an_empty_table_has_its_types():
    frame = table_frame(Table(), SPACE)
    assert len(frame) == 0
    assert str(frame["T"].dtype) == "float64"
    assert str(frame["c"].dtype) == "str"
    assert frame.index.name == "row"


def test_columns_of_removed_variables_are_kept_at_the_end():
    table = Table(objectives=(Objective("Yield"),)).with_rows(
        [Row(1, {"T": 0.5, "old": "x"}, {"Yield": 1.0, "Purity": 2.0})]
    )
    frame = table_frame(table, Space((Real("T", 0, 1),)))
    assert list(frame.columns)[-2:] == ["old", "Purity"]


def test_values_from_before_a_change_of_kind_stay_what_they_are():
    table = Table().with_rows([Row(1, {"T": "high"}), Row(2, {"T": 0.5}), Row(3, {"n": 2.5})])
    frame = table_frame(table, SPACE)
    assert frame["T"].tolist()[:2] == ["high", 0.5]
    assert frame.loc[3, "n"] == 2.5


def test_the_frame_is_the_users_own():
    table = Table().with_rows([Row(1, FULL)])
    frame = table_frame(table, SPACE)
    frame.loc[1, "T"] = 99.0
    assert table.row(1).inputs["T"] == 0.5
    assert isinstance(table_frame(table, SPACE), pd.DataFrame)
