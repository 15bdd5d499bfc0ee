"""Three clients, lost answers and restarts against a simple model of what must be true."""

from __future__ import annotations

import json
import tempfile
import uuid
from pathlib import Path

import httpx
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from optwidgets.journal.changes import MetadataChanged, SettingsChanged, encode_change
from support.optwidgets_server import running

CLIENTS = st.integers(0, 2)
TEXTS = st.text(max_size=12)


class Campaign(RuleBasedStateMachine):
    """What clients did, beside what the server says is so."""

    @initialize()
    def begin(self):
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name, "lab.db")
        self.start()
        self.session = uuid.uuid4().hex
        body = {"created_at": "2026-01-01T00:00:00.000+00:00", "entries": []}
        assert self.http.put(self.route, json=body).status_code == 201
        self.expected: list[tuple[str, str]] = []  # key and text, in order
        self.lost: list[tuple[str, dict, dict]] = []  # requests whose answer never came
        self.known = [0, 0, 0]  # the revision that each client has seen

    def start(self):
        self.running = running(self.path, no_auth=True)
        self.server = self.running.__enter__()
        self.http = httpx.Client(base_url=self.server.url, timeout=30)

    def stop(self):
        self.http.close()
        self.running.__exit__(None, None, None)

    @property
    def route(self) -> str:
        return f"/api/v1/sessions/{self.session}/journal"

    def send(self, key: str, body: dict, headers: dict) -> httpx.Response:
        return self.http.post(self.route, json=body, headers={"Idempotency-Key": key, **headers})

    @rule(client=CLIENTS, text=TEXTS, lost=st.booleans())
    def record(self, client, text, lost):
        """A result: it never conflicts. Its answer may be lost on the way."""
        key = uuid.uuid4().hex
        change = json.loads(encode_change(MetadataChanged({"description": text})))
        body = {"changes": [change], "actor": f"client {client}"}
        answer = self.send(key, body, {})
        assert answer.status_code == 201, answer.text
        self.expected.append((key, text))
        if lost:
            self.lost.append((key, body, {}))
        else:
            self.known[client] = answer.json()["revision"]

    @rule(client=CLIENTS, text=TEXTS)
    def configure(self, client, text):
        """A change of the configuration, on the revision that the client has seen."""
        key = uuid.uuid4().hex
        change = json.loads(encode_change(SettingsChanged({"note": text})))
        headers = {"If-Match": f'"{self.known[client]}"'}
        answer = self.send(key, {"changes": [change]}, headers)
        if self.known[client] == len(self.expected):
            assert answer.status_code == 201, answer.text
            self.expected.append((key, text))
            self.known[client] = answer.json()["revision"]
        else:
            assert answer.status_code == 412
            between = len(self.expected) - self.known[client]
            assert len(answer.json()["entries"]) == between

    @rule(client=CLIENTS)
    def read(self, client):
        self.known[client] = self.http.get(self.route).json()["revision"]

    @rule(data=st.data())
    def send_again(self, data):
        """A request whose answer was lost is sent again: it counted once."""
        if not self.lost:
            return
        key, body, headers = data.draw(st.sampled_from(self.lost))
        answer = self.send(key, body, headers)
        assert answer.status_code == 201
        assert answer.headers["Idempotency-Replayed"] == "true"

    @rule()
    def restart(self):
        self.stop()
        self.start()

    @invariant()
    def the_journal_is_what_was_acknowledged(self):
        entries = self.http.get(self.route).json()["entries"]
        assert [entry["key"] for entry in entries] == [key for key, _ in self.expected]
        texts = [next(iter(entry["change"][1]["fields"].values())) for entry in entries]
        assert texts == [text for _, text in self.expected]

    def teardown(self):
        if hasattr(self, "server"):
            self.stop()
            self.folder.cleanup()


def told(examples: int, steps: int, *, same_each_time: bool) -> settings:
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=same_each_time,
        suppress_health_check=list(HealthCheck),
    )


class LongCampaign(Campaign):
    """The same, counting its steps."""

    steps = 0

    @invariant()
    def one_step_more(self):
        type(self).steps += 1


Campaign.TestCase.settings = told(3, 15, same_each_time=True)
TestCampaign = Campaign.TestCase


@pytest.mark.slow
def test_a_long_campaign():
    """At least a thousand steps; other ones each time."""
    LongCampaign.steps = 0
    run_state_machine_as_test(LongCampaign, settings=told(50, 40, same_each_time=False))
    print(f"\n{LongCampaign.steps} steps of three clients with lost answers and restarts")
    assert LongCampaign.steps >= 1000
