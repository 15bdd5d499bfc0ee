"""One minimisation within bounds: a few dozen parameters, a function that is quick to evaluate.

SciPy's L-BFGS-B finds the same minima, but spends longer between two evaluations of the marginal
likelihood of a small table than on one of them, and loading ``scipy.optimize`` takes longer than
all fits of a campaign. With so few parameters the whole inverse Hessian is kept.

Sources
-------
J. Nocedal and S. J. Wright, Numerical Optimization, 2nd ed. 2006, chapters 3 and 6 (BFGS, Wolfe's
conditions, interpolation); D. P. Bertsekas, SIAM J. Control Optim. 20 (1982) 221 (bounds).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
#: From a point (p,) to the value and the gradient (p,).
ValueAndGradient = Callable[[Array], tuple[float, Array]]

_EDGE = 1e-12
# Sufficient decrease, and how much of the slope may be left (Nocedal & Wright, section 3.1).
_ARMIJO, _WOLFE = 1e-4, 0.9
_TRIALS = 20
# Longest step in any parameter, and length of the first one, whose scale is not known yet.
_LONGEST, _FIRST = 3.0, 1.0


@dataclass(frozen=True, eq=False)
class Minimum:
    """Where a search ended, and what it has learned of the curvature there.

    Parameters
    ----------
    x
        The point, (p,).
    value
        The value there.
    inverse
        Estimate of the inverse Hessian, p x p; None where nothing is known of it.
    """

    x: Array
    value: float
    inverse: Array | None


def minimise(
    objective: ValueAndGradient,
    start: Array,
    low: Array,
    high: Array,
    *,
    inverse: Array | None = None,
    scales: Array | None = None,
    value_tolerance: float = 2.2e-9,
    gradient_tolerance: float = 1e-5,
    max_steps: int = 300,
    until: Callable[[Array, float], bool] = lambda _x, _value: False,
) -> Minimum:
    """Local minimum within bounds.

    Parameters
    ----------
    objective
        Value and gradient at a point; values may be huge, but not NaN.
    start
        Where to begin, (p,).
    low, high
        Bounds of each parameter, (p,).
    inverse
        Inverse Hessian to begin with: that of a rougher search of the same function, or of a
        similar one.
    scales
        While the inverse Hessian is not known: how large its diagonal is expected to be, (p,), up to
        a factor for all.
    value_tolerance
        Relative gain of a step below which the search is over.
    gradient_tolerance
        Largest entry of the projected gradient at which it is.
    max_steps
        Steps at most.
    until
        Asked at each point (p,) and its value whether the search may end there.

    Returns
    -------
    Minimum
        Its value is never above that of the start.

    Examples
    --------
    >>> bowl = lambda x: (float(((x - 3.0) ** 2).sum()), 2 * (x - 3.0))
    >>> minimise(bowl, np.zeros(2), np.zeros(2), np.array([5.0, 2.0])).x.round(6).tolist()
    [3.0, 2.0]
    """
    x = np.minimum(np.maximum(start, low), high)
    scales = np.ones(len(x)) if scales is None else scales
    lowest, highest = low + _EDGE, high - _EDGE
    f, g = objective(x)
    for _ in range(max_steps):
        if until(x, f):
            break
        free = ~(((x <= lowest) & (g > 0.0)) | ((x >= highest) & (g < 0.0)))
        projected = np.where(free, g, 0.0)
        steepest = float(np.abs(projected).max(initial=0.0))
        if steepest <= gradient_tolerance:
            break
        step = None if inverse is None else _newton(inverse, projected, free)
        if step is None or not float(step @ projected) < 0.0:
            inverse, step = None, scales * projected * -min(_FIRST, 1.0 / steepest)
        found = _search(objective, x, f, g, step, low, high)
        if found is None:
            if inverse is None:
                break  # not even the gradient leads down: the value has no more digits
            inverse = None
            continue
        new_x, new_f, new_g = found
        inverse = _updated(inverse, scales, new_x - x, new_g - g)
        gain = f - new_f
        x, f, g = new_x, new_f, new_g
        if gain <= value_tolerance * max(abs(f), abs(f + gain), 1.0):
            break
    return Minimum(x, f, inverse)


def _newton(inverse: Array, gradient: Array, free: NDArray[np.bool_]) -> Array | None:
    """Return the step to the minimum of the parabola over the free parameters, the others held.

    Its inverse Hessian is not a block of the whole one: that block lets the held parameters give
    way, and its steps are too long by orders of magnitude where they are strongly coupled.
    """
    step = -(inverse @ gradient)
    held = ~free
    if not held.any():
        return step
    try:
        push = np.linalg.solve(inverse[np.ix_(held, held)], step[held])
    except np.linalg.LinAlgError:
        return None
    return np.where(free, step - inverse[:, held] @ push, 0.0)


def _search(
    objective: ValueAndGradient, x: Array, f: float, g: Array, step: Array, low: Array, high: Array
) -> tuple[Array, float, Array] | None:
    """Return point, value and gradient along a step, kept within the bounds; None if none is better.

    Backtracks by interpolation while the value is too high, goes on while the slope says so.
    """
    step = step * min(1.0, _LONGEST / float(np.abs(step).max()))
    slope = float(step @ g)
    length, longest = 1.0, np.inf
    best: tuple[Array, float, Array] | None = None
    for _ in range(_TRIALS):
        trial = np.minimum(np.maximum(x + length * step, low), high)
        moved = trial - x
        value, gradient = objective(trial)
        if value > f + _ARMIJO * float(moved @ g) or not value < f:
            if best is not None:
                break
            longest = length
            # Minimum of the parabola through both values and the first slope.
            bend = value - f - slope * length
            guess = -0.5 * slope * length**2 / bend if bend > 0.0 else 0.5 * length
            length = min(max(guess, 0.1 * length), 0.5 * length)
            continue
        if best is not None and value >= best[1]:
            break
        best = trial, value, gradient
        left = float(moved @ gradient)
        if left >= _WOLFE * float(moved @ g) or longest < np.inf or length >= 8.0:
            break
        length = 2.5 * length
    return best


def _updated(inverse: Array | None, scales: Array, s: Array, y: Array) -> Array | None:
    """Return the inverse Hessian after a step s with a change y of the gradient."""
    curvature = float(s @ y)
    square = float(y @ y)
    if curvature <= 1e-10 * float(np.sqrt(square * float(s @ s))) or square == 0.0:
        return inverse
    if inverse is None:
        inverse = np.diag(scales * (curvature / float(y @ (scales * y))))
    hy = inverse @ y
    scaled = s / curvature
    outer = np.multiply.outer(hy, scaled)
    factor = (1.0 + float(hy @ y) / curvature) / curvature
    return np.asarray(inverse + factor * np.multiply.outer(s, s) - outer - outer.T)
