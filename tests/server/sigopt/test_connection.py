"""optwidgets.Connection: every line of the seed document, against our server."""

from __future__ import annotations

import httpx
import numpy as np
import pytest

from optwidgets import Connection, OptwidgetsError
from optwidgets.client.http import NotAllowed, Refused, Unreachable

DATA = {
    "name": "New Experiment",
    "parameters": [{"name": "param1", "type": "double", "bounds": {"min": 0, "max": 1.0}}],
}


@pytest.fixture
def conn(server):
    with Connection(
        user_token=server.token("write"), client_token=server.token("write"), api_url=server.url
    ) as found:
        yield found


def test_the_lines_of_the_seed(server):
    user_token, client_token, client_id = server.token("write"), server.token("write"), 1

    conn = Connection(user_token=user_token, client_token=client_token, api_url=server.url)
    experiment = conn.experiments.create(
        client_id=client_id,
        data={
            "name": "New Experiment",
            "parameters": [{"name": "param1", "type": "double", "bounds": {"min": 0, "max": 1.0}}],
        },
    ).experiment
    suggestion = conn.experiments(experiment.id).suggest().suggestion
    conn.experiments(experiment.id).report(
        data={
            "assignments": suggestion.assignments,
            "value": 1.0,
        }
    )

    fetched = conn.experiments(experiment.id).fetch().experiment
    assert fetched.name == "New Experiment"
    assert fetched.parameters[0].bounds.max == 1.0
    parameter = fetched.parameters[0]
    assert (parameter.transformation, parameter.categorical_values) == (None, [])
    assert fetched.metric.name is None
    assert suggestion.expected_improvement is None
    history = conn.experiments(experiment.id).history().observations
    assert [(item.assignments, item.value) for item in history.data] == [
        (suggestion.assignments, 1.0)
    ]
    assert history.paging.before is None


def test_all_calls_of_an_experiment(conn):
    here = conn.experiments(conn.experiments.create(client_id=1, data=DATA).experiment.id)
    several = here.suggestmulti(count=2).suggestions
    here.reportmulti(
        data=[{"assignments": s.assignments, "value": np.float64(i)} for i, s in enumerate(several)]
    )
    assert here.bestobservation().observation.value == 1.0
    assert here.update(data={"name": "Renamed"}).experiment.name == "Renamed"
    assert here.workers().workers == []
    here.reset()
    assert here.history().observations.count == 0
    assert "Renamed" in [item.name for item in conn.clients(1).experiments().experiments]
    assert conn.clients(1).fetch().client.id == "1"
    assert conn.users(1).roles().roles[0].role == "write"
    here.delete()
    with pytest.raises(Refused, match="was deleted"):
        here.suggest()


def test_workers_keep_their_suggestion(server, conn):
    number = conn.experiments.create(client_id=1, data=DATA).experiment.id
    token = server.token("write")
    a, b = (
        Connection(client_token=token, worker_id=name, api_url=server.url).experiments(number)
        for name in "ab"
    )
    mine = a.suggest().suggestion.assignments
    assert a.suggest().suggestion.assignments == mine
    assert b.suggest().suggestion.assignments != mine
    assert [worker.id for worker in conn.experiments(number).workers().workers] == ["a", "b"]


def test_a_missing_token_is_named_before_anything_is_sent(monkeypatch):
    monkeypatch.delenv("OPTWIDGETS_TOKEN", raising=False)
    nowhere = {"api_url": "http://127.0.0.1:9"}
    with pytest.raises(OptwidgetsError, match=r"experiments/1/suggest needs the client_token"):
        Connection(user_token="u", **nowhere).experiments(1).suggest()
    with pytest.raises(OptwidgetsError, match=r"experiments/create needs the user_token"):
        Connection(client_token="c", **nowhere).experiments.create(client_id=1, data=DATA)
    with pytest.raises(OptwidgetsError, match="a user_token, a client_token, or both"):
        Connection(**nowhere)
    monkeypatch.setenv("OPTWIDGETS_TOKEN", "ow_env")
    assert "client_token and user_token" in repr(Connection(**nowhere))


def test_a_wrong_token_and_a_wrong_id_are_said(server, conn):
    with pytest.raises(NotAllowed, match="does not know this token"):
        Connection(client_token="ow_wrong", api_url=server.url).experiments(1).suggest()
    with pytest.raises(Refused, match="There is no experiment 99999") as found:
        conn.experiments(99999).fetch()
    assert found.value.status == 404
    with pytest.raises(OptwidgetsError, match="is no id"):
        conn.experiments("1/../2")
    with pytest.raises(AttributeError, match="Did you mean suggest"):
        conn.experiments(1).sugest()


def test_a_server_that_is_away_is_tried_again_and_a_repeat_counts_once(server, conn, monkeypatch):
    number = conn.experiments.create(client_id=1, data=DATA).experiment.id
    real = httpx.Client.request
    lost = []

    def losing(self, method, url, **options):
        answer = real(self, method, url, **options)
        if len(lost) < 3 and url.endswith(("suggest", "report")):
            lost.append(url)
            raise httpx.ReadError("the answer was lost")
        return answer

    monkeypatch.setattr(httpx.Client, "request", losing)
    monkeypatch.setattr("optwidgets.client.connection.time.sleep", lambda _: None)
    suggestion = conn.experiments(number).suggest().suggestion
    conn.experiments(number).report(data={"assignments": suggestion.assignments, "value": 2.0})
    progress = conn.experiments(number).fetch().experiment.progress
    assert len(lost) == 3
    assert progress.observation_count == 1
    assert suggestion.id == "1"


def test_no_server_is_said_in_one_sentence():
    gone = Connection(client_token="c", api_url="http://127.0.0.1:9", patience=0)
    with pytest.raises(Unreachable, match="No server can be reached"):
        gone.experiments(1).suggest()
