"""A journal that is too long for one request comes in parts, and is a session when it is whole."""

from __future__ import annotations

import hashlib
import json
import os
import threading

import httpx
import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.client import pushing
from optwidgets.client.address import TOKEN_VARIABLE
from optwidgets.client.http import Http, Unreachable
from optwidgets.client.wire import entry_to_json
from optwidgets.journal.entry import canonical_json
from support.optwidgets_server import running

LIMIT = 16_000


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("parts") / "lab.db", max_body_bytes=LIMIT) as started:
        yield started


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, server):
    monkeypatch.setenv(TOKEN_VARIABLE, server.token("write"))
    monkeypatch.setattr(pushing, "WHOLE_BYTES", LIMIT // 2)
    monkeypatch.setattr(pushing, "PART_BYTES", LIMIT // 2)


@pytest.fixture
def session():
    made = OptimizationSession(name="Reactor", actor="maya")
    made.add_variable("x", "real", bounds=(0, 1))
    rows = [{"x": (place * 0.37) % 1} for place in range(400)]
    made.experiment_manager.add_experiments(rows)  # one entry that is longer than any body
    for place in range(30):
        made.add_experiment({"x": place / 30}, output=float(place))
    yield made
    made.close()


def client_of(server):
    """Return a client with the token of the session: parts belong to who sends them."""
    headers = {"Authorization": f"Bearer {os.environ[TOKEN_VARIABLE]}"}
    return httpx.Client(base_url=server.url, headers=headers, timeout=30)


def whole(session):
    lines = [canonical_json(entry_to_json(entry)) for entry in session.entries()]
    head = canonical_json({"created_at": session.state.metadata["created_at"]})
    return "\n".join([head, *lines, ""]).encode()


def test_a_journal_longer_than_a_body_may_be_arrives_whole(server, session):
    assert len(whole(session)) > 3 * LIMIT
    stages = []
    session.on("task", lambda news: stages.append((news["label"], news["fraction"])))
    before = [entry.hash for entry in session.entries()]
    url = session.persist(server.url)
    session.add_experiment({"x": 0.5}, output=1.0)
    session.close()
    again = OptimizationSession.attach(url)
    assert [entry.hash for entry in again.entries()][:-1] == before
    assert again.state.table.counts["done"] == 31
    again.verify()
    again.close()
    host = server.url.removeprefix("http://")
    shares = [share for label, share in stages if label == f"Bringing the session to {host}"]
    assert any(0 < share < 1 for share in shares if share is not None)
    with client_of(server) as client:
        told = client.get(f"/api/v1/sessions/{session.id}/journal/parts").json()
    assert (told["bytes"], told["exists"]) == (0, True)


def test_a_server_that_takes_less_at_a_time_gets_less(server, session, monkeypatch):
    monkeypatch.setattr(pushing, "PART_BYTES", 3 * LIMIT)
    monkeypatch.setattr(pushing, "_SMALLEST_PART", 1000)
    session.persist(server.url)
    assert session.remote.known_revision == session.revision


def test_after_a_cut_it_goes_on_where_it_stopped(server, session, proxy, monkeypatch):
    monkeypatch.setattr(pushing, "PATIENCE_SECONDS", 0.2)
    sent = []

    def cut_after_two(progress):
        def told(share, stage):
            sent.append(share)
            if len(sent) == 3:
                proxy.cut(down=True)
            progress(share, stage)

        return told

    send_ahead = pushing.Parcel.send_ahead
    monkeypatch.setattr(
        pushing.Parcel,
        "send_ahead",
        lambda parcel, progress: send_ahead(parcel, cut_after_two(progress)),
    )
    with pytest.raises(Unreachable):
        session.persist(proxy.url)
    assert session.url is None
    with client_of(server) as client:
        path = f"/api/v1/sessions/{session.id}"
        told = client.get(f"{path}/journal/parts").json()
        assert (told["bytes"], told["exists"]) == (2 * pushing.PART_BYTES, False)
        assert client.get(f"{path}/journal").status_code == 404
    monkeypatch.setattr(pushing.Parcel, "send_ahead", send_ahead)
    session.add_experiment({"x": 0.25}, output=7.0)
    starts = recorded_starts(monkeypatch)
    proxy.down = False
    session.persist(proxy.url)
    assert starts[0] == 2 * pushing.PART_BYTES
    assert session.remote.known_revision == session.revision


def recorded_starts(monkeypatch):
    starts = []
    request = Http.request

    def noting(self, method, path, **options):
        if method == "PUT" and "/parts/" in path:
            starts.append(int(path.rsplit("/", 1)[1]))
        return request(self, method, path, **options)

    monkeypatch.setattr(Http, "request", noting)
    return starts


def test_work_goes_on_while_it_travels(server, session, monkeypatch):
    send_ahead = pushing.Parcel.send_ahead
    done = []

    def beside(parcel, progress=None):
        if progress is not None:
            other = threading.Thread(
                target=lambda: done.append(session.add_experiment({"x": 0.125}, output=3.0))
            )
            other.start()
            other.join(10)
        send_ahead(parcel)

    monkeypatch.setattr(pushing.Parcel, "send_ahead", beside)
    session.persist(server.url)
    assert done
    assert session.remote.known_revision == session.revision
    assert session.state.table.row(done[0]).outputs == {"Output": 3.0}


def test_another_journal_under_the_id_is_left_alone(server, session):
    session.persist(server.url)
    other = OptimizationSession(name="Other")
    other.add_variable("x", "real", bounds=(0, 1))
    for place in range(60):
        other.add_experiment({"x": place / 60}, output=1.0)
    other._store.journal.session_id = session.id
    with pytest.raises(OptwidgetsError, match="already, with other entries"):
        other.persist(server.url)
    assert other.url is None


def test_parts_that_do_not_fit_are_refused(server, session):
    content = whole(session)
    path = f"/api/v1/sessions/{session.id}/journal/parts"
    octets = {"Content-Type": "application/octet-stream"}
    with client_of(server) as client:

        def put(start, part):
            return client.put(f"{path}/{start}", content=part, headers=octets)

        assert put(0, content[:5000]).json() == {"bytes": 5000}
        assert put(0, content[:4000]).json() == {"bytes": 4000}
        gap = put(9000, content[9000:9100])
        assert (gap.status_code, gap.json()["error_type"]) == (409, "Conflict")
        assert put(4000, content[4000:9000]).json() == {"bytes": 9000}
        assert put(4000, content[4000:9000]).json() == {"bytes": 9000}  # the answer was lost
        assert put(4000, b"x" * 5000).status_code == 409
        assert put(9000, b"").status_code == 422
        assert client.put(f"{path}/0", content=b"{}").status_code == 415

        def complete(of):
            body = {"bytes": len(of), "sha256": hashlib.sha256(of).hexdigest()}
            return client.post(
                f"{path}/complete", json=body, headers={"Idempotency-Key": str(len(of))}
            )

        assert complete(content).status_code == 409  # not all of it is there
        half = complete(content[:9000])
        assert (half.status_code, half.json()["error_type"]) == (422, "Unprocessable")
        forged = content[:3000].replace(b"maya", b"noor")
        forged = forged[: forged.rindex(b"\n") + 1]
        assert put(0, forged).status_code == 200
        assert complete(forged).status_code == 400
        assert client.get(f"/api/v1/sessions/{session.id}/journal").status_code == 404
        assert json.loads(client.get(path).text)["bytes"] == len(forged)
