"""What coverage-guided fuzzing of the readers found: each a sentence, or the same after saving."""

from __future__ import annotations

import io
import json

import httpx
import pytest

from optwidgets.client.alchemist.news import Known, differences
from optwidgets.client.link import _lines
from optwidgets.client.wire import entries_from_json, entry_to_json
from optwidgets.data.reading import read_table
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import decode_change
from optwidgets.session import OptimizationSession
from optwidgets.space.expressions import parse_rule
from optwidgets.space.search_space import SearchSpace

DIGITS = "9" * 5000
VARIABLE = {"name": "T", "type": "real", "min": 0, "max": 1}


def reactor():
    session = OptimizationSession(name="Reactor")
    session.add_variable("T", "real", bounds=(0, 100))
    return session


def as_json(text):
    file = io.BytesIO(text.encode())
    file.name = "table.json"
    return file


def test_numbers_of_thousands_of_digits(tmp_path):
    path = tmp_path / "s.json"
    path.write_text(f'{{"version": {DIGITS}}}')
    with pytest.raises(OptwidgetsError, match="thousands of digits"):
        OptimizationSession.load_session(path)
    path.write_text(f'[{{"type": {DIGITS}}}]')
    with pytest.raises(OptwidgetsError, match="not valid JSON"):
        SearchSpace.from_json(path)


def test_half_a_character_is_saved_so_that_it_can_be_loaded(tmp_path):
    path = tmp_path / "s.json"
    document = json.loads(reactor().export_session_json()) | {"theirs": {"note": "a\ud800b"}}
    path.write_text(json.dumps(document))
    session = OptimizationSession.load_session(path)
    session.save_session(path)
    again = OptimizationSession.load_session(path)
    assert again.state.extras["theirs"] == {"note": "a\ud800b"}


def test_details_of_a_session_are_texts(tmp_path):
    path = tmp_path / "s.json"
    document = json.loads(reactor().export_session_json())
    document["metadata"] |= {"author": 5, "description": ["a"]}
    path.write_text(json.dumps(document))
    assert OptimizationSession.load_session(path).state.metadata["author"] == "5"
    assert differences(reactor().state, document, Known())


def test_places_of_finished_items_may_be_anything():
    document = {
        "search_space": {"variables": [VARIABLE]},
        "staged_experiments": [{"status": "completed", "dataset_ref": {}, "id": "a"}],
    }
    assert differences(reactor().state, document, Known())


@pytest.mark.parametrize("cell", ['"\\ud800"', "[1]", '{"a": 1}', "1" + "0" * 400])
def test_cells_that_no_table_holds(cell):
    session = reactor()
    with pytest.raises(OptwidgetsError):
        session.experiment_manager.import_table(as_json(f'[{{"T": {cell}, "Output": 1}}]'))
    session.experiment_manager.import_table(
        as_json(f'[{{"T": 1, "Output": 1, "Reason": {cell}}}, {{"T": 2, "Output": 1}}]')
    )
    assert len(session.state.table) == 2


def test_a_parquet_file_with_a_damaged_description():
    import pyarrow as pa
    import pyarrow.parquet as pq

    file = io.BytesIO()
    table = pa.table({"T": [1.0]}).replace_schema_metadata({"pandas": '{"columns": []}'})
    pq.write_table(table, file)
    with pytest.raises(OptwidgetsError, match="Parquet"):
        read_table(file.getvalue())


def test_a_number_too_large_in_a_formula():
    with pytest.raises(OptwidgetsError, match="1e999 is too large"):
        parse_rule("T <= 1e999")


@pytest.mark.parametrize(
    ("field", "value"),
    [("revision", "x"), ("group", 1e999), ("change", ["MetadataChanged", {"fields": "x"}])],
)
def test_entries_with_values_of_another_kind(field, value):
    entry = entry_to_json(reactor().entries()[0]) | {field: value}
    with pytest.raises(OptwidgetsError, match="incomplete"):
        entries_from_json([entry])


def test_changes_with_values_of_another_kind():
    with pytest.raises(OptwidgetsError, match="incomplete"):
        decode_change('["MetadataChanged", {"fields": ["x"], "removed": []}]')


@pytest.mark.parametrize("size", [1, 2, 3, 100])
def test_all_line_ends_of_event_streams_wherever_they_are_cut(size):
    content = b"id: 7\r\ndata: a\rdata: b\n\r\ndata: \xe2\x80\xa8\n"
    pieces = [content[at : at + size] for at in range(0, len(content), size)]
    found = list(_lines(httpx.Response(200, content=iter(pieces))))
    assert found == ["id: 7", "data: a", "data: b", "", "data: \u2028"]
