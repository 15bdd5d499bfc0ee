"""What a page, a neighbour or a guesser may try: foreign hosts and origins, paths, bodies, tokens."""

from __future__ import annotations

import gzip
import json
import socket
import time
import uuid
from contextlib import ExitStack, suppress

import httpx
import pytest

from optwidgets.journal.changes import MetadataChanged, encode_change
from optwidgets.server import connections
from support.optwidgets_server import running
from support.waiting import until

CHANGE = json.loads(encode_change(MetadataChanged({"description": "x"})))
BEGUN = {"created_at": "2026-01-01T00:00:00.000+00:00", "entries": []}

FOREIGN_HOSTS = (
    *("evil.example", "evil.example:8000", "127.0.0.1.evil.example", "localhost.evil.example"),
    *("evil-localhost", "0.0.0.0", "10.0.0.1", "169.254.169.254", "[::2]:8000", "[::ffff:7f00:2]"),
    *(
        "localhost@evil.example",
        "localhost#.evil.example",
        "xn--lcalhost-54a",
        "LOCALHOST.EVIL",
        "",
    ),
    *("127.1", "2130706433", "0x7f000001", "0", "127.0.0.2", "localhost:8000.evil.example"),
)
FOREIGN_ORIGINS = (
    *("https://evil.example", "http://evil.example", "null", "http://127.0.0.1:1", "file://"),
    *("http://localhost.evil.example", "http://localhost:1", "chrome-extension://abc", "http://["),
    *("http://127.0.0.1", "https://127.0.0.1", "http://127.1", "http://2130706433", "null:1", "*"),
    *("http://localhost@evil.example", "data:", "about:blank", "http://127.0.0.1.nip.io", "evil"),
)


@pytest.fixture(scope="module")
def open_server(tmp_path_factory):
    """Without tokens, so that nothing but the guard stands in the way."""
    folder = tmp_path_factory.mktemp("hostile")
    with running(folder / "lab.db", no_auth=True, max_body_bytes=1 << 20, body_seconds=1.0) as made:
        yield made


@pytest.fixture
def journal(open_server):
    path = f"/api/v1/sessions/{uuid.uuid4().hex}/journal"
    assert httpx.put(open_server.url + path, json=BEGUN).status_code == 201
    return open_server.url + path


def revision(journal: str) -> int:
    return httpx.get(journal).json()["revision"]


@pytest.mark.parametrize("host", FOREIGN_HOSTS)
def test_a_foreign_host_changes_and_reads_nothing(journal, host):
    headers = {"Host": host, "Idempotency-Key": "k"}
    assert httpx.post(journal, json={"changes": [CHANGE]}, headers=headers).status_code in {
        400,
        403,
    }
    assert httpx.get(journal, headers={"Host": host}).status_code in {400, 403}
    assert revision(journal) == 0


@pytest.mark.parametrize("origin", FOREIGN_ORIGINS)
def test_a_foreign_page_changes_and_reads_nothing(journal, origin):
    headers = {"Origin": origin, "Idempotency-Key": "k"}
    assert httpx.post(journal, json={"changes": [CHANGE]}, headers=headers).status_code == 403
    assert httpx.get(journal, headers={"Origin": origin}).status_code == 403
    form = {"Origin": origin, "Content-Type": "application/x-www-form-urlencoded"}
    for path in ("/v0/experiments/create", "/v1/experiments", "/v1/project/create"):
        base = journal.partition("/api")[0]
        assert httpx.post(base + path, content=b"a=1", headers=form).status_code == 403
    assert revision(journal) == 0


def test_json_in_disguise_is_not_taken(journal):
    body = json.dumps({"changes": [CHANGE]})
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        headers = {"Content-Type": kind, "Idempotency-Key": "k"}
        assert httpx.post(journal, content=body, headers=headers).status_code in {415, 422}
    assert revision(journal) == 0


DOTS = ("..", "%2e%2e", "%252e%252e", "..%00", "....", ".%2e", "..;", "%c0%ae%c0%ae", "‥", "\\..")
SLASHES = ("/", "%2f", "%5c", "//", "%252f", "/./")
TARGETS = ("etc/passwd", "canary.txt", "lab.db", "proc/self/environ")


def test_no_path_leads_to_a_file(open_server):
    """More than two hundred ways to write a path, on the routes that take a name."""
    canary = open_server.database.path.with_name("canary.txt")
    canary.write_text("canary-4711")
    tried = 0
    port = open_server.settings.port
    for dots in DOTS:
        for slash in SLASHES:
            for target in TARGETS:
                text = f"{dots}{slash}" * 3 + target
                for template in ("/api/v1/sessions/{}/journal", "/api/v1/recovery/{}/restore"):
                    path = template.format(text).encode("utf-8", "replace")
                    answer = raw(port, b"GET " + path + b" HTTP/1.1")
                    assert b"canary-4711" not in answer
                    assert b"root:" not in answer
                    assert not answer.startswith(b"HTTP/1.1 2"), path
                    assert not answer.startswith(b"HTTP/1.1 5"), (path, answer)
                    tried += 1
    assert tried > 200


