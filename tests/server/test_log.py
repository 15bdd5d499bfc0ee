"""What `optwidgets serve` writes down: lines of JSON, and no secret in any."""

from __future__ import annotations

import json
import logging
from urllib.parse import urlsplit

import httpx
import pytest
import websockets.sync.client
from websockets.exceptions import InvalidStatus

from optwidgets.server.logs import Lines
from support.server_process import ServerProcess

SECRET = "ow_0123456789abcdefghijklmnopqrstuvwxyz-ABCDEF"


def test_every_line_is_json_and_no_token_is_in_any(tmp_path):
    log = tmp_path / "log"
    with ServerProcess(tmp_path / "lab.db", log=log) as server:
        first = next(word for word in log.read_text().split() if word.startswith("ow_"))
        who = {"Authorization": f"Bearer {first}"}
        address = f"ws://{urlsplit(server.url).netloc}/api/v1/ws/sessions/none"
        for token in (SECRET, first):
            asked = {"user_token": token, "client_token": token}
            httpx.get(f"{server.url}/v0/experiments/1", params=asked)
            httpx.get(f"{server.url}/v1/tokens/{token}", headers=who)
            with pytest.raises(InvalidStatus):
                websockets.sync.client.connect(f"{address}?token={token}")
        server.stop()
    told, *lines = log.read_text().splitlines()
    assert first in told, "shown once, to whoever started it"
    lines = [line for line in lines if not line.startswith("Serving ")]
    said = [json.loads(line) for line in lines]
    assert {"/v0/experiments/1", "/v1/tokens/ow_..."} <= {line.get("path") for line in said}
    assert any("/ws/sessions/none?..." in line.get("message", "") for line in said)
    assert SECRET not in "".join(lines)
    assert first not in "".join(lines)


def test_a_fault_is_one_line():
    with pytest.raises(ZeroDivisionError) as caught:
        raise ZeroDivisionError(SECRET)
    record = logging.LogRecord(
        "here", logging.ERROR, __file__, 1, "Fault %s", ("7",), caught._excinfo
    )
    line = Lines().format(record)
    assert "\n" not in line
    assert SECRET not in line
    told = json.loads(line)
    assert (told["level"], told["message"]) == ("error", "Fault 7")
    assert "ZeroDivisionError" in told["traceback"]
