"""One store behind all APIs: what one writes, every other reads."""

from __future__ import annotations

import httpx

from optwidgets import OptimizationSession

EXPERIMENT = {
    "name": "Shared",
    "parameters": [{"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}],
    "metrics": [{"name": "yield", "objective": "maximize"}],
}


def test_what_one_api_writes_every_other_reads(server):
    token = server.token("write", name="robot")
    bearer = {"Authorization": f"Bearer {token}"}
    with (
        httpx.Client(base_url=f"{server.url}/v1", auth=(token, "")) as sigopt,
        httpx.Client(base_url=f"{server.url}/api/v1", headers=bearer) as web,
    ):
        begun = sigopt.post("/experiments", json=EXPERIMENT).raise_for_status().json()
        [session_id] = [
            found["id"]
            for found in web.get("/sessions?search=Shared").raise_for_status().json()["sessions"]
        ]

        # A result by each: SigOpt's API, ALchemist's, the native one and a notebook.
        observation = {"assignments": {"x": 0.1}, "values": [{"name": "yield", "value": 1.0}]}
        observations = f"/experiments/{begun['id']}/observations"
        sigopt.post(observations, json=observation).raise_for_status()
        rows = f"/sessions/{session_id}/experiments"
        web.post(rows, json={"inputs": {"x": 0.2}, "output": 2.0}).raise_for_status()
        native = web.post(
            f"/sessions/{session_id}/rows",
            json={"rows": [{"inputs": {"x": 0.3}, "outputs": {"yield": 3.0}}]},
            headers={"Idempotency-Key": "one"},
        )
        assert native.is_success, native.text
        session = OptimizationSession.attach(server.url, session=session_id, token=token)
        session.add_experiment({"x": 0.4}, output=4.0)

        expected = [(0.1, 1.0), (0.2, 2.0), (0.3, 3.0), (0.4, 4.0)]
        said = sigopt.get(observations).raise_for_status().json()["data"]
        assert expected == sorted(
            (one["assignments"]["x"], one["values"][0]["value"]) for one in said
        )
        listed = web.get(rows).raise_for_status().json()["experiments"]
        assert expected == sorted((one["x"], one["yield"]) for one in listed)
        table = web.get(f"/sessions/{session_id}/rows").raise_for_status().json()["rows"]
        assert expected == sorted((one["inputs"]["x"], one["outputs"]["yield"]) for one in table)
        assert expected == sorted(
            (row.inputs["x"], row.outputs["yield"]) for row in session.state.table
        )
        v0 = httpx.get(
            f"{server.url}/v0/experiments/{begun['id']}/history",
            params={"user_token": token, "client_token": token},
        ).raise_for_status()
        told = v0.json()["response"]["observations"]["data"]
        assert expected == sorted((one["assignments"]["x"], one["value"]) for one in told)
        session.close()
