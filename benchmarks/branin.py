"""Simple regret on Branin: 25 evaluations of which 6 are the initial design, over seeds.

Run with ``python benchmarks/branin.py [seeds] [kernel]``.
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
# A balance of None is the strategy as its source defines it.
STRATEGIES = [("EI", None), ("EI", 0.75), ("UCB", None), ("qLogEI", None), ("qUCB", None)]
SPACE = Space((Real("x1", -5, 10), Real("x2", 0, 15)))


def branin(x1, x2):
    valley = x2 - 5.1 / (4 * math.pi**2) * x1**2 + 5 / math.pi * x1 - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x1) + 10


def campaign(seed, config, strategy, balance=None):
    """Regret after each evaluation, (EVALUATIONS,), and CPU seconds per suggestion."""
    rows, spent = [], 0.0
    for i, point in enumerate(design(SPACE, "sobol", INITIAL, seed=seed)):
        rows.append(Row(i + 1, point, {"Output": branin(**point)}, state="done"))
    while len(rows) < EVALUATIONS:
        table = Table().with_rows(rows)
        start = time.process_time()
        model = fit_model(training_data(SPACE, table, "Output"), config, seed=seed)
        found = suggest(
            model, SPACE, table, strategy=strategy, balance=balance, goal="minimize",
            seed=1000 * seed + len(rows),
        )  # fmt: skip
        spent += time.process_time() - start
        point = found[0].inputs
        rows.append(Row(len(rows) + 1, point, {"Output": branin(**point)}, state="done"))
    values = [row.outputs["Output"] for row in rows]
    return np.minimum.accumulate(values) - MINIMUM, spent / (EVALUATIONS - INITIAL)


def main(seeds=5, kernel="Matern"):
    config = ModelConfig(kernel=kernel)
    for strategy, balance in STRATEGIES:
        runs = [campaign(seed, config, strategy, balance) for seed in range(int(seeds))]
        final = [regret[-1] for regret, _ in runs]
        halfway = np.median([regret[14] for regret, _ in runs])
        seconds = np.mean([spent for _, spent in runs])
        name = strategy if balance is None else f"{strategy}, balance {balance:g}"
        print(
            f"{kernel}, {name:20s} median regret {np.median(final):.1e}, "
            f"quartiles {np.quantile(final, 0.25):.1e} to {np.quantile(final, 0.75):.1e}, "
            f"after 15 evaluations {halfway:.1e}; {1e3 * seconds:.0f} ms CPU per suggestion",
            flush=True,
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
