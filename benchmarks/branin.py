"""Simple regret on Branin: 25 evaluations of which 6 are the initial design, over seeds.

Run with ``python benchmarks/branin.py [seeds] [kernel] [strategy]``.
"""

import math
import sys
import time

import numpy as np

from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Row, Table
from optwidgets.designs import design
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.space.space import Space
from optwidgets.space.variable import Real

MINIMUM = 0.39788735772973816
EVALUATIONS, INITIAL = 25, 6
SPACE = Space((Real("x1", -5, 10), Real("x2", 0, 15)))


def branin(x1, x2):
    valley = x2 - 5.1 / (4 * math.pi**2) * x1**2 + 5 / math.pi * x1 - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x1) + 10


def campaign(seed, config, strategy):
    """Regret after each evaluation, (EVALUATIONS,), and CPU seconds per suggestion."""
    rows, spent = [], 0.0
    for i, point in enumerate(design(SPACE, "sobol", INITIAL, seed=seed)):
        rows.append(Row(i + 1, point, {"Output": branin(**point)}, state="done"))
    while len(rows) < EVALUATIONS:
        table = Table().with_rows(rows)
        start = time.process_time()
        model = fit_model(training_data(SPACE, table, "Output"), config, seed=seed)
        found = suggest(
            model, SPACE, table, strategy=strategy, goal="minimize", seed=1000 * seed + len(rows)
        )
        spent += time.process_time() - start
        point = found[0].inputs
        rows.append(Row(len(rows) + 1, point, {"Output": branin(**point)}, state="done"))
    values = [row.outputs["Output"] for row in rows]
    return np.minimum.accumulate(values) - MINIMUM, spent / (EVALUATIONS - INITIAL)


def main(seeds=5, kernel="Matern", strategy="EI"):
    config = ModelConfig(kernel=kernel)
    regrets, seconds = zip(*(campaign(s, config, strategy) for s in range(int(seeds))), strict=True)
    final = [regret[-1] for regret in regrets]
    for seed, regret in enumerate(final):
        print(f"seed {seed}: simple regret {regret:.2e}")
    print(
        f"{kernel}, {strategy}: median {np.median(final):.2e}, worst {max(final):.2e}, "
        f"{1e3 * np.mean(seconds):.0f} ms CPU per suggestion (fit and search)"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
