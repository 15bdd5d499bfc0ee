"""The problems as every peer gets them: plain data to the peer, costs and limits from here.

Single-cost problems come from `problems.py`, moved at run time. Beside them stand problems with a
rule on the inputs, with a limit on an outcome, and with two costs.

Sources: branin and hartmann6 as in `problems.py`; Currin's function from C. Currin et al.,
J. Am. Stat. Assoc. 86 (1991) 953, paired with Branin as in S. Belakaria et al., NeurIPS 2019;
DTLZ2 from K. Deb et al., CEC 2002.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import problems

from comparison.scores import hypervolume
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.space import Space
from optwidgets.space.variable import Real

#: Kind of problem to its problems. A round goes through all of them, several costs last.
KINDS = {
    "continuous": ("branin", "hartmann6", "ackley5", "rosenbrock4", "levy8"),
    "noisy": ("noisy_branin", "noisy_hartmann6"),
    "mixed": ("mixed_ackley", "reactor"),
    "constrained": ("capped_hartmann6", "limited_branin"),
    "several costs": ("branin_currin",),
}
MORE = {
    "continuous": ("griewank5", "styblinski4", "dixonprice6", "rastrigin3"),
    "several costs": ("dtlz2",),
}
NAMES = tuple(name for names in KINDS.values() for name in names)


def kind_of(name: str) -> str:
    """Return the kind of a problem."""
    for kinds in (KINDS, MORE):
        for kind, names in kinds.items():
            if name in names:
                return kind
    raise KeyError(name)


@dataclass(frozen=True)
class Task:
    """One problem at one seed.

    `costs` and `limits` are without noise. `best` is the least cost that is allowed, or for
    several costs the volume that the true front dominates, below `reference`.
    """

    name: str
    space: Space
    costs: Callable[[dict[str, Any]], list[float]]
    best: float
    limits: Callable[[dict[str, Any]], list[float]] = lambda _: []
    linear: tuple[dict[str, Any], ...] = ()
    reference: tuple[float, ...] | None = None
    noise: float = 0.0
    count: tuple[int, int] = (1, 0)
    extras: dict[str, Any] = field(default_factory=dict)

    @property
    def start(self) -> int:
        """Number of results that are told before the first ask."""
        return max(8, len(self.space) + 2)

    def spec(self) -> dict[str, Any]:
        """Return what a peer may know, as plain data."""
        return {
            "variables": [_plain(variable) for variable in self.space],
            "objectives": self.count[0],
            "limits": self.count[1],
            "linear": list(self.linear),
            "reference": list(self.reference) if self.reference else None,
            "noisy": self.noise > 0,
            "start": self.start,
        }

    def observe(self, point: dict[str, Any], draw: np.random.Generator) -> dict[str, list[float]]:
        """Return what an experiment shows."""
        costs = [cost + self.noise * float(draw.standard_normal()) for cost in self.costs(point)]
        return {"cost": costs, "limits": list(self.limits(point))}


def _plain(variable: Any) -> dict[str, Any]:
    out = {"name": variable.name, "kind": variable.kind}
    if variable.kind == "categorical":
        return {**out, "values": list(variable.categories)}
    low, high = variable.bounds
    return {**out, "low": low, "high": high, "log": bool(getattr(variable, "log", False))}


def make(name: str, seed: int) -> Task:
    """Return a problem, moved as the seed says."""
    if name in _OWN:
        return _OWN[name](name, np.random.default_rng([seed, sum(map(ord, name)), 1]), seed)
    problem = problems.make(name, seed)
    return Task(
        name,
        problem.space,
        lambda point: [problem.cost(point)],
        problem.least,
        noise=problem.noise,
    )


def _capped_hartmann6(name: str, rng: np.random.Generator, seed: int) -> Task:
    """Hartmann6 where a plane in a random direction cuts off the free optimum."""
    from scipy.optimize import LinearConstraint as Plane
    from scipy.optimize import minimize

    base = make("hartmann6", seed)
    names = base.space.names
    box = [(0.0, 1.0)] * len(names)

    def cost(x):
        return base.costs(dict(zip(names, x, strict=True)))[0]

    starts = rng.random((40, len(names)))
    free = min((minimize(cost, x, bounds=box) for x in starts), key=lambda found: found.fun).x
    weights = rng.standard_normal(len(names))
    weights *= -1.0 if weights @ (0.5 - free) > 0 else 1.0
    # The plane lies 0.15 before the optimum, but never beyond the centre of the cube.
    at_optimum, at_centre = float(weights @ free), float(weights @ np.full(len(names), 0.5))
    near = at_optimum - 0.15 * float(np.linalg.norm(weights))
    cap = round(max(near, (at_optimum + at_centre) / 2), 6)
    found = [
        minimize(cost, x, bounds=box, constraints=Plane(weights, ub=cap), method="SLSQP")
        for x in (*starts, free)
    ]
    allowed = [float(each.fun) for each in found if weights @ each.x <= cap + 1e-9]
    factors = {key: float(weight) for key, weight in zip(names, weights, strict=True)}
    rule = LinearConstraint("inequality", factors, cap)
    return replace(
        base,
        name=name,
        space=Space(base.space.variables, (rule,)),
        best=min(allowed),
        linear=({"weights": factors, "most": cap},),
    )


def _limited_branin(name: str, rng: np.random.Generator, seed: int) -> Task:
    """Branin where only a disc, seen as a second outcome, is allowed."""
    base = make("branin", seed)
    centre, radius = rng.uniform(0.3, 0.7, 2), 0.3

    def excess(point):
        return [float((point["x0"] - centre[0]) ** 2 + (point["x1"] - centre[1]) ** 2 - radius**2)]

    return replace(
        base, name=name, limits=excess, count=(1, 1), best=_best_in_disc(base, centre, radius)
    )


def _best_in_disc(base: Task, centre: np.ndarray, radius: float) -> float:
    from scipy.optimize import minimize

    def point(polar):
        r, angle = radius * polar[0], polar[1]
        x = np.clip([centre[0] + r * math.cos(angle), centre[1] + r * math.sin(angle)], 0, 1)
        return {"x0": float(x[0]), "x1": float(x[1])}

    grid = [(r, a) for r in np.linspace(0, 1, 25) for a in np.linspace(0, 2 * math.pi, 60)]
    costs = [base.costs(point(polar))[0] for polar in grid]
    best = sorted(range(len(grid)), key=costs.__getitem__)[:12]
    polished = [
        minimize(
            lambda polar: base.costs(point(polar))[0],
            grid[i],
            bounds=[(0, 1), (-1, 7.5)],
        ).fun
        for i in best
    ]
    return float(min(*polished, costs[best[0]]))


def currin(x: float, y: float) -> float:
    """Currin's function on the unit square."""
    factor = 1 - math.exp(-1 / (2 * y)) if y > 0 else 1.0
    top = 2300 * x**3 + 1900 * x**2 + 2092 * x + 60
    return factor * top / (100 * x**3 + 500 * x**2 + 4 * x + 20)


