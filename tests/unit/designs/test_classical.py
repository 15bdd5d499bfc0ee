from __future__ import annotations

import itertools
import math
from collections import Counter

import numpy as np
import pydoe
import pytest

from optwidgets.designs import classical
from optwidgets.designs.classical import alpha_of, box_behnken, central_composite, full_factorial
from optwidgets.designs.model_terms import LinearModel, parse_terms
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real


def reals(k, *more):
    return Encoding(Space((*(Real(f"x{i}", -1, 1) for i in range(k)), *more)))


CATEGORY = Categorical("c", ("A", "B", "C"))


def coded(made, k):
    return 2.0 * made.X[:, :k] - 1.0


def test_full_factorial_of_every_kind():
    encoding = Encoding(Space((
        Real("T", 20, 100), Integer("n", 0, 1), Discrete("d", (1, 10, 100)), CATEGORY,
    )))  # fmt: skip
    made = full_factorial(encoding, n_levels=4, n_center=4)
    points = encoding.decode(made.X[:-4])
    assert made.facts["levels_per_factor"] == [4, 2, 3, 3]
    assert len({tuple(p.values()) for p in points}) == 72 == made.facts["factorial_runs"]
    assert sorted({p["T"] for p in points}) == pytest.approx([20, 140 / 3, 220 / 3, 100])
    # Centre runs take the categories in turn.
    assert [p["c"] for p in encoding.decode(made.X[-4:])] == ["A", "B", "C", "A"]
    assert {p["T"] for p in encoding.decode(made.X[-4:])} == {60.0}


def test_without_numbers_there_is_no_centre():
    made = full_factorial(Encoding(Space((CATEGORY,))), n_center=3)
    assert (len(made.X), made.facts["center_runs"]) == (3, 0)


def test_a_factorial_that_nobody_can_carry_out():
    with pytest.raises(OptwidgetsError, match=r"has 1,048,576 runs. Use fewer levels"):
        full_factorial(reals(20))


@pytest.mark.parametrize(("k", "alpha"), [(2, 1.4142), (3, 1.6818), (4, 2.0), (5, 2.3784)])
def test_distances_of_rotatable_designs(k, alpha):
    # Montgomery 2012, section 11.4.2; Box and Hunter 1957.
    assert alpha_of("rotatable", k) == pytest.approx(alpha, abs=5e-5)


def test_the_variance_of_a_rotatable_design_depends_on_the_distance_only():
    encoding = reals(2)
    made = central_composite(encoding, ccd_alpha="rotatable", n_center=2)
    model = LinearModel(encoding, parse_terms(encoding, model_type="quadratic"))
    R = model.matrix(made.X)
    D = np.linalg.inv(R.T @ R)
    angles = np.linspace(0, 2 * math.pi, 17)
    circle = 0.5 + 0.35 * np.column_stack([np.cos(angles), np.sin(angles)])
    F = model.matrix(circle)
    variances = np.einsum("ij,jk,ik->i", F, D, F)
    assert variances == pytest.approx(np.full(17, variances[0]))


@pytest.mark.parametrize("k", [2, 3, 4])
@pytest.mark.parametrize("n_center", [0, 1, 3])
def test_cube_and_star_of_an_orthogonal_design_are_orthogonal_blocks(k, n_center):
    encoding = reals(k)
    made = central_composite(encoding, ccd_alpha="orthogonal", n_center=n_center)
    model = LinearModel(encoding, parse_terms(encoding, model_type="quadratic"))
    R = model.matrix(made.X)[:, 1:]
    cube, star = R[made.parts == 0], R[made.parts == 1]
    assert cube.mean(axis=0) == pytest.approx(star.mean(axis=0), abs=1e-12)


@pytest.mark.parametrize("face", ["circumscribed", "inscribed", "faced"])
@pytest.mark.parametrize("alpha", ["orthogonal", "rotatable"])
def test_central_composites_are_those_of_pydoe_scaled_to_the_bounds(alpha, face):
    made = central_composite(reals(3), ccd_alpha=alpha, ccd_face=face, n_center=2)
    theirs = pydoe.ccdesign(3, center=(2, 2), alpha=alpha, face=face)
    theirs = theirs / np.abs(theirs).max()
    ours = coded(made, 3)
    assert np.abs(ours).max() == pytest.approx(1.0)
    assert sorted(map(tuple, ours.round(9) + 0.0)) == sorted(map(tuple, theirs.round(9) + 0.0))
    assert bool(made.warnings) == (face == "circumscribed")


