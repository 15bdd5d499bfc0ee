"""What training runs log, of any kind: refused with a sentence, or readable again."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.server.sigopt.training.logged import KEYS

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["completed", "failed", "\x00", "\ud800", "value", 1e308]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["value", "content", "type"]), inner
        )
    ),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(KEYS), ANY, min_size=1, max_size=3)


@pytest.fixture(scope="module")
def run(server):
    with server.client("write") as client:
        client.post("/v1/clients/1/projects", json={"id": "any", "name": "Any"})
        made = client.post("/v1/clients/1/projects/any/training_runs", json={}).json()
        yield client, f"/v1/training_runs/{made['id']}"


@settings(max_examples=60, deadline=None)
@given(body=BODIES, method=st.sampled_from(["MERGE", "PUT"]))
def test_no_update_is_a_fault(run, body, method):
    client, path = run
    before = client.get(path).json()
    answer = client.request(method, path, content=json.dumps(body))
    assert answer.status_code in {200, 400}, (body, answer.text)
    after = client.get(path)
    assert after.status_code == 200
    if answer.status_code == 400:
        assert set(answer.json()) == {"message", "status"}
        assert after.json() == before, "what was refused changed nothing"
    else:
        assert after.json() == answer.json()
    listed = client.get("/v1/clients/1/projects/any/training_runs?deleted=false")
    assert listed.status_code == 200
