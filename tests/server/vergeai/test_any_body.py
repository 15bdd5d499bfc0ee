"""Bodies of any kind, with ids that are there: every answer is JSON, and none is a fault."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from support.vergeai_requests import web
from support.vergeai_team import make_team

ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=8)
    | st.sampled_from(["RANDOM", "DurationTerminationCriteria", "\x00", "\ud800", 1e308, -1]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.text(max_size=8) | st.sampled_from(["type", "max_duration_sec"]), inner
        )
    ),
    max_leaves=8,
)
#: Route -> keys that are drawn; the others are those of a project that is there.
DRAWN = {
    "project/create": ["project_name", "session_id"],
    "project/link": ["session_id"],
    "project/members": ["user", "permission_level"],
    "experiment/create": ["hyperparameters"],
    "experiment/set_hyperparameters": ["hyperparameters"],
    "experiment/submit_start_model": ["block"],
    "job/create": [
        "num_devices",
        "num_buffer_devices",
        "device_selection_strategy",
        "termination_criteria",
    ],
    "job/report": ["metrics"],
    "device/submit_model_update": ["device_id", "num_samples"],
}


@pytest.fixture(scope="module")
def scene(server):
    team = make_team(server)
    team.devices(2)
    experiment = team.experiment()
    job = team.job(experiment).data["ID"]
    return team, {"project_id": team.project_id, "experiment_id": experiment, "job_id": job}


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(route=st.sampled_from(sorted(DRAWN)), data=st.data())
def test_no_body_is_a_fault(scene, route, data):
    team, ids = scene
    drawn = {key: data.draw(ANY, label=key) for key in DRAWN[route]}
    content = json.dumps({**ids, **drawn})
    response = web.post(
        f"{team.server.url}/v1/{route}",
        content=content,
        headers={"Authorization": team.owner.api_key, "Content-Type": "application/json"},
    )
    assert response.status_code in {200, 400, 403}, (content, response.text)
    body = response.json()
    assert response.status_code == 200 or set(body) == {"error_msg"}
    # What was accepted can be read again.
    for path in (f"project/get/{team.project_id}", f"job/get/{team.project_id}/{ids['job_id']}"):
        assert team.owner.get(path).status_code == 200
