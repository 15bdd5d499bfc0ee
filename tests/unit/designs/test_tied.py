"""Optimal designs of mixtures: what follows from the other effects is left out of the model."""

from __future__ import annotations

import pytest

from optwidgets.designs.optimal import optimal_design_info
from optwidgets.designs.planning import plan
from optwidgets.designs.tied import free_effects
from optwidgets.errors import OptwidgetsError
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Real

PARTS = ("oil in *", "water", "soap")
FREE = Space((*(Real(part, 0, 1) for part in PARTS), Real("T", 20, 80)))
MIXTURE = FREE.constrain(LinearConstraint("equality", dict.fromkeys(PARTS, 1), 1, "sum"))


@pytest.mark.parametrize(
    ("model_type", "left"),
    [("linear", 3), ("interaction", 8), ("quadratic", 9)],
)
def test_as_many_effects_are_left_as_scheffe_has(model_type, left):
    effects, words = free_effects(Encoding(MIXTURE), model_type)
    assert effects is not None
    assert len(effects) == left
    assert "soap" in words
    assert free_effects(Encoding(FREE), model_type) == (None, "")


def test_a_limit_ties_nothing():
    limited = FREE.constrain(LinearConstraint("inequality", dict.fromkeys(PARTS, 1), 1, "sum"))
    assert free_effects(Encoding(limited), "quadratic") == (None, "")


def test_a_mixture_has_an_optimal_design_of_each_model_type():
    made = plan(MIXTURE, "optimal", 14, seed=1, options={"model_type": "quadratic"})
    assert all(abs(sum(point[part] for part in PARTS) - 1) < 1e-9 for point in made.points)
    assert "follow from the other effects" in made.info["warnings"][0]
    assert made.info["D_eff"] > 0
    known = optimal_design_info(Encoding(MIXTURE), model_type="quadratic")
    assert known["p_columns"] == made.info["p_columns"] == 10
    assert made.model["effects"] == known["model_terms"][1:]


def test_effects_that_are_named_are_taken_at_their_word():
    with pytest.raises(OptwidgetsError, match="'soap' cannot be told from the others"):
        plan(MIXTURE, "optimal", 14, seed=1, options={"effects": list(PARTS)})
