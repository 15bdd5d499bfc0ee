"""Designs, models, suggestions and figures: forms of the wire, and the session's own numbers."""

from __future__ import annotations

import math

import pytest

from optwidgets import OptimizationSession, OptwidgetsError

S = "/sessions/{session_id}"
VARIABLES = (
    {"name": "T", "type": "real", "min": 0, "max": 10},
    {"name": "n", "type": "integer", "min": 1, "max": 5},
    {"name": "cat", "type": "categorical", "categories": ["A", "B"]},
)
POINT = {"T": 4.0, "n": 2, "cat": "B"}


def begun(api, variables=VARIABLES):
    created = api("POST", "/sessions", json={"name": "Reactor"}).json()["session_id"]
    for variable in variables:
        api("POST", S + "/variables", session_id=created, json=variable)
    return created


def measured(api, session, n=10):
    asked = {"method": "lhs", "n_points": n, "random_seed": 1}
    points = api("POST", S + "/initial-design", session_id=session, json=asked).json()["points"]
    rows = [{"inputs": point, "output": result(point)} for point in points]
    api("POST", S + "/experiments/batch", session_id=session, json={"experiments": rows})
    return points


def result(point):
    return -((point["T"] - 4) ** 2) - point["n"] + (point["cat"] == "B")


def copy_of(server, session, tmp_path):
    """Return a session of this process that holds what the server has stored."""
    with server.client() as http:
        text = http.get(f"/api/v1/sessions/{session}/export").text
    (tmp_path / "session.json").write_text(text)
    return OptimizationSession.load_session(tmp_path / "session.json")


@pytest.fixture(scope="module")
def campaign(server):
    """The id of a session with a trained model, which these tests only read."""
    from support.alchemist_api import Client

    with server.client() as http:
        api = Client(http, set())
        session = begun(api)
        measured(api, session)
        api("POST", S + "/model/train", session_id=session, json={"backend": "botorch"})
    return session


# ---------------------------------------------------------------- designs


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"method": "sobol", "n_points": 5},
        {"method": "full_factorial", "n_levels": 3, "n_points": 7},
        {"method": "ccd", "ccd_face": "faced", "n_center": 0},
        {"method": "gsd"},
    ],
)
def test_designs_have_the_form_of_the_wire(api, asked):
    session = begun(api)
    found = api("POST", S + "/initial-design", session_id=session, json=asked).json()
    assert found["method"] == asked.get("method", "lhs")
    assert found["n_points"] == len(found["points"])
    assert all(set(point) == {"T", "n", "cat"} for point in found["points"])
    listed = api("GET", S + "/experiments", session_id=session).json()
    assert listed["n_experiments"] == 0


def test_a_design_that_constraints_break_goes_by_its_name(api):
    names = [{"name": name, "type": "real", "min": 0, "max": 1} for name in "abc"]
    session = begun(api, names)
    rule = {"constraint_type": "inequality", "coefficients": {"a": 1, "b": 1}, "rhs": 1.2}
    api("POST", S + "/constraints", session_id=session, json=rule)
    asked = {"method": "box_behnken"}
    path = S + "/initial-design"
    refused = api("POST", path, ok=False, session_id=session, json=asked)
    assert (refused.status_code, refused.json()["error_type"]) == (400, "DesignNotEstimableError")
    waived = api("POST", path, session_id=session, json={**asked, "allow_infeasible": True}).json()
    assert waived["feasibility"]["estimability"] == "waived"
    assert waived["n_points"] == 8
    impossible = {"constraint_type": "inequality", "coefficients": {"a": 1}, "rhs": -1}
    api("POST", S + "/constraints", session_id=session, json=impossible)
    refused = api("POST", path, ok=False, session_id=session, json={"method": "lhs"})
    assert refused.json()["error_type"] == "InfeasibleRegionError"


def test_optimal_designs(api):
    session = begun(api)
    model = {"model_type": "linear"}
    info = api("POST", S + "/optimal-design/info", session_id=session, json=model).json()
    assert info["p_columns"] == len(info["model_terms"]) == 4
    asked = {**model, "p_multiplier": 2.0, "criterion": "A", "random_seed": 2}
    found = api("POST", S + "/optimal-design", session_id=session, json=asked).json()
    assert found["n_points"] == 8
    assert found["design_info"]["criterion"] == "A"
    both = {**model, "n_points": 8, "p_multiplier": 2.0}
    assert api("POST", S + "/optimal-design", ok=False, session_id=session, json=both)


