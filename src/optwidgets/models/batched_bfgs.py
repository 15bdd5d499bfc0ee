"""Many small bound-constrained maximisations at once.

All starts move in one array, each with an inverse Hessian of its own; starts that have
converged, or that can no longer end best, drop out. One call of the objective per step prices
all of them, which is what makes the search quick: a posterior costs the same for one point as
for twenty.

Sources
-------
J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. 2006, chapter 6 (BFGS);
D. P. Bertsekas, SIAM J. Control Optim. 20 (1982) 221 (projected Newton).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: From points (r x d) to values (r,) and gradients (r x d).
ValueAndGradient = Callable[[Array], tuple[Array, Array]]

_EDGE = 1e-12
#: Also of searches within limits: first curvature, longest step in the unit cube, and the line
#: search: what a step is shortened by, how often, and the share of the promised gain it must bring.
FIRST_SCALE = 0.1
LONGEST_STEP = 0.3
BACKTRACK = 0.3
MAX_BACKTRACKS = 12
SUFFICIENT = 1e-4
# A start is given up once so many gains like that of its last step would not bring it to the
# best value; the first steps still learn how long a step may be.
_HOPE, _FIRST_STEPS = 20.0, 3
# So close to the best point, in every column that moves, a start climbs the same hill.
_SAME_HILL = 0.05


def maximise(
    objective: ValueAndGradient,
    starts: Array,
    *,
    max_steps: int = 60,
    gradient_tolerance: float = 1e-5,
    value_tolerance: float = 1e-9,
) -> tuple[Array, Array]:
    """Best local maximum in the unit cube that is found from several starts.

    Parameters
    ----------
    objective
        Values and gradients of any number of points.
    starts
        Starting points, r x d, in [0, 1].
    max_steps
        Steps at most.
    gradient_tolerance, value_tolerance
        A start is done when its projected gradient, or its relative gain of a step, is
        below these.

    Returns
    -------
    tuple
        Where each start has come to (r x d), and the values there (r,), never below those of
        the starts. The best is a local maximum; the others may be on their way to it or to
        one that is lower.

    Examples
    --------
    >>> bowl = lambda x: (-((x - 0.3) ** 2).sum(axis=1), -2 * (x - 0.3))
    >>> points, values = maximise(bowl, np.array([[0.9, 0.1], [0.0, 1.0]]))
    >>> points[values.argmax()].round(4).tolist()
    [0.3, 0.3]
    """
    d = starts.shape[1]
    first = np.clip(starts, 0.0, 1.0)
    x = first
    f, g = objective(x)
    best_x, best_f = x.copy(), f.copy()
    if d == 0:
        return best_x, best_f
    active = np.arange(len(x))
    hessians = np.tile(FIRST_SCALE * np.eye(d), (len(x), 1, 1))
    untouched = np.ones(len(x), dtype=bool)
    for count in range(max_steps):
        free = _free(x, g)
        step = _direction(hessians, g, free)
        new_x, new_f, new_g = _line_search(objective, x, f, g, step)
        update_curvature(hessians, untouched, new_x - x, g - new_g)
        gain = new_f - f
        x, f, g = new_x, new_f, new_g
        best_x[active], best_f[active] = x, f
        steepest = np.abs(np.where(_free(x, g), g, 0.0)).max(axis=1)
        going = (steepest >= gradient_tolerance) & (
            gain > value_tolerance * np.maximum(1.0, np.abs(f))
        )
        going &= contenders(first, best_x, best_f, active, going, gain, count)
        if not going.any():
            break
        if not going.all():
            x, f, g, hessians = x[going], f[going], g[going], hessians[going]
            untouched, active = untouched[going], active[going]
    return best_x, best_f


def contenders(
    starts: Array,
    points: Array,
    values: Array,
    active: NDArray[np.intp],
    going: NDArray[np.bool_],
    gain: Array,
    count: int,
) -> NDArray[np.bool_]:
    """Tell which starts that still move can end best.

    Parameters
    ----------
    starts
        All starts, r x d.
    points, values
        Where they have come to, r x d and (r,).
    active
        Which of them still move, (k,).
    going
        Which of those have not converged, (k,).
    gain
        What their last step has brought, (k,).
    count
        Steps before that one.
    """
    leader = int(np.where(np.isnan(values), -np.inf, values).argmax())
    can = np.ones(len(active), dtype=bool)
    if count >= _FIRST_STEPS:
        can = values[active] + _HOPE * gain >= values[leader]
    if not (going & (active == leader)).any():
        # Columns in which nothing moves hold levels: each of them has hills of its own.
        near = np.where((points != starts).any(axis=0), _SAME_HILL, 0.0)
        can &= (np.abs(points[active] - points[leader]) > near).any(axis=1)
    return np.asarray(can)


def _free(x: Array, g: Array) -> NDArray[np.bool_]:
    """Coordinates that are not held at a bound by the gradient."""
    return ~(((x <= _EDGE) & (g < 0.0)) | ((x >= 1.0 - _EDGE) & (g > 0.0)))


def _direction(hessians: Array, g: Array, free: NDArray[np.bool_]) -> Array:
    """Ascent directions, r x d; where the curvature misleads, the gradient itself."""
    projected = np.where(free, g, 0.0)
    step = np.matvec(hessians, projected) * free
    slope = np.vecdot(step, g)
    bad = ~(slope > 1e-14 * np.abs(projected).max(axis=1))
    if bad.any():
        step[bad] = projected[bad]
        hessians[bad] = FIRST_SCALE * np.eye(g.shape[1])
    longest = np.abs(step).max(axis=1)
    shrink = np.where(longest > LONGEST_STEP, LONGEST_STEP / np.maximum(longest, 1e-300), 1.0)
    return np.asarray(step * shrink[:, None])


def _line_search(
    objective: ValueAndGradient, x: Array, f: Array, g: Array, step: Array
) -> tuple[Array, Array, Array]:
    """Armijo backtracking along the projected step; starts that find nothing stay."""
    new_x, new_f, new_g = x.copy(), f.copy(), g.copy()
    length = np.ones(len(x))
    open_ = np.arange(len(x))
    for _ in range(MAX_BACKTRACKS):
        trial = np.clip(x[open_] + length[open_, None] * step[open_], 0.0, 1.0)
        value, gradient = objective(trial)
        promised = np.vecdot(trial - x[open_], g[open_])
        good = np.isfinite(value) & (value >= f[open_] + SUFFICIENT * np.maximum(promised, 0.0))
        good &= np.isfinite(gradient).all(axis=1)
        found = open_[good]
        new_x[found], new_f[found], new_g[found] = trial[good], value[good], gradient[good]
        open_ = open_[~good]
        if len(open_) == 0:
            break
        length[open_] *= BACKTRACK
    return new_x, new_f, new_g


def update_curvature(hessians: Array, untouched: NDArray[np.bool_], s: Array, y: Array) -> None:
    """BFGS update of the inverse Hessians of the negated objective, in place.

    Parameters
    ----------
    hessians
        One for each start, r x d x d.
    untouched
        Which of them are still what they were at first, (r,); their scale is set by this step.
    s, y
        Change of the points, and change of the gradients with their sign turned, r x d.
    """
    curvature = np.vecdot(s, y)
    index = np.flatnonzero(curvature > 1e-12)
    if len(index) == 0:
        return
    s, y, curvature = s[index], y[index], curvature[index]
    first = untouched[index]
    if first.any():
        scale = curvature[first] / np.vecdot(y[first], y[first])
        hessians[index[first]] = scale[:, None, None] * np.eye(s.shape[1])
        untouched[index[first]] = False
    rho = 1.0 / curvature
    hy = np.matvec(hessians[index], y)
    factor = (1.0 + np.vecdot(hy, y) * rho) * rho
    cross = hy[:, :, None] * s[:, None, :]
    hessians[index] += factor[:, None, None] * s[:, :, None] * s[:, None, :]
    hessians[index] -= rho[:, None, None] * (cross + cross.transpose(0, 2, 1))