def _branin_currin(name: str, rng: np.random.Generator, seed: int) -> Task:
    """Branin against Currin, mirrored and swapped at random, with Branin shifted."""
    shift = rng.uniform(-problems.SHIFT, problems.SHIFT, 2) * 15
    mirrored, order = rng.random(2) < 0.5, rng.permutation(2)

    def costs(point):
        u = np.array([point["x0"], point["x1"]])[order]
        u = np.where(mirrored, 1 - u, u)
        return [
            float(problems.branin(np.array([-5.0, 0.0]) + 15 * u + shift)),
            currin(float(u[0]), float(u[1])),
        ]

    reference = (18.0, 6.0)
    axis = np.linspace(0, 1, 201)
    seen = [costs({"x0": float(a), "x1": float(b)}) for a in axis for b in axis]
    return Task(
        name,
        Space((Real("x0", 0.0, 1.0), Real("x1", 0.0, 1.0))),
        costs,
        hypervolume(seen, reference),
        reference=reference,
        count=(2, 0),
    )


def _dtlz2(name: str, rng: np.random.Generator, seed: int) -> Task:
    """DTLZ2 with four variables, whose flat ones have their best values at random places."""
    best, order = rng.uniform(0.25, 0.75, 3), rng.permutation(4)

    def costs(point):
        u = np.array([point[f"x{i}"] for i in range(4)])[order]
        far = 1 + float(((u[1:] - best) ** 2).sum())
        return [far * math.cos(u[0] * math.pi / 2), far * math.sin(u[0] * math.pi / 2)]

    return Task(
        name,
        Space(tuple(Real(f"x{i}", 0.0, 1.0) for i in range(4))),
        costs,
        1.1**2 - math.pi / 4,
        reference=(1.1, 1.1),
        count=(2, 0),
    )


_OWN = {
    "capped_hartmann6": _capped_hartmann6,
    "limited_branin": _limited_branin,
    "branin_currin": _branin_currin,
    "dtlz2": _dtlz2,
}
