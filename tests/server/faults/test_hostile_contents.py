"""What is sent to a server is data: it opens no address in it, runs no file, obeys no page's form."""

from __future__ import annotations

import io
import itertools
import json
import marshal
import pickle
import socket
import sys
import threading
import uuid
import zipfile
import zlib
from contextlib import contextmanager

import httpx
import numpy as np
import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from support.vergeai_requests import upload
from support.vergeai_team import make_team
from support.waiting import until

# Ways to write this machine, its neighbours and the metadata service of a cloud.
LOOPBACK = (
    *("127.0.0.1", "127.1", "127.0.1", "127.000.000.001", "0", "0.0.0.0", "localhost"),
    *("2130706433", "0x7f000001", "0x7f.0.0.1", "0177.0.0.1", "017700000001", "127.127.127.127"),
    *("[::1]", "[::]", "[0:0:0:0:0:0:0:1]", "[::ffff:7f00:1]", "[::ffff:127.0.0.1]", "①②⑦.0.0.1"),
    *("localhost.", "LOCALHOST", "127.0.0.1.nip.io", "lvh.me", "localtest.me", "127。0。0。1"),
)
FORMS = (
    *("http://{}:{}/", "https://{}:{}/"),
    *(
        "http://lab.example@{}:{}/",
        "http://{}:{}#@lab.example/",
        "ftp://{}:{}/x",
        "gopher://{}:{}/_",
    ),
)
ELSEWHERE = (
    *(
        "http://169.254.169.254/latest/meta-data/",
        "http://[fd00:ec2::254]/latest/",
        "http://10.0.0.1/",
    ),
    *(
        "file:///etc/passwd",
        "dict://127.0.0.1:11211/stat",
        "ldap://127.0.0.1/x",
        "jar:http://127.1!/",
    ),
    *(
        "//127.0.0.1/",
        "http:/127.0.0.1/",
        "\\\\127.0.0.1\\share\\x",
        "http://127.0.0.1\\@lab.example/",
    ),
    *(
        "postgresql://127.0.0.1/x",
        "sqlite:////etc/passwd",
        "data:text/plain,x",
        "javascript:alert(1)",
    ),
)


@pytest.fixture(scope="module")
def server(server_no_auth):
    """Without tokens, so that nothing but the guard stands in the way."""
    return server_no_auth


@contextmanager
def listening(answer):
    """Have each connection to a port of loopback answered; yields the port."""
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def listen():
            while True:
                try:
                    connection, address = listener.accept()
                except OSError:
                    return
                with connection:
                    answer(connection, address)

        threading.Thread(target=listen, daemon=True).start()
        yield listener.getsockname()[1]
        listener.shutdown(socket.SHUT_RDWR)


@pytest.fixture(scope="module")
def canary():
    """A listener that nobody should call; `calls` are those who did."""
    calls: list[tuple[str, int]] = []
    with listening(lambda _, address: calls.append(address)) as port:
        yield port, calls


_WATCHED: dict = {}


def _note(event: str, arguments: tuple[object, ...]) -> None:
    """Note connections and look-ups of threads other than the test's own, while somebody asks."""
    watched = event in {"socket.connect", "socket.getaddrinfo"} and _WATCHED
    if watched and threading.get_ident() not in _WATCHED["own"]:
        _WATCHED["noted"].append(f"{event} {arguments}")


sys.addaudithook(_note)


@pytest.fixture
def outgoing():
    """What the server's threads connected to or looked up."""
    noted: list[str] = []
    _WATCHED.update(own={threading.get_ident()}, noted=noted)
    yield noted
    _WATCHED.clear()


def addresses(port):
    """Return every host in two of the forms, and the others."""
    forms = itertools.cycle(FORMS)
    urls = [next(forms).format(host, port) for host in (*LOOPBACK, *LOOPBACK)]
    return [*urls, *ELSEWHERE]


def requests_with(url, session_id):
    """Yield requests that carry an address in every place that takes a text."""
    keyed = {"Idempotency-Key": uuid.uuid4().hex}
    about = {"name": url[:200], "description": url, "url": url, "href": url, "tags": [url]}
    sessions = "/api/v1/sessions"
    yield "POST", sessions, {"json": about}
    yield "PATCH", f"{sessions}/{session_id}/metadata", {"json": about}
    yield "POST", f"{sessions}/import", {"json": {"session_data": url, "url": url}}
    yield "POST", f"{sessions}/{session_id}/llm", {"json": {"base_url": url}}
    yield "POST", "/api/v1/llm/config", {"json": {"base_url": url, "model": url}}
    yield "POST", f"{sessions}/{session_id}/rows/import", {"content": url, "headers": keyed}
    yield "POST", "/v1/experiments", {"json": {"name": url, "metadata": {"url": url}}}
    yield "POST", "/v1/project/create", {"json": {"project_name": url, "session_id": url}}
    yield "GET", sessions, {"params": {"search": url[:200], "url": url, "next": url}}
    forwarded = {"X-Forwarded-Host": "127.0.0.1", "Forwarded": "host=127.0.0.1", "Referer": "x"}
    yield "GET", f"{sessions}/{session_id}/state", {"headers": forwarded}


def test_no_address_that_is_sent_is_opened(server, canary, outgoing):
    port, calls = canary
    tried = addresses(port)
    assert len(tried) >= 60
    with httpx.Client(base_url=server.url, timeout=60) as http:
        session_id = http.post("/api/v1/sessions", json={"name": "x"}).json()["session_id"]
        for place, url in enumerate(tried):
            every_second = list(requests_with(url, session_id))[place % 2 :: 2]
            for method, path, options in every_second:
                assert http.request(method, path, **options).status_code not in {500, 502}, path
    assert not calls
    assert not outgoing