def test_split_plots(api):
    session = begun(api, [{**VARIABLES[0], "changes": "hard"}, VARIABLES[1]])
    asked = {
        "designs": {
            "hard": {"method": "full_factorial", "n_levels": 2},
            "easy": {"method": "lhs", "n_points": 3},
        },
        "replicates": {"hard": 2},
        "random_seed": 3,
    }
    found = api("POST", S + "/split-plot-design", session_id=session, json=asked).json()
    assert found["n_points"] == found["info"]["n_runs"]
    assert {"T", "n", "WholePlot", "RunOrder"} <= set(found["points"][0])
    odd = {**asked, "blocks": 2}
    assert api("POST", S + "/split-plot-design", ok=False, session_id=session, json=odd)


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/initial-design", {}),
        ("/optimal-design", {"model_type": "linear"}),
        ("/optimal-design/info", {"model_type": "linear"}),
        ("/split-plot-design", {"designs": {"easy": {"method": "lhs"}}}),
    ],
)
def test_designs_need_variables(api, path, body):
    session = begun(api, [])
    refused = api("POST", S + path, ok=False, session_id=session, json=body)
    assert (refused.status_code, refused.json()["error_type"]) == (400, "NoVariablesError")


# ---------------------------------------------------------------- model


def test_before_the_first_training(api):
    session = begun(api)
    refused = api("POST", S + "/model/train", ok=False, session_id=session, json={})
    assert (refused.status_code, refused.json()["error_type"]) == (400, "NoDataError")
    info = api("GET", S + "/model", session_id=session).json()
    assert info["is_trained"] is False
    measured(api, session, 3)
    for method, path, body in (
        ("POST", "/model/predict", {"inputs": [POINT]}),
        ("POST", "/acquisition/suggest", {}),
        ("POST", "/acquisition/find-optimum", {}),
        ("POST", "/visualizations/contour", {"x_var": "T", "y_var": "n"}),
        ("GET", "/visualizations/parity", None),
        ("GET", "/visualizations/hyperparameters", None),
    ):
        refused = api(method, S + path, ok=False, session_id=session, json=body)
        assert (refused.status_code, refused.json()["error_type"]) == (400, "NoModelError"), path
    refused = api("POST", S + "/model/train", ok=False, session_id=session, json={})
    assert (refused.status_code, refused.json()["error_type"]) == (400, "ValueError")
    assert "needs 4 results" in refused.json()["detail"]


def test_a_training_is_recorded_for_every_reader(api):
    session = begun(api)
    measured(api, session)
    asked = {"kernel_params": {"nu": 1.5}, "input_transform": "robust", "optimizer": "CG"}
    found = api("POST", S + "/model/train", session_id=session, json=asked).json()
    assert (found["backend"], found["kernel"], found["success"]) == ("sklearn", "Matern", True)
    assert {"rmse", "mae", "r2"} <= set(found["metrics"])
    assert "input_transform makes no difference" in found["message"]
    info = api("GET", S + "/model", session_id=session).json()
    assert info["metrics"] == found["metrics"]
    assert info["training_config"]["kernel_params"] == {"nu": 1.5}
    told = api("GET", S + "/visualizations/hyperparameters", session_id=session).json()
    assert told["hyperparameters"] == found["hyperparameters"]
    assert (told["backend"], told["input_transform"]) == ("sklearn", "minmax")
    state = api("GET", S + "/state", session_id=session).json()
    assert (state["model_trained"], state["model_backend"]) == (True, "sklearn")


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"kernel": "Periodic"}, "Periodic"),
        ({"backend": "botorch", "input_transform": "robust"}, "input_transform robust"),
        ({"optimizer": "Adam"}, "optimizer Adam"),
        ({"kernel_params": {"nu": 7}}, "7"),
    ],
)
def test_a_model_that_cannot_be_trained_is_a_sentence(api, campaign, asked, words):
    refused = api("POST", S + "/model/train", ok=False, session_id=campaign, json=asked)
    assert (refused.status_code, refused.json()["error_type"]) == (400, "ValueError")
    assert words in refused.json()["detail"]


def test_predictions_agree_with_a_session_of_the_same_results(api, campaign, server, tmp_path):
    asked = {"inputs": [POINT, {"T": 9, "n": 5, "cat": "A"}]}
    found = api("POST", S + "/model/predict", session_id=campaign, json=asked).json()
    assert [item["inputs"] for item in found["predictions"]] == asked["inputs"]
    mean, std = copy_of(server, campaign, tmp_path).predict(asked["inputs"])["Output"]
    assert [item["prediction"] for item in found["predictions"]] == pytest.approx(mean.tolist())
    assert [item["uncertainty"] for item in found["predictions"]] == pytest.approx(std.tolist())
    missing = {"inputs": [{"T": 3}]}
    refused = api("POST", S + "/model/predict", ok=False, session_id=campaign, json=missing)
    assert refused.json()["detail"].startswith("The column n is missing")


# ---------------------------------------------------------------- acquisition


