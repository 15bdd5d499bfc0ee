"""Data for tests of the engine: spaces, results and finite differences."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from optwidgets.data.table import Objective, Row, Table
from optwidgets.models import TrainingData
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Integer, Real, Variable

Array = NDArray[np.float64]


def space_of(reals: int = 0, categories: int = 0, integers: int = 0) -> Space:
    """x0 … real, c0 … of three categories, n0 … whole from 1 to 9."""
    variables: list[Variable] = [Real(f"x{i}", 0, 1) for i in range(reals)]
    variables += [Categorical(f"c{i}", ("A", "B", "C")) for i in range(categories)]
    variables += [Integer(f"n{i}", 1, 9) for i in range(integers)]
    return Space(tuple(variables))


def training(
    n: int,
    reals: int = 2,
    categories: int = 0,
    *,
    seed: int = 0,
    noise: float = 0.02,
    variances: Sequence[float] | None = None,
) -> TrainingData:
    """Return n results of a smooth function on random points."""
    rng = np.random.default_rng(seed)
    encoding = Encoding(space_of(reals, categories))
    X = rng.random((n, reals + categories))
    X[:, reals:] = np.rint(2 * X[:, reals:]) / 2
    y = np.sin(5 * X[:, 0]) + (X**2) @ np.linspace(1.0, 2.0, X.shape[1])
    y += noise * rng.standard_normal(n)
    known = None if variances is None else np.asarray(variances, dtype=float)
    return TrainingData(encoding, X, y, known, tuple(range(1, n + 1)))


def random_points(data: TrainingData, m: int, seed: int = 1) -> Array:
    """Return m encoded points of the space of `data`."""
    return data.encoding.snap(np.random.default_rng(seed).random((m, len(data.encoding))))


def table_of(
    points: Sequence[dict[str, object]],
    function: Callable[..., float],
    pending: Sequence[dict[str, object]] = (),
    objectives: tuple[Objective, ...] = (),
) -> Table:
    """Return a table with a result for each point, and pending rows after them."""
    name = objectives[0].name if objectives else "Output"
    rows = [
        Row(i + 1, point, {name: float(function(**point))}, state="done")
        for i, point in enumerate(points)
    ]
    rows += [
        Row(len(rows) + i + 1, point, state=("suggested", "running")[i % 2])
        for i, point in enumerate(pending)
    ]
    return Table(objectives=objectives).with_rows(rows)


def slope(function: Callable[[Array], float], x: Array, step: float = 1e-6) -> Array:
    """Gradient of `function` at x by central differences, of the shape of x."""
    gradient = np.empty_like(x)
    for index in np.ndindex(x.shape):
        up, down = x.copy(), x.copy()
        up[index] += step
        down[index] -= step
        gradient[index] = (function(up) - function(down)) / (2 * step)
    return gradient
