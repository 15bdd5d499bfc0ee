"""Several objectives are weighed by their own units, whatever the model makes of them."""

from __future__ import annotations

import numpy as np
import pytest

from optwidgets.acquisition.aims import Signed
from optwidgets.acquisition.multi_objective.straight_aim import Straight, straight_aim_of
from optwidgets.acquisition.multi_objective.suggest import _volume, choose_several, problem_for
from optwidgets.acquisition.naming import find_several
from optwidgets.acquisition.near_aim import Near
from optwidgets.data.objective import Objective
from optwidgets.data.pareto import hypervolume
from optwidgets.data.table import Row, Table
from optwidgets.designs import design
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.models.outcome_transforms import Standardised, YeoJohnson
from support.engine import space_of

# Skewed costs of opposite wishes: what bending changes most.
COSTS = {
    "far": lambda x, y: 200.0 * (x - 0.1) ** 4 + 3.0 * y,
    "near": lambda x, y: np.exp(5.0 * (1.0 - x)) + y**2,
}


def campaign(outcome):
    space = space_of(2)
    objectives = [Objective(name, "minimize") for name in COSTS]
    rows = [
        Row(i + 1, point, {n: float(f(*point.values())) for n, f in COSTS.items()}, state="done")
        for i, point in enumerate(design(space, "sobol", 16, seed=3))
    ]
    table = Table(objectives=tuple(objectives)).with_rows(rows)
    config = ModelConfig(outcome=outcome)
    models = [fit_model(training_data(space, table, o), config) for o in objectives]
    return models, objectives, space, table


def problem_of(models, objectives, space, table, **settings):
    strategy = find_several("qLogNEHVI", 2)
    return problem_for(
        models, objectives, space, table, strategy, settings, None, (), 0, lambda: None
    )


@pytest.mark.parametrize("sign", [1, -1])
@pytest.mark.parametrize("power", [0.0, 0.4, 1.0, 1.7, 2.0])
def test_worth_is_straight_and_its_slope_is_that_of_finite_differences(sign, power):
    outcomes = YeoJohnson(3.0, 2.0, power, -0.1, 0.7)
    aim = Straight(sign, outcomes)
    values = np.array([-4.0, 1.0, 2.9, 3.1, 8.0])
    z = outcomes.forward(values)
    worth, slope = aim(z)
    assert worth == pytest.approx(sign * (values - 3.0) / 2.0)
    step = 1e-6
    assert slope == pytest.approx((aim(z + step)[0] - aim(z - step)[0]) / (2 * step), rel=1e-5)
    for value, own in zip(values, worth, strict=True):
        assert aim.of_value(value) == pytest.approx(own)
    assert aim.in_units(outcomes, worth) == pytest.approx(sign * values)
    reach = np.full(5, 0.2)
    assert (aim.optimistic(z, reach) > worth).all()
    value, by_mean, by_deviation = aim.expected()(z, reach)
    assert (value == worth).all()
    assert (by_mean == slope).all()
    assert not by_deviation.any()


@pytest.mark.parametrize("reference", [[-1e308, 1e308], [1e308, 1e-300], [-1e280, 1e280]])
def test_a_reference_point_absurdly_far_away_still_gives_a_suggestion(reference):
    models, objectives, space, table = campaign("yeo-johnson")
    strategy = find_several("qLogNEHVI", 2)
    problem = problem_of(models, objectives, space, table, ref_point=reference)
    points, values = choose_several(strategy, problem, 1)
    assert np.isfinite(points).all()
    assert np.isfinite(values).all()


def test_only_bent_outcomes_of_signed_goals_are_straightened():
    models, objectives, *_ = campaign("yeo-johnson")
    assert isinstance(models[0].outcomes, YeoJohnson)
    assert isinstance(straight_aim_of(objectives[0], models[0]), Straight)
    plain, *_ = campaign("standardise")
    assert isinstance(plain[0].outcomes, Standardised)
    assert type(straight_aim_of(objectives[0], plain[0])) is Signed
    target = Objective("far", "target", target=2.0)
    assert isinstance(straight_aim_of(target, plain[0]), Near)


def test_the_volume_is_that_of_the_results_whatever_the_model_makes_of_them():
    reference = [250.0, 120.0]
    found = []
    for outcome in ("standardise", "yeo-johnson"):
        models, objectives, space, table = campaign(outcome)
        found.append(_volume(problem_of(models, objectives, space, table, ref_point=reference)))
    values = np.array([[row.outputs[name] for name in COSTS] for row in table.done()])
    scales = values.std(axis=0, ddof=1)
    exact = hypervolume(-values / scales, -np.array(reference) / scales)
    assert found == pytest.approx([exact, exact], rel=1e-6)
