"""Addresses to send and fetch models: forged, too old, used, for something else."""

from __future__ import annotations

import pytest

from optwidgets.server.faces.vergeai import grants
from support.vergeai_requests import send_form, web


def ask(team, experiment: str):
    answer = team.owner.post(
        "experiment/submit_start_model", project_id=team.project_id, experiment_id=experiment
    )
    assert answer.status_code == 200
    return answer.data["model_url"]


def count(team, table: str) -> int:
    with team.server.database.reading() as connection:
        return connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar()


def refused(response) -> None:
    assert response.status_code == 403
    assert set(response.json()) == {"error_msg"}


def test_an_address_is_built_from_what_the_client_called(team):
    experiment = team.experiment(model=None)
    body = {"project_id": team.project_id, "experiment_id": experiment}
    headers = {"Authorization": team.owner.api_key}
    url = f"{team.server.url}/v1/experiment/submit_start_model"
    port = team.server.settings.port
    plain = web.post(url.replace("127.0.0.1", "localhost"), json=body, headers=headers).json()
    assert plain["model_url"]["url"].startswith(f"http://localhost:{port}/v1/model/upload/")
    proxied = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "lab.example.org"}
    behind = web.post(url, json=body, headers={**headers, **proxied}).json()
    assert behind["model_url"]["url"].startswith("https://lab.example.org/v1/model/upload/")
    odd = {"X-Forwarded-Proto": "javascript", "X-Forwarded-Host": "a/b?c"}
    strange = web.post(url, json=body, headers={**headers, **odd}).json()
    assert strange["model_url"]["url"].startswith(f"http://127.0.0.1:{port}/")


def test_a_form_is_good_once(team):
    experiment = team.experiment(model=None)
    where = ask(team, experiment)
    assert send_form(where, b'{"w": 1}').status_code == 204
    refused(send_form(where, b'{"w": 2}'))
    assert team.get(experiment)["start_model"]["size"] == "8"


@pytest.mark.parametrize("field", ["key", "x-optwidgets-signature"])
def test_a_forged_field_is_refused(team, field):
    experiment = team.experiment(model=None)
    where = ask(team, experiment)
    refused(send_form(where, b"{}", **{field: "another"}))
    assert team.get(experiment)["start_model"] == {}


def test_a_form_is_not_good_for_another_experiment(team):
    first, second = (team.experiment(model=None) for _ in range(2))
    mine, other = ask(team, first), ask(team, second)
    refused(send_form({**mine, "fields": other["fields"]}, b"{}"))
    refused(send_form(mine, b"{}", key=other["fields"]["key"]))
    assert team.get(second)["start_model"] == {}


@pytest.mark.parametrize("kind", ["upload", "download"])
def test_an_address_of_the_other_kind_or_none_is_refused(team, kind):
    team.devices(1)
    experiment = team.experiment(model=None)
    where = ask(team, experiment)
    ids = where["url"].rsplit("/", 1)[1]
    if kind == "download":
        secret = where["fields"]["x-optwidgets-signature"]
        refused(web.get(f"{team.server.url}/v1/model/download/{ids}?signature={secret}"))
        refused(web.get(f"{team.server.url}/v1/model/download/{'0' * 32}"))
    else:
        refused(send_form({**where, "url": where["url"].replace(ids, "0" * 32)}, b"{}"))
        refused(send_form({**where, "url": where["url"].replace(ids, "%00")}, b"{}"))


def test_an_address_that_is_too_old_is_refused(team, monkeypatch):
    monkeypatch.setattr(grants, "UPLOAD_SECONDS", -1.0)
    where = ask(team, team.experiment(model=None))
    refused(send_form(where, b"{}"))
    monkeypatch.setattr(grants, "START_MODEL_SECONDS", -1.0)
    monkeypatch.setattr(grants, "UPLOAD_SECONDS", 60.0)
    team.devices(1)
    job = team.job(team.experiment()).data["ID"]
    ids = {"project_id": team.project_id, "job_id": job}
    refused(web.get(team.owner.get("job/start_model", **ids).data["model_url"]))


def test_a_download_is_good_once_and_only_with_its_signature(team):
    team.devices(1)
    job = team.job(team.experiment()).data["ID"]
    where = team.owner.get("job/start_model", project_id=team.project_id, job_id=job).data
    address = where["model_url"]
    refused(web.get(address.split("?", maxsplit=1)[0]))
    refused(web.get(address + "x"))
    assert web.get(address).status_code == 200
    refused(web.get(address))


@pytest.mark.parametrize("content", [b"", b"[1]", b"{", b"\xff\xfe", b'{"a": ' + b"[" * 9999])
def test_what_is_no_state_dict_leaves_nothing_behind(team, content):
    experiment = team.experiment(model=None)
    before = count(team, "vergeai_blobs")
    response = send_form(ask(team, experiment), content)
    assert response.status_code == 400
    assert "model is" in response.json()["error_msg"]
    assert team.get(experiment)["start_model"] == {}
    assert count(team, "vergeai_blobs") == before


def test_the_second_of_two_forms_for_one_experiment_is_refused(team):
    experiment = team.experiment(model=None)
    first, second = ask(team, experiment), ask(team, experiment)
    assert send_form(first, b'{"w": 1}').status_code == 204
    before = count(team, "vergeai_parts")
    answer = send_form(second, b'{"w": 2}')
    assert answer.status_code == 400
    assert "not in initialization state" in answer.json()["error_msg"]
    assert count(team, "vergeai_parts") == before


def test_a_form_without_a_file_is_400(team):
    where = ask(team, team.experiment(model=None))
    response = web.post(where["url"], data=where["fields"])
    assert response.status_code == 400
    assert "file" in response.json()["error_msg"]


def test_a_project_that_was_deleted_takes_no_model(team):
    where = ask(team, team.experiment(model=None))
    team.owner.post("project/delete", project_id=team.project_id)
    before = count(team, "vergeai_blobs")
    assert send_form(where, b"{}").status_code == 400
    assert count(team, "vergeai_blobs") == before
