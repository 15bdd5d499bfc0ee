"""What the routes with models compute: the numbers are those of the session's own methods."""

from __future__ import annotations

import json

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import DesignNotEstimableError, InfeasibleRegionError, OptwidgetsError
from optwidgets.server.compute import alchemist, alchemist_designs, alchemist_figures
from optwidgets.server.compute.plain import plain

# What ALchemist's clients send with every request for a design.
ALL_OPTIONS = {
    "lhs_criterion": "maximin",
    "n_levels": 2,
    "n_center": 1,
    "generators": None,
    "ccd_alpha": "orthogonal",
    "ccd_face": "circumscribed",
    "gsd_reduction": 2,
}
METHODS = (
    "random", "lhs", "sobol", "halton", "hammersly", "full_factorial", "fractional_factorial",
    "ccd", "box_behnken", "plackett_burman", "gsd",
)  # fmt: skip
FREE = METHODS[:5]


def empty(constraint: float | None = None) -> OptimizationSession:
    session = OptimizationSession()
    for name in "abc":
        session.add_variable(name, "real", bounds=(0, 10))
    if constraint is not None:
        session.add_input_constraint("inequality", {"a": 1, "b": 1}, constraint, name="sum")
    return session


def campaign(backend: str = "botorch") -> OptimizationSession:
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(0, 10))
    session.add_variable("n", "integer", bounds=(1, 5))
    session.add_variable("cat", "categorical", categories=["A", "B"])
    session.add_variable("sar", "discrete", allowed_values=[80, 120, 280])
    for point in session.generate_initial_design("lhs", n_points=12, random_seed=1):
        loss = (point["T"] - 4) ** 2 + point["n"] + point["sar"] / 100
        session.add_experiment(point, output=-loss + (point["cat"] == "B"))
    alchemist.train(session, backend)
    return session


@pytest.fixture(scope="module", params=["botorch", "sklearn"])
def trained(request) -> OptimizationSession:
    return campaign(request.param)


# ---------------------------------------------------------------- model


def test_training_is_recorded_and_answers_with_numbers():
    session = campaign()
    before = session.revision
    answer = alchemist.train(session, "sklearn", "matern", {"matern_nu": 0.5})
    assert session.revision == before + 1
    assert session.state.model["nu"] == 0.5
    assert (answer["backend"], answer["kernel"]) == ("sklearn", "Matern")
    assert answer["metrics"] == session.state.model["metrics"]["Output"]
    assert all(isinstance(value, float) for value in answer["metrics"].values())
    assert answer["hyperparameters"] == session.state.model["hyperparameters"]["Output"]


def test_a_transform_of_outputs_that_is_asked_for_is_the_one_that_is_used():
    session = campaign()
    alchemist.train(session, "botorch", output_transform="standardize")
    assert session.state.model["outcome"] == "standardise"


def test_several_objectives_have_measures_of_their_own():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_objective("yield")
    session.add_objective("cost", "minimize")
    for i in range(6):
        session.add_experiment({"x": i / 5}, {"yield": i**2, "cost": i})
    answer = alchemist.train(session, "botorch")
    assert {"rmse_yield", "rmse_cost"} <= set(answer["metrics"])
    assert set(answer["hyperparameters"]) == {"yield", "cost"}
    points = [item["inputs"] for item in alchemist.suggest(session)["suggestions"]]
    assert 0 <= points[0]["x"] <= 1
    assert len(alchemist.predict(session, points)["mean"]) == 1


def test_predictions_are_those_of_the_session(trained):
    points = [{"T": 1, "n": 2, "cat": "A", "sar": 80}, {"T": 9.5, "n": 5, "cat": "B", "sar": 280}]
    found = alchemist.predict(trained, points)
    mean, std = trained.predict(points)["Output"]
    assert found["mean"].tolist() == mean.tolist()
    assert found["std"].tolist() == std.tolist()
    assert alchemist.predict(trained, []) == {"mean": [], "std": []}
    with pytest.raises(OptwidgetsError, match="sar is missing"):
        alchemist.predict(trained, [{"T": 1, "n": 2, "cat": "A"}])


# ---------------------------------------------------------------- acquisition


@pytest.mark.parametrize("backend", ["botorch", "sklearn"])
def test_a_suggestion_is_the_session_s_own(backend):
    session = campaign(backend)
    own = session.suggest_next("EI", "maximize", 2, xi=0.01, hold={"cat": "B"}, stage=False)
    found = alchemist.suggest(
        session, "EI", "maximize", 2, xi=0.01, kappa=2.0, hold={"cat": "B"}, observed={"room": 21}
    )
    points = [item["inputs"] for item in found["suggestions"]]
    assert points == own[["T", "n", "cat", "sar"]].to_dict("records")
    assert [dict(session.state.table.row(row).inputs) for row in found["rows"]] == points
    assert [item["held"] for item in found["diagnostics"]] == [["cat"], ["cat"]]
    json.dumps(plain(found), allow_nan=False)


