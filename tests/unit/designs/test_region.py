"""What designs are judged over: the whole region and nothing but it."""

from __future__ import annotations

import numpy as np
import pytest

from optwidgets import OptimizationSession
from optwidgets.designs import plan
from optwidgets.designs.optimal import OptimalQuestion, optimal_design
from optwidgets.designs.region import evenly, extremes
from optwidgets.designs.report import report_design
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Real

CUBE = Encoding(Space((Real("a", -1, 1), Real("b", -1, 1))))
MIXTURE = Space(
    (Real("a", 0.1, 0.6), Real("b", 0.1, 0.6), Real("c", 0, 0.5)),
    (LinearConstraint("equality", {"a": 1, "b": 1, "c": 1}, 1, "sum"),),
)


@pytest.mark.parametrize("k", [3, 10])
def test_the_mean_variance_is_that_over_the_cube(k):
    space = Space(tuple(Real(f"x{i}", -1, 1) for i in range(k)))
    points = plan(space, "plackett_burman", options={"n_center": 0}).points
    encoding = Encoding(space)
    report = report_design(encoding, encoding.encode(points), model_type="linear")
    # Of an orthogonal design: (1 + the sum of the mean squares of the factors, 1/3 each) / n.
    assert report.I_var == pytest.approx((1 + k / 3) / len(points), rel=2e-3)


@pytest.mark.parametrize("n_levels", [3, 5, 11])
def test_i_optimal_is_so_over_the_region_however_many_levels(n_levels):
    asked = OptimalQuestion(model_type="quadratic", n_points=12, criterion="I", n_levels=n_levels)
    _, info = optimal_design(CUBE, asked, seed=1)
    assert info["I_var"] < 0.3035


@pytest.mark.parametrize("n_levels", [3, 5, 11])
def test_corners_of_constraints_are_candidates(n_levels):
    asked = OptimalQuestion(model_type=None, effects=["a", "b"], n_points=6, n_levels=n_levels)
    encoding = Encoding(MIXTURE)
    X, _ = optimal_design(encoding, asked, seed=1)
    found = {tuple(np.round(list(point.values()), 6)) for point in encoding.decode(X)}
    assert found == {
        (0.1, 0.4, 0.5), (0.4, 0.1, 0.5), (0.1, 0.6, 0.3),
        (0.6, 0.1, 0.3), (0.4, 0.6, 0.0), (0.6, 0.4, 0.0),
    }  # fmt: skip


def test_the_region_keeps_the_constraints():
    with_kind = Space((*MIXTURE.variables, Categorical("kind", ("u", "v"))), MIXTURE.constraints)
    encoding = Encoding(with_kind)
    for points in (extremes(encoding), evenly(encoding)):
        assert len(points)
        assert not any(with_kind.outside(point) for point in encoding.decode(points))


def test_a_mixture_design_is_judged_by_the_model_that_it_was_made_for():
    session = OptimizationSession()
    for name in "abc":
        session.add_variable(name, "real", bounds=(0, 1))
    session.add_input_constraint("equality", dict.fromkeys("abc", 1), 1)
    info = session.get_design_info("optimal", n_points=12)
    report = session.evaluate_design(info["points"])
    assert report["not_estimable"] == []
    assert set(report["power"]) == {"a", "b", "a*b", "a*c", "b*c"}
    for name in ("G_eff", "I_var"):
        assert info["report"][name] == pytest.approx(info[name])
