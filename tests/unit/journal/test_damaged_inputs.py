"""Files cut at every byte and values of any kind: a sentence or a warning, never a traceback."""

from __future__ import annotations

import json
import random
import warnings

import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from optwidgets.space.search_space import SearchSpace

WEIRD = (
    *(None, True, -1, 0, 1e308, 1e999, 2**70, -0.0, "", "x", "\x00", "\ud800", "=1+1", "a" * 300),
    *([], {}, [[]], {"a": {}}, [None], [1, 2], ["A", "A"], "9999-99-99"),
)
GONE = object()
STRIDE = 7  # of a file in which bytes are much alike
CSV = "T;c;Yield;Cost\r\n" + "".join(f"{10 * n},5;{'AB'[n % 2]};1{n},5;2\r\n" for n in range(3))


def reactor():
    session = OptimizationSession(name="Reäktor")
    session.add_variable("T", "real", bounds=(0, 100), unit="°C")
    session.add_variable("c", "categorical", categories=["A", "B"])
    session.add_objective("Yield")
    session.add_objective("Cost", "minimize")
    return session


@pytest.fixture(scope="module")
def saved():
    """The text of a session file with rows, one of them excluded, one only suggested."""
    session = reactor()
    for number in range(3):
        results = {"Yield": float(number), "Cost": 2.0}
        session.add_experiment({"T": 10.0 * number, "c": "A"}, results, note="hm, so")
    session.add_staged_experiment({"T": 50.0, "c": "B"})
    return session.export_session_json()


def load(path, content):
    """Load a session file as a user does, and save it again; return it and what was warned."""
    path.write_bytes(content)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        session = OptimizationSession.load_session(path)
    session.export_session_json()
    return session, [str(warning.message) for warning in warned]


def refused(call, *arguments):
    """Return whether something is refused with a sentence; anything else raised is a failure."""
    try:
        call(*arguments)
    except OptwidgetsError:
        return True
    return False


@pytest.mark.parametrize("stride", [STRIDE, pytest.param(1, marks=pytest.mark.slow)])
def test_a_session_file_cut_anywhere_is_refused(saved, tmp_path, stride):
    content = saved.encode()
    assert not refused(load, tmp_path / "s.json", content)
    for at in range(0, len(content), stride):
        assert refused(load, tmp_path / "s.json", content[:at]), at


def test_a_space_cut_anywhere_is_refused(tmp_path):
    path = tmp_path / "space.json"
    content = reactor().search_space.to_json(path).encode()
    for at in range(len(content.rstrip())):
        path.write_bytes(content[:at])
        assert refused(SearchSpace.from_json, path), at
        assert refused(reactor().load_search_space, path), at


def test_a_table_of_variables_cut_inside_a_line_is_refused_or_warned_of(tmp_path):
    path = tmp_path / "space.csv"
    content = reactor().search_space.to_csv(path).encode()
    for at in range(len(content)):
        path.write_bytes(content[:at])
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            known = refused(SearchSpace.from_csv, path)
        assert known or warned or content[:at].endswith((b"\n", b"\r")), at


def test_a_table_of_results_cut_inside_a_line_is_refused_or_warned_of(tmp_path):
    path, content = tmp_path / "t.csv", CSV.encode()
    for at in range(len(content)):
        path.write_bytes(content[:at])
        session = reactor()
        with warnings.catch_warnings(record=True) as warned:
            warnings.simplefilter("always")
            known = refused(session.load_data, path)
        told = any("has no end" in str(warning.message) for warning in warned)
        assert known or told or content[:at].endswith((b"\n", b"\r")), at


def test_lines_may_end_as_on_old_computers(tmp_path):
    path = tmp_path / "old.csv"
    path.write_bytes(CSV.replace("\r\n", "\r").encode())
    session = reactor()
    session.load_data(path)
    assert len(session.state.table) == 3


def places(value, path=()):
    yield path
    if isinstance(value, list):
        value = dict(enumerate(value))
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from places(inner, (*path, key))


def with_other(document, path, value):
    """Return a document with another value at a place, or without what is there."""
    if not path:
        return {} if value is GONE else value
    copy = json.loads(json.dumps(document))
    *before, last = path
    holder = copy
    for key in before:
        holder = holder[key]
    if value is GONE:
        del holder[last]
    else:
        holder[last] = value
    return copy


def changed(saved):
    document = json.loads(saved)
    return [(path, value) for path in places(document) for value in (*WEIRD, GONE)]


def check_changed(saved, chosen, path):
    document = json.loads(saved)
    for place, value in chosen:
        text = json.dumps(with_other(document, place, value))
        try:
            refused(load, path, text.encode())
        except Exception as error:
            raise AssertionError((place, value)) from error


def test_a_value_of_any_kind_is_refused_or_taken(saved, tmp_path):
    chosen = random.Random(4711).sample(changed(saved), 150)
    check_changed(saved, chosen, tmp_path / "s.json")


@pytest.mark.slow
def test_every_value_of_any_kind_is_refused_or_taken(saved, tmp_path):
    everything = changed(saved)
    check_changed(saved, everything, tmp_path / "s.json")
    print(f"\n{len(everything)} session files with one other value")


@pytest.mark.slow
def test_altered_bytes_are_refused_or_warned_of(saved, tmp_path):
    """A file altered in one place is refused, or somebody is told, or it says the same."""
    dice, content = random.Random(4711), saved.encode()
    true = list(load(tmp_path / "true.json", content)[0].state.table)
    for _ in range(3000):
        hurt = bytearray(content)
        hurt[dice.randrange(len(hurt))] ^= 1 << dice.randrange(8)
        try:
            session, warned = load(tmp_path / "s.json", bytes(hurt))
        except OptwidgetsError:
            continue
        assert warned or list(session.state.table) == true, bytes(hurt)


def test_a_result_altered_in_our_own_part_is_told(saved, tmp_path):
    """The public part says 2.0 still: ours would have won."""
    document = json.loads(saved)
    document["optwidgets"]["rows"][0]["outputs"]["Cost"] = 3.0
    session, warned = load(tmp_path / "s.json", json.dumps(document).encode())
    assert session.state.table.row(1).outputs["Cost"] == 2.0
    assert any("altered or damaged" in warning for warning in warned)
