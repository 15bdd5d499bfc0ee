import io
import json
import sys

import pytest

from comparison.process import PeerError, RemotePeer
from peers.base import Peer
from peers.worker import Worker, serve

SPEC = {
    "variables": [
        {"name": "x", "kind": "real", "low": 1.0, "high": 100.0, "log": True},
        {"name": "n", "kind": "integer", "low": 0, "high": 3},
        {"name": "c", "kind": "categorical", "values": ["A", "B"]},
    ],
    "objectives": 1, "limits": 0, "linear": [], "reference": None, "noisy": False, "start": 2,
}  # fmt: skip


class Echo(Peer):
    """Proposes the best point so far, with types as libraries give them back."""

    def ask(self):
        best = min(range(len(self.values)), key=lambda i: self.values[i]["cost"][0])
        return self.plain({**self.points[best], "n": 7.2})


def talk(*requests):
    out = io.StringIO()
    lines = io.StringIO("".join(json.dumps(request) + "\n" for request in requests))
    serve(Worker(Echo), lines, out)
    return [json.loads(line) for line in out.getvalue().splitlines()]


def test_a_conversation():
    point = {"x": 10.0, "n": 1, "c": "B"}
    began, told, asked = talk(
        {"do": "begin", "spec": SPEC, "seed": 3},
        {"do": "tell", "point": point, "value": {"cost": [1.0], "limits": []}},
        {"do": "ask"},
    )
    assert began["versions"] == {}
    assert asked["point"] == {"x": 10.0, "n": 3, "c": "B"}  # back inside the bounds
    assert all(answer["cpu"] >= 0 and answer["peak_mb"] > 1 for answer in (began, told, asked))


def test_a_failure_is_an_answer_and_the_next_run_goes_on():
    failed, began = talk({"do": "ask"}, {"do": "begin", "spec": SPEC, "seed": 3})
    assert failed["error"].startswith("AttributeError")
    assert "error" not in began


def test_limits_reach_a_library_without_them_as_a_penalty():
    peer = Echo(SPEC, 1)
    peer.tell({}, {"cost": [2.0], "limits": []})
    peer.tell({}, {"cost": [5.0], "limits": []})
    assert peer.penalised(3.0, [-1.0, 0.0]) == 3.0
    # Worse than all that was seen, and the worse the further outside.
    assert peer.penalised(2.0, [0.1]) > 5.0
    assert peer.penalised(2.0, [0.2]) > peer.penalised(2.0, [0.1])


def test_a_process_of_its_own_proposes_inside_the_space():
    remote = RemotePeer("sobol", [sys.executable, "-m", "peers.worker"])
    try:
        remote.ask({"do": "begin", "spec": SPEC, "seed": 3})
        points = [remote.ask({"do": "ask"})["point"] for _ in range(16)]
        assert all(1.0 <= p["x"] <= 100.0 and p["n"] in range(4) for p in points)
        assert {p["c"] for p in points} == {"A", "B"}
        with pytest.raises(PeerError, match="KeyError"):
            remote.ask({"do": "tell"})
        assert "point" in remote.ask({"do": "ask"})
    finally:
        remote.close()


def test_a_process_that_dies_says_so():
    remote = RemotePeer("-c", [sys.executable, "-c", "raise SystemExit(3)"])
    with pytest.raises(PeerError, match="exit code 3"):
        remote.ask({"do": "ask"})
    remote.close()
