"""Rows and their plain form."""

from __future__ import annotations

import dataclasses
import json
import math

import numpy as np
import pytest

from optwidgets.data.row import STATES, Row, SuggestionInfo
from optwidgets.errors import OptwidgetsError

FULL = Row(
    7,
    {"T": 80.0, "n": 3, "c": "A"},
    {"Yield": 71.5},
    noise=0.25,
    state="done",
    note="two\nlines",
    iteration=2,
    reason="EI",
    created_at="2026-01-01T00:00:00.000+00:00",
    finished_at="2026-01-02T00:00:00.000+00:00",
    suggestion=SuggestionInfo("EI", 70.0, 1.5, 0.1, 0.3, 4, 0.07, 0.2, False, 12),
)


def test_round_trip():
    assert Row.from_dict(json.loads(json.dumps(FULL.to_dict(), allow_nan=False))) == FULL
    assert Row.from_dict(Row(1).to_dict()) == Row(1)
    assert "noise" not in Row(1).to_dict()


def test_a_row_is_immutable_and_keeps_its_own_copy():
    given = {"T": 1.0}
    row = Row(1, given)
    given["T"] = 2.0
    assert row.inputs["T"] == 1.0
    with pytest.raises(TypeError):
        row.inputs["T"] = 3.0
    with pytest.raises(dataclasses.FrozenInstanceError):
        row.state = "done"
    assert len({row, Row(1, {"T": 1.0})}) == 1


def test_the_type_of_a_number_survives():
    row = Row.from_dict(json.loads(json.dumps(Row(1, {"n": 3, "T": 3.0}).to_dict())))
    assert type(row.inputs["n"]) is int
    assert type(row.inputs["T"]) is float


def test_numpy_values_become_python_values():
    row = Row.from_dict(
        {
            "id": np.int64(1),
            "inputs": {"n": np.int64(3), "T": np.float32(0.5), "c": np.str_("A")},
            "outputs": {"y": np.float64(2)},
            "state": "done",
            "noise": np.float64(1),
            "iteration": np.int64(2),
        }
    )
    values = [row.id, *row.inputs.values(), *row.outputs.values(), row.noise, row.iteration]
    assert [type(value) for value in values] == [int, int, float, str, float, float, int]
    json.dumps(row.to_dict())


@pytest.mark.parametrize("state", STATES)
def test_states(state):
    row = Row(1, state=state)
    assert row.is_done == (state == "done")
    assert row.is_pending == (state in ("suggested", "running"))


@pytest.mark.parametrize(
    "data",
    [None, [], {}, {"id": "1"}, {"id": 0}, {"id": True}, {"id": 1, "state": "lost"},
     {"id": 1, "state": None}, {"id": 1, "inputs": [1]}, {"id": 1, "inputs": {"T": [1]}},
     {"id": 1, "outputs": {"y": math.nan}}, {"id": 1, "outputs": {"y": "many"}},
     {"id": 1, "inputs": {"T": math.inf}}, {"id": 1, "inputs": {"T": True}},
     {"id": 1, "noise": -1}, {"id": 1, "noise": math.nan}, {"id": 1, "iteration": 1.5},
     {"id": 1, "note": 5}, {"id": 1, "suggestion": {}}, {"id": 1, "suggestion": "EI"},
     {"id": 1, "suggestion": {"strategy": "EI", "mean": "much"}}],
)  # fmt: skip
def test_damaged_rows_are_refused_in_a_sentence(data):
    with pytest.raises(OptwidgetsError):
        Row.from_dict(data)


def test_a_row_never_holds_nan():
    with pytest.raises(OptwidgetsError, match="not a finite number"):
        Row(1, {}, {"y": math.nan})
    info = SuggestionInfo("EI", mean=math.nan, sd=np.float64(1), nearest_row=np.int64(3))
    assert info.mean is None
    assert [type(value) for value in (info.sd, info.nearest_row)] == [float, int]


def test_missing_values_are_absent_keys():
    row = Row.from_dict({"id": 1, "inputs": {"T": None}, "outputs": {"y": None}})
    assert row == Row(1)
