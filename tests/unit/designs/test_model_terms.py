from __future__ import annotations

import numpy as np
import pytest

from optwidgets.designs.grid import all_combinations
from optwidgets.designs.model_terms import LinearModel, Term, parse_terms
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

MIXED = Encoding(
    Space((
        Real("T", 20, 100),
        Real("k", 1e-2, 1, log=True),
        Discrete("d", (1, 2)),
        Categorical("c", ("A", "B", "C")),
    ))
)  # fmt: skip


def names(encoding, **asked):
    return LinearModel(encoding, parse_terms(encoding, **asked)).names


def test_model_types_hold_what_their_variables_can_carry():
    assert names(MIXED, model_type="linear") == ["Intercept", "T", "k", "d", "c"]
    assert names(MIXED, model_type="Interaction")[5:] == ["T*k", "T*d", "T*c", "k*d", "k*c", "d*c"]
    assert names(MIXED, model_type="quadratic")[11:] == ["T^2", "k^2"]


@pytest.mark.parametrize(
    ("text", "factors"),
    [
        ("T", ((0, 1),)),
        (" T * k ", ((0, 1), (1, 1))),
        ("k*T", ((0, 1), (1, 1))),
        ("T**2", ((0, 2),)),
        ("T^2*k", ((0, 2), (1, 1))),
        ("T*T", ((0, 2),)),
        ("T*c*k", ((0, 1), (1, 1), (3, 1))),
    ],
)
def test_effect_strings(text, factors):
    assert parse_terms(MIXED, effects=[text]) == (Term(), Term(factors))


def test_a_name_may_hold_spaces_asterisks_and_the_name_of_another():
    encoding = Encoding(Space((Real("T", 0, 1), Real("T 2", 0, 1), Real("a*b", 0, 1))))
    effects = ["T 2", "T*T 2", "a*b", "a*b**2", "T*a*b"]
    assert names(encoding, effects=effects) == [
        "Intercept",
        "T 2",
        "T*T 2",
        "a*b",
        "a*b^2",
        "T*a*b",
    ]


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({}, "either model_type"),
        ({"model_type": "linear", "effects": ["T"]}, "either model_type"),
        ({"model_type": "cubic"}, "'cubic' is not known"),
        ({"effects": "T"}, "list of texts"),
        ({"effects": ["T", 2]}, "list of texts"),
        ({"effects": ["x"]}, "'x' is not understood"),
        ({"effects": [""]}, "is not understood"),
        ({"effects": ["T*"]}, "is not understood"),
        ({"effects": ["T**"]}, "is not understood"),
        ({"effects": ["T k"]}, "is not understood"),
        ({"effects": ["c**2"]}, "categorical"),
        ({"effects": ["d**2"]}, "only 2 values"),
        ({"effects": ["T**9"]}, "from 1 to 4"),
        ({"effects": ["T**0"]}, "from 1 to 4"),
    ],
)
def test_what_cannot_be_read_is_a_sentence(asked, words):
    with pytest.raises(OptwidgetsError, match=words.replace("*", r"\*")):
        parse_terms(MIXED, **asked)


def test_a_term_is_counted_once():
    assert names(MIXED, effects=["T*k", "k*T", "T"]) == ["Intercept", "T*k", "T"]


def test_numbers_are_coded_on_their_own_scale():
    model = LinearModel(MIXED, parse_terms(MIXED, effects=["T", "k", "d"]))
    point = {"T": 60.0, "k": 0.1, "d": 2.0, "c": "A"}
    assert model.matrix(MIXED.encode([point]))[0] == pytest.approx([1, 0, 0, 1])


def test_columns_of_a_balanced_factorial_are_orthogonal_with_mean_square_one():
    encoding = Encoding(
        Space(
            (Categorical("c", ("A", "B", "C")), Categorical("e", tuple("PQRS")), Integer("n", 0, 1))
        )
    )
    terms = parse_terms(encoding, effects=["c", "e", "n", "c*e", "c*n", "e*n", "c*e*n"])
    model = LinearModel(encoding, terms)
    M = model.matrix(all_combinations(encoding))
    assert len(model) == 24
    assert pytest.approx(np.eye(24), abs=1e-12) == M.T @ M / len(M)
    assert model.columns[:6] == ["Intercept", "c[1]", "c[2]", "e[1]", "e[2]", "e[3]"]
    assert model.owners.tolist().count(model.names.index("c*e")) == 6


def test_no_rows_give_an_empty_matrix():
    model = LinearModel(MIXED, parse_terms(MIXED, model_type="quadratic"))
    assert model.matrix(np.zeros((0, 4))).shape == (0, len(model))
