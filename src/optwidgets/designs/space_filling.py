"""Space-filling designs for every kind of variable, existing experiments counted in."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.grid import LevelGrid
from optwidgets.designs.sequences import (
    halton,
    hammersley,
    latin_hypercube,
    sobol,
    uniform,
)
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.text import short

Array = NDArray[np.float64]
Generator = Callable[[int, Array, Mapping[int, int], np.random.Generator], Array]

# Designs that are drawn, of which the one that fills the space best is taken.
_CANDIDATES = 24
_MAX_POINTS = 100_000


@dataclass(frozen=True)
class Design:
    """One entry of `DESIGNS`.

    Parameters
    ----------
    name
        How users call it.
    label
        How the interface calls it.
    generate
        From (n, existing m x d, levels, generator) to n x d in the unit cube.
    selected
        Whether the best of several draws is taken, by the smallest distance between
        points; plain random points stay plain.
    """

    name: str
    label: str
    generate: Generator
    selected: bool = True


DESIGNS: dict[str, Design] = {
    "lhs": Design("lhs", "Latin hypercube", latin_hypercube),
    "sobol": Design("sobol", "Sobol sequence", sobol),
    "halton": Design("halton", "Halton sequence", halton),
    "hammersly": Design("hammersly", "Hammersley set", hammersley),
    "random": Design("random", "Random", uniform, selected=False),
}
_ALIASES = {"hammersley": "hammersly", "latin hypercube": "lhs", "uniform": "random"}


def design(
    space: Space,
    method: str,
    n: int,
    *,
    seed: int | None = None,
    existing: Sequence[Mapping[str, Any]] = (),
) -> list[dict[str, Any]]:
    """Points that fill a space evenly.

    Of several draws the one is taken whose points, together with the existing ones,
    keep the largest smallest distance (maximin; M. E. Johnson, L. M. Moore,
    D. Ylvisaker, J. Stat. Plan. Inference 26 (1990) 131). No point is given twice and
    none that exists, as long as there are others.

    Parameters
    ----------
    space
        Variables of any kind.
    method
        One of `DESIGNS`.
    n
        Number of points.
    seed
        Seed; None takes a new one each time.
    existing
        Points that are in the table. Those without a value for each variable don't count.

    Returns
    -------
    list of dict
        n points of the space.

    Raises
    ------
    OptwidgetsError
        For an unknown method, a number of points that is not a whole number above 0, a
        space without variables, or one with fewer than n combinations left.

    Examples
    --------
    >>> from optwidgets.space.variable import Categorical, Real
    >>> space = Space((Real("T", 20, 100), Categorical("c", ("A", "B"))))
    >>> points = design(space, "lhs", 6, seed=1)
    >>> sorted(p["c"] for p in points)
    ['A', 'A', 'A', 'B', 'B', 'B']
    """
    chosen = _choose(method)
    count = _whole_number(n)
    encoding = Encoding(space)
    if len(encoding) == 0:
        raise OptwidgetsError("A design needs at least one variable. Add one first.")
    known = encoding.encode([point for point in existing if encoding.can_encode(point)])
    grid = LevelGrid.of(encoding)
    grid.check_room(count, known)
    rng = np.random.default_rng(seed)
    places = grid.places(known)
    draws = (
        grid.settle(chosen.generate(count, places, grid.counts, rng), known, rng)
        for _ in range(_CANDIDATES if chosen.selected and count <= 500 else 1)
    )
    best = max(draws, key=lambda points: _separation(points, known))
    return [dict(point) for point in encoding.decode(best)]


def _separation(points: Array, known: Array) -> float:
    """Smallest distance between new points, or of a new point from a known one."""
    from scipy.spatial import cKDTree

    together = np.vstack([points, known])
    if len(together) < 2:
        return 0.0
    distances, _ = cKDTree(together).query(points, k=2)
    # Ties of the smallest distance (common on levels) are broken by the mean.
    nearest = distances[:, 1]
    return float(nearest.min()) + 1e-3 * float(nearest.mean())


def _choose(method: str) -> Design:
    name = str(method).strip().lower()
    name = _ALIASES.get(name, name)
    if name not in DESIGNS:
        known = ", ".join(map(repr, DESIGNS))
        raise OptwidgetsError(
            f"Design {str(method)[:60]!r} is not known. Choose one of {known}.", field="method"
        )
    return DESIGNS[name]


def _whole_number(n: Any) -> int:
    number = isinstance(n, int | float | np.integer) and not isinstance(n, bool)
    if not number or not math.isfinite(n) or n != int(n) or n < 1:
        raise OptwidgetsError(
            f"Number of points must be a whole number from 1, not {short(n)}.", field="n_points"
        )
    if n > _MAX_POINTS:
        raise OptwidgetsError(
            f"Number of points must be at most {_MAX_POINTS:,}, not {int(n):,}.", field="n_points"
        )
    return int(n)
