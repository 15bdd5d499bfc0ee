import json

import pytest

from comparison.store import Store

RUN = {"problem": "p", "seed": 1, "peer": "a", "status": "done", "costs": [[1 / 3]]}


@pytest.fixture
def store(tmp_path):
    store = Store(tmp_path / "results" / "compare.jsonl")
    store.begin(7, {"cores": 2})
    return store


def test_a_new_file_has_no_header(tmp_path):
    assert Store(tmp_path / "none.jsonl").header() is None
    assert Store(tmp_path / "none.jsonl").runs() == {}


def test_the_seed_of_the_first_call_stays(store):
    assert Store(store.path).header()["seed"] == 7


def test_what_was_added_is_settled(store):
    store.add(RUN)
    assert Store(store.path).settled() == {("p", 1, "a")}
    assert store.runs()["p", 1, "a"]["costs"] == [[0.33333333]]


def test_failed_runs_are_done_again_only_on_request(store):
    store.add({**RUN, "status": "failed"})
    assert store.settled() == {("p", 1, "a")}
    assert store.settled(again=True) == set()
    store.add(RUN)
    assert store.settled(again=True) == {("p", 1, "a")}
    assert len(store.runs()) == 1


def test_runs_of_another_version_are_done_again_on_request(store):
    store.add({**RUN, "commit": "old"})
    store.add({**RUN, "problem": "q", "commit": "new"})
    assert store.settled() == {("p", 1, "a"), ("q", 1, "a")}
    assert store.settled(version="new") == {("q", 1, "a")}


def test_a_line_cut_short_by_a_kill_costs_only_itself(store):
    store.add(RUN)
    with store.path.open("a") as file:
        file.write('{"kind":"run","problem":"q","se')
    store.add({**RUN, "peer": "b"})
    assert set(store.runs()) == {("p", 1, "a"), ("p", 1, "b")}


def test_one_json_object_a_line(store):
    store.add(RUN)
    lines = store.path.read_text().splitlines()
    assert [json.loads(line)["kind"] for line in lines] == ["comparison", "run"]