def test_run_counts_of_a_central_composite():
    facts = central_composite(reals(3), n_center=2).facts
    assert (facts["factorial_runs"], facts["axial_runs"], facts["center_runs"]) == (8, 6, 4)


@pytest.mark.parametrize(
    ("asked", "alpha"),
    [
        ("spherical", math.sqrt(3)),
        ("practical", 3**0.25),
        ("face", 1.0),
        (1.5, 1.5),
        ("r", 8**0.25),
    ],
)
def test_other_distances(asked, alpha):
    assert central_composite(reals(3), ccd_alpha=asked).facts["alpha"] == pytest.approx(alpha)
    assert central_composite(reals(3), ccd_alpha=asked, ccd_face="ccf").facts["alpha"] == 1.0


@pytest.mark.parametrize(
    ("k", "runs"),
    # Box and Behnken 1960, table 4, without their centre runs.
    [(3, 12), (4, 24), (5, 40), (6, 48), (7, 56)],
)
def test_run_counts_of_box_behnken(k, runs):
    encoding = reals(k)
    made = box_behnken(encoding, n_center=3)
    X = coded(made, k)
    assert made.facts["edge_runs"] == runs
    assert len(X) == runs + 3
    assert np.abs(X[:runs]).sum(axis=1).max() < k  # no corners
    for i in range(k):
        counts = Counter(X[:, i])
        assert set(counts) == {-1.0, 0.0, 1.0}
        assert counts[-1.0] == counts[1.0]
    model = LinearModel(encoding, parse_terms(encoding, model_type="quadratic"))
    assert np.linalg.matrix_rank(model.matrix(made.X)) == len(model)
    main = X.T @ X
    assert np.array_equal(main, np.diag(np.diag(main)))


@pytest.mark.parametrize("k", [3, 4, 5])
def test_box_behnken_is_that_of_pydoe(k):
    ours = coded(box_behnken(reals(k), n_center=2), k)
    assert sorted(map(tuple, ours)) == sorted(map(tuple, pydoe.bbdesign(k, center=2)))


@pytest.mark.parametrize("build", [box_behnken, central_composite])
def test_categories_are_crossed_with_a_response_surface(build):
    alone = build(reals(3))
    made = build(reals(3, CATEGORY))
    assert len(made.X) == 3 * len(alone.X)
    assert Counter(made.X[:, 3]) == dict.fromkeys((0.0, 0.5, 1.0), len(alone.X))


def test_two_categories_are_two_levels():
    encoding = reals(2, Categorical("c", ("A", "B")))
    made = classical.fractional(encoding, generators="a b ab", n_center=0)
    labels = [p["c"] for p in encoding.decode(made.X)]
    assert labels == ["B", "A", "A", "B"]
    assert len(classical.plackett_burman(encoding, n_center=2).X) == 6


def test_subset_designs_are_balanced_parts_of_the_factorial():
    encoding = reals(2, CATEGORY)
    made = classical.generalised_subset(encoding, gsd_reduction=3, n_levels=3)
    assert len(made.X) == 9 == made.facts["gsd_runs"]
    for dim in range(3):
        assert set(Counter(made.X[:, dim]).values()) == {3}
    combinations = set(itertools.product((0.0, 0.5, 1.0), repeat=3))
    assert len({*map(tuple, made.X)} & combinations) == 9


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: box_behnken(reals(2)), "at least 3 variables that are numbers, the space has 2"),
        (lambda: central_composite(reals(1)), "at least 2 variables"),
        (lambda: central_composite(reals(25)), "runs. Use fewer"),
        (lambda: central_composite(reals(2), ccd_alpha="far"), "ccd_alpha 'far' is not known"),
        (lambda: central_composite(reals(2), ccd_alpha=-1.0), "number above 0"),
        (lambda: central_composite(reals(2), ccd_face=""), "ccd_face '' is not known"),
        (lambda: classical.plackett_burman(reals(2, CATEGORY)), "but c has 3 categories"),
        (lambda: classical.fractional(reals(2), generators="a b", resolution=3), "either generat"),
        (lambda: classical.generalised_subset(reals(2), gsd_reduction=9), "is too large"),
        (lambda: classical.generalised_subset(reals(1), gsd_reduction=2), "two variables or more"),
    ],
)
def test_what_a_design_is_not_made_for_is_a_sentence(build, words):
    with pytest.raises(OptwidgetsError, match=words):
        build()


def test_levels_that_a_variable_cannot_take_are_told():
    made = box_behnken(reals(2, Integer("n", 0, 1)))
    assert made.warnings[0].startswith("n cannot take every level")
    assert not box_behnken(reals(2, Integer("n", 0, 2))).warnings
