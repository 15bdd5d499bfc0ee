"""A notebook attached to a server of ALchemist: to the real one, and to ours in its form."""

from __future__ import annotations

import time

import httpx
import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.journal.protocol import JournalError

POINT = {"T": 60.0, "c": "A"}


@pytest.fixture(params=["the real server", "ours"])
def there(request):
    """A client of the server, and a session there with two variables."""
    name = {"the real server": "alchemist", "ours": "server_no_auth"}[request.param]
    found = request.getfixturevalue(name)
    url = found if isinstance(found, str) else found.url
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as http:
        created = http.post("/sessions", json={"name": "Reactor"}).json()["session_id"]
        http.base_url = f"{url}/api/v1/sessions/{created}"
        http.post("/variables", json={"name": "T", "min": 20, "max": 100, "unit": "K"})
        http.post("/variables", json={"name": "c", "type": "categorical", "categories": ["A", "B"]})
        yield Server(url, created, http)


class Server:
    def __init__(self, url, session_id, http):
        self.url, self.session_id, self.http = url, session_id, http

    def get(self, path):
        answer = self.http.get(path)
        assert answer.is_success, answer.text
        return answer.json()

    def post(self, path, body=None):
        answer = self.http.post(path, json=body)
        assert answer.is_success, answer.text
        return answer.json()

    def attach(self):
        return OptimizationSession.attach(self.url, session=self.session_id, api="alchemist")


def soon(session, check):
    """Wait until the session shows what was done over there."""
    until = time.monotonic() + 30
    while time.monotonic() < until:
        if check(session.state):
            return
        time.sleep(0.05)
    raise AssertionError(session.state)


def test_what_is_there_is_here(there):
    there.post("/experiments", {"inputs": POINT, "output": 1.5, "reason": "LogEI"})
    there.post("/experiments/queue", {"items": [{"inputs": {"T": 70.0, "c": "B"}}]})
    session = there.attach()
    assert session.name == "Reactor"
    assert session.location.startswith("ALchemist at 127.0.0.1")
    assert session.search_space.names == ("T", "c")
    done, pending = session.state.table
    assert (done.inputs["T"], done.outputs["Output"], done.reason) == (60, 1.5, "LogEI")
    assert (pending.state, pending.inputs["T"]) == ("suggested", 70)
    assert there.attach() is session
    session.close()


def test_an_observed_variable_needs_no_bounds_here_and_there(there):
    there.post("/variables", {"name": "ambient", "type": "real", "role": "observed"})
    session = there.attach()
    session.add_variable("humidity", "real", observed=True, unit="%")
    for number in range(3):
        values = {"ambient": 20.0 + number, "humidity": 40.0}
        session.add_experiment(POINT | values, output=number)
    assert session.search_space["ambient"].bounds == (20.0, 22.0)
    listed = {item["name"]: item for item in there.get("/variables")["variables"]}
    assert [listed[name]["bounds"] for name in ("ambient", "humidity")] == [None, None]
    assert there.get("/experiments")["n_experiments"] == 3
    session.close()


def test_what_is_done_here_is_done_there(there):
    session = there.attach()
    session.add_variable("n", "integer", bounds=(1, 5))
    session.add_input_constraint("inequality", {"T": 1, "n": 10}, rhs=140)
    session.change_variable("T", max=110)
    assert session.add_experiment(POINT | {"n": 2}, output=1.5, noise=0.1, reason="LogEI") == 1
    two = session.experiment_manager.add_experiments(
        [{"T": 30, "c": "B", "n": 1}, {"T": 40, "c": "B", "n": 1}], [2.0, 3.0]
    )
    assert two == (2, 3)
    session.update_metadata(name="Kiln", tags=["a"])
    session.change_objective("Output", label="Yield", unit="%", goal="minimize")
    session.log_event("calibrated", {"pump": 3})
    rows = there.get("/experiments")["experiments"]
    assert [(r["T"], r["n"], r["Output"], r["Iteration"]) for r in rows] == [
        (60, 2, 1.5, 0), (30, 1, 2, 1), (40, 1, 3, 1)]  # fmt: skip
    assert (rows[0]["Reason"], rows[0]["Noise"]) == ("LogEI", 0.1)
    assert there.get("/variables")["variables"][0]["bounds"] == [20, 110]
    assert there.get("/constraints")["constraints"][0]["rhs"] == 140
    assert there.get("/metadata")["name"] == "Kiln"
    assert there.get("/objective-metadata")["metadata"]["Output"] == {"label": "Yield", "unit": "%"}
    assert "calibrated" in {e["entry_type"] for e in there.get("/audit")["entries"]}
    assert session.state.table.objective().goal == "minimize"
    revision = session.revision
    session._store.journal.refresh()
    assert session.revision == revision  # nothing comes back as if it were news
    assert [e["entry_type"] for e in session.get_audit_log()].count("calibrated") == 1
    session.remove_input_constraint("constraint_0")
    assert there.get("/constraints")["n_constraints"] == 0
    session.close()


