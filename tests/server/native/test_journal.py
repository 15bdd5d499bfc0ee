"""The journal on the wire: read, append once, conflicts, whole journals, events."""

from __future__ import annotations

import json
import threading

import httpx
import pytest

from optwidgets.journal.changes import MetadataChanged, encode_change
from optwidgets.journal.memory import MemoryJournal
from optwidgets.server.auth import revoke_token
from optwidgets.session import OptimizationSession


def change(name="Reactor"):
    return json.loads(encode_change(MetadataChanged({"name": name})))


@pytest.fixture
def api(server):
    with server.client() as client:
        yield client


@pytest.fixture
def session(api):
    """A session with one variable and one result, brought in whole."""
    local = OptimizationSession(name="Local")
    local.add_variable("T", "real", bounds=(20, 100))
    local.add_experiment({"T": 60}, output=0.5)
    assert api.put(f"/api/v1/sessions/{local.id}/journal", json=whole(local)).status_code == 201
    return local


def whole(session):
    from optwidgets.server.faces.native.wire import entry_to_json

    return {
        "created_at": session.state.metadata["created_at"],
        "entries": [entry_to_json(entry) for entry in session.entries()],
    }


def append(api, session_id, *changes, key="k", **headers):
    return api.post(
        f"/api/v1/sessions/{session_id}/journal",
        json={"changes": list(changes) or [change()]},
        headers={"Idempotency-Key": key, **headers},
    )


def test_a_journal_comes_in_with_its_hashes_and_goes_out_the_same(api, session):
    answer = api.get(f"/api/v1/sessions/{session.id}/journal").json()
    assert answer["entries"] == whole(session)["entries"]
    assert answer["revision"] == session.revision
    assert api.put(f"/api/v1/sessions/{session.id}/journal", json=whole(session)).status_code == 200


def test_another_journal_of_the_same_id_is_refused(api, session):
    other = MemoryJournal(session.id)
    other.append([MetadataChanged({"name": "Other"})], actor="x")
    answer = api.put(
        f"/api/v1/sessions/{session.id}/journal",
        json=whole(OptimizationSession(journal=other)),
    )
    assert answer.status_code == 409
    assert "other entries" in answer.json()["detail"]


def test_an_altered_journal_is_refused(api):
    local = OptimizationSession(name="Local")
    body = whole(local)
    body["entries"][0]["actor"] = "somebody else"
    answer = api.put(f"/api/v1/sessions/{local.id}/journal", json=body)
    assert answer.status_code == 400
    assert "altered" in answer.json()["detail"]
    assert api.get(f"/api/v1/sessions/{local.id}/journal").status_code == 404


def test_a_repeat_counts_once(api, session):
    first = append(api, session.id, key="once")
    again = append(api, session.id, key="once")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.json() == first.json()
    assert again.headers["Idempotency-Replayed"] == "true"
    assert "Idempotency-Replayed" not in first.headers
    other = append(api, session.id, change("Another"), key="once")
    assert other.status_code == 422


def test_a_write_needs_a_key(api, session):
    answer = api.post(f"/api/v1/sessions/{session.id}/journal", json={"changes": [change()]})
    assert answer.status_code == 400
    assert "Idempotency-Key" in answer.json()["detail"]


def test_a_change_on_an_older_revision_is_told_what_came_between(api, session):
    before = session.revision
    append(api, session.id, key="ann")
    answer = append(api, session.id, change("Mine"), key="bob", **{"If-Match": f'"{before}"'})
    assert answer.status_code == 412
    assert [entry["change"][0] for entry in answer.json()["entries"]] == ["MetadataChanged"]


def seen(api, session, *changes, key, revision):
    return api.post(
        f"/api/v1/sessions/{session.id}/journal",
        json={"changes": list(changes), "seen": revision},
        headers={"Idempotency-Key": key},
    )


def test_a_change_goes_in_unless_others_have_set_the_same_since(api, session):
    before = session.revision
    settings = ["SettingsChanged", {"fields": {"a": 1}, "removed": []}]
    assert seen(api, session, change("Ann"), key="ann", revision=before).status_code == 201
    assert seen(api, session, settings, key="else", revision=before).status_code == 201
    assert seen(api, session, change("Ann"), key="same", revision=before).status_code == 201
    late = seen(api, session, change("Bob"), key="bob", revision=before)
    assert late.status_code == 412
    between = [entry["change"][0] for entry in late.json()["entries"]]
    assert between == ["MetadataChanged", "SettingsChanged", "MetadataChanged"]
    assert seen(api, session, change("Bob"), key="bo2", revision=before + 3).status_code == 201
    assert seen(api, session, change("Bob"), key="bo3", revision=before + 9).status_code == 412