def test_an_address_that_is_opened_would_be_seen(canary, outgoing):
    port, calls = canary
    opening = threading.Thread(target=lambda: socket.create_connection(("127.0.0.1", port)).close())
    opening.start()
    opening.join()
    assert outgoing
    until(lambda: calls)
    calls.clear()


def test_a_kernel_that_attaches_follows_nobody_elsewhere(canary):
    """A server that sends its callers on does not get their token sent along."""
    port, calls = canary
    head = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n"

    def answer(connection, _):
        connection.recv(65536)
        connection.sendall(head.encode())

    with listening(answer) as own, pytest.raises(OptwidgetsError):
        OptimizationSession.attach(f"http://127.0.0.1:{own}", token="ow_secret")
    assert not calls


class Bomb:
    """Writes a file when it is unpickled."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return open, (str(self.path), "w")


def bombs(path):
    """Return files of kinds that execute when they are loaded carelessly, by name."""
    plain = {f"{kind}.pkl": pickle.dumps(Bomb(path), kind) for kind in (0, 2, 5)}
    packed = plain["2.pkl"]
    torch, arrays, code = io.BytesIO(), io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(torch, "w") as archive:
        archive.writestr("archive/data.pkl", packed)
        archive.writestr("archive/version", "3\n")
    np.savez(arrays, model=np.array([Bomb(path)], dtype=object))
    marshal.dump(compile(f"open({str(path)!r}, 'w')", "x", "exec"), code)
    call = f"open({str(path)!r}, 'w')"
    return {
        **plain,
        "model.pt": torch.getvalue(),
        "model.joblib": zlib.compress(packed),
        "arrays.npz": arrays.getvalue(),
        "model.pyc": b"\xa7\r\r\n" + bytes(12) + code.getvalue(),
        "model.yaml": f"!!python/object/apply:builtins.open [{path}, w]\n".encode(),
        "model.py": f"{call}\n".encode(),
        "table.csv": f"T,Yield\n{call},=cmd|'/c calc'!A1\n".encode(),
        "model.json": json.dumps(
            {"__reduce__": ["open", [str(path), "w"]], "py/object": call}
        ).encode(),
        "objects.parquet": b"PAR1" + packed + b"PAR1",
    }


def test_no_file_that_is_sent_is_executed(server, tmp_path):
    """Pickles and their like, to every route that takes a file, and loaded again where it can be."""
    mark = tmp_path / "executed"
    with httpx.Client(base_url=server.url, timeout=60) as http:
        session_id = http.post("/api/v1/sessions", json={"name": "x"}).json()["session_id"]
        session = f"/api/v1/sessions/{session_id}"
        sent = bombs(mark)
        assert len(sent) >= 10
        pickle.loads(sent["2.pkl"]).close()
        assert mark.exists(), "loaded, it goes off"
        mark.unlink()
        for name, content in sent.items():
            for path in (
                "/api/v1/sessions/upload",
                f"{session}/experiments/upload",
                f"{session}/experiments/preview",
                f"{session}/variables/load",
            ):
                answer = http.post(path, files={"file": (name, content)})
                assert answer.status_code in {200, 201, 400, 415, 422}, (path, name, answer.text)
            headers = {"Idempotency-Key": uuid.uuid4().hex}
            for path in (f"{session}/rows/import", f"{session}/rows/import/preview"):
                answer = http.post(path, content=content, headers=headers)
                assert answer.status_code in {200, 201, 400, 415, 422}, (path, name, answer.text)
            _as_model(server, content)
    assert not mark.exists()


def _as_model(server, content):
    """Send a file as the start of VergeAI's training; what is no model leaves the project whole."""
    team = make_team(server)
    experiment = team.experiment(model=None)
    ids = {"project_id": team.project_id, "experiment_id": experiment}
    asked = team.owner.post("experiment/submit_start_model", **ids)
    assert upload(asked.data["model_url"], content) < 500
    assert team.get(experiment)["ID"] == experiment


PAGES = ("https://evil.example", "http://evil.example:8000", "null", "http://localhost:1")
KINDS = ("application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain")
ROUTES = (
    *("/api/v1/sessions", "/v0/experiments/create", "/v1/experiments", "/v1/project/create"),
    *("/api/v1/sessions/{}/journal", "/api/v1/sessions/{}/rows", "/api/v1/sessions/{}/undo"),
)


def test_no_form_of_another_page_is_obeyed(server):
    """What a browser sends without asking first: forms and plain texts, from pages of others."""
    with httpx.Client(base_url=server.url, timeout=60) as http:
        session_id = http.post("/api/v1/sessions", json={"name": "x"}).json()["session_id"]

        def everything():
            journal = http.get(f"/api/v1/sessions/{session_id}/journal").json()
            return journal, http.get("/api/v1/sessions").json(), http.get("/v1/experiments").json()

        before, tried = everything(), 0
        for route in ROUTES:
            for page in PAGES:
                for kind in KINDS:
                    headers = {"Origin": page, "Content-Type": kind, "Sec-Fetch-Site": "cross-site"}
                    body = b'name=x&data={"name":"x","changes":[]}'
                    answer = http.post(route.format(session_id), content=body, headers=headers)
                    assert answer.status_code == 403, (route, page, kind)
                    tried += 1
        assert tried >= 20
        assert everything() == before
