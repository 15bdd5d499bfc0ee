"""A project that is linked to a session: one store behind both."""

from __future__ import annotations

import pytest

from optwidgets.errors import OptwidgetsError
from support.vergeai_team import make_team


@pytest.fixture
def session_id(server) -> str:
    def begin(tx) -> str:
        session = tx.create_session("Learning rates")
        session.add_variable("learning_rate", "real", bounds=(1e-4, 1e-1), log=True)
        session.add_variable("optimizer", "categorical", values=["sgd", "adam"])
        session.add_objective("accuracy", "maximize")
        return session.id

    return server.host.writer.submit(begin).result(10)


def rows(server, session_id):
    look = server.host.writer.submit(lambda tx: tx.session(session_id).state.table.rows)
    return tuple(look.result(10).values())


def test_an_experiment_tries_what_the_session_suggests_and_reports_into_it(server, session_id):
    team = make_team(server, session_id=session_id)
    experiment = team.experiment()
    tried = team.get(experiment)["hyperparameters"]
    assert set(tried) == {"learning_rate", "optimizer"}
    (row,) = rows(server, session_id)
    assert (row.inputs, row.state) == (tried, "suggested")
    ((_, device),) = team.devices(1).items()
    first, second = (team.job(experiment).data["ID"] for _ in range(2))
    answer = device.post("job/report", job_id=first, metrics={"accuracy": 0.5, "loss": 2.0})
    assert answer.data == {
        "job_id": first,
        "metrics": {"accuracy": 0.5, "loss": 2.0},
        "row": row.id,
    }
    (row,) = rows(server, session_id)
    assert (dict(row.outputs), row.state) == ({"accuracy": 0.5}, "done")
    # It goes on training: the newest result is that of the point.
    team.owner.post("job/cancel", job_id=first)
    team.owner.post("job/report", job_id=second, metrics={"accuracy": 0.75})
    (row,) = rows(server, session_id)
    assert dict(row.outputs) == {"accuracy": 0.75}
    assert list(team.get(experiment)) == list(team.get(team.experiment(model=None)))


def test_hyperparameters_of_the_caller_become_a_row_with_their_result(server, session_id):
    team = make_team(server)
    assert (
        team.owner.post("project/link", project_id=team.project_id, session_id=session_id).data
        == {}
    )
    given = {"learning_rate": 0.01, "optimizer": "sgd"}
    made = team.owner.post(
        "experiment/create", project_id=team.project_id, hyperparameters=given
    ).data
    assert made["hyperparameters"] == given
    assert rows(server, session_id) == ()
    team.start(made["ID"])
    team.devices(1)
    job = team.job(made["ID"]).data["ID"]
    for _ in range(2):  # a report that is sent again changes nothing
        answer = team.owner.post("job/report", job_id=job, metrics={"accuracy": 0.9})
        (row,) = rows(server, session_id)
        assert (dict(row.inputs), dict(row.outputs)) == (given, {"accuracy": 0.9})
        assert answer.data["row"] == row.id
    entries = server.host.writer.submit(lambda tx: tx.session(session_id).entries()).result(10)
    assert entries[-1].actor == "owner"
    assert [entry.step for entry in entries[1:]] == ["do"] * 4, "the repeat is no step"


def test_hyperparameters_that_are_no_point_of_the_space_keep_their_metrics_out(server, session_id):
    team = make_team(server, session_id=session_id)
    made = team.owner.post(
        "experiment/create", project_id=team.project_id, hyperparameters={"depth": 3}
    ).data
    team.start(made["ID"])
    team.devices(1)
    job = team.job(made["ID"]).data["ID"]
    answer = team.owner.post("job/report", job_id=job, metrics={"accuracy": 0.9})
    assert answer.status_code == 400
    assert "depth" in answer.data["error_msg"]
    assert rows(server, session_id) == ()
    other = team.owner.post("job/report", job_id=job, metrics={"loss": 0.9}).data
    assert other == {"job_id": job, "metrics": {"loss": 0.9}, "row": None}


def test_a_session_that_the_token_is_not_good_for_is_not_linked(server, session_id):
    team = make_team(server)
    limited = team.person("owner", sessions=["another"])
    answer = limited.post("project/link", project_id=team.project_id, session_id=session_id)
    assert answer.status_code == 403
    team.owner.post("project/link", project_id=team.project_id, session_id=session_id)
    answer = limited.post("experiment/create", project_id=team.project_id)
    assert answer.status_code == 403
    assert (
        limited.post("project/create", project_name="x", session_id=session_id).status_code == 403
    )


@pytest.mark.parametrize("scope", ["write", "admin"])
def test_a_token_for_some_sessions_is_good_for_their_projects_only(server, session_id, scope):
    team = make_team(server)
    linked = make_team(server, session_id=session_id)
    elsewhere = team.person("owner", scope, sessions=["another"])
    for project_id in (team.project_id, linked.project_id):
        assert elsewhere.get("project/get", project_id=project_id).status_code == 403
        for route in ("project/link", "project/delete", "experiment/create"):
            answer = elsewhere.post(route, project_id=project_id, session_id=None)
            assert answer.status_code == 403, route
    answer = elsewhere.post("project/create", project_name="x")
    assert answer.status_code == 403
    assert "session_id" in answer.data["error_msg"]
    here = team.person("owner", scope, sessions=[session_id])
    assert here.get("project/get", project_id=linked.project_id).status_code == 200
    made = here.post("project/create", project_name="x", session_id=session_id)
    assert here.get("project/get", **made.data).status_code == 200


def test_a_session_that_is_deleted_leaves_a_project_that_trains(server, session_id):
    team = make_team(server, session_id=session_id)
    experiment = team.experiment()
    team.devices(1)
    job = team.job(experiment).data["ID"]
    server.host.writer.submit(lambda tx: tx.delete_session(session_id)).result(10)
    assert team.owner.post("job/report", job_id=job, metrics={"accuracy": 1.0}).status_code == 200
    assert (
        team.owner.post("experiment/create", project_id=team.project_id).data["hyperparameters"]
        == {}
    )


def test_a_session_without_variables_suggests_nothing(server):
    empty = server.host.writer.submit(lambda tx: tx.create_session("empty").id).result(10)
    team = make_team(server, session_id=empty)
    assert team.get(team.experiment(model=None))["hyperparameters"] == {}


def test_hyperparameters_are_set_until_the_first_job(server):
    team = make_team(server)
    experiment = team.experiment()
    ids = {"project_id": team.project_id, "experiment_id": experiment}
    answer = team.owner.post("experiment/set_hyperparameters", **ids, hyperparameters={"a": 1})
    assert answer.data["hyperparameters"] == {"a": 1}
    team.devices(1)
    team.job(experiment)
    answer = team.owner.post("experiment/set_hyperparameters", **ids, hyperparameters={"a": 2})
    assert (answer.status_code, "fixed" in answer.data["error_msg"]) == (400, True)
    with pytest.raises(OptwidgetsError):
        server.host.writer.submit(lambda tx: tx.session("none")).result(10)