def test_a_suggestion_waits_outside_of_the_queue_until_it_is_staged(api):
    session = begun(api)
    measured(api, session)
    api("POST", S + "/model/train", session_id=session, json={"backend": "botorch"})
    asked = {"strategy": "qEI", "n_suggestions": 2, "xi": 0.01, "kappa": 2.0, "hold": {"cat": "A"}}
    path = S + "/acquisition/suggest"
    first = api("POST", path, session_id=session, json=asked).json()
    assert first["n_suggestions"] == len(first["suggestions"]) == len(first["diagnostics"]) == 2
    assert all(set(point) == {"T", "n", "cat"} for point in first["suggestions"])
    assert all(point["cat"] == "A" for point in first["suggestions"])
    for told in first["diagnostics"]:
        assert told["held"] == ["cat"]
        assert 0 <= told["knowledge_ratio"] <= 1
    queue = api("GET", S + "/experiments/queue", session_id=session).json()
    assert queue["n_pending"] == 0
    # Asked again without staging: the points before give way.
    second = api("POST", path, session_id=session, json=asked).json()
    staged = {"experiments": second["suggestions"][:1]}
    assert api("POST", S + "/experiments/staged/batch", session_id=session, json=staged)
    queue = api("GET", S + "/experiments/queue", session_id=session).json()
    assert [item["inputs"] for item in queue["items"]] == second["suggestions"][:1]
    third = api("POST", path, session_id=session, json=asked).json()
    assert third["suggestions"][0] != second["suggestions"][0]
    done = {"outputs": [1.0]}
    api("POST", S + "/experiments/staged/complete", session_id=session, json=done)
    records = api("GET", S + "/experiments/provenance", session_id=session).json()["records"]
    assert records[-1]["strategy"] == "qEI"
    assert first["iteration"] == records[-1]["iteration"]
    entries = api("GET", S + "/audit", session_id=session).json()["entries"]
    locked = [entry for entry in entries if entry["entry_type"] == "acquisition_locked"]
    assert len(locked) == 3
    assert locked[1]["parameters"]["suggestions"] == second["suggestions"]


def test_a_suggestion_is_recorded_with_its_marks_or_not_at_all(api, server, monkeypatch):
    session = begun(api)
    measured(api, session)
    api("POST", S + "/model/train", session_id=session, json={"backend": "botorch"})
    state = api("GET", S, session_id=session).json()
    path = S + "/acquisition/suggest"
    with monkeypatch.context() as patch:
        patch.setattr(OptimizationSession, "lock_acquisition", refuse)
        refused = api("POST", path, ok=False, session_id=session, json={})
    assert refused.json()["detail"] == "Not now."
    assert api("GET", S, session_id=session).json() == state
    keyed = {"headers": {"Idempotency-Key": "one suggestion"}}
    found = api("POST", path, session_id=session, json={}, **keyed)
    again = api("POST", path, session_id=session, json={}, **keyed)
    assert again.json() == found.json()
    entries = api("GET", S + "/audit", session_id=session).json()["entries"]
    assert [entry["entry_type"] for entry in entries].count("acquisition_locked") == 1


def refuse(*_, **__):
    raise OptwidgetsError("Not now.")


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"goal": "sideways"}, 422),
        ({"n_suggestions": 11}, 422),
        ({"goal": ["maximize", "minimize"]}, 422),
        ({"strategy": "magic"}, 400),
        ({"hold": {"nothing": 1}}, 400),
        ({"hold": {"cat": "C"}}, 400),
    ],
)
def test_a_suggestion_that_cannot_be_made_is_a_sentence(api, campaign, asked, status):
    refused = api("POST", S + "/acquisition/suggest", ok=False, session_id=campaign, json=asked)
    assert refused.status_code == status
    name = {422: "ValidationError", 400: "ValueError"}[status]
    assert refused.json()["error_type"] == name


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_optimum_agrees_with_a_session_of_the_same_results(
    api, campaign, server, tmp_path, goal
):
    asked = {"goal": goal, "observed": {"humidity": 40}}
    path = S + "/acquisition/find-optimum"
    found = api("POST", path, session_id=campaign, json=asked).json()
    own = copy_of(server, campaign, tmp_path).find_optimum(goal)
    assert found["goal"] == goal
    assert found["predicted_value"] == pytest.approx(own["value"])
    assert found["optimum"] == pytest.approx(own["x_opt"].to_dict("records")[0])


def test_goals_that_were_set_elsewhere_are_those_of_the_next_suggestion(api, server):
    session = begun(api)
    measured(api, session)
    api("POST", S + "/model/train", session_id=session, json={"backend": "botorch"})
    first = {"goal": "minimize"}
    api("POST", S + "/acquisition/suggest", session_id=session, json=first)
    found = api("POST", S + "/acquisition/find-optimum", session_id=session, json={}).json()
    assert found["goal"] == "minimize"