def test_what_does_not_fit_what_others_did_is_told_what_came_between(api, session):
    before = session.revision
    [row] = [e["change"] for e in whole(session)["entries"] if e["change"][0] == "RowsAdded"]
    number = row[1]["rows"][0]["id"]
    gone = ["RowsRemoved", {"ids": [number]}]
    assert append(api, session.id, gone, key="gone").status_code == 201
    edit = ["RowsEdited", {"edits": [{"row": number, "fields": {"note": "late"}}]}]
    assert seen(api, session, edit, key="late", revision=before).status_code == 412
    assert seen(api, session, edit, key="bad", revision=before + 1).status_code == 400


def test_a_change_that_does_not_fit_is_refused_whole(api, session):
    variable = next(e for e in whole(session)["entries"] if e["change"][0] == "VariableAdded")
    answer = append(api, session.id, change("Half"), variable["change"], key="half")
    assert answer.status_code == 400
    assert api.get(f"/api/v1/sessions/{session.id}/journal").json()["revision"] == session.revision


def test_rows_of_two_clients_get_numbers_of_their_own(api, session):
    row = next(e["change"] for e in whole(session)["entries"] if e["change"][0] == "RowsAdded")
    answers = [append(api, session.id, row, key=f"row{i}").json() for i in range(2)]
    ids = [answer["entries"][0]["change"][1]["rows"][0]["id"] for answer in answers]
    assert ids == [2, 3]


def test_tokens_scopes_and_sessions(server, session):
    path = f"/api/v1/sessions/{session.id}/journal"
    with server.client("read") as reader:
        assert reader.get(path).status_code == 200
        assert append(reader, session.id).status_code == 403
        assert reader.get(path, headers={"Authorization": "Bearer ow_wrong"}).status_code == 401
        assert reader.get(path, headers={"Authorization": ""}).status_code == 401
        basic = {"Authorization": f"Basic {_basic(server.token('read'))}"}
        assert reader.get(path, headers=basic).status_code == 200
        other = server.token("admin", sessions=["another"])
        refused = reader.get(path, headers={"Authorization": f"Bearer {other}"})
        assert refused.status_code == 403


def _basic(token):
    import base64

    return base64.b64encode(f"{token}:".encode()).decode()


def test_foreign_hosts_and_pages_are_refused(api, session):
    path = f"/api/v1/sessions/{session.id}/journal"
    assert api.get(path, headers={"Host": "evil.example"}).status_code == 403
    assert api.get(path, headers={"Origin": "https://evil.example"}).status_code == 403
    own = str(api.base_url).rstrip("/")
    assert api.get(path, headers={"Origin": own}).status_code == 200


def test_events_tell_each_entry_once_and_resume(server, api, session):
    seen: list[dict] = []
    ready, done = threading.Event(), threading.Event()

    def follow():
        with (
            server.client("read") as client,
            client.stream(
                "GET",
                f"/api/v1/sessions/{session.id}/events",
                headers={"Last-Event-ID": "0"},
            ) as stream,
        ):
            for line in stream.iter_lines():
                if line.startswith("data:"):
                    seen.extend(json.loads(line[5:])["entries"])
                    ready.set()
                if len(seen) >= session.revision + 3:
                    done.set()
                    return

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    assert ready.wait(10)
    for i in range(3):
        append(api, session.id, change(f"Name {i}"), key=f"event{i}")
    assert done.wait(10)
    assert [entry["revision"] for entry in seen] == list(range(1, session.revision + 4))


def test_a_token_that_was_revoked_hears_no_more(server, api, session, monkeypatch):
    monkeypatch.setattr("optwidgets.server.auth.CACHE_SECONDS", 0.0)
    who = {"Authorization": f"Bearer {server.token('read', name='leaver')}"}
    path = f"{server.url}/api/v1/sessions/{session.id}/events"
    with httpx.stream("GET", path, headers=who, timeout=20) as stream:
        lines = stream.iter_lines()
        assert next(lines).startswith("retry:")
        append(api, session.id, change("Heard"), key="heard")
        assert "Heard" in next(line for line in lines if line.startswith("data:"))
        revoke_token(server.database, "leaver")
        append(api, session.id, change("Unheard"), key="unheard")
        assert "Unheard" not in "".join(lines), "and the stream has ended"
    assert httpx.get(path, headers=who).status_code == 401


def test_a_kernel_with_the_same_file_is_seen(server, api, session):
    kernel = OptimizationSession.open(server.database.path, session.id)
    kernel.add_experiment({"T": 70}, output=0.7)
    kernel.close()
    answer = append(api, session.id, key="after the kernel").json()
    assert answer["revision"] == session.revision + 2
