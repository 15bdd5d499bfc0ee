"""The same requests to the real ALchemist 0.4.0 and to ours: the same answers.

Where ALchemist's answer is a defect, ours differs; each such place has its reason beside it.
"""

from __future__ import annotations

import re

import httpx
import pytest

ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[0-9.+:Z]*")
TEMPERATURE = {"name": "T", "type": "real", "min": 20, "max": 100, "unit": "K"}
CATALYST = {"name": "c", "type": "categorical", "categories": ["A", "B"]}
POINT = {"T": 60.0, "c": "A"}
S = "/sessions/{session}"
Q = S + "/experiments/queue"

#: Method, path, options, and which parts of the answers are compared: all, or only the status.
SCENARIO = [
    ("GET", S + "/state", {}, "all"),
    ("POST", S + "/experiments", {"json": {"inputs": POINT, "output": 1}}, "status"),
    ("POST", S + "/variables", {"json": TEMPERATURE}, "all"),
    ("POST", S + "/variables", {"json": CATALYST}, "all"),
    ("POST", S + "/variables", {"json": TEMPERATURE}, "status"),
    ("POST", S + "/variables", {"json": {"name": ".."}}, "status"),
    ("POST", S + "/variables", {"json": {"name": "n", "type": "integer", "min": 1, "max": 5}},
     "all"),
    ("PUT", S + "/variables/n", {"json": {"name": "n", "type": "integer", "min": 1, "max": 9}},
     "all"),
    ("POST", S + "/variables", {"json": {"name": "d", "type": "discrete",
                                         "allowed_values": [1, 2, 5]}}, "all"),
    ("GET", S + "/variables", {}, "all"),
    ("GET", S + "/variables/export", {}, "all"),
    ("DELETE", S + "/variables/d", {}, "all"),
    ("DELETE", S + "/variables/d", {}, "status"),
    ("POST", S + "/constraints", {"json": {"constraint_type": "inequality", "rhs": 104,
                                           "coefficients": {"T": 1.0, "n": 1.0}}}, "all"),
    ("POST", S + "/constraints", {"json": {"constraint_type": "inequality", "rhs": 104,
                                           "coefficients": {}}}, "status"),
    ("GET", S + "/constraints", {}, "all"),
    ("DELETE", S + "/constraints/constraint_0", {}, "all"),
    ("DELETE", S + "/constraints/constraint_0", {}, "status"),
    ("DELETE", S + "/variables/n", {}, "all"),
    ("GET", S + "/experiments/summary", {}, "all"),
    ("POST", S + "/experiments", {"json": {"inputs": POINT, "output": 1.5}}, "all"),
    ("POST", S + "/experiments", {"json": {"inputs": {"T": 1.0}, "output": 1}}, "status"),
    ("POST", S + "/experiments", {"json": {"inputs": {"T": 60, "c": "Z"}, "output": 1}}, "status"),
    ("POST", S + "/experiments", {"json": {"inputs": POINT}}, "status"),
    ("POST", S + "/experiments/batch", {"json": {"experiments": [
        {"inputs": {"T": 70.0, "c": "B"}, "output": 2.5, "reason": "LogEI", "iteration": 1},
        {"inputs": {"T": 80.0, "c": "B"}, "output": 3.5}]}}, "all"),
    ("GET", S + "/experiments", {}, "all"),
    ("GET", S + "/experiments/summary", {}, "all"),
    ("GET", S + "/experiments/provenance", {}, "all"),
    ("POST", Q, {"json": {"items": [{"inputs": {"T": 30.0, "c": "A"}, "reason": "EI"},
                                    {"inputs": {"T": 40.0, "c": "B"}},
                                    {"inputs": {"T": 50.0, "c": "A"}}]}}, "all"),
    ("POST", Q, {"json": {"items": [{"inputs": {"T": 30}}]}}, "status"),
    ("GET", S + "/experiments/staged", {}, "all"),
    ("POST", Q + "/{item}/start", {}, "all"),
    ("POST", Q + "/{item}/start", {}, "status"),
    ("POST", S + "/experiments/staged/complete", {"json": {"outputs": [1, 2]}}, "status"),
    ("POST", Q + "/{item}/complete", {"json": {"outputs": [9.5],
                                               "actual_inputs": {"T": 31.0, "c": "A"}}}, "all"),
    ("GET", S + "/experiments/staged", {}, "all"),
    ("POST", S + "/experiments/staged/complete", {"json": {"outputs": [1, 2], "iteration": 7}},
     "all"),
    ("GET", Q, {}, "all"),
    ("POST", Q + "/purge", {}, "all"),
    ("GET", Q, {}, "all"),
    ("POST", S + "/experiments/record-batch", {"json": {"entries": [
        {"inputs": {"T": 90.0, "c": "A"}, "output": 5, "noise": 0.5}]}}, "status"),
    ("POST", S + "/experiments/record-batch", {"json": {"entries": [
        {"item_id": "missing", "inputs": {"T": 90.0, "c": "A"}, "output": 5}]}}, "status"),
    ("GET", Q + "/missing", {}, "status"),
    ("PUT", S + "/objective-metadata", {"json": {"metadata": {"Output": {"label": "Yield",
                                                                         "unit": "%"}}}}, "all"),
    ("GET", S + "/objective-metadata", {}, "all"),
    ("GET", S + "/control", {}, "all"),
    ("PUT", S + "/control", {"json": {"requested": "pause", "requested_by": "Ann"}}, "all"),
    ("PUT", S + "/control", {"json": {}}, "status"),
    ("PATCH", S + "/metadata", {"json": {"name": "Kiln", "tags": ["a"]}}, "all"),
    ("GET", S + "/metadata", {}, "all"),
    ("POST", S + "/audit/event", {"json": {"entry_type": "pump", "parameters": {"n": 3}}}, "all"),
    ("GET", S + "/audit", {"params": {"entry_type": "pump"}}, "all"),
    ("GET", S + "/audit/config-changes", {}, "all"),
    ("GET", S + "/lock", {}, "all"),
    ("POST", S + "/lock", {"json": {"locked_by": "robot"}}, "all"),
    ("GET", S + "/lock", {}, "all"),
    ("DELETE", S + "/lock", {"params": {"lock_token": "wrong"}}, "status"),
    ("DELETE", S + "/lock", {"params": {"lock_token": "{lock}"}}, "all"),
    ("GET", S, {}, "all"),
    ("DELETE", S, {}, "status"),
    ("GET", S, {}, "status"),
]  # fmt: skip


