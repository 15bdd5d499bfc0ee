"""Reading foreign tables: separators, encodings, formats, and what is none."""

from __future__ import annotations

import io
import itertools
import json

import numpy as np
import pandas as pd
import pytest

from optwidgets.data.csv_text import find_encoding, find_separator
from optwidgets.data.reading import read_table
from optwidgets.errors import OptwidgetsError

EXPECTED = {"Temp (°C)": [80.5, 95.0], "Cat": ["A", "Bü"], "Yield": [71, 74]}


@pytest.mark.parametrize(
    ("separator", "decimal", "encoding", "newline"),
    [
        choice
        for choice in itertools.product(
            ",;\t|", ".,", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "cp1252"], ["\n", "\r\n"]
        )
        if choice[0] != choice[1]  # a decimal comma in a comma-separated file is quoted, see below
    ],
)
def test_separator_decimal_and_encoding_are_found(tmp_path, separator, decimal, encoding, newline):
    rows = [
        ["Temp (°C)", "Cat", "Yield"],
        [f"80{decimal}5", "A", "71"],
        [f"95{decimal}0", "Bü", "74"],
    ]
    text = newline.join(separator.join(row) for row in rows) + newline
    path = tmp_path / "table.csv"
    path.write_bytes(text.encode(encoding))
    frame = read_table(path)
    assert frame.to_dict("list") == EXPECTED
    assert frame.attrs["separator"] == separator
    assert frame.attrs["encoding"] == encoding


def test_a_quoted_decimal_comma_in_a_comma_separated_file_stays_text():
    assert read_table('a,b\n"1,5",2\n')["a"].tolist() == ["1,5"]


def test_copied_from_a_spreadsheet():
    text = 'T\tNote\r\n80,5\t"two\nlines"\r\n90\t"say ""hi"""\r\n'
    assert read_table(text).to_dict("list") == {
        "T": [80.5, 90.0],
        "Note": ["two\nlines", 'say "hi"'],
    }


def test_a_dataframe_is_taken_as_it_is():
    df = pd.DataFrame({1: [1], " b ": [2]})
    frame = read_table(df)
    assert list(frame.columns) == ["1", "b"]
    assert list(df.columns) == [1, " b "]


@pytest.mark.parametrize("wrap", [io.BytesIO, bytes, bytearray, lambda b: io.StringIO(b.decode())])
def test_bytes_and_open_files(wrap):
    assert read_table(wrap(b"a,b\n1,2\n")).to_dict("list") == {"a": [1], "b": [2]}


def test_words_for_nothing_are_not_interpreted():
    frame = read_table("c,x\nNA,1\nNone,\nn/a,3\n")
    assert frame["c"].tolist() == ["NA", "None", "n/a"]
    assert np.isnan(frame["x"][1])


def test_excel(tmp_path):
    path = tmp_path / "t.xlsx"
    pd.DataFrame({"T": [80.5, None], "c": ["A", "NA"], "n": [1, 2]}).to_excel(path, index=False)
    frame = read_table(path)
    assert frame["c"].tolist() == ["A", "NA"]
    assert frame["n"].tolist() == [1, 2]
    assert frame["T"].tolist()[0] == 80.5
    (tmp_path / "renamed.csv").write_bytes(path.read_bytes())
    assert read_table(tmp_path / "renamed.csv")["n"].tolist() == [1, 2]


def test_parquet_and_json(tmp_path):
    df = pd.DataFrame({"T": [80.5], "c": ["A"]})
    df.to_parquet(tmp_path / "t.parquet")
    assert read_table(tmp_path / "t.parquet").to_dict("list") == {"T": [80.5], "c": ["A"]}
    for data in ([{"T": 1}], {"rows": [{"T": 1}]}, {"experiments": {"data": [{"T": 1}]}}):
        (tmp_path / "t.json").write_text(json.dumps(data))
        assert read_table(tmp_path / "t.json").to_dict("list") == {"T": [1]}


def test_columns_of_one_name_keep_it():
    assert list(read_table("T,T,y\n1,2,3\n").columns) == ["T", "T", "y"]