def test_points_that_nobody_staged_give_way_to_new_ones():
    session = campaign()
    first = alchemist.suggest(session, n_suggestions=2)["rows"]
    second = alchemist.suggest(session, replaces=first)["rows"]
    assert [row.id for row in session.state.table if row.state == "suggested"] == second


def test_what_is_known_of_a_point_falls_from_one_to_zero():
    session = campaign()
    measured = dict(session.state.table.row(1).inputs)
    far = dict.fromkeys(["T"], 1e4) | {"n": 1, "cat": "A", "sar": 80}
    near, away = alchemist.knowledge(session, [measured, far])
    assert 0 <= near < 0.3
    assert away == pytest.approx(1.0, abs=0.01)
    assert alchemist.knowledge(campaign("sklearn"), [measured]) == [None]


def test_after_the_deadline_points_cover_the_space_and_say_so():
    session = campaign()
    found = alchemist.suggest_evenly(
        session,
        3,
        {"cat": "B"},
        goal="minimize",
        n_suggestions=3,
        strategy="qEI",
        xi=None,
        kappa=None,
        replaces=(),
    )
    assert [point["inputs"]["cat"] for point in found["suggestions"]] == ["B"] * 3
    assert found["fell_back"]
    assert all("No model within 3 s" in item["warnings"][0] for item in found["diagnostics"])


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_the_optimum_is_the_session_s_own(trained, goal):
    found = alchemist.optimum(trained, goal)
    own = trained.find_optimum(goal)
    assert found["goal"] == goal
    assert found["optimum"] == own["x_opt"].to_dict("records")[0]
    assert (found["predicted_value"], found["predicted_std"]) == (own["value"], own["std"])


# ---------------------------------------------------------------- designs


@pytest.mark.parametrize("method", METHODS)
def test_every_design_takes_all_options_and_has_the_names_of_the_wire(method):
    session = empty()
    found = alchemist_designs.initial_design(session, method, 8, 3, **ALL_OPTIONS)
    assert found["feasibility"] is None
    if method in FREE:
        assert len(found["points"]) == 8
        assert found["design_info"] is None
    else:
        assert found["design_info"]["total_runs"] == len(found["points"])
    again = alchemist_designs.initial_design(session, method, 8, 3, **ALL_OPTIONS)
    assert found["points"] == again["points"]
    assert session.revision == empty().revision


def test_the_alpha_of_a_central_composite_design_goes_by_its_name():
    info = alchemist_designs.initial_design(empty(), "ccd", **ALL_OPTIONS)["design_info"]
    assert (info["alpha"], info["face"]) == ("orthogonal", "circumscribed")
    assert info["alpha_value"] == pytest.approx(1.7638, abs=1e-4)


def test_what_constraints_take_from_a_design_is_told():
    session = empty(12)
    asked = {"method": "box_behnken", **ALL_OPTIONS}
    with pytest.raises(DesignNotEstimableError):
        alchemist_designs.initial_design(session, **asked)
    found = alchemist_designs.initial_design(session, allow_infeasible=True, **asked)
    told = found["feasibility"]
    assert told["constraints_applied"] == ["sum"]
    assert (told["estimability"], told["n_points_dropped"]) == ("waived", 5)
    assert all(point["a"] + point["b"] <= 12 for point in found["points"])
    assert len(found["points"]) == found["design_info"]["n_runs"] == 8
    enough = alchemist_designs.initial_design(session, "full_factorial", **ALL_OPTIONS)
    assert enough["feasibility"]["estimability"] == "passed"
    filling = alchemist_designs.initial_design(session, "lhs", 5, **ALL_OPTIONS)
    assert filling["feasibility"]["estimability"] == "not_applicable"


def test_a_design_without_any_feasible_run_is_refused_all_the_same():
    session = empty()
    session.add_input_constraint("equality", {"a": 1, "b": 1}, 3)
    with pytest.raises(InfeasibleRegionError, match="No run of this Box-Behnken design"):
        alchemist_designs.initial_design(
            session, "box_behnken", allow_infeasible=True, **ALL_OPTIONS
        )