def plain(value, names):
    """Return an answer with times and ids as words, so that two servers can be compared."""
    if isinstance(value, dict):
        return {key: plain(item, names) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item, names) for item in value]
    if isinstance(value, str):
        value = TIME.sub("TIME", value)
        return ID.sub(lambda found: names.setdefault(found[0], f"id {len(names)}"), value)
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def play(url):
    """Send the scenario and return the answers."""
    answers = []
    with httpx.Client(base_url=url + "/api/v1", timeout=60) as http:
        created = http.post("/sessions", json={"name": "Reactor"})
        words = {"session": created.json()["session_id"], "item": "", "lock": ""}
        names = {words["session"]: "the session"}
        for method, path, options, _ in SCENARIO:
            sent = dict(options)
            if "params" in sent:
                sent["params"] = {k: v.format(**words) for k, v in sent["params"].items()}
            if path.endswith("/lock") and method != "DELETE":
                http.cookies.clear()
            answer = http.request(method, path.format(**words), **sent)
            body = answer.json() if answer.content else None
            if path == Q and method == "POST" and answer.is_success:
                words["item"] = body["items"][0]["id"]
            if path.endswith("/lock") and method == "POST":
                words["lock"] = body["lock_token"]
                names[words["lock"]] = "the lock"
                body["lock_token"] = "the lock"
            answers.append((answer.status_code, plain(body, names)))
    return answers


