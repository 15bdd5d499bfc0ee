"""From points to the unit cube and back."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

SPACE = Space(
    (
        Real("rate", 0.001, 1, log=True),
        Integer("n", 1, 100, log=True),
        Discrete("SAR", (30, 80, 280)),
        Categorical("cat", ("A", "B", "C")),
    )
)
POINTS = [
    {"rate": 0.001, "n": 1, "SAR": 30.0, "cat": "A"},
    {"rate": 1.0, "n": 100, "SAR": 280.0, "cat": "C"},
    {"rate": 0.1, "n": 10, "SAR": 80.0, "cat": "B"},
]
EXPECTED = [[0, 0, 0, 0], [1, 1, 1, 1], [2 / 3, 0.5, 0.2, 0.5]]


def test_encode():
    encoding = Encoding(SPACE)
    np.testing.assert_allclose(encoding.encode(POINTS), EXPECTED, atol=1e-15)
    np.testing.assert_allclose(encoding.encode(pd.DataFrame(POINTS)), EXPECTED, atol=1e-15)
    assert encoding.encode([]).shape == (0, 4)
    assert encoding.categorical_dims == {3: 3}
    assert sorted(encoding.levels) == [1, 2, 3]
    assert len(encoding) == 4


def test_category_codes():
    encoding = Encoding(SPACE)
    X = encoding.encode(POINTS)
    codes = encoding.encode_categories(X)
    assert codes[:, 3].tolist() == [0, 2, 1]
    np.testing.assert_array_equal(codes[:, :3], X[:, :3])
    np.testing.assert_array_equal(encoding.encode_categories(POINTS), codes)
    np.testing.assert_allclose(encoding.decode_categories(codes), X)
    assert X[:, 3].tolist() == [0, 1, 0.5]  # the argument is not written to


def test_outside_encodes_outside_and_is_snapped_inside():
    encoding = Encoding(SPACE)
    far = [{"rate": 10, "n": 1000, "SAR": 500, "cat": "A"}]
    X = encoding.encode(far)
    assert (X[0, :3] > 1).all()
    assert encoding.decode(encoding.snap(X)) == [{"rate": 1.0, "n": 100, "SAR": 280.0, "cat": "A"}]


@pytest.mark.parametrize(
    ("change", "column"),
    [({"rate": None}, "rate"), ({"rate": float("nan")}, "rate"), ({"n": "x"}, "n"),
     ({"cat": "Z"}, "cat"), ({"cat": None}, "cat"), ({"SAR": float("inf")}, "SAR")],
)  # fmt: skip
def test_bad_points_name_row_and_column(change, column):
    encoding = Encoding(SPACE)
    points = [POINTS[0], {**POINTS[1], **change}]
    with pytest.raises(OptwidgetsError) as caught:
        encoding.encode(points)
    assert (caught.value.row, caught.value.column) == (1, column)
    assert not encoding.can_encode(points[1])
    assert encoding.can_encode(points[0])


def test_a_missing_column():
    with pytest.raises(OptwidgetsError, match="Column n is missing"):
        Encoding(SPACE).encode(pd.DataFrame(POINTS).drop(columns="n"))


def test_text_is_read_when_it_can_be():
    assert Encoding(Space((Real("T", 0, 10),))).encode([{"T": "2,5"}]).tolist() == [[0.25]]


@pytest.mark.parametrize("X", [[0.5], [[0.5]], np.zeros((2, 5)), np.zeros((2, 4, 1))])
def test_wrong_shapes(X):
    with pytest.raises(OptwidgetsError, match="n x 4"):
        Encoding(SPACE).decode(X)


def test_an_empty_space():
    encoding = Encoding(Space())
    assert encoding.encode([{}, {}]).shape == (2, 0)
    assert encoding.decode(np.zeros((2, 0))) == [{}, {}]


cube = st.floats(-0.5, 1.5)


@given(st.from_type(Space), st.data())
def test_decoded_points_are_real_points_of_the_space(space, data):
    encoding = Encoding(space)
    X = data.draw(hnp.arrays(np.float64, (3, len(space)), elements=cube))
    snapped = encoding.snap(X)
    assert ((snapped >= 0) & (snapped <= 1)).all()
    np.testing.assert_allclose(encoding.snap(snapped), snapped, atol=1e-9)
    points = encoding.decode(snapped)
    for point in points:
        assert space.check_point(point) == point
        assert space.outside(point) == []
        assert encoding.can_encode(point)
    np.testing.assert_allclose(encoding.encode(points), snapped, atol=1e-9)
    assert encoding.decode(encoding.encode(points))[0].keys() == points[0].keys()


@given(st.from_type(Space), st.data())
def test_snap_finds_the_decoded_point(space, data):
    encoding = Encoding(space)
    X = data.draw(hnp.arrays(np.float64, (2, len(space)), elements=st.floats(0, 1)))
    for raw, snapped in zip(encoding.decode(X), encoding.decode(encoding.snap(X)), strict=True):
        for variable in space:
            if variable.kind != "real":
                assert raw[variable.name] == snapped[variable.name]


@given(st.from_type(Space))
def test_levels_are_ascending_unit_values(space):
    for place, levels in Encoding(space).levels.items():
        assert levels[0] == 0
        assert levels[-1] == 1
        assert (np.diff(levels) > 0).all()
        assert space.variables[place].kind != "real"
