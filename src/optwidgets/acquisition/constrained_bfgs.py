"""Local maxima within linear limits: quasi-Newton steps that stay inside.

Each step is the quasi-Newton step, brought into the cone of directions that no limit
forbids here, and is cut where it meets the next limit. So every point on the way is
feasible, and limits are let go again when the gradient leads away from them.

Sources
-------
J. J. Moreau, C. R. Acad. Sci. Paris 255 (1962) 238 (projection on a cone and its polar);
J. B. Rosen, J. SIAM 8 (1960) 181 (gradient projection); J. Nocedal and S. J. Wright,
Numerical Optimization, 2nd ed. 2006, chapters 6 and 16.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.batched_bfgs import (
    BACKTRACK,
    FIRST_SCALE,
    LONGEST_STEP,
    MAX_BACKTRACKS,
    SUFFICIENT,
    ValueAndGradient,
    contenders,
    update_curvature,
)

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

_TOUCHING = 1e-9


def maximise_within(
    objective: ValueAndGradient,
    starts: Array,
    R: Array,
    room: Array,
    E: Array,
    *,
    moving: NDArray[np.intp] | None = None,
    frozen: Mask | None = None,
    accept: Callable[[Array], Mask] | None = None,
    max_steps: int = 60,
    gradient_tolerance: float = 1e-5,
    value_tolerance: float = 1e-9,
) -> tuple[Array, Array]:
    """Best local maximum that is found from several feasible starts; every point is feasible.

    Parameters
    ----------
    objective
        Values and gradients of any number of points.
    starts
        Starting points within the limits, r x d.
    R, room
        Limits: rows of sums that may not grow further than the room each start has left,
        k x d and r x k.
    E
        Sums that must not change, l x d.
    moving
        Columns that may change; all if not given.
    frozen
        Columns of each start that may not change although others do, r x d.
    accept
        Which points (m x d) keep rules that are not linear, (m,).
    max_steps, gradient_tolerance, value_tolerance
        As for `optwidgets.models.batched_bfgs.maximise`.

    Returns
    -------
    tuple
        Where each start has come to (r x d), and the values there (r,), as for
        `optwidgets.models.batched_bfgs.maximise`.

    Examples
    --------
    >>> bowl = lambda x: (-((x - 0.9) ** 2).sum(axis=1), -2 * (x - 0.9))
    >>> R, r = np.vstack([np.ones((1, 2)), -np.eye(2)]), np.array([1.0, 0.0, 0.0])
    >>> start = np.array([[0.1, 0.2]])
    >>> points, _ = maximise_within(bowl, start, R, r - start @ R.T, np.empty((0, 2)))
    >>> points.round(4).tolist()
    [[0.5, 0.5]]
    """
    moving = np.arange(starts.shape[1]) if moving is None else moving
    d = len(moving)
    R, E = R[:, moving], E[:, moving]
    # Limits and sums in which nothing moves hold as they are.
    E = E[np.abs(E).max(axis=1, initial=0.0) > 1e-12]
    x, origin, first_room = starts.copy(), starts, room
    ice = np.zeros((len(x), d), dtype=bool) if frozen is None else frozen[:, moving]
    f, g = objective(x)
    best_x, best_f = x.copy(), f.copy()
    # Starts in which other columns are frozen climb hills of their own.
    kinds = ice.astype(float)
    begun = np.hstack([starts, kinds])
    active = np.arange(len(x))
    hessians = np.tile(FIRST_SCALE * np.eye(d), (len(x), 1, 1))
    untouched = np.ones(len(x), dtype=bool)
    for count in range(max_steps):
        room = np.maximum(first_room - (x - origin)[:, moving] @ R.T, 0.0)
        step, steepest = _directions(hessians, untouched, g[:, moving], room, R, E, ice)
        new_x, new_f, new_g = _line_search(objective, x, f, g, step, room, R, moving, accept)
        update_curvature(hessians, untouched, (new_x - x)[:, moving], (g - new_g)[:, moving])
        gain = new_f - f
        x, f, g = new_x, new_f, new_g
        best_x[active], best_f[active] = x, f
        going = (steepest >= gradient_tolerance) & (
            gain > value_tolerance * np.maximum(1.0, np.abs(f))
        )
        found = np.hstack([best_x, kinds])
        going &= contenders(begun, found, best_f, active, going, gain, count)
        if not going.any():
            break
        if not going.all():
            x, f, g, hessians = x[going], f[going], g[going], hessians[going]
            untouched, active = untouched[going], active[going]
            origin, first_room, ice = origin[going], first_room[going], ice[going]
    return best_x, best_f


def _directions(
    hessians: Array, untouched: Mask, g: Array, room: Array, R: Array, E: Array, ice: Mask
) -> tuple[Array, Array]:
    """Ascent directions that no limit forbids, r x d, and the steepest slope there, (r,)."""
    steps, steepest = np.zeros_like(g), np.zeros(len(g))
    for i in range(len(g)):
        walls = R[room[i] <= _TOUCHING]
        kept = np.vstack([E, np.eye(g.shape[1])[ice[i]]]) if ice[i].any() else E
        plain = _in_cone(np.eye(g.shape[1]), g[i], walls, kept)
        steepest[i] = np.abs(plain).max(initial=0.0)
        step = plain
        if not untouched[i]:
            try:
                root = np.linalg.cholesky(hessians[i]).T
                step = _in_cone(root, g[i], walls, kept)
            except np.linalg.LinAlgError:
                step = plain * 0.0
        if not float(step @ g[i]) > 1e-14 * steepest[i]:
            step = plain
            hessians[i] = FIRST_SCALE * np.eye(g.shape[1])
        if untouched[i] or step is plain:
            step = FIRST_SCALE * step
        # Exactly: what is left out of a mixture is 0, not nearly.
        step = np.where(ice[i], 0.0, step)
        longest = np.abs(step).max(initial=0.0)
        steps[i] = step * min(1.0, LONGEST_STEP / max(longest, 1e-300))
    return steps, steepest


def _in_cone(root: Array, g: Array, walls: Array, E: Array) -> Array:
    """Steepest direction, in the metric of ``root' root``, that meets no wall and keeps E."""
    rows = np.vstack([walls, E, -E])
    if len(rows) == 0:
        return np.asarray(root.T @ (root @ g))
    from scipy.optimize import nnls  # slow to load, and only constraints need it

    try:
        push, _ = nnls(root @ rows.T, root @ g)
    except RuntimeError:
        return np.zeros_like(g)
    return np.asarray(root.T @ (root @ (g - rows.T @ push)))