@pytest.fixture(scope="module")
def both(alchemist, server_no_auth):
    return play(alchemist), play(server_no_auth.url)


def test_the_same_requests_have_the_same_answers(both):
    wrong = []
    for step, theirs, ours in zip(SCENARIO, *both, strict=True):
        same = theirs == ours if step[3] == "all" else theirs[0] == ours[0]
        if not same:
            wrong.append(f"{step[0]} {step[1]} {step[2]}\n  theirs {theirs}\n  ours   {ours}")
    assert not wrong, "\n".join(wrong)


COMPARED = ("/experiments", "/experiments/queue", "/variables", "/objective-metadata",
            "/experiments/staged", "/constraints", "/audit")  # fmt: skip


@pytest.mark.parametrize("way", ["ours to theirs", "theirs to ours"])
def test_a_session_file_goes_from_one_server_to_the_other(alchemist, server_no_auth, way):
    urls = [server_no_auth.url, alchemist]
    source, target = urls if way == "ours to theirs" else reversed(urls)
    with (
        httpx.Client(base_url=f"{source}/api/v1", timeout=60) as here,
        httpx.Client(base_url=f"{target}/api/v1", timeout=60) as there,
    ):
        begun = here.post("/sessions", json={"name": "Reactor"}).json()["session_id"]
        here.post(f"/sessions/{begun}/variables", json=TEMPERATURE)
        here.post(f"/sessions/{begun}/variables", json=CATALYST)
        rule = {"constraint_type": "inequality", "coefficients": {"T": 1.0}, "rhs": 95.0}
        here.post(f"/sessions/{begun}/constraints", json={**rule, "name": "warm"})
        for output in (1.5, 2.5):
            row = {"inputs": {**POINT, "T": 60.0 + output}, "output": output, "reason": "EI"}
            here.post(f"/sessions/{begun}/experiments", json=row)
        items = {"items": [{"inputs": {"T": 30.0, "c": "A"}, "reason": "EI"},
                           {"inputs": {"T": 40.0, "c": "B"}}]}  # fmt: skip
        queue = here.post(f"/sessions/{begun}/experiments/queue", json=items).json()["items"]
        path = f"/sessions/{begun}/experiments/queue/{queue[0]['id']}/complete"
        assert here.post(path, json={"outputs": [9.5]}).is_success
        label = {"metadata": {"Output": {"label": "Yield", "unit": "%"}}}
        here.put(f"/sessions/{begun}/objective-metadata", json=label)
        event = {"entry_type": "pump", "parameters": {"n": 3}}
        here.post(f"/sessions/{begun}/audit/event", json=event)
        content = here.get(f"/sessions/{begun}/download").content
        answer = there.post("/sessions/upload", files={"file": ("s.json", content)})
        assert answer.is_success, answer.text
        taken = answer.json()["session_id"]
        for part in COMPARED:
            sent = here.get(f"/sessions/{begun}{part}").json()
            found = there.get(f"/sessions/{taken}{part}").json()
            assert same(sent, part) == same(found, part), part


def same(answer, part):
    """Return of an answer what both servers have to agree on."""
    if part == "/experiments":
        keys = ("T", "c", "Output", "Iteration", "Reason")
        return [[row[key] for key in keys] for row in answer["experiments"]]
    if part == "/audit":
        return [e["parameters"] for e in answer["entries"] if e["entry_type"] == "pump"]
    if part == "/experiments/queue":
        keys = ("id", "inputs", "reason", "status", "output")
        return [[item[key] for key in keys] for item in answer["items"]]
    if part == "/variables":
        return [[v["name"], v["type"], v["bounds"], v["categories"], v.get("unit", None)]
                for v in answer["variables"]]  # fmt: skip
    return answer
