"""One campaign, two sides: a client of SigOpt's API and a notebook that is attached."""

from __future__ import annotations

import pytest

from optwidgets import Connection, OptimizationSession
from support.waiting import until


@pytest.fixture
def conn(server):
    token = server.token("write")
    with Connection(user_token=token, client_token=token, api_url=server.url) as found:
        yield found


@pytest.fixture
def attach(server):
    opened = []

    def open_session(session_id):
        token = server.token("write", name="Ann")
        session = OptimizationSession.attach(server.url, session=session_id, token=token)
        opened.append(session)
        return session

    yield open_session
    for session in opened:
        session.close()


DATA = {
    "name": "Shared",
    "parameters": [
        {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}},
        {"name": "c", "type": "categorical", "categorical_values": ["a", "b"]},
    ],
    "metrics": [{"name": "loss", "objective": "minimize"}],
}


def test_an_experiment_opens_in_the_notebook_and_takes_results_from_both_sides(conn, attach):
    experiment = conn.experiments.create(client_id=1, data=DATA).experiment
    here = conn.experiments(experiment.id)
    session = attach(experiment.session)
    assert session.name == "Shared"
    assert session.state.space.names == ("x", "c")
    assert session.state.table.objective().goal == "minimize"

    # Suggested by the client, measured in the notebook.
    first = here.suggest().suggestion
    until(lambda: len(session.state.table) == 1)
    row = session.state.table.row(int(first.id))
    assert (row.state, dict(row.inputs)) == ("suggested", first.assignments.to_json())
    session.experiment_manager.record(row.id, 2.5)
    seen = here.history().observations
    assert [(item.value, item.assignments) for item in seen.data] == [(2.5, first.assignments)]

    # Put into the table by the notebook, reported by the client.
    session.add_experiment({"x": 0.25, "c": "b"})
    here.report(data={"assignments": {"x": 0.25, "c": "b"}, "value": 0.5})
    until(lambda: session.state.table.counts["done"] == 2)
    assert len(session.state.table) == 2
    assert here.bestobservation().observation.assignments.to_json() == {"x": 0.25, "c": "b"}

    # Undone in the notebook, gone for the client; the journal knows who did what.
    session.experiment_manager.exclude(2, reason="A leak")
    assert here.history().observations.count == 1
    actors = set(session.history()["actor"])
    assert {"tester", "Ann"} <= {name.split(" (")[-1].rstrip(")") for name in actors}


def test_what_the_notebook_changes_the_client_reads(conn, attach):
    experiment = conn.experiments.create(client_id=1, data=DATA).experiment
    session = attach(experiment.session)
    session.change_variable("x", bounds=(0, 5))
    session.add_variable("n", "integer", bounds=(1, 3))
    session.name = "Renamed"
    found = conn.experiments(experiment.id).fetch().experiment
    assert found.name == "Renamed"
    assert {item.name: item.type for item in found.parameters} == {
        "x": "double",
        "c": "categorical",
        "n": "int",
    }
    assert found.parameters[0].bounds.max == 5.0
    suggestion = conn.experiments(experiment.id).suggest().suggestion
    assert set(suggestion.assignments) == {"x", "c", "n"}
