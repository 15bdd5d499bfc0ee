"""CPU time of a suggestion: fit and search, for several sizes of table.

Run with ``python benchmarks/engine.py [repeats]``; `against_botorch.py` compares with botorch.
"""

import os
import sys
import time
from functools import partial

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Row, Table
from optwidgets.designs import design
from optwidgets.models import ModelConfig, cross_validate, fit_model, training_data
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

SIZES = [(20, 6, 0), (100, 3, 0), (100, 6, 0), (300, 6, 0), (40, 3, 3), (100, 3, 3)]


def problem(n, d, mixed, seed=0):
    """A space of d real and some mixed variables, and a table of n results."""
    variables = [Real(f"x{i}", 0, 1) for i in range(d)]
    if mixed:
        variables += [
            Integer("n", 1, 12),
            Categorical("a", ("A", "B", "C", "D")),
            Categorical("b", ("K", "L")),
        ]
    space = Space(tuple(variables))
    rng = np.random.default_rng(seed)
    rows = []
    for i, point in enumerate(design(space, "sobol", n, seed=seed)):
        x = np.array([point[f"x{j}"] for j in range(d)])
        value = np.sin(5 * x[0]) + x[1] ** 2 - 0.5 * np.cos(3 * x.sum())
        if mixed:
            value += 0.05 * point["n"] + "ABCD".index(point["a"]) * x[0] + (point["b"] == "K")
        noise = 0.05 * rng.standard_normal()
        rows.append(Row(i + 1, point, {"Output": float(value + noise)}, state="done"))
    return space, Table().with_rows(rows)


def cpu(function, repeats):
    """Median CPU milliseconds, and the last result."""
    times = []
    for _ in range(repeats):
        start = time.process_time()
        result = function()
        times.append(1e3 * (time.process_time() - start))
    return np.median(times), result


def fitted(space, table):
    """A fitted model, with what it keeps for predictions."""
    model = fit_model(training_data(space, table, "Output"), ModelConfig())
    assert model.posterior is not None
    return model


def ours(repeats):
    """Print fit, search and validation of our engine."""
    print("       n  d  mixed    fit ms  EI ms  qLogEI x5 ms  leave-one-out ms")
    for n, d, mixed in SIZES:
        space, table = problem(n, d, mixed)
        fit, model = cpu(partial(fitted, space, table), repeats)
        search = partial(suggest, model, space, table)
        ei, _ = cpu(partial(search, strategy="EI"), repeats)
        batch, _ = cpu(partial(search, strategy="qLogEI", n=5), 1)
        validate, _ = cpu(partial(cross_validate, model), repeats)
        print(
            f"ours {n:4d} {d:2d} {'yes' if mixed else 'no':>6} {fit:9.1f} {ei:6.1f} "
            f"{batch:13.0f} {validate:17.2f}"
        )


if __name__ == "__main__":
    ours(int(sys.argv[1]) if len(sys.argv) > 1 else 5)
