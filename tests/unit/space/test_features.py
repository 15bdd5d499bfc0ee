"""What a model sees of a point: derived values on a scale of their own, with gradients."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets.errors import OptwidgetsError
from optwidgets.space.derived import DerivedFormula, DerivedFunction, derived_from_dict
from optwidgets.space.features import Features, features_of
from optwidgets.space.search_space import SearchSpace
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

VARIABLES = (
    Real("a", 0.5, 2),
    Real("rate", 1e-3, 1, log=True),
    Integer("n", 1, 40),
    Discrete("s", (1, 2, 10)),
    Categorical("c", ("A", "B")),
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.floats(0.01, 0.99), min_size=5, max_size=5),
    st.sampled_from(["a / (a + n)", "rate * s", "exp(-a) + log(rate)", "n^2 - s", "tanh(a*n*s)"]),
)
def test_the_pullback_is_the_derivative(point, formula):
    features = Features(Space(VARIABLES, derived=(DerivedFormula("x", formula),)))
    X, up = np.array([point]), np.array([[0.3, -0.2, 0.5, 1.0, 0.0, 2.0]])
    found = features.pullback(X)(up)[0]
    for dim in range(4):
        step = np.zeros((1, 5))
        step[0, dim] = 1e-4
        change = (features(X + step) - features(X - step))[0] @ up[0] / 2e-4
        assert found[dim] == pytest.approx(change, rel=1e-3, abs=1e-4)


def test_values_lie_about_between_0_and_1_whatever_the_formula():
    derived = tuple(
        DerivedFormula(f"x{i}", text)
        for i, text in enumerate(["a * 1e9", "1 / (a - 1)", "log(a - 1)", "a - a", "sqrt(-a)"])
    )
    features = Features(Space(VARIABLES, derived=derived))
    seen = features(np.random.default_rng(1).random((500, 5)))[:, 5:]
    assert np.isfinite(seen).all()
    assert np.abs(seen).max() <= 5.0
    inside = (seen >= -0.05) & (seen <= 1.05)
    assert inside.mean(axis=0).min() > 0.9


def test_a_function_gets_whole_columns_and_labels():
    item = DerivedFunction("x", ("a", "c"))
    item.register(lambda v: np.where(v["c"] == "B", v["a"], 0.0))
    features = Features(Space(VARIABLES, derived=(item,)))
    X = np.full((2, 5), 0.5)
    X[:, 4] = [0.0, 1.0]
    low, high = features(X)[:, 5]
    assert low < high


@pytest.mark.parametrize(
    ("function", "words"),
    [(lambda _: 1 / 0, "failed: division by zero"), (lambda _: [1, 2, 3], "failed")],
)
def test_a_function_that_fails_says_so(function, words):
    item = DerivedFunction("x", ("a",))
    item.register(function)
    with pytest.raises(OptwidgetsError, match=words):
        item.compute({"a": np.ones(2)})


def test_a_space_without_derived_variables_has_no_features():
    assert features_of(Space(VARIABLES)) is None


def test_plain_forms_and_json():
    formula = DerivedFormula("x", "a*`my rate`", "what")
    assert derived_from_dict(formula.to_dict()) == formula
    function = DerivedFunction("x", ("a",))
    assert derived_from_dict(function.to_dict()) == function
    space = SearchSpace(VARIABLES)
    space.add_derived("x", "a + n")
    assert SearchSpace.from_json(space.to_json()) == space
    other = SearchSpace()
    other.replace(space.space)
    assert other == space


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda s: s.add_derived("a", "n + 1"), "a exists already"),
        (lambda s: s.add_derived("y", "n + unknown"), "unknown"),
        (lambda s: s.add_derived("y", "n + c"), "labels"),
        (lambda s: s.add_derived("y", "1 + 2"), "needs a variable"),
        (lambda s: s.add_derived("y", 7), "needs a formula or a function"),
        (lambda s: s.add_derived("y", "x + 1"), "x"),
        (lambda s: s.remove_variable("a"), "x = a \\+ n follows from a. Remove x first"),
        (lambda s: s.remove_derived("z"), "z"),
        (lambda s: s.add_variable("x", "real", bounds=(0, 1)), "x exists already"),
    ],
)
def test_what_is_not_possible_is_said(change, words):
    space = SearchSpace(VARIABLES)
    space.add_derived("x", "a + n")
    with pytest.raises(OptwidgetsError, match=words):
        change(space)


def test_a_rename_is_carried_along():
    space = SearchSpace(VARIABLES)
    space.add_derived("x", "a + n")
    space.add_derived("y", lambda v: v["a"], ["a"])
    space.rename_variable("a", "amount")
    assert space.derived[0].describe() == "x = amount + n"
    assert space.derived[1].variables == ("amount",)


def test_alchemists_names_take_functions_of_a_row():
    space = SearchSpace(VARIABLES)
    space.add_derived_variable("x", lambda row: row["a"] * row["n"], ["a", "n"], "product")
    assert space.has_derived_variables()
    assert space.get_derived_variable_names() == ["x"]
    values = {"a": np.array([1.0, 2.0]), "n": np.array([3.0, 4.0])}
    assert space.derived[0].compute(values).tolist() == [3.0, 8.0]