def _line_search(
    objective: ValueAndGradient,
    x: Array,
    f: Array,
    g: Array,
    step: Array,
    room: Array,
    R: Array,
    moving: NDArray[np.intp],
    accept: Callable[[Array], Mask] | None,
) -> tuple[Array, Array, Array]:
    """Armijo backtracking along the step up to the nearest limit."""
    new_x, new_f, new_g = x.copy(), f.copy(), g.copy()
    rate = step @ R.T
    with np.errstate(divide="ignore", invalid="ignore"):
        reach = np.where(rate > 1e-13, room / rate, np.inf)
    reach = np.where((room <= _TOUCHING) & (rate < 1e-9), np.inf, reach)
    length = np.minimum(1.0, reach.min(axis=1, initial=np.inf))
    open_ = np.flatnonzero(length > 1e-14)
    for _ in range(MAX_BACKTRACKS):
        if len(open_) == 0:
            break
        trial = x[open_]
        trial[:, moving] += length[open_, None] * step[open_]
        allowed = np.ones(len(trial), dtype=bool) if accept is None else accept(trial)
        value, gradient = objective(trial)
        promised = np.einsum("ri,ri->r", trial - x[open_], g[open_])
        good = allowed & np.isfinite(value) & np.isfinite(gradient).all(axis=1)
        good &= value >= f[open_] + SUFFICIENT * np.maximum(promised, 0.0)
        found = open_[good]
        new_x[found], new_f[found], new_g[found] = trial[good], value[good], gradient[good]
        open_ = open_[~good]
        length[open_] *= BACKTRACK
    return new_x, new_f, new_g