def test_optimal_designs_are_the_session_s_own():
    session = empty(15)
    asked = {"model_type": "interaction", "n_points": 10, "random_seed": 4}
    found = alchemist_designs.optimal_design(session, **asked)
    points, info = session.generate_optimal_design(**asked)
    assert found["points"] == points
    assert found["design_info"]["D_eff"] == info["D_eff"]
    assert found["feasibility"]["constraints_applied"] == ["sum"]
    counted = alchemist_designs.optimal_design_info(session, model_type="interaction")
    assert counted["p_columns"] == info["p_columns"] == 7


# ---------------------------------------------------------------- figures


def test_a_map_is_the_prediction_of_its_points(trained):
    found = plain(alchemist_figures.contour(trained, "T", "n", {"cat": "B", "T": 3, "odd": 1}, 11))
    x, y, mean = (np.array(found[name]) for name in ("x_grid", "y_grid", "predictions"))
    assert x.shape == y.shape == mean.shape == (11, 11)
    assert x[4, 10] == found["x_bounds"][1] == 10
    for i, j in ((0, 0), (3, 7), (10, 2)):
        point = {"T": x[i, j], "n": round(y[i, j]), "cat": "B", "sar": 120}
        own, std = trained.predict([point])["Output"]
        assert mean[i, j] == pytest.approx(own[0])
        assert found["uncertainties"][i][j] == pytest.approx(std[0])
    assert found["colorbar_bounds"] == [mean.min(), mean.max()]
    rows = trained.state.table.done()
    assert found["experiments"]["output"] == [row.outputs["Output"] for row in rows]
    assert found["suggestions"] is None


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        ("T", "T", "two different"),
        ("T", "sar", "sar is discrete"),
        ("cat", "T", "cat is categorical"),
        ("T", "<b>", "no variable <b>"),
    ],
)
def test_a_map_that_cannot_be_drawn_is_a_sentence(trained, x, y, words):
    with pytest.raises(OptwidgetsError, match=words):
        alchemist_figures.contour(trained, x, y)


def test_suggestions_on_a_map_are_those_that_are_open():
    session = campaign()
    session.suggest_next("EI")
    points = alchemist_figures.contour(
        session, "T", "n", include_experiments=False, include_suggestions=True
    )
    row = next(row for row in session.state.table if row.state == "suggested")
    assert points["suggestions"] == {"x": [row.inputs["T"]], "y": [row.inputs["n"]]}
    assert points["experiments"] is None


def test_held_out_predictions_agree_with_the_recorded_quality(trained):
    found = plain(alchemist_figures.parity(trained))
    recorded = trained.state.model["metrics"]["Output"]
    for name in ("rmse", "mae", "r2"):
        assert found["metrics"][name] == pytest.approx(recorded[name])
    errors = np.abs(np.subtract(found["y_true"], found["y_pred"]))
    assert found["metrics"]["mae"] == pytest.approx(errors.mean())
    assert found["bounds"][0] == min(found["y_true"] + found["y_pred"])
    assert found["calibrated"] is False


def test_calibrated_intervals_are_wider_by_the_factor_of_the_session(trained):
    factor = trained.calibration().attrs["factor"]
    plainly = alchemist_figures.parity(trained)
    calibrated = alchemist_figures.parity(trained, use_calibrated=True)
    assert calibrated["y_std"] == pytest.approx(factor * plainly["y_std"])
    found = alchemist_figures.qq_plot(trained, use_calibrated=True)
    assert np.mean(found["sample_quantiles"] ** 2) == pytest.approx(1.0)
    assert found["calibrated"] is True
    assert found["bounds"][0] <= found["sample_quantiles"][0]


def test_coverage_grows_with_the_interval(trained):
    found = alchemist_figures.calibration_curve(trained)
    own = trained.calibration()
    expected = own[own["nominal"].round(2).between(0.1, 0.95)]["observed"]
    assert found["empirical_coverage"] == expected.tolist()
    assert found["confidence_levels"][-1] == "±1.96σ (95%)"
    assert len(found["nominal_coverage"]) == len(found["confidence_levels"]) == 18


def test_the_learning_curve_ends_at_the_quality_of_the_model():
    session = campaign()
    found = alchemist_figures.learning_curve(session)
    assert found["training_sizes"] == list(range(5, 13))
    assert found["rmse"][-1] == pytest.approx(session.state.model["metrics"]["Output"]["rmse"])
    assert {len(found[name]) for name in ("rmse", "mae", "r2", "mape")} == {8}


def test_an_unknown_objective_is_named_with_those_there_are(trained):
    with pytest.raises(OptwidgetsError, match=r"Unknown objective other.*objectives: Output"):
        alchemist_figures.parity(trained, "other")
