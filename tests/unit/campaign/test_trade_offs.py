from __future__ import annotations

import pytest

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError


def campaign(goal: str = "maximize") -> OptimizationSession:
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 10))
    session.add_objective("A", goal)
    session.add_objective("B", "minimize")
    sign = 1 if goal == "maximize" else -1
    for x, a, b in [(1, 1.0, 1.0), (2, 2.0, 2.0), (3, 1.0, 3.0), (4, 9.0, 5.0)]:
        session.add_experiment({"x": x}, {"A": sign * a, "B": b})
    return session


@pytest.mark.parametrize("goal", ["maximize", "minimize"])
def test_pareto_set_follows_the_goals(goal):
    session = campaign(goal)
    assert session.pareto().index.tolist() == [1, 2, 4]
    assert list(session.pareto().columns) == ["x", "A", "B"]


def test_hypervolume_of_mirrored_results_is_the_same():
    up, down = campaign(), campaign("minimize")
    assert up.hypervolume() == pytest.approx(down.hypervolume())
    assert up.hypervolume([0, 6]) == down.hypervolume([0, 6]) == 9 * 1 + 2 * 3 + 1 * 1


def test_the_reference_point_is_in_the_units_of_the_results():
    found = campaign().reference_point()
    assert found == pytest.approx({"A": 1 - 0.8, "B": 5 + 0.4})


def test_outcome_constraints_are_changes_that_can_be_undone():
    session = campaign()
    session.add_outcome_constraint("B", "upper", 4)
    assert session.get_outcome_constraints() == [
        {"objective_name": "B", "bound_type": "upper", "value": 4.0}
    ]
    assert session.pareto().index.tolist() == [1, 2]
    session.undo()
    assert session.get_outcome_constraints() == []
    session.redo()
    session.change_objective("B", name="Cost")
    assert session.get_outcome_constraints()[0]["objective_name"] == "Cost"
    session.change_objective("Cost", upper=None)
    assert session.pareto().index.tolist() == [1, 2, 4]


def test_constraints_survive_a_session_file_that_another_program_edited(tmp_path):
    import json

    session = campaign()
    session.add_outcome_constraint("A", "lower", 0.5)
    document = json.loads(session.export_session_json())
    document["outcome_constraints"].append(
        {"objective_name": "A", "bound_type": "lower", "value": 1.5}
    )
    path = tmp_path / "edited.json"
    path.write_text(json.dumps(document))
    again = OptimizationSession.load_session(path)
    assert again.state.table.objective("A").lower == 1.5


def test_a_constraint_on_the_unnamed_output():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 10))
    session.add_outcome_constraint("Output", "lower", 0.5)
    assert session.state.table.objective().lower == 0.5


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("C", "upper", 1), "C is not an objective"),
        (("A", "above", 1), "'lower' or 'upper', not 'above'"),
        (("A", "upper", "high"), "is not a number"),
        (("A", "upper", float("nan")), "finite number"),
    ],
)
def test_a_wrong_constraint_is_a_sentence(arguments, words):
    with pytest.raises(OptwidgetsError, match=words):
        campaign().add_outcome_constraint(*arguments)


def test_limits_that_exclude_each_other_are_refused():
    session = campaign()
    session.add_outcome_constraint("A", "lower", 3)
    with pytest.raises(OptwidgetsError, match="lies above its upper"):
        session.add_outcome_constraint("A", "upper", 2)


def test_names_of_alchemist():
    manager = campaign().experiment_manager
    assert manager.get_pareto_frontier().index.tolist() == [1, 2, 4]
    assert manager.get_pareto_frontier(["minimize", "minimize"]).index.tolist() == [1]
    assert manager.compute_hypervolume([0, 6], ["maximize", "minimize"]) == 16
    with pytest.raises(OptwidgetsError, match="Give 2 goals"):
        manager.get_pareto_frontier(["maximize"])
    with pytest.raises(OptwidgetsError, match="needs 2 numbers"):
        manager.compute_hypervolume([0.0])


def test_no_results_have_no_front_and_no_reference_point():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 10))
    assert session.pareto().empty
    assert session.hypervolume([0.0]) == 0.0
    with pytest.raises(OptwidgetsError, match="reference point needs a row"):
        session.reference_point()
