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
from optwidgets.journal.session_file_own import fingerprint, without_seal
from optwidgets.server.faces.alchemist.csv_files import preview
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


@pytest.mark.parametrize("model", [5, ["Matern"], {"metrics": 5}, {"hyperparameters": {"Y": 1}}])
def test_models_of_another_kind(model, tmp_path):
    path = tmp_path / "s.json"
    document = json.loads(reactor().export_session_json())
    own = document["optwidgets"] | {"model": model}
    own["own_part"] = fingerprint(without_seal(own))
    path.write_text(json.dumps(document | {"optwidgets": own}))
    with pytest.raises(OptwidgetsError, match="is damaged"):
        OptimizationSession.load_session(path)


def test_namesakes_in_a_file_count_in_the_same_order_after_saving(tmp_path):
    path = tmp_path / "s.json"
    session = reactor()
    session.add_variable("n", "integer", bounds=(1, 9))
    session.add_nonlinear_constraint("T * n <= 500")
    document = json.loads(session.export_session_json())
    space = document["search_space"]
    space["constraints"] = [
        {"type": "inequality", "coefficients": {"T": factor}, "rhs": 1, "name": "limit"}
        for factor in (1, 2)
    ]
    space["derived_variables"] = [
        {"name": "load", "input_cols": [], "expression": formula} for formula in ("T / n", "T * n")
    ]
    path.write_text(json.dumps(document))
    loaded = []
    for _ in range(3):
        with pytest.warns(UserWarning, match="does not count"):
            session = OptimizationSession.load_session(path)
        loaded.append((session.state.space, session.state.extras["search_space"]))
        session.save_session(path)
    assert loaded[0] == loaded[1] == loaded[2]
    assert loaded[0][0].derived[0].to_dict()["expression"] == "T / n"
    assert [rule.label for rule in loaded[0][0].constraints] == ["constraint_0", "limit"]


def test_the_id_of_a_finished_item_may_be_anything(tmp_path):
    path = tmp_path / "s.json"
    document = json.loads(reactor().export_session_json())
    item = {"id": [1, []], "status": "done"}
    path.write_text(json.dumps(document | {"staged_experiments": [item]}))
    session = OptimizationSession.load_session(path)
    session.save_session(path)
    assert OptimizationSession.load_session(path).state.extras["staged_experiments"] == [item]


@pytest.mark.parametrize("name", ["rows", "queue_items", "queue_item 7"])
def test_parts_named_as_what_we_keep(name, tmp_path):
    path = tmp_path / "s.json"
    session = reactor()
    session.add_staged_experiment({"T": 50})
    path.write_text(json.dumps(json.loads(session.export_session_json()) | {name: [1]}))
    with pytest.warns(UserWarning, match=f"The file's {name} .* left out"):
        session = OptimizationSession.load_session(path)
    assert name not in session.state.extras or name == "queue_items"
    session.save_session(path)
    assert len(OptimizationSession.load_session(path).state.table) == 1


def test_tables_of_nothing_but_separators():
    assert SearchSpace.from_csv("\n,,\nname,min,max\nT,0,1\n").names == ("T",)
    with pytest.raises(OptwidgetsError, match="is empty"):
        SearchSpace.from_csv("\n\n\n,\n")
    for content in (b"\xff\xfe", b"\xff\xfe\n\x00"):
        with pytest.raises(OptwidgetsError, match="is empty"):
            read_table(content)


def test_a_name_above_two_columns_is_previewed():
    assert preview(b"T,T\n1,2\n")["recommended_target"] == "T"
