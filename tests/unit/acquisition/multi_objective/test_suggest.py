"""Suggestions for several objectives: the right end, mirrors, batches, limits, wrong questions."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from optwidgets.acquisition.base import SEVERAL
from optwidgets.acquisition.limits import Limit
from optwidgets.acquisition.multi_objective.suggest import suggest_several
from optwidgets.acquisition.naming import find_strategy
from optwidgets.data.objective import Objective
from optwidgets.data.pareto import hypervolume
from optwidgets.data.row import Row
from optwidgets.data.table import Table
from optwidgets.designs.space_filling import design
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, fit_model
from optwidgets.models.base import training_data
from support.engine import space_of

SPACE = space_of(2)


def two(x0, x1):
    """Both to be minimised; the Pareto set is x1 = 0.5 with x0 from 0.2 to 0.4."""
    far = (x1 - 0.5) ** 2
    return (x0 - 0.2) ** 2 + far, (x0 - 0.4) ** 2 + far


def campaign(goals=("minimize", "minimize"), n=16, space=SPACE, function=two, noise=0.0):
    rng = np.random.default_rng(0)
    names = "ABCDEFG"[: len(goals)]
    objectives = tuple(Objective(name, goal) for name, goal in zip(names, goals, strict=True))
    rows = []
    for i, point in enumerate(design(space, "sobol", n, seed=1), start=1):
        values = function(**point)
        outputs = {
            item.name: (1 if item.goal == "minimize" else -1) * y + noise * rng.normal()
            for item, y in zip(objectives, values, strict=True)
        }
        rows.append(Row(i, point, outputs, state="done"))
    table = Table(objectives=objectives).with_rows(rows)
    models = [fit_model(training_data(space, table, item), ModelConfig()) for item in objectives]
    return models, objectives, space, table


@pytest.mark.parametrize(
    ("goals", "noise"),
    [
        (("minimize", "minimize"), 0.0),
        (("maximize", "minimize"), 0.0),
        (("maximize", "maximize"), 0.03),
    ],
)
@pytest.mark.parametrize("strategy", SEVERAL)
def test_every_strategy_goes_to_the_pareto_set_whatever_the_goals(strategy, goals, noise):
    found = suggest_several(*campaign(goals, noise=noise), strategy=strategy, n=3, seed=2)
    assert len({tuple(p.inputs.values()) for p in found}) == 3
    for proposal in found:
        assert math.isfinite(proposal.acquisition)
        assert [name for name, *_ in proposal.predicted] == ["A", "B"]
    near = [p for p in found if 0.0 < p.inputs["x0"] < 0.62 and 0.25 < p.inputs["x1"] < 0.75]
    assert len(near) >= 2
    if not noise:
        assert len(near) == 3


@pytest.mark.parametrize("strategy", SEVERAL)
def test_mirrored_goals_give_mirrored_suggestions(strategy):
    down = suggest_several(*campaign(), strategy=strategy, n=2, seed=3)
    up = suggest_several(*campaign(("maximize", "maximize")), strategy=strategy, n=2, seed=3)
    for a, b in zip(down, up, strict=True):
        assert a.inputs == pytest.approx(b.inputs, abs=1e-4)
        assert a.acquisition == pytest.approx(b.acquisition, rel=1e-3, abs=1e-6)
        assert a.mean == pytest.approx(-b.mean, abs=1e-6)


@pytest.mark.parametrize("strategy", SEVERAL)
def test_the_seed_decides(strategy):
    known = campaign(noise=0.02)
    first, same = (suggest_several(*known, strategy=strategy, n=2, seed=5) for _ in range(2))
    assert first == same


def test_following_the_suggestions_fills_the_front():
    models, objectives, space, table = campaign(n=6)
    start = table
    for step in range(4):
        for p in suggest_several(models, objectives, space, table, n=2, seed=step):
            a, b = two(**p.inputs)
            row = Row(table.next_id, p.inputs, {"A": a, "B": b}, state="done")
            table = table.with_rows([row])
        models = [fit_model(training_data(space, table, o), ModelConfig()) for o in objectives]

    def covered(rows):
        Y = -np.array([[row.outputs["A"], row.outputs["B"]] for row in rows])
        return hypervolume(Y, np.array([-0.1, -0.1]))

    best = np.array([two(x, 0.5) for x in np.linspace(0.2, 0.4, 200)])
    ideal = hypervolume(-best, np.array([-0.1, -0.1]))
    random = list(start) + [
        Row(90 + i, p, dict(zip("AB", two(**p), strict=True)), state="done")
        for i, p in enumerate(design(space, "sobol", 8, seed=7))
    ]
    gap, random_gap = ideal - covered(table), ideal - covered(random)
    assert gap < 0.25 * random_gap
    assert gap < 0.06 * ideal


def test_a_pending_point_is_not_chosen_again():
    models, objectives, space, table = campaign()
    first = suggest_several(models, objectives, space, table, seed=1)[0]
    waiting = table.with_rows([Row(table.next_id, first.inputs, state="running")])
    second = suggest_several(models, objectives, space, waiting, seed=1)[0]
    gap = math.dist(tuple(first.inputs.values()), tuple(second.inputs.values()))
    assert gap > 0.005


def test_limits_are_kept():
    models, objectives, space, table = campaign()
    limited = Objective("A", "minimize", lower=0.02)
    limits = [Limit(limited, models[0])]
    for strategy in SEVERAL:
        found = suggest_several(
            models, (limited, objectives[1]), space, table,
            strategy=strategy, limits=limits, n=2, seed=1,
        )  # fmt: skip
        for proposal in found:
            assert two(**proposal.inputs)[0] > 0.01
            assert proposal.feasible > 0.3


@pytest.mark.parametrize("strategy", SEVERAL)
def test_results_beyond_the_limit_of_another_objective_do_not_count(strategy):
    models, objectives, space, table = campaign()
    # The best part of the square is forbidden by an objective that is not searched for.
    other = Objective("C", "minimize", upper=0.3)
    rows = [replace(row, outputs={**row.outputs, "C": 1.0 - row.inputs["x1"]}) for row in table]
    limited = Table(objectives=(*objectives, other)).with_rows(rows)
    limit = Limit(other, fit_model(training_data(space, limited, "C"), ModelConfig()))
    options = {"strategy": strategy, "limits": [limit], "n": 3, "seed": 1}
    found = suggest_several(models, objectives, space, limited, **options)
    front = [row for row in rows if row.outputs["C"] <= 0.3]
    alone = Table(objectives=(*objectives, other)).with_rows(front)
    expected = suggest_several(models, objectives, space, alone, **options)
    for proposal, twin in zip(found, expected, strict=True):
        assert proposal.inputs["x1"] > 0.67
        assert proposal.inputs == pytest.approx(twin.inputs, abs=0.02)


@pytest.mark.parametrize("strategy", SEVERAL)
def test_while_nothing_is_feasible_the_chance_leads(strategy):
    models, objectives, space, table = campaign()
    limited = Objective("A", "minimize", upper=-0.001)
    found = suggest_several(
        models, (limited, objectives[1]), space, table,
        strategy=strategy, limits=[Limit(limited, models[0])], seed=1,
    )[0]  # fmt: skip
    assert math.dist(tuple(found.inputs.values()), (0.2, 0.5)) < 0.25


def three(x0, x1):
    return (x0 - 0.2) ** 2, (x1 - 0.3) ** 2, (x0 - 0.7) ** 2 + (x1 - 0.8) ** 2


def five(x0, x1):
    return (*three(x0, x1), x0 * x1, abs(x0 - x1))


@pytest.mark.parametrize("strategy", ["qLogNEHVI", "qLogNParEGO"])
def test_three_objectives(strategy):
    known = campaign(("minimize", "minimize", "minimize"), function=three)
    options = {"mc_samples": 16, "raw_samples": 64, "restarts": 4}
    found = suggest_several(*known, strategy=strategy, n=3, seed=1, options=options)
    assert len(found) == 3
    for proposal in found:
        assert 0.1 < proposal.inputs["x0"] < 0.8
        assert 0.2 < proposal.inputs["x1"] < 0.9


def test_beyond_four_objectives_there_are_compromises():
    known = campaign(("minimize",) * 5, function=five)
    assert len(suggest_several(*known, strategy="qLogNParEGO", n=2)) == 2
    with pytest.raises(OptwidgetsError, match=r"does not work with 5 .* Choose qLogNParEGO, or"):
        suggest_several(*known, strategy="qNEHVI")


def test_weights_choose_the_compromise():
    known = campaign()
    ends = [
        suggest_several(*known, strategy="qLogNParEGO", options={"weights": w}, seed=1)[0].inputs
        for w in ([0.99, 0.01], [0.01, 0.99])
    ]
    assert ends[0]["x0"] < ends[1]["x0"]


@pytest.mark.parametrize(("weights", "better"), [([3, 1], 0), ([1, 3], 1), ([1, 0], 0)])
def test_an_objective_with_more_weight_gives_up_less(weights, better):
    # Ends of the front are easy: what counts is on which side of the middle the point is.
    known = campaign()
    options = {"weights": weights}
    found = suggest_several(*known, strategy="qLogNParEGO", options=options, seed=2)[0].inputs
    even = {"weights": [1, 1]}
    middle = suggest_several(*known, strategy="qLogNParEGO", options=even, seed=2)[0].inputs
    costs, others = two(**found), two(**middle)
    assert costs[better] < others[better]
    assert costs[1 - better] > others[1 - better]


def test_a_reference_point_bounds_the_front():
    models, objectives, space, table = campaign()
    for seed in range(3):
        found = suggest_several(
            models, objectives, space, table, options={"ref_point": [0.004, 0.2]}, seed=seed
        )[0]
        assert two(**found.inputs)[0] < 0.006


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            {"strategy": "EI"},
            "'EI' does not work with 2 objectives at once. Choose one of qLogNEHVI",
        ),
        ({"options": {"beta": 1}}, "'beta' is not known"),
        ({"options": {"ref_point": [1.0]}}, "needs 2 numbers"),
        ({"strategy": "qLogNParEGO", "options": {"weights": [1.0]}}, "weights needs 2 numbers"),
        ({"strategy": "qLogNParEGO", "options": {"weights": [0, 0]}}, "weights are all 0"),
        ({"n": 0}, "Batch size"),
    ],
)
def test_a_wrong_question_is_a_sentence(options, words):
    with pytest.raises(OptwidgetsError, match=words):
        suggest_several(*campaign(n=5), **options)


def test_one_objective_is_told_so():
    with pytest.raises(OptwidgetsError, match=r"needs at least two objectives. Choose one of EI"):
        find_strategy("qNEHVI")
