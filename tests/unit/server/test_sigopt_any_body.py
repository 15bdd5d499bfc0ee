"""Whatever a client sends: it is taken, or refused with a sentence. Nothing else happens."""

from __future__ import annotations

import copy
import json

from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.definition import read_definition
from optwidgets.server.sigopt.experiment import Experiment, experiment_json
from optwidgets.server.sigopt.observing import read_batch, read_observation, record
from optwidgets.server.sigopt.rows import observation_json, suggestion_json
from optwidgets.server.sigopt.standing import best_json, progress_json, stopping_json
from optwidgets.server.sigopt.updating import read_update

X = {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}
EXPERIMENT = {
    "name": "A",
    "type": "offline",
    "parameters": [
        {**X, "prior": {"name": "normal", "mean": 0.5, "scale": 0.1}},
        {"name": "n", "type": "int", "grid": [1, 2, 5], "default_value": 2},
        {"name": "l", "type": "double", "bounds": {"min": 0.1, "max": 1}, "transformation": "log"},
        {"name": "c", "type": "categorical", "categorical_values": ["a", {"name": "b"}],
         "conditions": {"o": ["u"]}},
        {"name": "y", "type": "double", "bounds": {"min": 0, "max": 1}},
    ],
    "conditionals": [{"name": "o", "values": ["u", "v"]}],
    "linear_constraints": [
        {"type": "less_than", "threshold": 1.5, "terms": [{"name": "y", "weight": 1}]}
    ],
    "metrics": [{"name": "f"}, {"name": "g", "objective": "minimize", "threshold": 2}],
    "observation_budget": 9,
    "metadata": {"a": 1},
    "tasks": [],
}  # fmt: skip
ASSIGNMENTS = {"x": 0.5, "n": 2, "l": 0.5, "o": "u", "c": "a", "y": 0.25}
VALUES = [{"name": "f", "value": 1}, {"name": "g", "value": 2, "value_stddev": 0.1}]
OBSERVATION = {"assignments": ASSIGNMENTS, "values": VALUES, "metadata": {"seed": 3}}
UPDATE = {
    "name": "B",
    "parameters": EXPERIMENT["parameters"],
    "metrics": EXPERIMENT["metrics"],
    "metadata": {"k": "v"},
    "observation_budget": 30,
    "state": "active",
}

SMALL = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**30), 10**30),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(max_size=8),
    st.sampled_from(["x", "f", "o", "u", "task", "Output", "State", "double", "", " x", "a" * 300]),
)
ANYTHING = st.recursive(
    SMALL,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3)
    ),
    max_leaves=5,
)


def places(value, path=()):
    inner = enumerate(value) if isinstance(value, list) else getattr(value, "items", tuple)()
    for key, item in inner:
        yield (*path, key)
        yield from places(item, (*path, key))


@st.composite
def changed(draw, body):
    """A body with up to three of its parts replaced, taken away or doubled."""
    found = copy.deepcopy(body)
    for _ in range(draw(st.integers(1, 3))):
        known = list(places(found))
        if not known:
            break
        *way, key = draw(st.sampled_from(known))
        inside = found
        for step in way:
            inside = inside[step]
        what = draw(st.sampled_from(["replace", "remove", "double"]))
        if what == "remove":
            del inside[key]
        elif what == "double" and isinstance(inside, list):
            inside.append(copy.deepcopy(inside[key]))
        else:
            inside[key] = draw(ANYTHING)
    return found


def begin(body):
    session = OptimizationSession()
    session.commit(read_definition(body).changes())
    return session


def view(session):
    return Experiment(1, session.id, session.state)


def shown(session):
    """Everything that is said of an experiment can be written as JSON."""
    experiment = view(session)
    json.dumps(experiment_json(experiment, progress_json(experiment, {})), allow_nan=False)
    json.dumps([best_json(experiment, {}), stopping_json(experiment)], allow_nan=False)
    for row in session.state.table:
        json.dumps(observation_json(experiment, row), allow_nan=False)
        json.dumps(suggestion_json(experiment, row), allow_nan=False)


@settings(max_examples=60, deadline=None)
@given(changed(EXPERIMENT))
def test_any_definition(body):
    try:
        session = begin(body)
    except OptwidgetsError:
        return
    shown(session)


@settings(max_examples=60, deadline=None)
@given(changed(OBSERVATION) | changed({"observations": [OBSERVATION, OBSERVATION]}))
def test_any_observation(body):
    session = begin(EXPERIMENT)
    try:
        read = read_batch if "observations" in body else None
        found = read(body, view(session)) if read else [read_observation(body, view(session))]
        session.commit(record(view(session), found).changes)
    except OptwidgetsError:
        return
    shown(session)


@settings(max_examples=60, deadline=None)
@given(changed(UPDATE), st.booleans())
def test_any_update(body, constrained):
    definition = EXPERIMENT if constrained else {**EXPERIMENT, "linear_constraints": []}
    session = begin(definition)
    session.commit(record(view(session), [read_observation(OBSERVATION, view(session))]).changes)
    try:
        session.commit(read_update(body, view(session)).changes)
    except OptwidgetsError:
        return
    shown(session)
