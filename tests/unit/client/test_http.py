"""Requests: what is tried again, and what every refusal says."""

from __future__ import annotations

import httpx
import pytest

from optwidgets.client import http as http_module
from optwidgets.client.address import Address
from optwidgets.client.http import Http, NotAllowed, Pauses, Refused, Unreachable
from optwidgets.journal.protocol import JournalError


@pytest.fixture
def naps(monkeypatch):
    """The pauses that are made; none is slept."""
    made = []
    clock = iter(range(10**6))
    monkeypatch.setattr(http_module.time, "sleep", made.append)
    monkeypatch.setattr(http_module.time, "monotonic", lambda: sum(made) + next(clock) * 1e-9)
    return made


def server(answers, token="t"):
    """Return a client whose server gives these answers, and the requests it got."""
    got = []
    left = iter(answers)

    def answer(request):
        got.append(request)
        made = next(left)
        if isinstance(made, Exception):
            raise made
        return made

    made = Http(Address("http://lab:8000"), token)
    headers = made._client.headers
    made._client = httpx.Client(
        base_url="http://lab:8000", headers=headers, transport=httpx.MockTransport(answer)
    )
    return made, got


def said(status, detail="no", **headers):
    body = {"detail": detail, "error_type": "X", "status_code": status}
    return httpx.Response(status, json=body, headers=headers)


OK = httpx.Response(200, json={"fine": True})
AWAY = httpx.ConnectError("refused")


def test_a_read_waits_for_a_server_that_restarts(naps):
    http, got = server([said(503), AWAY, AWAY, said(429), OK])
    assert http.request("GET", "/x", patience=60) == {"fine": True}
    assert len(got) == 5
    assert all(0.25 <= nap <= 30 for nap in naps)


def test_a_write_without_a_key_is_never_repeated(naps):
    http, got = server([AWAY, OK])
    with pytest.raises(Unreachable):
        http.request("POST", "/x", body={}, patience=60)
    assert len(got) == 1
    assert naps == []


def test_a_write_with_a_key_is_repeated_with_that_key(naps):
    http, got = server([said(503), OK])
    http.request("POST", "/x", body={}, key="k", revision=7, patience=60)
    assert [request.headers["Idempotency-Key"] for request in got] == ["k", "k"]
    assert got[1].headers["If-Match"] == '"7"'


def test_patience_ends(naps):
    http, _ = server([said(503)] * 100)
    with pytest.raises(Unreachable, match="busy or restarting"):
        http.request("GET", "/x", patience=20)
    assert sum(naps) <= 20


def test_an_address_where_nobody_answers_can_be_told_from_a_busy_server(naps):
    http, got = server([said(503), AWAY, AWAY])
    with pytest.raises(Unreachable, match="No server can be reached"):
        http.request("GET", "/x", patience=60, if_away=False)
    assert len(got) == 3  # one more for a kept connection that may have been closed
    http, _ = server([httpx.ReadTimeout("slow"), OK])
    assert http.request("GET", "/x", patience=60, if_away=False) == {"fine": True}


def test_a_server_that_asks_for_time_gets_it(naps):
    http, _ = server([said(503, **{"Retry-After": "12"}), OK])
    http.request("GET", "/x", patience=60)
    assert naps == [12]


def test_a_kept_connection_that_the_server_closed_is_no_fault():
    http, got = server([httpx.RemoteProtocolError("closed"), OK])
    assert http.request("POST", "/x", body={}, key="k") == {"fine": True}
    assert len(got) == 2


@pytest.mark.parametrize(
    ("answer", "error", "words"),
    [
        (AWAY, Unreachable, "No server can be reached at http://lab:8000"),
        (httpx.ReadTimeout("slow"), Unreachable, "does not answer in time"),
        (httpx.Response(200, text="<html>"), JournalError, "no optwidgets server"),
        (httpx.Response(404, json={"message": "?"}), JournalError, "no optwidgets server"),
        (said(404, "Not Found"), JournalError, "too old"),
        (said(404, "There is no session a."), Refused, "There is no session a"),
        (said(401), NotAllowed, "does not know this token"),
        (said(403, "This token may only read."), NotAllowed, "may only read"),
        (said(400, "Row 3 exists already."), Refused, "Row 3 exists already"),
    ],
)
def test_every_refusal_is_a_sentence(answer, error, words):
    http, _ = server([answer, answer])
    with pytest.raises(error, match=words):
        http.request("GET", "/x")


def test_a_missing_token_is_told_from_a_wrong_one(monkeypatch):
    monkeypatch.setattr(http_module, "find_token", lambda *_: None)
    http, got = server([said(401)], token=None)
    with pytest.raises(NotAllowed, match="OPTWIDGETS_TOKEN"):
        http.request("GET", "/x")
    assert "Authorization" not in got[0].headers


def test_pauses_grow_to_half_a_minute_and_begin_again():
    pauses = Pauses()
    made = [pauses.next() for _ in range(12)]
    assert made[0] <= 0.5
    assert 15 <= made[-1] <= 30
    assert pauses.next(at_least=29) >= 29
    pauses.reset()
    assert pauses.next() <= 0.5