# ---------------------------------------------------------------- figures


def test_maps(api, campaign):
    asked = {"x_var": "T", "y_var": "n", "fixed_values": {"cat": "B"}, "grid_resolution": 12}
    found = api("POST", S + "/visualizations/contour", session_id=campaign, json=asked).json()
    assert len(found["predictions"]) == len(found["predictions"][0]) == 12
    points = [{"T": found["x_grid"][0][3], "n": 1, "cat": "B"}]
    predicted = api("POST", S + "/model/predict", session_id=campaign, json={"inputs": points})
    assert found["predictions"][0][3] == pytest.approx(
        predicted.json()["predictions"][0]["prediction"]
    )
    assert len(found["experiments"]["output"]) == 10
    same = api("POST", S + "/visualizations/surface", session_id=campaign, json=asked).json()
    assert same == found
    odd = {**asked, "y_var": "cat"}
    refused = api("POST", S + "/visualizations/contour", ok=False, session_id=campaign, json=odd)
    assert (refused.status_code, refused.json()["error_type"]) == (400, "ValueError")


@pytest.mark.parametrize("calibrated", [False, True])
@pytest.mark.parametrize("figure", ["parity", "qq-plot", "calibration-curve"])
def test_checks_of_the_model(api, campaign, figure, calibrated):
    asked = {"use_calibrated": calibrated}
    path = f"{S}/visualizations/{figure}"
    found = api("GET", path, session_id=campaign, params=asked).json()
    assert found["calibrated"] is calibrated
    other = {"target": "Yield"}
    refused = api("GET", path, ok=False, session_id=campaign, params=other)
    assert "Unknown objective Yield" in refused.json()["detail"]


def test_the_learning_curve(api, campaign):
    path = S + "/visualizations/metrics"
    found = api("GET", path, session_id=campaign, params={"cv_splits": 3}).json()
    assert found["training_sizes"] == [5, 6, 7, 8, 9, 10]
    assert all(math.isfinite(value) for value in found["rmse"])
    refused = api("GET", path, ok=False, session_id=campaign, params={"cv_splits": 1})
    assert refused.status_code == 422


# ---------------------------------------------------------------- who may


def test_readers_look_and_do_not_train(server, campaign):
    with server.client("read") as http:
        base = f"/api/v1/sessions/{campaign}"
        assert http.get(f"{base}/visualizations/parity").status_code == 200
        assert http.post(f"{base}/model/predict", json={"inputs": [POINT]}).status_code == 200
        assert http.post(f"{base}/model/train", json={}).status_code == 403
        assert http.post(f"{base}/acquisition/suggest", json={}).status_code == 403


def test_a_lock_also_holds_against_training(api, server):
    session = begun(api)
    measured(api, session)
    api("POST", S + "/lock", session_id=session, json={"locked_by": "Ann"})
    with server.client("write") as http:
        base = f"/api/v1/sessions/{session}"
        for path in ("model/train", "acquisition/suggest"):
            refused = http.post(f"{base}/{path}", json={})
            assert refused.status_code in (400, 403), path
        assert http.post(f"{base}/model/train", json={}).status_code == 403
        assert http.get(f"{base}/model").json()["is_trained"] is False


# ---------------------------------------------------------------- training after a result


def test_a_result_can_have_the_model_trained_at_once(api, server, campaign):
    row = {"inputs": POINT, "output": result(POINT), "iteration": 1}
    path, asked = S + "/experiments", {"auto_train": True, "training_kernel": "rbf"}
    added = api("POST", path, session_id=campaign, json=row, params=asked).json()
    assert added["model_trained"] is True
    assert math.isfinite(added["training_metrics"]["rmse"])
    assert (
        api("GET", S + "/model", session_id=campaign).json()["training_config"]["kernel"] == "RBF"
    )
    changed = api("GET", S + "/audit/config-changes", session_id=campaign).json()["changes"]
    assert (changed[-1]["old"]["kernel"], changed[-1]["new"]["kernel"]) == ("Matern", "RBF")


def test_too_few_results_train_nothing_and_are_recorded(api):
    session = begun(api)
    row, asked = {"inputs": POINT, "output": 1}, {"auto_train": True}
    added = api("POST", S + "/experiments", session_id=session, json=row, params=asked).json()
    assert (added["n_experiments"], added["model_trained"]) == (1, False)


def test_a_training_that_is_not_possible_does_not_lose_the_result(api, campaign):
    before = api("GET", S + "/experiments", session_id=campaign).json()["n_experiments"]
    asked = {"auto_train": True, "training_backend": "none", "training_kernel": "none"}
    row = {"inputs": POINT, "output": 1}
    added = api("POST", S + "/experiments", session_id=campaign, json=row, params=asked).json()
    assert (added["n_experiments"], added["model_trained"]) == (before + 1, False)