def test_trailing_separators_make_no_column():
    assert list(read_table("a;b;\n1;2;\n").columns) == ["a", "b"]


def test_blanks_as_separators():
    assert read_table("T P Y\n1.5 2 3\n4 5 6\n").to_dict("list") == {
        "T": [1.5, 4.0],
        "P": [2, 5],
        "Y": [3, 6],
    }


def test_no_names_in_the_first_line():
    frame = read_table("1.5;2\n3;4\n")
    assert list(frame.columns) == ["Column 1", "Column 2"]
    assert len(frame) == 2
    assert frame.attrs["header"] is False


def test_one_column_and_no_rows():
    assert read_table("T\n").to_dict("list") == {"T": []}
    assert read_table(b"T\n1\n").to_dict("list") == {"T": [1]}


def test_a_long_file_is_cut_for_the_look_and_not_for_the_read():
    lines = "".join(f"{i};{i},5;{'ü' * 7}\n" for i in range(20_000))
    frame = read_table(("n;x;c\n" + lines).encode())
    assert len(frame) == 20_000
    assert frame["x"].iloc[-1] == 19_999.5


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"  \n\n ", "is empty"),
        (b"\x00\x01\x02\x03" * 40, "not a text file"),
        (b"\xd0\xcf\x11\xe0" + b"x" * 50, "old Excel"),
        (b"PK\x03\x04 broken", "cannot be read as an Excel file"),
        (b"PAR1 broken", "cannot be read as a Parquet file"),
        (b"a,b\n1,2\n1,2,3\n", "Line 3 .*has 3 values, but there are 2 columns"),
        (b"a,b\n1,2,3\n4,5,6\n", "more than 2 values"),
        (b'a,b\n"1,2\n3,4\n', "opened and never closed"),
        (b"a,b\n\x81\x8d,2\n", "unknown encoding"),
    ],
)
def test_what_is_no_table(content, words):
    with pytest.raises(OptwidgetsError, match=words):
        read_table(content)


def test_a_wrong_separator_is_named():
    with pytest.raises(
        OptwidgetsError, match=r"With comma as the separator .* separated by semicolon"
    ):
        read_table("a;b\n1;2\n", separator=",")
    assert read_table("a;b\n1;2\n", separator=";").shape == (1, 2)


def test_a_wrong_encoding_is_named():
    with pytest.raises(OptwidgetsError, match="not in the encoding utf-8"):
        read_table("a,°\n1,2\n".encode("cp1252"), encoding="utf-8")
    with pytest.raises(OptwidgetsError, match="encoding klingon"):
        read_table(b"a,b\n1,2\n", encoding="klingon")
    late = b"a,b\n" + b"1,2\n" * 30_000 + "ü,1\n".encode("cp1252")
    with pytest.raises(OptwidgetsError, match="throughout"):
        read_table(late, encoding="utf-8")
    assert read_table(late)["a"].iloc[-1] == "ü"


@pytest.mark.parametrize("source", [None, 3, ["a"], object()])
def test_what_is_no_source(source):
    with pytest.raises(OptwidgetsError, match="cannot be read from"):
        read_table(source)


def test_files_that_are_not_there(tmp_path):
    with pytest.raises(OptwidgetsError, match="There is no file"):
        read_table(tmp_path / "none.csv")
    with pytest.raises(OptwidgetsError, match="cannot be read"):
        read_table(tmp_path)
    with pytest.raises(OptwidgetsError):
        read_table("a\x00b")
    with pytest.raises(OptwidgetsError):
        read_table("x" * 10_000)


@pytest.mark.parametrize("text", ["{", "3", '{"a": 1}', "[1, 2]", "[" * 100_000])
def test_json_that_is_no_table(tmp_path, text):
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(OptwidgetsError):
        read_table(tmp_path / "t.json")


def test_helpers():
    assert find_encoding("ü".encode()) == "utf-8"
    assert find_encoding("ab".encode("utf-16-be")) == "utf-16-be"
    assert find_separator("a,b;c\n1,2;3\n") in ",;"
    assert find_separator('"a;b",c\n"1;2",3\n') == ","
    assert find_separator("") == ","