def raw(port: int, line: bytes, rest: bytes = b"") -> bytes:
    """Send a request as it is, without a client that would tidy it up."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        head = b"\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
        connection.sendall(line + head + rest)
        said = b""
        while piece := connection.recv(65536):
            said += piece
        return said


def test_a_body_too_large_is_refused_also_when_its_length_is_not_told(journal):
    assert httpx.post(journal, content=b"x" * (2 << 20)).status_code == 413

    def pieces():
        for _ in range(40):
            yield b"x" * 65536

    told = httpx.post(journal, content=pieces(), headers={"Content-Type": "application/json"})
    assert told.status_code == 413
    assert revision(journal) == 0


def test_a_body_that_never_comes_ends_the_request(open_server, journal):
    port = open_server.settings.port
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        path = journal.partition(str(port))[2].encode()
        connection.sendall(
            b"POST " + path + b" HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            b"Idempotency-Key: k\r\nContent-Length: 100\r\n\r\n{"
        )
        began = time.monotonic()
        connection.recv(1000)
        assert time.monotonic() - began < 15
    assert revision(journal) == 0


def test_a_compressed_body_is_refused_before_it_is_unpacked(journal):
    bomb = gzip.compress(b'{"changes": [' + b" " * (8 << 20) + b"]}")
    base = journal.partition("/api")[0]
    headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    for path in (journal, f"{base}/v1/experiments", f"{base}/v0/experiments/1", f"{base}/user/"):
        refused = httpx.post(path, content=bomb, headers={**headers, "Idempotency-Key": "k"})
        assert refused.status_code == 415, path
        assert "without Content-Encoding" in refused.text, path
    assert revision(journal) == 0


@pytest.mark.parametrize("opening", [b"[", b'{"a":'])
def test_json_nested_without_end_is_refused_in_words(journal, opening):
    headers = {"Content-Type": "application/json", "Idempotency-Key": "k"}
    for path in (journal, journal.partition("/api")[0] + "/v1/experiments"):
        refused = httpx.post(path, content=opening * 100_000, headers=headers)
        assert refused.status_code == 400
        assert "nested" in refused.text
    refused = httpx.post(journal, content=b'{"name": "\xff\xfe"}', headers=headers)
    assert (refused.status_code, "UTF-8" in refused.text) == (400, True)


def test_clients_that_send_a_letter_now_and_then_are_cut_off_and_hold_nobody_up(tmp_path):
    head = b"POST /api/v1/sessions HTTP/1.1\r\nHost: 127.0.0.1\r\n"
    body = head + b"Content-Type: application/json\r\nContent-Length: 900\r\n\r\n"
    options = {"head_seconds": 1.0, "body_seconds": 1.0}
    with running(tmp_path / "lab.db", no_auth=True, **options) as server, ExitStack() as lines:
        port = server.settings.port
        slow = [
            lines.enter_context(socket.create_connection(("127.0.0.1", port), timeout=20))
            for _ in range(300)
        ]
        for number, line in enumerate(slow):
            line.sendall(body if number % 2 else head)
        with httpx.Client(base_url=server.url) as http:
            for _ in range(8):
                assert http.get("/health").status_code == 200
                for line in slow:
                    with suppress(OSError):
                        line.send(b" ")
                time.sleep(0.2)
            for line in slow:
                with suppress(OSError):  # what was sent after the end resets the line
                    line.recv(1000)
            assert http.get("/health").status_code == 200
        until(lambda: not server.web.server_state.connections)


def test_one_address_does_not_take_all_connections(tmp_path, monkeypatch):
    monkeypatch.setattr(connections, "is_loopback", lambda _: False)
    with running(tmp_path / "lab.db", no_auth=True, connections=5) as server, ExitStack() as lines:
        line = ("127.0.0.1", server.settings.port)
        held = [lines.enter_context(socket.create_connection(line, timeout=20)) for _ in range(8)]
        assert [one.recv(1) for one in held[5:]] == [b""] * 3
        held[0].close()
        until(lambda: len(server.web.server_state.connections) == 4)
        assert httpx.get(f"{server.url}/health").status_code == 200


def test_tokens_cannot_be_guessed_in_numbers(tmp_path):
    with running(tmp_path / "lab.db") as server:
        url = f"{server.url}/api/v1/sessions/none/journal"
        with httpx.Client() as http:
            codes = [
                http.get(url, headers={"Authorization": f"Bearer ow_guess{number}"}).status_code
                for number in range(15)
            ]
            assert codes[:10] == [401] * 10
            assert codes[10:] == [429] * 5
            blocked = http.get(url, headers={"Authorization": "Bearer ow_more"})
            assert int(blocked.headers["Retry-After"]) > 0
            good = {"Authorization": f"Bearer {server.token('read')}"}
            assert http.get(url, headers=good).status_code == 404, "a good token still passes"
