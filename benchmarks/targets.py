"""Reaching a target: the model of the results against a model of their distance from it.

Run with ``python benchmarks/targets.py [seeds] [budget] [problem,...]``. The target is the
result that one of five random points undercuts. Each row gives, for each variant, the median
final distance as a share of the spread of results, and the median over seeds of the mean log10
of it after the start.
"""

import os
import sys

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import problems

from optwidgets.acquisition.suggest import suggest
from optwidgets.data.objective import Objective
from optwidgets.data.table import Row, Table
from optwidgets.designs import design
from optwidgets.models import ModelConfig, fit_model, training_data

FLOOR = 1e-5
FIRST_SEED = 300
DEFAULT = "branin,hartmann6,ackley5,levy8"
#: Name to strategy, and whether the distance itself is what is modelled.
VARIANTS = {
    "LogEI": ("LogEI", False),
    "UCB": ("UCB", False),
    "LogEI, distance modelled": ("LogEI", True),
}


def campaign(problem, seed, budget, strategy, distances):
    """Final distance and mean log10 distance after the start, as shares of the spread."""
    space = problem.space
    initial = len(space) + 2
    others = design(space, "random", 200, seed=seed + 1)
    drawn = np.array([problem.cost(point) for point in others])
    target, spread = float(np.quantile(drawn, 0.2)), float(drawn.std())
    near = Objective("Output", "target", target=target)
    goal = Objective("Output") if distances else near
    config = ModelConfig() if distances else ModelConfig(outcome="standardise")
    plan = design(space, "sobol", initial, seed=seed)
    rows, best, logs = [], np.inf, []
    for i in range(budget):
        if i < initial:
            point = plan[i]
        else:
            table = Table(objectives=(goal,)).with_rows(rows)
            model = fit_model(training_data(space, table, goal), config, seed=seed)
            point = suggest(model, space, table, strategy=strategy, goal=goal, seed=seed + i)[
                0
            ].inputs
        y = float(problem.cost(point))
        result = near.worth(y) if distances else y
        rows.append(Row(i + 1, point, {"Output": result}, state="done"))
        best = min(best, abs(y - target) / spread)
        if i >= initial:
            logs.append(np.log10(max(best, FLOOR)))
    return best, float(np.mean(logs))


def main(seeds=8, budget=20, names=DEFAULT):
    print("| problem |", " | ".join(VARIANTS), "|")
    print("| --- |", " | ".join("---" for _ in VARIANTS), "|")
    for name in names.split(","):
        cells = []
        for strategy, distances in VARIANTS.values():
            found = [
                campaign(problems.make(name, FIRST_SEED + k), FIRST_SEED + k, int(budget), strategy, distances)
                for k in range(int(seeds))
            ]  # fmt: skip
            final, mean = np.median(np.array(found), axis=0)
            cells.append(f"{final:.1e}, {mean:.2f}")
        print(f"| {name} |", " | ".join(cells), "|", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
