"""Numerical trouble: random tables that break careless arithmetic, and what comes back.

Run with ``python benchmarks/nasty_tables.py [tables]`` (1,000): one to forty rows with
duplicates and collinear columns, outputs that are constant, of a range of 1e12, log-normal, or with
one absurd value, variables of any kind and scale, every strategy, both goals. Counts answers that
are finite and inside the space, sentences for spaces that are used up, and exceptions.
"""

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from optwidgets.acquisition.base import STRATEGIES
from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Row, Table
from optwidgets.errors import OptwidgetsError
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

SINGLE = [name for name, strategy in STRATEGIES.items() if "botorch" in strategy.backends]


def variable(name, rng):
    """A variable of any kind and scale."""
    kind = rng.integers(4)
    if kind < 2:
        return Real(name, 0, 10 ** float(rng.uniform(-6, 6)))
    if kind == 2:
        return Integer(name, 0, int(rng.integers(1, 2000)))
    return Categorical(name, tuple("ABCDE"[: int(rng.integers(2, 6))]))


def nasty(rng):
    """A space and a table."""
    space = Space(tuple(variable(f"x{i}", rng) for i in range(int(rng.integers(1, 7)))))
    points = []
    for _ in range(int(rng.choice([1, 2, 3, 5, 10, 20, 40]))):
        if points and rng.random() < 0.3:
            points.append(dict(points[rng.integers(len(points))]))
            continue
        shared = rng.random()
        units = [shared if rng.random() < 0.3 else rng.random() for _ in space]
        points.append({v.name: v.from_unit([u])[0] for v, u in zip(space, units, strict=True)})
    y = rng.normal(size=len(points))
    outputs = [
        np.full(len(y), 7.0), 1e12 * y, np.exp(8 * y), 1e12 + 1e-6 * y,
        np.where(np.arange(len(y)) == 0, 1e15, y), y,
    ][rng.integers(6)]  # fmt: skip
    rows = [
        Row(i + 1, point, {"Output": float(value)}, state="done")
        for i, (point, value) in enumerate(zip(points, outputs, strict=True))
    ]
    return space, Table().with_rows(rows)


def is_good(proposal, space):
    """Whether a proposal is finite and a point of the space."""
    numbers = [proposal.mean, proposal.sd, proposal.acquisition, proposal.gain]
    inside = all(v.contains(proposal.inputs[v.name]) for v in space)
    return inside and bool(np.isfinite(numbers).all())


def main(tables=1000):
    """Print the counts."""
    good = used_up = bad = 0
    start = time.process_time()
    for seed in range(int(tables)):
        rng = np.random.default_rng(seed)
        space, table = nasty(rng)
        strategy, goal = str(rng.choice(SINGLE)), str(rng.choice(["maximize", "minimize"]))
        try:
            model = fit_model(training_data(space, table, "Output"), ModelConfig())
            found = suggest(
                model,
                space,
                table,
                strategy=strategy,
                goal=goal,
                n=int(rng.integers(1, 3)),
                seed=seed,
            )
        except OptwidgetsError as error:
            if "combination" in str(error):
                used_up += 1
                continue
            bad += 1
            print(f"table {seed}, {strategy}: {error}")
        except Exception as error:
            bad += 1
            print(f"table {seed}, {strategy}: {type(error).__name__}: {error}")
        else:
            fine = all(is_good(proposal, space) for proposal in found)
            good += fine
            bad += not fine
            if not fine:
                print(f"table {seed}, {strategy}: not a finite point of the space")
    print(
        f"{good} finite suggestions inside the space, {used_up} spaces used up (a sentence each), "
        f"{bad} failures; {1e3 * (time.process_time() - start) / int(tables):.0f} ms CPU a table"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
