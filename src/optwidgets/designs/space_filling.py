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
Score = Callable[[Array], float]
Generator = Callable[[int, Array, Mapping[int, int], np.random.Generator], Array]

# Designs that are drawn, of which the one that fills the space best is taken.
_CANDIDATES = 24
_MAX_POINTS = 100_000


@dataclass(frozen=True)
class SpaceFilling:
    """One entry of `SPACE_FILLING`.

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
    shows
        What it is for, in a few words.
    options
        Its options.
    sequence
        Whether its first points are a design of their own.
    """

    name: str
    label: str
    generate: Generator
    selected: bool = True
    shows: str = "Points that cover the space evenly"
    options: tuple[str, ...] = ()
    sequence: bool = False


SPACE_FILLING: dict[str, SpaceFilling] = {
    filling.name: filling
    for filling in (
        SpaceFilling(
            "lhs",
            "Latin hypercube",
            latin_hypercube,
            shows="Every variable evenly, existing points counted in",
            options=("lhs_criterion",),
        ),
        SpaceFilling("sobol", "Sobol sequence", sobol, sequence=True),
        SpaceFilling("halton", "Halton sequence", halton, sequence=True),
        SpaceFilling("hammersly", "Hammersley set", hammersley),
        SpaceFilling(
            "random", "Random", uniform, selected=False, shows="Independent uniform points"
        ),
    )
}
ALIASES = {"hammersley": "hammersly", "latin_hypercube": "lhs", "uniform": "random"}


def design(
    space: Space,
    method: str,
    n: int,
    *,
    seed: int | None = None,
    existing: Sequence[Mapping[str, Any]] = (),
    criterion: str = "maximin",
    hold: Mapping[str, Any] | None = None,
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
        One of `SPACE_FILLING`.
    n
        Number of points.
    seed
        Seed; None takes a new one each time.
    existing
        Points that are in the table. Those without a value for each variable don't count.
    criterion
        What the best draw is: ``maximin``, ``correlation`` (the smallest largest correlation
        of two variables) or ``ratio`` (of the largest distance to the smallest). Where there
        are constraints, points are spread by clusters instead.
    hold
        Variables that are held at a value.

    Returns
    -------
    list of dict
        n points of the space.

    Raises
    ------
    OptwidgetsError
        For an unknown method, a number of points that is not a whole number above 0, a
        space without variables, or one with fewer than n combinations left.
    InfeasibleRegionError
        When no point keeps the constraints of the space with these variables held.

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
    if space.constraints:
        return _within_constraints(space, chosen, count, seed, existing, hold or {})
    if hold:
        free = space.given(hold)
        points = design(free, method, n, seed=seed, existing=existing, criterion=criterion)
        return [space.there({**hold, **point}) for point in points]
    encoding = Encoding(space)
    if len(encoding) == 0:
        raise OptwidgetsError("A design needs at least one variable. Add one first.")
    known = encoding.encode([point for point in existing if encoding.can_encode(point)])
    grid = LevelGrid.of(encoding)
    grid.check_room(count, known)
    rng = np.random.default_rng(seed)
    places = grid.places(known)
    taken = grid.keys(known)
    draws = (
        grid.settle(chosen.generate(count, places, grid.counts, rng), taken, rng)
        for _ in range(_CANDIDATES if chosen.selected and count <= 500 else 1)
    )
    best = max(draws, key=_SCORES[criterion](known))
    return [dict(point) for point in encoding.decode(best)]


def _within_constraints(
    space: Space,
    chosen: SpaceFilling,
    n: int,
    seed: int | None,
    existing: Sequence[Mapping[str, Any]],
    hold: Mapping[str, Any],
) -> list[dict[str, Any]]:
    from optwidgets.designs.constrained import feasible_design, held_units

    encoding = Encoding(space)
    rng = np.random.default_rng(seed)
    nothing = np.empty((0, len(encoding)))
    points = feasible_design(
        encoding,
        held_units(encoding, hold),
        n,
        encoding.encode([point for point in existing if encoding.can_encode(point)]),
        rng,
        sequence=(lambda m: chosen.generate(m, nothing, {}, rng)) if chosen.sequence else None,
        plain=not chosen.selected,
    )
    held = space.check_point(hold, partial=True)
    return [space.there({**point, **held}) for point in encoding.decode(points)]


def _separation(known: Array) -> Score:
    """Smallest distance between new points, or of a new point from a known one."""
    from scipy.spatial import cKDTree

    # Known points may be a million; they are sorted once for all draws.
    tree = cKDTree(known) if len(known) else None

    def score(points: Array) -> float:
        # The first one found is the point itself.
        nearest = cKDTree(points).query(points, k=2)[0][:, 1]
        if tree is not None:
            nearest = np.minimum(nearest, tree.query(points)[0])
        if not np.isfinite(nearest).all():  # there is one point, and no other
            return 0.0
        # Ties of the smallest distance (common on levels) are broken by the mean.
        return float(nearest.min()) + 1e-3 * float(nearest.mean())

    return score


def _uncorrelated(known: Array) -> Score:
    """Minus the largest correlation of two columns."""

    def score(points: Array) -> float:
        together = np.vstack([points, known])
        moving = together[:, np.ptp(together, axis=0) > 0]
        if moving.shape[1] < 2 or len(moving) < 3:
            return 0.0
        return -float(np.abs(np.corrcoef(moving.T) - np.eye(moving.shape[1])).max())

    return score


def _even_distances(known: Array) -> Score:
    """Minus the ratio of the largest distance to the smallest."""
    from scipy.spatial.distance import pdist

    def score(points: Array) -> float:
        together = np.vstack([points, known])
        if len(together) < 2:
            return 0.0
        distances = pdist(together)
        return -float(distances.max() / max(float(distances.min()), 1e-12))

    return score


#: From the known points to the score of a draw.
_SCORES: dict[str, Callable[[Array], Score]] = {
    "maximin": _separation,
    "correlation": _uncorrelated,
    "ratio": _even_distances,
}


def _choose(method: str) -> SpaceFilling:
    name = str(method).strip().lower()
    name = ALIASES.get(name.replace(" ", "_"), name)
    if name not in SPACE_FILLING:
        known = ", ".join(map(repr, SPACE_FILLING))
        raise OptwidgetsError(
            f"Design {str(method)[:60]!r} is not known. Choose one of {known}.", field="method"
        )
    return SPACE_FILLING[name]


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
