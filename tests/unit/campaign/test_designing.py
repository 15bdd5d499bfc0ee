from __future__ import annotations

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(20, 100))
    session.add_variable("P", "real", bounds=(1, 5))
    session.add_variable("c", "categorical", categories=["A", "B"])
    return session


@pytest.mark.parametrize(
    ("method", "n", "options", "runs"),
    [
        ("full_factorial", None, {"n_levels": 3, "n_center": 0}, 18),
        ("fractional_factorial", None, {"generators": "a b ab"}, 5),
        ("ccd", None, {"ccd_face": "faced", "n_center": 2}, 24),
        ("plackett_burman", None, {"n_center": 0}, 4),
        ("gsd", None, {"gsd_reduction": 2}, 4),
        ("optimal", 9, {"effects": ["T", "P", "T*P", "T**2"]}, 9),
        ("lhs", 6, {"lhs_criterion": "correlation"}, 6),
        ("sobol", None, {}, 10),
    ],
)
def test_plans_are_staged_undone_saved_and_computed_again(
    session, tmp_path, method, n, options, runs
):
    points = session.generate_initial_design(method, n, stage=True, **options)
    table = session.state.table
    assert [dict(row.inputs) for row in table.pending()] == points
    assert len(points) == runs == len(table)
    assert {row.reason for row in table} == {method}
    assert session.replay()["equal"].tolist() == [True]
    session.save_session(tmp_path / "plan.json")
    again = OptimizationSession.load_session(tmp_path / "plan.json")
    assert [dict(row.inputs) for row in again.state.table] == points
    session.undo()
    assert len(session.state.table) == 0


def test_blocks_are_told_in_the_rows(session):
    points = session.generate_initial_design("full_factorial", stage=True, blocks=2, n_center=0)
    reasons = [row.reason for row in session.state.table]
    assert reasons == ["full_factorial, Block 1"] * 4 + ["full_factorial, Block 2"] * 4
    assert [point["Block"] for point in points] == [1] * 4 + [2] * 4
    assert session.replay()["equal"].tolist() == [True]


def test_existing_rows_are_augmented_and_replayed(session):
    for a in (20.0, 100.0):
        for b in (1.0, 5.0):
            session.add_experiment({"T": a, "P": b, "c": "A"}, output=a * b)
    needed = session.get_optimal_design_info(effects=["T", "P", "c"], augment=True)
    assert needed["n_points_minimum"] == 1
    points, info = session.generate_optimal_design(
        ["T", "P", "c"], n_points=4, augment=True, stage=True
    )
    assert (info["n_existing"], info["D_eff"]) == (4, 100.0)
    assert {point["c"] for point in points} == {"B"}
    session.generate_initial_design("lhs", 3, stage=True)
    assert session.replay()["equal"].tolist() == [True, True]


def test_alchemists_spelling(session):
    info = session.get_optimal_design_info(model_type="linear")
    assert info == {
        "model_terms": ["Intercept", "T", "P", "c"],
        "p_columns": 4,
        "n_points_minimum": 4,
        "n_points_recommended": 8,
    }
    points, info = session.generate_optimal_design(
        effects=["T", "P", "T*P", "T**2"],
        p_multiplier=2.0,
        criterion="I",
        algorithm="detmax",
        n_levels=3,
        max_iter=50,
        random_seed=1,
    )
    assert len(points) == 10 == info["n_runs"]
    assert {"score", "D_eff", "A_eff", "p_columns", "n_runs", "model_terms"} <= set(info)
    assert (info["criterion"], info["algorithm"]) == ("I", "detmax")
    assert session.state.table.next_id == 1  # nothing is staged unless it is asked for


def test_a_preview_changes_nothing(session):
    revision = session.state.revision
    info = session.get_design_info("ccd", n_center=1)
    assert (info["n_runs"], info["factorial_runs"], info["axial_runs"]) == (20, 8, 8)
    assert len(info["points"]) == 20
    assert info["warnings"][0].startswith("The axial points lie on the bounds")
    assert session.state.revision == revision


def test_the_sessions_seed_decides(session):
    first = session.generate_initial_design("full_factorial")
    assert session.generate_initial_design("full_factorial") == first
    assert session.generate_initial_design("full_factorial", random_seed=8) != first


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"method": "magic"}, "'magic' is not known"),
        ({"method": "box_behnken"}, "at least 3 variables"),
        ({"method": "ccd", "alpha": 2}, "Design 'ccd' has no option 'alpha'"),
        ({"method": "optimal", "effects": ["Q"]}, "Effect 'Q' is not understood"),
        ({"method": "gsd", "random_seed": -1}, "random_seed"),
    ],
)
def test_what_is_not_possible_is_a_sentence(session, asked, words):
    with pytest.raises(OptwidgetsError, match=words):
        session.generate_initial_design(**asked)


def test_a_preview_tells_what_the_design_can_find_out(session):
    report = session.get_design_info("fractional_factorial", n_center=0)["report"]
    assert report["D_eff"] == 100.0
    assert report["alias_chains"] == ["T = P*c", "P = T*c", "c = T*P"]
    blocked = session.get_design_info("full_factorial", n_center=0, blocks=2)["report"]
    assert blocked["df_error"] == 0  # seven coefficients, one difference between blocks
    optimal = session.get_design_info("optimal", 9, effects=["T", "P"])["report"]
    assert optimal["model_terms"] == ["Intercept", "T", "P"]
    assert "report" not in session.get_design_info("lhs")


def test_rows_of_the_table_are_evaluated(session):
    with pytest.raises(OptwidgetsError, match="There are no runs"):
        session.evaluate_design()
    session.generate_initial_design("full_factorial", stage=True, replicates=2, n_center=0)
    report = session.evaluate_design(model_type="interaction", effect=1.0)
    assert (report["n_runs"], report["df_pure"], report["D_eff"]) == (16, 8, 100.0)
    assert report["power"]["T"] == report["power"]["T*P"]
    assert session.evaluate_design([{"T": 20, "P": 1, "c": "A"}])["not_estimable"][0] == "T"


def test_split_plots_are_staged_and_computed_again(session):
    points, info = session.generate_split_plot_design(
        {"hard": {"method": "full_factorial"}, "easy": {"method": "lhs", "n_points": 3}},
        replicates={"hard": 2},
        reference={"position": "start"},
        hard="T",
        stage=True,
    )
    assert info["n_plots"] == {"hard": 4}
    reasons = [row.reason for row in session.state.table]
    assert reasons[:2] == [
        "Reference (split-plot), WholePlot 1",
        "Initial DoE (split-plot), WholePlot 1",
    ]
    assert [row.inputs["T"] for row in session.state.table] == [point["T"] for point in points]
    assert session.replay()["equal"].tolist() == [True]
    # A row of the plan is recorded as it is, and completes its suggestion.
    assert session.add_experiment(points[0], output=1.0) == session.state.table.done()[0].id == 1
    session.undo()
    session.undo()
    assert not session.state.table.pending()
    with pytest.raises(OptwidgetsError, match="one entry for each"):
        session.generate_split_plot_design("lhs", hard=["T"])
