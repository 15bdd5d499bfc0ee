"""Test problems for whole campaigns, moved at run time so that nothing can be tuned to them.

Every continuous problem is shifted by a random vector (and its coordinates mirrored or
swapped at random), drawn from the seed of the run: the optimum lies somewhere else each
time, and its value is known. All are minimised.

Sources
-------
S. Surjanovic and D. Bingham, Virtual Library of Simulation Experiments (formulas and
domains of Branin, Hartmann, Ackley, Rosenbrock, Levy, Griewank, Styblinski-Tang,
Michalewicz, Rastrigin, Dixon-Price).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real

#: Share of each domain by which a problem is shifted at most.
SHIFT = 0.15


@dataclass(frozen=True)
class Problem:
    """One problem at one seed: a space, what it costs to be at a point, and the least cost."""

    name: str
    space: Space
    cost: Callable[[dict[str, Any]], float]
    least: float
    noise: float = 0.0

    def observe(self, point: dict[str, Any], rng: np.random.Generator) -> float:
        """Cost as an experiment would show it."""
        return self.cost(point) + self.noise * float(rng.standard_normal())


def branin(x):
    valley = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return valley**2 + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


_HARTMANN_A = np.array(
    [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14],
     [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
)  # fmt: skip
_HARTMANN_P = 1e-4 * np.array(
    [[1312, 1696, 5569, 124, 8283, 5886], [2329, 4135, 8307, 3736, 1004, 9991],
     [2348, 1451, 3522, 2883, 3047, 6650], [4047, 8828, 8732, 5743, 1091, 381]]
)  # fmt: skip


def hartmann6(x):
    inner = (_HARTMANN_A * (x - _HARTMANN_P) ** 2).sum(axis=1)
    return -float(np.array([1.0, 1.2, 3.0, 3.2]) @ np.exp(-inner))


def ackley(x):
    a = -20 * math.exp(-0.2 * math.sqrt(float(np.mean(x**2))))
    return a - math.exp(float(np.mean(np.cos(2 * math.pi * x)))) + 20 + math.e


def rosenbrock(x):
    return float((100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum())


def levy(x):
    w = 1 + (x - 1) / 4
    middle = ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(math.pi * w[:-1] + 1) ** 2)).sum()
    last = (w[-1] - 1) ** 2 * (1 + math.sin(2 * math.pi * w[-1]) ** 2)
    return math.sin(math.pi * w[0]) ** 2 + float(middle) + last


def griewank(x):
    product = np.cos(x / np.sqrt(np.arange(1, len(x) + 1))).prod()
    return float((x**2).sum() / 4000 - product + 1)


def styblinski(x):
    return float((x**4 - 16 * x**2 + 5 * x).sum()) / 2 + 39.16616570377142 * len(x)


def dixon_price(x):
    i = np.arange(2, len(x) + 1)
    return float((x[0] - 1) ** 2 + (i * (2 * x[1:] ** 2 - x[:-1]) ** 2).sum())


def rastrigin(x):
    return float(10 * len(x) + (x**2 - 10 * np.cos(2 * math.pi * x)).sum())


def bowl(x):
    """A badly scaled quadratic: easy to climb, easy to misjudge."""
    return float((np.logspace(0, 2, len(x)) * x**2).sum())


#: name: (formula, dimension, lower, upper, least value)
CONTINUOUS = {
    "branin": (branin, 2, (-5, 0), (10, 15), 0.39788735772973816),
    "hartmann6": (hartmann6, 6, 0, 1, -3.322368011391339),
    "ackley5": (ackley, 5, -15, 15, 0.0),
    "rosenbrock4": (rosenbrock, 4, -2, 2, 0.0),
    "levy8": (levy, 8, -10, 10, 0.0),
    "griewank5": (griewank, 5, -10, 10, 0.0),
    "styblinski4": (styblinski, 4, -5, 5, 0.0),
    "dixonprice6": (dixon_price, 6, -5, 5, 0.0),
    "rastrigin3": (rastrigin, 3, -2.5, 2.5, 0.0),
    "bowl5": (bowl, 5, -1, 1, 0.0),
}
#: Problems of many variables, for long campaigns; only those that are named are run.
MANY = {
    "ackley20": (ackley, 20, -15, 15, 0.0),
    "levy16": (levy, 16, -10, 10, 0.0),
    "rosenbrock10": (rosenbrock, 10, -2, 2, 0.0),
    "styblinski10": (styblinski, 10, -5, 5, 0.0),
    "dixonprice12": (dixon_price, 12, -5, 5, 0.0),
    "griewank8": (griewank, 8, -10, 10, 0.0),
}
NOISY = {"noisy_hartmann6": ("hartmann6", 0.1), "noisy_branin": ("branin", 2.0)}
NAMES = (*CONTINUOUS, *NOISY, "mixed_ackley", "reactor")


def make(name: str, seed: int) -> Problem:
    """Problem `name`, moved as the seed says."""
    rng = np.random.default_rng([seed, sum(map(ord, name))])
    if name in NOISY:
        base, noise = NOISY[name]
        clean = _continuous(base, rng)
        return Problem(name, clean.space, clean.cost, clean.least, noise)
    if name == "mixed_ackley":
        return _mixed_ackley(rng)
    if name == "reactor":
        return _reactor(rng)
    return _continuous(name, rng)


def _continuous(name: str, rng: np.random.Generator) -> Problem:
    formula, d, low, high, least = (CONTINUOUS | MANY)[name]
    low, high = np.broadcast_to(low, d).astype(float), np.broadcast_to(high, d).astype(float)
    shift = rng.uniform(-SHIFT, SHIFT, d) * (high - low)
    mirrored = rng.random(d) < 0.5
    # The domain moves along with the formula, so that the optimum stays inside it.
    order = rng.permutation(d)
    space = Space(tuple(Real(f"x{i}", 0.0, 1.0) for i in range(d)))

    def cost(point: dict[str, Any]) -> float:
        u = np.array([point[f"x{i}"] for i in range(d)])[order]
        u = np.where(mirrored, 1 - u, u)
        return float(formula(low + u * (high - low) + shift))

    return Problem(
        name, space, cost, least if _inside(name, low, high, shift) else _search(cost, d, least)
    )


_MINIMA = {
    "branin": [(-math.pi, 12.275), (math.pi, 2.275), (9.42478, 2.475)],
    "hartmann6": [(0.20169, 0.150011, 0.476874, 0.275332, 0.311652, 0.6573)],
    "rosenbrock4": [(1, 1, 1, 1)],
    "rosenbrock10": [(1,) * 10],
    "levy8": [(1,) * 8],
    "levy16": [(1,) * 16],
    "styblinski4": [(-2.903534,) * 4],
    "styblinski10": [(-2.903534,) * 10],
    "dixonprice6": [tuple(2 ** (-(2**i - 2) / 2**i) for i in range(1, 7))],
    "dixonprice12": [tuple(2 ** (-(2**i - 2) / 2**i) for i in range(1, 13))],
}


def _inside(name: str, low, high, shift) -> bool:
    minima = _MINIMA.get(name, [(0.0,) * len(low)])
    return any(
        bool(((np.array(m) - shift >= low) & (np.array(m) - shift <= high)).all()) for m in minima
    )


def _search(cost, d: int, least: float) -> float:
    """Least value of a problem whose minimum was shifted out of its domain."""
    from scipy.optimize import dual_annealing

    names = [f"x{i}" for i in range(d)]
    found = dual_annealing(
        lambda u: cost(dict(zip(names, u, strict=True))), [(0, 1)] * d, seed=0, maxiter=300
    )
    return max(least, float(found.fun))


def _mixed_ackley(rng: np.random.Generator) -> Problem:
    """Ackley with a categorical, two integer and two real variables."""
    space = Space((
        Real("x0", 0.0, 1.0), Real("x1", 0.0, 1.0), Integer("n", 0, 10), Integer("m", 0, 10),
        Categorical("c", ("A", "B", "C", "D")),
    ))  # fmt: skip
    centre = rng.uniform(0.2, 0.8, 2)
    best_n, best_m = rng.integers(2, 9, 2)
    penalties = dict(zip("ABCD", rng.permutation([0.0, 1.0, 2.0, 3.0]), strict=True))

    def cost(point: dict[str, Any]) -> float:
        x = np.array([
            20 * (point["x0"] - centre[0]), 20 * (point["x1"] - centre[1]),
            point["n"] - best_n, point["m"] - best_m, 2 * penalties[point["c"]],
        ])  # fmt: skip
        return ackley(x)

    return Problem("mixed_ackley", space, cost, 0.0)


def _reactor(rng: np.random.Generator) -> Problem:
    """A yield with catalysts that have optima of their own; negated, in percent."""
    space = Space((
        Real("temperature", 20, 100), Real("time", 1, 60, log=True), Integer("stages", 1, 6),
        Categorical("catalyst", ("A", "B", "C")),
    ))  # fmt: skip
    places = {c: (rng.uniform(35, 90), rng.uniform(4, 40)) for c in "ABC"}
    heights = dict(zip("ABC", rng.permutation([60.0, 72.0, 85.0]), strict=True))
    best_stage = int(rng.integers(2, 6))

    def cost(point: dict[str, Any]) -> float:
        t, tau = places[point["catalyst"]]
        away = ((point["temperature"] - t) / 22) ** 2
        away += (math.log(point["time"] / tau) / 0.9) ** 2
        away += 0.15 * (point["stages"] - best_stage) ** 2
        return -heights[point["catalyst"]] * math.exp(-0.5 * away)

    return Problem("reactor", space, cost, -85.0)
