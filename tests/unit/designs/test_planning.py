from __future__ import annotations

import json
from collections import Counter

import pytest

from optwidgets.designs import DESIGNS, find_design, plan
from optwidgets.designs.options import OPTIONS
from optwidgets.errors import DesignNotEstimableError, InfeasibleRegionError, OptwidgetsError
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

NUMBERS = Space((Real("a", -1, 1), Real("b", 0, 10), Integer("n", 0, 2)))
MIXED = Space((*NUMBERS.variables, Categorical("c", ("A", "B"))))


@pytest.mark.parametrize("method", DESIGNS)
@pytest.mark.parametrize("space", [NUMBERS, MIXED], ids=["numbers", "mixed"])
def test_every_design_gives_points_of_the_space_and_facts_that_can_be_stored(method, space):
    made = plan(space, method, seed=1)
    assert made.method == method
    assert made.info["n_runs"] == len(made.points) == len(made.rows)
    assert json.loads(json.dumps(made.info, allow_nan=False)) == made.info
    for point in made.points:
        assert tuple(point) == space.names
        assert not space.outside(point)
    assert made.points == plan(space, method, seed=1).points
    assert made.points != plan(space, method, seed=2).points


@pytest.mark.parametrize("design", DESIGNS.values(), ids=list(DESIGNS))
def test_the_registry_is_complete(design):
    assert set(design.all_options) <= set(OPTIONS)
    assert set(design.defaults) <= set(design.options)
    assert design.label
    assert design.shows
    assert bool(design.source) == (design.family != "space-filling")
    assert design.takes_n_points == (design.family in ("space-filling", "optimal"))


def test_names_are_found_as_people_write_them():
    for name in ("CCD", "Box-Behnken", "Plackett Burman", "full factorial", "hammersley"):
        assert find_design(name).name in DESIGNS
    with pytest.raises(OptwidgetsError, match=r"'magic' is not known. Choose one of 'lhs'"):
        find_design("magic")


def test_the_order_is_random_unless_it_is_asked_for():
    standard = plan(NUMBERS, "box_behnken", options={"run_order": "as_generated"})
    other = plan(NUMBERS, "box_behnken", seed=3)
    assert standard.points != other.points
    assert Counter(map(str, standard.points)) == Counter(map(str, other.points))
    assert standard.info["run_order"] == "standard"


def test_replicates_and_blocks():
    made = plan(
        NUMBERS,
        "full_factorial",
        seed=0,
        options={"replicates": 2, "blocks": 2, "n_center": 0},
    )
    assert [row["Block"] for row in made.rows] == [1] * 8 + [2] * 8
    assert made.info["block_sizes"] == [8, 8]
    assert made.info["lost_to_blocks"] == 0.0
    assert set(Counter(map(str, made.points)).values()) == {2}
    costly = plan(NUMBERS, "full_factorial", seed=0, options={"blocks": 4, "n_center": 0})
    assert "hide 50 %" in costly.info["warnings"][0]
    assert "Block" not in plan(NUMBERS, "full_factorial").rows[0]


def test_the_optimal_design_of_a_space_defaults_to_a_quadratic_model():
    made = plan(NUMBERS, "optimal", 12, seed=0)
    assert made.info["model_terms"][-1] == "n^2"
    assert made.info["n_runs"] == 12
    corners = [{"a": a, "b": b, "n": n} for a in (-1, 1) for b in (0, 10) for n in (0, 2)]
    asked = {"model_type": "interaction", "augment": True}
    more = plan(NUMBERS, "optimal", 4, seed=0, existing=corners, options=asked)
    assert (more.info["n_existing"], len(more.points)) == (8, 4)


def test_constraints_are_kept():
    rule = LinearConstraint("inequality", {"a": 1, "b": 0.1}, 1.5, "sum")
    space = NUMBERS.constrain(rule)
    made = plan(space, "optimal", seed=0)
    assert not any(space.outside(point) for point in made.points)
    dense = plan(space, "full_factorial", options={"n_levels": 3})
    assert 0 < len(dense.points) < 28
    assert not any(space.outside(point) for point in dense.points)
    with pytest.raises(
        DesignNotEstimableError, match="break a constraint, and the rest cannot estimate"
    ):
        plan(space, "plackett_burman", options={"n_center": 0})


def test_what_constraints_leave_can_be_taken_all_the_same():
    space = NUMBERS.constrain(LinearConstraint("inequality", {"a": 1, "b": 0.1}, 1.5, "sum"))
    asked = {"n_center": 0, "allow_infeasible": True}
    made = plan(space, "plackett_burman", options=asked)
    assert made.points
    assert not any(space.outside(point) for point in made.points)
    assert "the rest cannot estimate its model" in made.info["warnings"][-1]
    tight = NUMBERS.constrain(LinearConstraint("inequality", {"a": 1, "b": 0.2}, 1.4, "tight"))
    fewer = plan(tight, "box_behnken", options=asked | {"blocks": 2})
    assert len(fewer.points) < 10, "fewer runs than coefficients"
    assert {label["Block"] for label in fewer.labels} == {1, 2}
    whole = plan(NUMBERS, "plackett_burman", options=asked | {"replicates": 2, "blocks": 2})
    assert len(whole.points) == 2 * len(plan(NUMBERS, "plackett_burman", options=asked).points)
    assert not any("estimate" in warning for warning in whole.info["warnings"])
    nothing = NUMBERS.constrain(LinearConstraint("equality", {"a": 1, "b": 0.1}, 0.77, "tie"))
    with pytest.raises(InfeasibleRegionError, match="No run of this Plackett-Burman design"):
        plan(nothing, "plackett_burman", options=asked)


@pytest.mark.parametrize(
    ("method", "n", "options", "words"),
    [
        ("ccd", 10, {}, "follows from its structure"),
        ("lhs", 5, {"blocks": 2}, "Design 'lhs' has no option 'blocks'. It takes lhs_criterion."),
        ("random", 5, {"x": 2}, "It takes none"),
        ("lhs", 5, {"lhs_criterion": "best"}, "'best' is not known"),
        ("ccd", None, {"n_center": -1}, "whole number from 0 to 1,000, not -1"),
        ("ccd", None, {"n_center": True}, "whole number"),
        ("ccd", None, {"n_center": 1.5}, "whole number"),
        ("ccd", None, {"ccd_face": 3}, "must be a text"),
        ("full_factorial", None, {"blocks": 9}, "9 runs cannot make 9 blocks"),
        ("full_factorial", None, {"run_order": "odd"}, "'odd' is not known"),
        ("optimal", None, {"effects": "a"}, "list of texts"),
        ("optimal", None, {"augment": 1}, "True or False"),
        ("optimal", None, {"p_multiplier": 0.5}, "from 1 to 100"),
        ("full_factorial", None, {"n_levels": 60, "replicates": 100}, "runs. Use fewer"),
    ],
)
def test_what_is_not_possible_is_a_sentence(method, n, options, words):
    with pytest.raises(OptwidgetsError, match=words):
        plan(NUMBERS, method, n, options=options)


def test_a_space_without_variables():
    with pytest.raises(OptwidgetsError, match="at least one variable"):
        plan(Space(), "ccd")


def test_runs_that_break_a_constraint_are_told():
    space = NUMBERS.constrain(LinearConstraint("inequality", {"a": 1, "b": 0.1}, 1.5, "sum"))
    made = plan(space, "full_factorial", options={"n_levels": 3})
    left_out = 28 - len(made.points)
    assert any(
        words.startswith(f"{left_out} of the 28 runs") and "were left out" in words
        for words in made.info["warnings"]
    )
