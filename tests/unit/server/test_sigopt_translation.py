"""SigOpt's experiments, suggestions and observations as sessions: the translation alone."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.data.edits import RowsAdded
from optwidgets.data.row import Row
from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt import observing, proposing, reading, rows, standing, updating
from optwidgets.server.sigopt.definition import read_definition
from optwidgets.server.sigopt.experiment import Experiment, experiment_json
from optwidgets.server.sigopt.paging import page
from optwidgets.server.sigopt.sorting import sorted_rows

X = {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}
Y = {"name": "y", "type": "double", "bounds": {"min": 0, "max": 1}}
N = {"name": "n", "type": "int", "bounds": {"min": 1, "max": 5}}
C = {"name": "c", "type": "categorical", "categorical_values": ["a", {"name": "b"}]}
TWO = [{"name": "f"}, {"name": "g", "objective": "minimize"}]


def body(*parameters: dict, **more) -> dict:
    return {"name": "Franke", "parameters": list(parameters) or [X], **more}


def begin(*parameters: dict, **more) -> OptimizationSession:
    definition = read_definition(body(*parameters, **more))
    session = OptimizationSession(name=definition.name)
    session.commit(definition.changes())
    return session


def view(session: OptimizationSession) -> Experiment:
    return Experiment(7, session.id, session.state)


def observe(session: OptimizationSession, *given: dict) -> list[int]:
    found = observing.record(
        view(session), [observing.read_observation(one, view(session)) for one in given]
    )
    session.commit(found.changes)
    return found.rows


def propose(session: OptimizationSession) -> Row:
    made = proposing.without_model(view(session))
    session.commit([RowsAdded((made,)) if isinstance(made, Row) else made])
    return list(session.state.table)[-1]


# ------------------------------------------------------------ JSON


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a": 1, "a": 2}', 'key "a" stands twice'),
        ('{"a": {"b": 1, "b": 1}}', 'key "b" stands twice'),
        ("[NaN]", "NaN is not a number"),
        ("[-Infinity]", "-Infinity is not a number"),
        ("[1e999]", "too large"),
        ('["\\u0000"]', "NUL"),
        ('{"a\\u0000": 1}', "NUL"),
        ("{", "not JSON"),
        (b"\xff", "not JSON"),
        ("[" * 5000, "nested"),
        ("9" * 5000, "not JSON"),
    ],
)
def test_json_that_no_client_sends_is_refused_with_a_sentence(text, words):
    with pytest.raises(OptwidgetsError, match=words):
        reading.read_json(text)


def test_brackets_inside_of_texts_are_no_depth():
    text = json.dumps({"metadata": {"note": "[{" * 100}})
    assert reading.read_json(text)["metadata"]["note"].startswith("[{")


# ------------------------------------------------------------ experiments


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"parameters": [X]}, "needs the key name"),
        ({"name": "", "parameters": [X]}, "1 to 100 characters"),
        ({"name": "a" * 101, "parameters": [X]}, "1 to 100 characters"),
        ({"name": "A", "parameters": []}, "1 to 100 parameters"),
        (body(X, X), "x is there twice"),
        (body(X, colour="red"), 'unknown key "colour"'),
        (body({**X, "colour": 1}), 'unknown key "colour"'),
        (body({**X, "type": "float"}), "one of double, int and categorical"),
        (body({**X, "bounds": {"min": 1, "max": 0}}), "above the minimum"),
        (body({**X, "bounds": {"min": "0", "max": 1}}), "min of bounds .* must be a number"),
        (body({**X, "bounds": {"min": True, "max": 2}}), "must be a number"),
        (body({**N, "bounds": {"min": 0.5, "max": 2}}), "whole number"),
        (body({**X, "grid": [0, 0.5]}), "must not have bounds"),
        (body({"name": "x", "type": "double", "grid": [1, 1]}), "two different numbers"),
        (body({"name": "n", "type": "int", "grid": [1, 1.5]}), "different whole numbers"),
        (body({**C, "categorical_values": ["a"]}), "two different texts"),
        (body({**C, "categorical_values": ["a", "a"]}), "two different texts"),
        (body({**C, "categorical_values": [1, 2]}), "texts of 1 to 50"),
        (body({**C, "bounds": {"min": 0, "max": 1}}), "must not have bounds"),
        (body({**C, "transformation": "log"}), "must not have transformation"),
        (body({**X, "transformation": "log"}), "above 0"),
        (body({**N, "transformation": "log"}), "of type int, not double"),
        (body({**X, "prior": {"name": "normal", "mean": 2, "scale": 1}}), "inside 0 – 1"),
        (body({**X, "prior": {"name": "normal", "mean": 0.5, "scale": 0}}), "above 0"),
        (body({**X, "prior": {"name": "cauchy"}}), "one of normal and beta"),
        (body({**N, "prior": {"name": "normal", "mean": 2, "scale": 1}}), "must not have prior"),
        (body({**X, "default_value": 2}), "lies outside"),
        (body({**X, "conditions": {"opt": "a"}}), "does not have"),
        (
            body({**X, "conditions": {"o": "z"}}, conditionals=[{"name": "o", "values": ["a", "b"]}]),
            "it can be a, b",
        ),
        (body(X, conditionals=[{"name": "x", "values": ["a", "b"]}]), "named like a conditional"),
        (body(X, metrics=[{"name": "f"}, {}]), "needs a name"),
        (body(X, metrics=["f", "f"]), "there twice"),
        (body(X, metrics=["f", "g", "h"], observation_budget=9), "at most 2"),
        (body(X, metrics=TWO), "needs an observation_budget"),
        (body(X, metrics=[{"name": "f", "threshold": 1}]), "must not have a threshold"),
        (body(X, metrics=[{"name": "f", "strategy": "store"}]), "No metric is optimised"),
        (body(X, metrics=["f", {"name": "g", "strategy": "constraint"}]), "needs a threshold"),
        (body(X, num_solutions=2), "needs an observation_budget"),
        (body(X, observation_budget=0), "at least 1"),
        (body(X, parallel_bandwidth=0), "at least 1"),
        (body(X, type="grid"), "needs a grid"),
        (
            body({"name": "x", "type": "double", "grid": [1, 2]}, type="grid", observation_budget=3),
            "is 2, not 3",
        ),
        (body(X, tasks=[{"name": "a", "cost": 1}], observation_budget=9), "at least two"),
        (
            body(X, tasks=[{"name": "a", "cost": 1}, {"name": "b", "cost": 2}]),
            "above 0 and at most 1",
        ),
        (body(X, metadata={"a": [1]}), "must be texts"),
        (body(X, metadata={str(i): 1 for i in range(101)}), "101 keys"),
        (
            body(X, linear_constraints=[{"type": "less_than", "threshold": -1,
                                         "terms": [{"name": "x", "weight": 1}]}]),
            "No point keeps",
        ),
        (
            body(X, N, linear_constraints=[{"type": "less_than", "threshold": 1, "terms": [
                {"name": "x", "weight": 1}, {"name": "n", "weight": 1}]}]),
            "must not mix",
        ),
    ],
)  # fmt: skip
def test_a_broken_rule_is_said_in_one_sentence(given, words):
    with pytest.raises(OptwidgetsError, match=words):
        read_definition(given)


def test_the_experiment_of_the_seed_comes_back_as_it_was_sent():
    session = begin({"name": "param1", "type": "double", "bounds": {"min": 0, "max": 1.0}})
    found = experiment_json(view(session), standing.progress_json(view(session), {}))
    assert found["name"] == "Franke"
    assert found["parameters"][0]["bounds"] == {"object": "bounds", "min": 0.0, "max": 1.0}
    assert found["metric"] == found["metrics"][0]
    assert found["metric"]["name"] is None
    assert found["progress"]["observation_count"] == 0
    assert session.state.table.target_names == ("Output",)


FULL = body(
    X,
    {"name": "l", "type": "double", "bounds": {"min": 0.001, "max": 1}, "transformation": "log",
     "default_value": 0.1},
    {"name": "g", "type": "int", "grid": [8, 2, 4]},
    {**C, "conditions": {"opt": ["sgd"]}},
    {**Y, "prior": {"name": "beta", "shape_a": 2, "shape_b": 3}},
    conditionals=[{"name": "opt", "values": ["adam", "sgd"]}],
    linear_constraints=[{"type": "greater_than", "threshold": 0.5, "terms": [
        {"name": "x", "weight": 1}, {"name": "y", "weight": 2}]}],
    metrics=[{"name": "f"}, {"name": "g2", "objective": "minimize", "threshold": 3},
             {"name": "cost", "objective": "minimize", "strategy": "constraint", "threshold": 9},
             {"name": "time", "strategy": "store"}],
    observation_budget=20, parallel_bandwidth=2, metadata={"team": "a"},
)  # fmt: skip


def test_everything_that_sigopt_has_is_kept_and_returned():
    found = experiment_json(view(begin()), {})  # one parameter first: nothing is shared
    assert found["metadata"] is None
    session = OptimizationSession()
    session.commit(read_definition(FULL).changes())
    found = experiment_json(view(session), {})
    by_name = {item["name"]: item for item in found["parameters"]}
    assert by_name["l"]["transformation"] == "log"
    assert by_name["l"]["default_value"] == 0.1
    assert by_name["g"]["grid"] == [2, 4, 8]
    assert by_name["g"]["bounds"] == {"object": "bounds", "min": 2, "max": 8}
    assert by_name["c"]["conditions"] == {"opt": ["sgd"]}
    assert by_name["y"]["prior"]["shape_b"] == 3.0
    assert found["conditionals"] == [
        {"object": "conditional", "name": "opt", "values": ["adam", "sgd"]}
    ]
    assert found["linear_constraints"][0]["type"] == "greater_than"
    assert found["linear_constraints"][0]["threshold"] == 0.5
    assert [item["strategy"] for item in found["metrics"]] == [
        "optimize", "optimize", "constraint", "store",
    ]  # fmt: skip
    assert [item["threshold"] for item in found["metrics"]] == [None, 3.0, 9.0, None]
    assert (found["observation_budget"], found["parallel_bandwidth"]) == (20, 2)
    assert found["metadata"] == {"team": "a"}
    # In the notebook it is a session like any other.
    assert session.state.space["c"].active_if.to_dict() == {"opt": ["sgd"]}
    assert session.get_input_constraints()[0]["formula"] == "x + 2 y ≥ 0.5"


numbers = st.floats(-1e6, 1e6, allow_nan=False)


@st.composite
def parameters(draw):
    found = []
    for place in range(draw(st.integers(1, 4))):
        name = f"p{place}"
        kind = draw(st.sampled_from(["double", "log", "int", "grid", "categorical"]))
        low = draw(st.integers(-100, 100))
        if kind == "double":
            found.append(
                {
                    "name": name,
                    "type": kind,
                    "bounds": {"min": low, "max": low + draw(st.integers(1, 9))},
                }
            )
        elif kind == "log":
            found.append(
                {
                    "name": name,
                    "type": "double",
                    "transformation": "log",
                    "bounds": {"min": 0.5, "max": 0.5 + draw(st.integers(1, 9))},
                }
            )
        elif kind == "int":
            found.append(
                {
                    "name": name,
                    "type": kind,
                    "bounds": {"min": low, "max": low + draw(st.integers(1, 9))},
                }
            )
        elif kind == "grid":
            values = draw(st.lists(st.integers(-50, 50), min_size=2, max_size=4, unique=True))
            found.append(
                {"name": name, "type": draw(st.sampled_from(["int", "double"])), "grid": values}
            )
        else:
            found.append({"name": name, "type": kind, "categorical_values": ["a", "b", "c"]})
    return found  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(parameters())
def test_an_experiment_that_is_read_back_makes_the_same_space(given_parameters):
    session = begin(*given_parameters)
    found = experiment_json(view(session), {})
    plain = [
        {key: value for key, value in item.items() if key != "object" and value}
        for item in found["parameters"]
    ]
    again = read_definition(body(*plain))
    assert again.space == session.state.space
    # What is suggested can be reported as it came.
    row = propose(session)
    suggestion = rows.suggestion_json(view(session), row)
    assert suggestion["state"] == "open"
    observe(session, {"assignments": suggestion["assignments"], "value": 1.5})
    assert len(session.state.table) == 1
    assert session.state.table.row(row.id).state == "done"


def test_a_session_of_a_notebook_can_be_seen_as_an_experiment():
    session = OptimizationSession(name="Reactor")
    session.add_variable("T", "real", bounds=(20, 100), unit="°C")
    session.add_variable("cat", "categorical", categories=["A", "B"])
    session.add_variable("load", "real", bounds=(0, 1), active_if={"cat": ["B"]})
    session.add_objective("Yield", "maximize")
    session.add_objective("pH", "target", target=7)
    session.add_experiment({"T": 50, "cat": "A"}, {"Yield": 3, "pH": 7.2})
    found = experiment_json(view(session), standing.progress_json(view(session), {}))
    assert [item["name"] for item in found["parameters"]] == ["T", "load"]
    assert found["conditionals"][0]["name"] == "cat"
    assert [item["strategy"] for item in found["metrics"]] == ["optimize", "store"]
    assert found["progress"]["observation_count"] == 1
    row = session.state.table.row(1)
    assert rows.observation_json(view(session), row)["assignments"] == {"T": 50.0, "cat": "A"}


# ------------------------------------------------------------ suggestions and observations


def test_a_result_typed_into_the_grid_closes_the_suggestion():
    session = begin()
    row = propose(session)
    session.experiment_manager.record(row.id, 3.5)
    done = session.state.table.row(row.id)
    assert rows.suggestion_json(view(session), done)["state"] == "closed"
    seen = rows.observation_json(view(session), done)
    assert (seen["suggestion"], seen["value"]) == (str(row.id), 3.5)


def test_both_forms_of_a_value_are_taken_and_returned():
    session = begin()
    old, new = observe(
        session,
        {"assignments": {"x": 0.5}, "value": 1, "value_stddev": 0.5},
        {"assignments": {"x": 0.25}, "values": [{"value": 2}]},
    )
    first = rows.observation_json(view(session), session.state.table.row(old))
    assert first["values"][0] == {
        "object": "metric_evaluation", "name": None, "value": 1.0, "value_stddev": 0.5,
    }  # fmt: skip
    assert (first["value"], first["value_stddev"]) == (1.0, 0.5)
    assert session.state.table.row(old).noise == 0.25
    assert rows.observation_json(view(session), session.state.table.row(new))["value"] == 2.0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"value": 1}, "either suggestion or assignments"),
        ({"suggestion": "1", "assignments": {"x": 1}, "value": 1}, "either suggestion"),
        ({"suggestion": "9", "value": 1}, "no suggestion 9"),
        ({"suggestion": "x", "value": 1}, "must be an id"),
        ({"assignments": {"x": 0.5}}, "needs a value"),
        ({"assignments": {"x": 0.5}, "value": "1"}, "must be a number"),
        ({"assignments": {"x": "0.5"}, "value": 1}, "must be a number"),
        ({"assignments": {"x": 0.5, "z": 1}, "value": 1}, "no parameter"),
        ({"assignments": {}, "value": 1}, "need a value of x"),
        ({"assignments": {"x": 0.5}, "value": 1, "failed": True}, "must not have values"),
        ({"assignments": {"x": 0.5}, "value": 1, "values": [{"value": 1}]}, "not both"),
        ({"assignments": {"x": 0.5}, "values": [{"value": 1}, {"value": 2}]}, "twice"),
        ({"assignments": {"x": 0.5}, "values": [{"value": 1, "name": "g"}]}, "the name g"),
        ({"assignments": {"x": 0.5}, "value": 1, "value_stddev": -1}, "at least 0"),
        ({"assignments": {"x": 0.5}, "value": 1, "task": "a"}, "no tasks"),
    ],
)
def test_a_report_that_is_no_observation_is_refused(given, words):
    session = begin()
    with pytest.raises(OptwidgetsError, match=words):
        observe(session, given)
    assert len(session.state.table) == 0


def test_values_outside_of_the_bounds_are_the_history_of_other_runs():
    session = begin()
    (number,) = observe(session, {"assignments": {"x": 7}, "value": 1})
    assert session.state.table.row(number).inputs["x"] == 7.0


def test_a_failure_has_no_values():
    session = begin()
    row = propose(session)
    observe(session, {"suggestion": str(row.id), "failed": True})
    seen = rows.observation_json(view(session), session.state.table.row(row.id))
    assert (seen["failed"], seen["values"], seen["value"]) == (True, [], None)


def test_a_second_result_of_a_suggestion_is_a_row_of_its_own():
    session = begin()
    row = propose(session)
    observe(session, {"suggestion": row.id, "value": 1})
    found = observing.record(
        view(session),
        [observing.read_observation({"suggestion": row.id, "value": 2}, view(session))],
    )
    session.commit(found.changes)
    (number,) = found.rows
    seen = rows.observation_json(
        view(session), session.state.table.row(number), found.marks[number]
    )
    assert (number, seen["suggestion"], seen["value"]) == (2, str(row.id), 2.0)


def test_a_batch_is_all_or_nothing():
    session = begin()
    given = {"observations": [{"assignments": {"x": 0.1}, "value": 1}, {"assignments": {"x": 0.2}}]}
    with pytest.raises(OptwidgetsError, match="Error in observation 2/2: "):
        observing.read_batch(given, view(session))


# ------------------------------------------------------------ kinds of experiments


def test_a_grid_is_walked_once():
    session = begin({"name": "x", "type": "double", "grid": [1, 2]}, {**C}, type="grid")
    assert view(session).kept["observation_budget"] == 4
    seen = [tuple(propose(session).inputs.values()) for _ in range(4)]
    assert seen == [(1.0, "a"), (1.0, "b"), (2.0, "a"), (2.0, "b")]
    with pytest.raises(OptwidgetsError, match="complete"):
        propose(session)


def test_a_random_search_goes_on_when_each_combination_was_tried():
    session = begin({"name": "x", "type": "double", "grid": [1, 2]}, type="random")
    seen = [propose(session).inputs["x"] for _ in range(5)]
    assert set(seen) == {1.0, 2.0}


def test_tasks_share_the_budget_and_only_the_dearest_counts():
    tasks = [{"name": "cheap", "cost": 0.25}, {"name": "full", "cost": 1}]
    session = begin(tasks=tasks, observation_budget=10)
    for place in range(10):
        row = propose(session)
        observe(session, {"suggestion": row.id, "value": 100 - place})
    used = [row.inputs["task"] for row in session.state.table]
    assert used.count("cheap") == 8
    assert used.count("full") == 2
    best = standing.best_json(view(session), {})
    assert best[0]["task"]["name"] == "full"
    assert "task" not in best[0]["assignments"]
    progress = standing.progress_json(view(session), {})
    assert progress["observation_budget_consumed"] == pytest.approx(4.0)


def test_first_points_follow_the_prior():
    prior = {"name": "normal", "mean": 0.2, "scale": 0.02}
    session = begin({**X, "prior": prior})
    seen = [propose(session).inputs["x"] for _ in range(8)]
    assert 0.1 < min(seen) < max(seen) < 0.3


def test_open_suggestions_never_repeat():
    session = begin(X, C)
    seen = {json.dumps(dict(propose(session).inputs)) for _ in range(12)}
    assert len(seen) == 12


# ------------------------------------------------------------ what is best


def test_the_best_of_two_metrics_is_the_front():
    session = begin(metrics=TWO, observation_budget=9)
    for x, f, g in [(0.1, 1, 1), (0.2, 2, 2), (0.3, 1, 3)]:
        observe(session, {"assignments": {"x": x},
                          "values": [{"name": "f", "value": f}, {"name": "g", "value": g}]})  # fmt: skip
    assert [item["id"] for item in standing.best_json(view(session), {})] == ["1", "2"]


def test_the_best_keeps_the_thresholds_of_constraints():
    limit = {"name": "c", "objective": "minimize", "strategy": "constraint", "threshold": 2}
    session = begin(metrics=["f", limit], observation_budget=9)
    for x, f, c in [(0.1, 5, 3), (0.2, 2, 1), (0.3, 1, 2)]:
        observe(session, {"assignments": {"x": x},
                          "values": [{"name": "f", "value": f}, {"name": "c", "value": c}]})  # fmt: skip
    assert [item["id"] for item in standing.best_json(view(session), {})] == ["2"]


def test_several_solutions_are_far_from_each_other():
    session = begin(num_solutions=2, observation_budget=20)
    for x, f in [(0.1, 9.0), (0.12, 8.9), (0.11, 8.8), (0.9, 8.0), (0.5, 1), (0.6, 1)]:
        observe(session, {"assignments": {"x": x}, "value": f})
    found = [item["assignments"]["x"] for item in standing.best_json(view(session), {})]
    assert found == [0.1, 0.9]


def test_it_stops_when_nothing_better_is_found_and_when_the_budget_is_used():
    session = begin(observation_budget=10)
    for place in range(5):
        observe(session, {"assignments": {"x": place / 10}, "value": 10 - place})
    assert standing.stopping_json(view(session)) == {
        "object": "stopping_criteria", "should_stop": False, "reasons": [],
    }  # fmt: skip
    for place in range(6):
        observe(session, {"assignments": {"x": 0.5 + place / 20}, "value": 0})
    found = standing.stopping_json(view(session))
    assert found["reasons"] == ["possible_stagnation", "observation_budget_reached"]


# ------------------------------------------------------------ updates


def test_parameters_change_by_the_whole_list_and_old_rows_get_the_default():
    session = begin(X, N)
    observe(session, {"assignments": {"x": 0.5, "n": 2}, "value": 1})
    z = {"name": "z", "type": "double", "bounds": {"min": 0, "max": 4}, "default_value": 2}
    wide = {"name": "x", "bounds": {"min": 0, "max": 3}}
    session.commit(updating.read_update({"parameters": [wide, z]}, view(session)).changes)
    assert session.state.space.names == ("x", "z")
    assert session.state.space["x"].bounds == (0.0, 3.0)
    assert session.state.table.row(1).inputs["z"] == 2.0


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"tasks": []}, "tasks of an experiment cannot change"),
        ({"nmae": "A"}, "unknown key"),
        ({"parameters": [{"name": "x", "type": "int", "bounds": {"min": 0, "max": 3}}]}, "type of"),
        ({"parameters": [{**X, "conditions": {"o": "a"}}]}, "does not have"),
        ({"parameters": [X, Y]}, "needs a default_value"),
        ({"parameters": []}, "needs a parameter"),
        ({"metrics": [{"name": "new"}]}, "no metric new"),
        ({"metrics": [{"name": "f", "objective": "minimize"}]}, "Only the threshold"),
        ({"metrics": [{"name": "f", "threshold": 1}]}, "must not have a threshold"),
    ],
)
def test_what_an_experiment_is_about_cannot_change_later(given, words):
    session = begin(metrics=["f"])
    with pytest.raises(OptwidgetsError, match=words):
        updating.read_update(given, view(session))


def test_a_threshold_can_change():
    limit = {"name": "c", "objective": "minimize", "strategy": "constraint", "threshold": 2}
    session = begin(metrics=["f", limit], observation_budget=9)
    update = updating.read_update({"metrics": [{"name": "c", "threshold": 5}]}, view(session))
    session.commit(update.changes)
    assert session.state.table.objective("c").upper == 5.0


# ------------------------------------------------------------ lists


@settings(max_examples=60, deadline=None)
@given(st.lists(st.integers(1, 99), unique=True, max_size=25), st.integers(1, 7))
def test_pages_lead_through_the_whole_list_and_back(items, size):
    seen, marker = [], None
    for _ in range(30):
        found, paging = page(items, int, limit=str(size), before=marker)
        seen += found
        marker = paging["before"]
        if marker is None:
            break
    assert seen == items
    if items:
        back, marker = [], str(items[-1])
        while marker is not None:
            found, paging = page(items, int, limit=str(size), after=marker)
            back = found + back
            marker = paging["after"]
        assert back == items[:-1]


@pytest.mark.parametrize("asked", [{"limit": "-1"}, {"limit": "1001"}, {"limit": "x"},
                                   {"before": ""}, {"before": "77"}, {"after": "x"},
                                   {"before": "1", "after": "2"}])  # fmt: skip
def test_a_broken_page_is_refused(asked):
    with pytest.raises(OptwidgetsError):
        page([3, 2, 1], int, **asked)


def test_observations_are_sorted_by_what_is_asked_for():
    session = begin(metrics=["f"])
    for x, f in [(0.3, 1), (0.1, 3), (0.2, 2)]:
        observe(session, {"assignments": {"x": x}, "values": [{"name": "f", "value": f}]})
    one = replace(view(session))

    def order(**asked):
        return [row.id for row in sorted_rows(one, one.observed(), {}, **asked)]

    assert order() == [3, 2, 1]
    assert order(sort="value-f") == [2, 3, 1]
    assert order(sort="parameter-x", ascending="true") == [2, 3, 1]
    assert order(sort="id", ascending="True") == [1, 2, 3]
    with pytest.raises(OptwidgetsError, match="sort must be"):
        order(sort="value-zz")
