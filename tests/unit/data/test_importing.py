"""Import: the dry run says what would happen, and that happens."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from optwidgets.data.importing import plan_import, read_table
from optwidgets.data.table import Objective, Row, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

SPACE = Space(
    (
        Real("T", 60, 140, unit="°C"),
        Integer("n", 1, 5),
        Discrete("d", (1, 2)),
        Categorical("c", ("A", "B")),
    )
)
TABLE = Table(objectives=(Objective("Yield"),))
TEXT = (
    "T (°C);n;d;c;Yield;Operator\n"
    "80,5;1;1;A;71,5;me\n"
    "150;2;1,5;B;;me\n"
    "90;2,5;2;Z;73;you\n"
    ";;;;;\n"
    "95;;2;a;74;you\n"
)


@pytest.fixture
def report():
    return plan_import(read_table(TEXT), SPACE, TABLE)


def test_the_report(report):
    assert report.mapping == {"T (°C)": "T", "n": "n", "d": "d", "c": "c", "Yield": "Yield"}
    assert report.unknown == ("Operator",)
    assert (report.n_rows, report.n_bad, report.n_fit, report.n_results) == (4, 2, 2, 3)
    assert report.outside == {"T": 1, "d": 1}
    assert report.outside_rows == 1
    assert report.missing == {"n": 1, "Yield": 1}
    assert [(bad.row, bad.column, bad.value) for bad in report.bad] == [
        (3, "n", "2.5"),
        (3, "c", "Z"),
    ]
    assert not report.ok
    text = str(report)
    for words in ("4 rows", "2 fit, 2 need you", "Row 3: n 2.5 is not a whole number", "Operator",
                  'Row 3: c "Z" is not one of A and B', "Outside the bounds, kept: T 1, d 1",
                  'T from "T (°C)"'):  # fmt: skip
        assert words in text
    json.dumps(report.to_dict(), allow_nan=False)


def test_the_rows(report):
    rows = report.rows
    assert [row.id for row in rows] == [1, 2, 3, 4]
    assert dict(rows[0].inputs) == {"T": 80.5, "n": 1, "d": 1.0, "c": "A"}
    assert [type(value) for value in rows[0].inputs.values()] == [float, int, float, str]
    assert [row.state for row in rows] == ["done", "running", "done", "done"]
    assert dict(rows[2].inputs) == {"T": 90.0, "d": 2.0}  # cells that cannot be read are empty
    assert dict(rows[3].inputs) == {"T": 95.0, "d": 2.0, "c": "A"}
    assert {row.iteration for row in rows} == {0}
    assert [row.id for row in report.rows_from(50)] == [50, 51, 52, 53]
    with pytest.raises(OptwidgetsError, match="1 more value"):
        report.raise_if_bad()


def frame(**columns):
    base = {"T": [80.0, 90.0], "n": [1, 2], "d": [1.0, 2.0], "c": ["A", "B"], "Yield": [1.0, 2.0]}
    return pd.DataFrame({**base, **columns})


def test_all_fit():
    report = plan_import(frame(), SPACE, TABLE)
    assert report.ok
    assert str(report).startswith("2 rows from the DataFrame: all fit.")
    report.raise_if_bad()


def test_the_frame_is_left_alone():
    df = frame()
    before = df.copy()
    plan_import(df, SPACE, TABLE).rows  # noqa: B018
    pd.testing.assert_frame_equal(df, before)


def test_a_constant_column_is_kept_with_a_remark():
    report = plan_import(frame(T=[80.0, 80.0]), SPACE, TABLE)
    assert report.ok
    assert "T is 80 in every row" in str(report)


def test_missing_columns():
    report = plan_import(frame().drop(columns=["n", "Yield"]), SPACE, TABLE)
    assert report.missing_columns == ("n", "Yield")
    assert "There is no result (Yield), so the rows will be running." in str(report)
    assert {row.state for row in report.rows} == {"running"}


def test_no_column_fits():
    report = plan_import(read_table("a#b#c\n1#2#3\n"), SPACE, TABLE)
    assert "There is one column" in report.problems[0]
    assert "fit" not in str(report).splitlines()[0]
    with pytest.raises(OptwidgetsError, match="Nothing was imported"):
        report.raise_if_bad()
    report = plan_import(pd.DataFrame({"a": [1], "b": [2]}), SPACE, TABLE)
    assert "No column fits a variable; there are a and b." in report.problems[0]
    assert report.rows == ()


@pytest.mark.parametrize("n", [0, 1, 2])
def test_few_rows(n):
    report = plan_import(frame().iloc[:n], SPACE, TABLE)
    assert report.n_rows == n == len(report.rows)
    assert ("no rows" in str(report)) == (n == 0)
    assert ("all fit" in str(report)) == (n > 0)


def test_rows_that_are_there_already():
    table = TABLE.with_rows(plan_import(frame(), SPACE, TABLE).rows)
    again = plan_import(frame(Yield=[1.0, 5.0]), SPACE, table)
    assert again.n_known == 1
    assert "1 row is in the table already" in str(again)
    assert [row.id for row in again.rows] == [3, 4]
    assert [row.iteration for row in again.rows] == [1, 1]
    assert len(again.rows_from(3, skip_known=True)) == 1
    twice = plan_import(pd.concat([frame(), frame()]), SPACE, TABLE)
    assert twice.n_repeated == 2


def test_known_rows_survive_a_change_of_kind():
    table = TABLE.with_rows([Row(1, {"T": "hot", "n": 1, "d": 1.0, "c": "A"})])
    assert plan_import(frame(), SPACE, table).n_known == 0


def test_the_tables_own_columns_come_back():
    df = frame(
        State=["excluded", "done"], Noise=[0.5, np.nan], Note=["x", None], Reason=["EI", "LHS"],
        Iteration=[3, 4], Created=["2026", "2027"], Yield=[1.0, np.nan],
    )  # fmt: skip
    first, second = plan_import(df, SPACE, TABLE).rows
    assert (first.state, first.noise, first.note, first.reason) == ("excluded", 0.5, "x", "EI")
    assert (first.iteration, first.created_at) == (3, "2026")
    assert second.state == "running"  # done without a result cannot be
    assert (second.noise, second.note) == (None, "")


def test_duplicate_columns_are_a_question():
    df = pd.concat([frame(), frame()[["T"]]], axis=1)
    report = plan_import(df, SPACE, TABLE)
    assert "2 columns fit T" in report.problems[0]
    assert str(report).startswith("2 rows from the DataFrame: nothing is imported like this.")
    with pytest.raises(OptwidgetsError):
        report.raise_if_bad()


def test_a_mapping():
    df = frame().rename(columns={"T": "heat", "Yield": "y"})
    report = plan_import(df, SPACE, TABLE, {"heat": "T", "y": "Yield"})
    assert report.ok
    assert report.rows[0].outputs["Yield"] == 1.0
    without = plan_import(frame(), SPACE, TABLE, {"Yield": None})
    assert without.missing_columns == ("Yield",)


def test_infinite_results_are_refused():
    report = plan_import(frame(Yield=[np.inf, 1.0]), SPACE, TABLE)
    assert report.bad[0].message == "Yield must be a finite number, not inf."


def test_all_kinds_of_index_and_order():
    df = frame().set_index(pd.Index(["x", "y"]))
    assert [row.inputs["T"] for row in plan_import(df.iloc[::-1], SPACE, TABLE).rows] == [
        90.0,
        80.0,
    ]


def test_a_million_rows():
    n = 1_000_000
    rng = np.random.default_rng(0)
    df = pd.DataFrame(
        {
            "T": rng.uniform(60, 141, n),
            "n": rng.integers(1, 6, n),
            "d": rng.choice([1.0, 2.0], n),
            "c": pd.Series(rng.choice(["A", "B"], n), dtype="str"),
            "Yield": rng.normal(size=n),
        }
    )
    df.loc[n - 1, "c"] = "Z"
    report = plan_import(df, SPACE, TABLE)
    assert (report.n_rows, report.n_bad) == (n, 1)
    assert report.outside["T"] == int((df["T"] > 140).sum())
    assert report.bad[0].row == n
    assert "1,000,000 rows are kept" in str(report)
