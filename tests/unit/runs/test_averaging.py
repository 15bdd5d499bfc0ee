"""The mean of models, and which cannot be averaged."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.averaging import average, check_like, read_model

SHAPES = nps.array_shapes(min_dims=0, max_dims=4, max_side=3)
NUMBERS = st.floats(-1e6, 1e6)


@st.composite
def several_models(draw):
    shapes = draw(st.dictionaries(st.text(max_size=5), SHAPES, max_size=4))
    count = draw(st.integers(1, 4))
    return [
        {name: draw(nps.arrays(float, shape, elements=NUMBERS)) for name, shape in shapes.items()}
        for _ in range(count)
    ]


def as_file(model) -> bytes:
    return json.dumps({name: np.asarray(value).tolist() for name, value in model.items()}).encode()


@settings(max_examples=30, deadline=None)
@given(several_models(), st.data())
def test_the_mean_is_that_of_numpy_parameter_by_parameter(models, data):
    samples = data.draw(st.lists(st.integers(1, 9), min_size=len(models), max_size=len(models)))
    mean = json.loads(average([as_file(model) for model in models], samples))
    assert list(mean) == list(models[0])
    for name, value in mean.items():
        expected = np.average([model[name] for model in models], axis=0, weights=samples)
        np.testing.assert_allclose(value, expected, rtol=1e-9, atol=1e-9)


@settings(max_examples=30, deadline=None)
@given(several_models())
def test_a_model_is_like_itself(models):
    check_like(as_file(models[0]), as_file(models[-1]))


def test_one_model_comes_back_byte_for_byte():
    odd = b'{ "w":[1.50,  2e0],\n"n": 3 }'
    assert average([odd]) == odd


def test_a_counter_that_is_equal_stays_a_whole_number():
    assert average([b'{"n": 3, "w": 1}', b'{"n": 3, "w": 2}']) == b'{"n": 3, "w": 1.5}'


def test_samples_weigh_only_if_all_devices_gave_them():
    models = [b'{"w": 0}', b'{"w": 8}']
    assert json.loads(average(models, [3, 1])) == {"w": 2.0}
    assert json.loads(average(models, [3, None])) == {"w": 4.0}


def test_text_that_is_equal_is_kept():
    assert json.loads(average([b'{"kind": "cnn", "w": 1}', b'{"kind": "cnn", "w": 3}'])) == {
        "kind": "cnn",
        "w": 2.0,
    }


@pytest.mark.parametrize(
    ("left", "right", "named"),
    [
        ('{"w": [1, 2]}', '{"w": [1, 2, 3]}', "'w' has the shapes"),
        ('{"w": [1, 2]}', '{"v": [1, 2]}', "'v' is not in all"),
        ('{"w": [1, 2]}', '{"w": 1}', "'w' has the shapes"),
        ('{"w": [[1], [2, 3]]}', '{"w": [[1], [2]]}', "'w"),
        ('{"a": {"w": 1}}', '{"a": {"v": 1}}', "a.v"),
        ('{"a": {"w": 1}}', '{"a": 3}', "'a' is no number"),
        ('{"w": 1}', '{"w": "1"}', "'w' is no number"),
        ('{"w": true}', '{"w": false}', "'w' is no number"),
        ('{"w": "a"}', '{"w": "b"}', "'w' is no number"),
    ],
)
def test_what_is_not_alike_is_named(left, right, named):
    with pytest.raises(OptwidgetsError, match=named):
        average([left.encode(), right.encode()])


@pytest.mark.parametrize(
    "content", [b"", b"\x80", b"[1]", b"3", b"{", b'{"a": ' + b"[" * 100_000, b"null"]
)
def test_what_is_no_state_dict_is_refused(content):
    with pytest.raises(OptwidgetsError, match="model is"):
        read_model(content)


def test_a_very_deep_model_is_refused():
    deep = b'{"a": ' + b"[" * 200 + b"]" * 200 + b"}"
    with pytest.raises(OptwidgetsError, match="64 levels deep"):
        read_model(deep)


def test_numbers_of_any_length_do_no_harm():
    long = b'{"w": 1' + b"0" * 400 + b"}"
    assert json.loads(average([long, b'{"w": 0}']))["w"] == np.inf
    with pytest.raises(OptwidgetsError):
        read_model(b'{"w": 1' + b"0" * 5000 + b"}")  # Python's limit for whole numbers
