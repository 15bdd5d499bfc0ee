"""Web pages of other origins: those that were named can call the server, others cannot."""

from __future__ import annotations

import socket

import httpx
import pytest

from support.optwidgets_server import running

PAGE = "https://lab.example.org"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with running(tmp_path_factory.mktemp("pages") / "lab.db", allowed_origins=(PAGE,)) as started:
        yield started


PATHS = ["/api/v1/sessions", "/v0/clients/1", "/v1/experiments", "/v1/project/get/1"]


@pytest.mark.parametrize("path", PATHS)
def test_a_page_that_was_named_may_ask_and_read(server, path):
    asked = {
        "Origin": PAGE,
        "Access-Control-Request-Method": "PATCH",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key,if-match",
    }
    answer = httpx.options(f"{server.url}{path}", headers=asked)
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "PATCH" in answer.headers["Access-Control-Allow-Methods"]
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in ("authorization", "idempotency-key", "if-match"))
    refused = httpx.get(f"{server.url}{path}", headers={"Origin": PAGE})
    assert refused.status_code == 401
    assert refused.headers["Access-Control-Allow-Origin"] == PAGE, "the page can read why"
    assert "ETag" in refused.headers["Access-Control-Expose-Headers"]


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{PAGE}.evil.example"])
@pytest.mark.parametrize("path", PATHS)
def test_others_may_not(server, path, origin):
    asked = {"Origin": origin, "Access-Control-Request-Method": "POST"}
    for answer in (
        httpx.options(f"{server.url}{path}", headers=asked),
        httpx.get(f"{server.url}{path}", headers={"Origin": origin}),
    ):
        assert answer.status_code == 403
        assert not any(name.startswith("access-control") for name in answer.headers)


@pytest.mark.parametrize(
    "lines",
    [
        "Host: evil.example\r\nHost: localhost",
        "Host: localhost\r\nHost: evil.example",
        "Host: localhost\r\nOrigin: https://evil.example\r\nOrigin: " + PAGE,
    ],
)
def test_a_second_host_or_origin_hides_nothing(server, lines):
    with socket.create_connection(("127.0.0.1", server.settings.port), timeout=10) as line:
        line.sendall(f"GET /health HTTP/1.1\r\n{lines}\r\nConnection: close\r\n\r\n".encode())
        assert line.recv(1000).split()[1] in {b"400", b"403"}
