"""Export: what goes out comes back in."""

from __future__ import annotations

import io
import json

import openpyxl
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from optwidgets.data.experiment_manager import ExperimentManager
from optwidgets.data.exporting import FORMATS, export_bytes, export_table
from optwidgets.data.frame import table_frame
from optwidgets.data.importing import plan_import, read_table
from optwidgets.data.table import Objective, Row, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.space.search_space import SearchSpace
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

EVIL = '=HYPERLINK("http://x")'
SPACE = Space((Real("T", 0, 10), Integer("n", 0, 9), Categorical("c", (EVIL, "B", "-5"))))
TABLE = Table(objectives=(Objective("Yield"),)).with_rows(
    [
        Row(1, {"T": -0.5, "n": 1, "c": EVIL}, {"Yield": 2.5}, state="done", note="@x\nünï", iteration=0),
        Row(4, {"T": 1.5, "c": "-5"}, state="running", reason="+1", iteration=1),
        Row(5, {"T": 3.0, "n": 3, "c": "B"}, {"Yield": 1e-300}, 0.5, state="excluded", iteration=1),
    ]
)  # fmt: skip


@pytest.mark.parametrize("format", FORMATS)
def test_round_trip(tmp_path, format):  # noqa: A002
    path = export_table(TABLE, SPACE, tmp_path / f"t.{format}")
    report = plan_import(read_table(path), SPACE, Table(objectives=TABLE.objectives))
    assert report.ok, str(report)
    assert report.unknown == ()
    for row, back in zip(TABLE, report.rows, strict=True):
        assert dict(back.inputs) == dict(row.inputs)
        assert dict(back.outputs) == dict(row.outputs)
        assert (back.state, back.noise, back.note) == (row.state, row.noise, row.note)
        assert back.iteration == row.iteration
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("format", FORMATS)
def test_the_table_that_users_hold_goes_out_and_comes_back(tmp_path, format):  # noqa: A002
    held = ExperimentManager(SearchSpace(), ["Yield"])
    held.search_space.add_variable("T", "real", bounds=(0, 10))
    held.add_experiments([{"T": 1.5}, {"T": 2.5}], [3.0, 4.0])
    path = held.export_table(tmp_path / f"t.{format}")
    assert path == tmp_path / f"t.{format}"
    back = ExperimentManager(held.search_space, ["Yield"])
    back.import_table(path)
    assert [(dict(row.inputs), dict(row.outputs)) for row in back.table] == [
        ({"T": 1.5}, {"Yield": 3.0}),
        ({"T": 2.5}, {"Yield": 4.0}),
    ]
    # Asked for by name, whatever the file is called.
    other = held.export_table(tmp_path / "plain", format)
    assert other.read_bytes()[:4] == path.read_bytes()[:4]
    with pytest.raises(OptwidgetsError, match="is not one of csv"):
        held.export_table(tmp_path / "t.doc")


def test_a_spreadsheet_runs_nothing():
    text = export_bytes(TABLE, SPACE, "csv").decode("utf-8-sig")
    frame = pd.read_csv(io.StringIO(text), dtype=str, keep_default_na=False)
    for column in ("c", "Note", "Reason"):
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in frame[column])
    assert frame["T"].tolist()[0] == "-0.5"  # numbers stay numbers
    sheet = openpyxl.load_workbook(io.BytesIO(export_bytes(TABLE, SPACE, "xlsx"))).active
    assert all(cell.data_type != "f" for row in sheet.iter_rows() for cell in row)


def test_a_head_is_guarded_too():
    space = Space((Real("=cmd()", 0, 1),))
    text = export_bytes(Table(), space, "csv").decode("utf-8-sig")
    assert text.startswith("row,'=cmd()")


def test_json_is_strict():
    def refuse(name):
        raise AssertionError(name)

    records = json.loads(export_bytes(TABLE, SPACE, "json"), parse_constant=refuse)
    assert [record["row"] for record in records] == [1, 4, 5]
    assert records[1]["n"] is None
    assert records[1]["Yield"] is None
    assert records[0]["c"] == EVIL  # no spreadsheet reads JSON


def test_an_empty_table():
    for name in FORMATS:
        assert export_bytes(Table(), SPACE, name)
    assert json.loads(export_bytes(Table(), SPACE, "json")) == []


def test_impossible_exports(tmp_path):
    with pytest.raises(OptwidgetsError, match="is not one of csv, xlsx, parquet and json"):
        export_table(TABLE, SPACE, tmp_path / "t.docx")
    with pytest.raises(OptwidgetsError, match="cannot be written"):
        export_table(TABLE, SPACE, tmp_path / "no" / "t.csv")
    assert list(tmp_path.iterdir()) == []
    assert export_table(TABLE, SPACE, tmp_path / "t", "json").read_bytes().startswith(b"[")


def test_a_failed_export_leaves_the_old_file(tmp_path, monkeypatch):
    path = export_table(TABLE, SPACE, tmp_path / "t.csv")
    before = path.read_bytes()

    def full(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(OptwidgetsError, match="No space left on device"):
        export_table(Table(), SPACE, path)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


labels = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp", "Zs"]),
    min_size=1,
    max_size=6,
)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(labels, min_size=2, max_size=4, unique=True), st.sampled_from(["csv", "xlsx", "json"])
)
@example(["0", "00"], "csv")
@example(["1E3", "1"], "csv")
@example(["true", "no"], "csv")
@example(["0", "'@"], "json")
def test_any_label_comes_back(found, name):
    try:
        space = Space((Categorical("c", tuple(found)),))
    except OptwidgetsError:
        return
    categories = space["c"].categories
    table = Table().with_rows(
        [
            Row(i, {"c": label}, {"Output": 1.0}, state="done")
            for i, label in enumerate(categories, 1)
        ]
    )
    content = io.BytesIO(export_bytes(table, space, name))
    content.name = f"t.{name}"
    rows = plan_import(read_table(content), space, Table()).rows
    assert [row.inputs["c"] for row in rows] == list(categories)


def test_the_frame_is_what_is_written(tmp_path):
    path = export_table(TABLE, SPACE, tmp_path / "t.parquet")
    pd.testing.assert_frame_equal(pd.read_parquet(path), table_frame(TABLE, SPACE))