def test_points_go_through_the_queue_there(there):
    session = there.attach()
    manager = session.experiment_manager
    first = session.add_staged_experiment(POINT)
    second = session.add_staged_experiment({"T": 70, "c": "B"})
    third = session.add_staged_experiment({"T": 80, "c": "B"})
    items = there.get("/experiments/queue")["items"]
    assert [item["status"] for item in items] == ["pending"] * 3
    manager.accept(first)
    manager.fail(second, "leak at pump")
    manager.delete(third)
    items = there.get("/experiments/queue")["items"]
    assert [(i["status"], i["error"]) for i in items] == [
        ("running", None), ("failed", "leak at pump")]  # fmt: skip
    assert session.add_experiment(POINT, output=2.5) == first
    [row] = there.get("/experiments")["experiments"]
    assert (row["T"], row["Output"]) == (60, 2.5)
    assert [row.state for row in session.state.table] == ["done", "failed"]
    session.close()


def test_what_others_do_there_comes_here(there):
    session = there.attach()
    session.subscribe(lambda _: None)  # a view: from now on it is followed
    there.post("/experiments", {"inputs": POINT, "output": 1.5})
    soon(session, lambda state: state.table.counts["done"] == 1)
    queue = there.post("/experiments/queue", {"items": [{"inputs": {"T": 70.0, "c": "B"}}]})
    soon(session, lambda state: state.table.counts["suggested"] == 1)
    item = queue["items"][0]["id"]
    there.post(f"/experiments/queue/{item}/start")
    soon(session, lambda state: state.table.counts["running"] == 1)
    number = session.state.table.pending()[0].id
    there.post(f"/experiments/queue/{item}/complete",
               {"outputs": [9], "actual_inputs": {"T": 71.0, "c": "B"}})  # fmt: skip
    soon(session, lambda state: state.table.counts["done"] == 2)
    assert session.state.table.row(number).inputs["T"] == 71
    with pytest.raises(OptwidgetsError):
        session.undo()  # what others did there is not ours to undo
    session.close()


@pytest.mark.parametrize("wrong", [
    lambda s: s.experiment_manager.edit(1, Output=3),
    lambda s: s.experiment_manager.exclude(1, "stirrer stopped"),
    lambda s: s.experiment_manager.delete(1),
    lambda s: s.add_experiment({"T": 50, "c": "A"}, output=1, note="by hand"),
    lambda s: s.add_derived("ratio", "T / 2"),
    lambda s: s.add_nonlinear_constraint("T * T <= 9000"),
    lambda s: s.rename_variable("T", "temperature"),
    lambda s: s.add_variable("p", "real", bounds=(1, 100), log=True),
    lambda s: s.reorder_variables(["c", "T"]),
    lambda s: s.add_objective("Yield"),
    lambda s: s.undo(),
])  # fmt: skip
def test_what_cannot_be_said_there_is_named_and_not_done(server_no_auth, wrong):
    url = server_no_auth.url
    with httpx.Client(base_url=f"{url}/api/v1", timeout=60) as http:
        created = http.post("/sessions").json()["session_id"]
        path = f"/sessions/{created}"
        http.post(f"{path}/variables", json={"name": "T", "min": 20, "max": 100})
        http.post(f"{path}/variables",
                  json={"name": "c", "type": "categorical", "categories": ["A", "B"]})  # fmt: skip
        session = OptimizationSession.attach(url, session=created, api="alchemist")
        session.add_experiment(POINT, output=1.5)
        before = http.get(f"{path}/export").json()
        revision = session.revision
        with pytest.raises(OptwidgetsError, match="ALchemist's server cannot"):
            wrong(session)
        after = http.get(f"{path}/export").json()
        assert after["experiments"] == before["experiments"]
        assert after["search_space"] == before["search_space"]
        assert session.revision == revision
        session.close()


def test_a_session_is_named_by_its_id(server_no_auth):
    with pytest.raises(OptwidgetsError, match="does not list its sessions"):
        OptimizationSession.attach(server_no_auth.url, api="alchemist")
    with pytest.raises(JournalError, match="has no session missing"):
        OptimizationSession.attach(server_no_auth.url, session="missing", api="alchemist")


def test_a_refusal_there_is_an_error_here(there):
    session = there.attach()
    revision = session.revision
    there.http.delete("/variables/c")
    with pytest.raises(OptwidgetsError):
        session.remove_variable("c")
    assert session.revision >= revision
    session.close()


def test_models_are_fitted_here(there):
    session = there.attach()
    for place in range(6):
        session.add_experiment({"T": 30.0 + 10 * place, "c": "AB"[place % 2]}, output=place % 4)
    found = session.suggest_next("EI", n_suggestions=1)
    assert len(found) == 1
    [item] = there.get("/experiments/queue")["items"]
    assert (item["status"], item["inputs"]["T"]) == ("pending", found.iloc[0]["T"])
    session.close()


def test_a_session_that_is_deleted_there_can_be_saved_here(there, tmp_path):
    session = there.attach()
    session.add_experiment(POINT, output=1.5)
    assert httpx.delete(f"{there.url}/api/v1/sessions/{there.session_id}").is_success
    time.sleep(0.6)  # it looks again
    with pytest.warns(UserWarning, match="has no session"):
        session.save_session(tmp_path / "kept.json")
    kept = OptimizationSession.load_session(tmp_path / "kept.json")
    assert [row.outputs["Output"] for row in kept.state.table] == [1.5]
    session.close()
