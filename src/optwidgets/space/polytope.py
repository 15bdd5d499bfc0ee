"""A box cut by linear rules: its middle, points spread in it, and the nearest points of it.

Sources
-------
R. L. Smith, Oper. Res. 32 (1984) 1296 (hit-and-run sampling).
C. L. Lawson, R. J. Hanson, Solving Least Squares Problems, 1974, chapter 23 (the nearest
point of a polytope as a non-negative least-squares problem).
"""

from __future__ import annotations

import itertools
import math
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]

# Rows are scaled to length 1, so that these are distances.
_EXACT = 1e-11
_FLAT = 1e-9
# What a linear program can tell from nothing.
_THIN = 2e-9
_LINEAR_PROGRAM = {
    "primal_feasibility_tolerance": 1e-10,
    "dual_feasibility_tolerance": 1e-10,
}
_WALK_STEPS, _STEPS_EACH, _MAX_STEPS = 30, 6, 240


class Polytope:
    """Points x of the unit cube with ``G x <= h`` and ``E x = e``.

    Parameters
    ----------
    G, h
        Upper limits of weighted sums, k x d and (k,).
    E, e
        Values of weighted sums, l x d and (l,).

    Examples
    --------
    >>> none = np.empty((0, 2)), np.empty(0)
    >>> triangle = Polytope(np.array([[1.0, 1.0]]), np.array([1.0]), *none)
    >>> nearest, found = triangle.nearest(np.array([[1.0, 1.0], [0.1, 0.2], [1.0, -1.0]]))
    >>> nearest.round(6).tolist(), found.all()
    ([[0.5, 0.5], [0.1, 0.2], [1.0, 0.0]], np.True_)
    """

    def __init__(self, G: Array, h: Array, E: Array, e: Array) -> None:
        d = G.shape[1]
        self.d = d
        G, h, self._g_possible = _unit_rows(G, h, equal=False)
        self.E, self.e, self._e_possible = _unit_rows(E, e, equal=True)
        #: Limits with those of the cube, (k + 2 d) x d and (k + 2 d,).
        self.R = np.vstack([G, np.eye(d), -np.eye(d)])
        self.r = np.concatenate([h, np.ones(d), np.zeros(d)])
        self._bases: dict[bytes, tuple[Array, Array, Array]] = {}

    def vertices(self, limit: int = 20_000) -> Array:
        """Corners, k x d; none where more than `limit` sets of walls could meet in one.

        Examples
        --------
        >>> none = np.empty((0, 2)), np.empty(0)
        >>> Polytope(np.array([[1.0, 1.0]]), np.array([1.0]), *none).vertices().tolist()
        [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0]]
        """
        free = self.d - len(self.E)
        if free < 1 or math.comb(len(self.R), free) > limit:
            return np.empty((0, self.d))
        walls = np.array(list(itertools.combinations(range(len(self.R)), free)))
        equal = np.broadcast_to(self.E, (len(walls), *self.E.shape))
        A = np.concatenate([equal, self.R[walls]], axis=1)
        b = np.concatenate(
            [np.broadcast_to(self.e, (len(walls), len(self.e))), self.r[walls]], axis=1
        )
        meeting = np.abs(np.linalg.det(A)) > _FLAT
        met = np.linalg.solve(A[meeting], b[meeting][..., None])[..., 0]
        kept = met[(met @ self.R.T <= self.r + _FLAT).all(axis=1)]
        return np.unique(np.clip(kept, 0.0, 1.0).round(12) + 0.0, axis=0)

    def fix(self, columns: Mask, values: Array) -> Polytope:
        """Polytope of the other columns once some of them, (d,), have these values."""
        k = len(self.R) - 2 * self.d
        free = ~columns
        shift = self.R[:k, columns] @ values[columns]
        inner = Polytope(
            self.R[:k, free],
            self.r[:k] - shift,
            self.E[:, free],
            self.e - self.E[:, columns] @ values[columns],
        )
        inside = (values[columns] >= -_EXACT) & (values[columns] <= 1 + _EXACT)
        inner._g_possible &= self._g_possible and bool(inside.all())
        inner._e_possible &= self._e_possible
        return inner

    def within(self, low: Array, high: Array) -> Polytope:
        """Polytope of the points of this one from `low` (d,) to `high` (d,)."""
        k, sides = len(self.R) - 2 * self.d, np.eye(self.d)
        inner = Polytope(
            np.vstack([self.R[:k], sides, -sides]),
            np.concatenate([self.r[:k], high, -low]),
            self.E,
            self.e,
        )
        inner._g_possible &= self._g_possible
        inner._e_possible &= self._e_possible
        return inner

    @cached_property
    def centre(self) -> Array | None:
        """Middle of the largest ball inside, (d,); None when no point is inside.

        Where the rules leave no thickness, as with limits that meet, they count as
        equalities from now on: those have directions to walk along.
        """
        if not (self._g_possible and self._e_possible):
            return None
        if self.d == 0:
            return np.empty(0)
        found = self._largest_ball()
        if found is None:
            return None
        x, radius = found
        if radius > _THIN:
            return self._onto_sums(x)
        tight = [i for i in range(len(self.R)) if self._widest(i) < _THIN]
        if tight:
            for row in tight:
                # One that follows from the others would only contradict them by rounding.
                both = np.vstack([self.E, self.R[row]])
                if _rank(both) > _rank(self.E):
                    self.E, self.e = both, np.append(self.e, self.r[row])
            self._bases.clear()
            found = self._largest_ball(without=tight)
        return self._onto_sums(x if found is None else found[0])

    def _onto_sums(self, x: Array) -> Array:
        """Correct what a linear program leaves of the equalities, to all digits."""
        _, inverse, _ = self._basis(np.zeros(self.d, dtype=bool))
        return np.asarray(x + inverse @ (self.e - self.E @ x))

    def _largest_ball(self, without: list[int] | None = None) -> tuple[Array, float] | None:
        from scipy.optimize import linprog

        basis, _, _ = self._basis(np.zeros(self.d, dtype=bool))
        # Only what is left to move along counts for the radius.
        length = np.linalg.norm(self.R @ basis, axis=1)
        if without:
            length[without] = 0.0
        result = linprog(
            np.r_[np.zeros(self.d), -1.0],
            A_ub=np.column_stack([self.R, length]),
            b_ub=self.r,
            A_eq=np.column_stack([self.E, np.zeros(len(self.E))]) if len(self.E) else None,
            b_eq=self.e if len(self.E) else None,
            bounds=[(None, None)] * self.d + [(0.0, 1.0)],
            options=_LINEAR_PROGRAM,
        )
        if result.x is None or not result.success:
            return None
        return np.asarray(result.x[:-1]), float(result.x[-1])

    def _widest(self, row: int) -> float:
        """Largest slack that a limit can have."""
        from scipy.optimize import linprog

        result = linprog(
            self.R[row],
            A_ub=self.R,
            b_ub=self.r,
            A_eq=self.E if len(self.E) else None,
            b_eq=self.e if len(self.E) else None,
            bounds=[(None, None)] * self.d,
            options=_LINEAR_PROGRAM,
        )
        return float(self.r[row] - result.fun) if result.success else 0.0

    def walk(self, n: int, rng: np.random.Generator) -> Array:
        """Draw n points evenly from the inside, n x d, by so many random walks."""
        start = self.centre
        if start is None:
            return np.empty((0, self.d))
        basis, _, _ = self._basis(np.zeros(self.d, dtype=bool))
        free = basis.shape[1]
        if free == 0:
            return np.tile(start, (n, 1))
        M, slack = self.R @ basis, np.maximum(self.r - self.R @ start, 0.0)
        moving = np.abs(M).max(axis=1) > _EXACT
        M, slack = M[moving], slack[moving]
        Z = np.zeros((n, free))
        for step in range(min(_WALK_STEPS + _STEPS_EACH * free, _MAX_STEPS)):
            direction = rng.standard_normal((n, free))
            if step % 2 and step > 8:
                # Two other walks show in which directions there is room.
                direction = Z[rng.permutation(n)] - Z[rng.permutation(n)] + 1e-6 * direction
            rate = direction @ M.T
            left = np.maximum(slack - Z @ M.T, 0.0)
            with np.errstate(divide="ignore", invalid="ignore"):
                reach = left / rate
            ahead = np.where(rate > _EXACT, reach, np.inf).min(axis=1)
            behind = np.where(rate < -_EXACT, reach, -np.inf).max(axis=1)
            length = behind + (ahead - behind) * rng.random(n)
            length = np.where(np.isfinite(length), length, 0.0)
            Z += length[:, None] * direction
        return np.asarray(start + Z @ basis.T)

    def nearest(self, Y: Array, fixed: Mask | None = None) -> tuple[Array, Mask]:
        """Nearest points of the polytope to each of Y.

        Parameters
        ----------
        Y
            Points, m x d.
        fixed
            Columns of each point that must stay as they are, m x d.

        Returns
        -------
        tuple
            Points, m x d, and for which of them there is one, (m,).
        """
        X = Y.copy()
        if self.centre is None:
            return X, np.zeros(len(Y), dtype=bool)
        found = np.ones(len(Y), dtype=bool)
        inside = (self.r + _EXACT >= Y @ self.R.T).all(axis=1)
        inside &= (np.abs(Y @ self.E.T - self.e) <= _EXACT).all(axis=1)
        for i in np.flatnonzero(~inside):
            still = np.zeros(self.d, dtype=bool) if fixed is None else fixed[i]
            point = self._nearest(Y[i], still)
            if point is None:
                found[i] = False
            else:
                X[i] = point
        return X, found

    def _nearest(  # noqa: PLR0911  (one for each way in which there is nothing to solve)
        self, y: Array, still: Mask
    ) -> Array | None:
        from scipy.optimize import nnls

        free = ~still
        basis, inverse, M = self._basis(still)
        x = y.copy()
        rest = self.e - self.E[:, still] @ y[still]
        x[free] = y[free] + inverse @ (rest - self.E[:, free] @ y[free])
        if (np.abs(self.E @ x - self.e) > _FLAT).any():
            return None
        # From here on x moves along the basis only, which keeps the equalities.
        room = self.r - self.R @ x
        if (room >= -_EXACT).all():
            return x
        # Limits along which nothing can move are met by now, or never.
        along = np.abs(M).max(axis=1, initial=0.0) > 1e-10
        if (room[~along] < -_FLAT).any():
            return None
        M, room = M[along], room[along]
        if len(M) == 0:
            return x
        A = np.vstack([-M.T, -room[None]])
        target = np.zeros(len(A))
        target[-1] = 1.0
        try:
            dual, _ = nnls(A, target)
        except RuntimeError:
            return None
        residual = A @ dual - target
        if -residual[-1] < 1e-13:
            return None
        step = residual[:-1] / -residual[-1]
        active = dual > 1e-12
        if active.any():
            # Once more with the limits that hold, to all digits.
            exact = np.linalg.lstsq(M[active], room[active], rcond=1e-12)[0]
            if (M @ exact - room).max() <= max((M @ step - room).max(), _EXACT):
                step = exact
        x[free] = x[free] + basis @ step
        if (self.R @ x - self.r).max() > _FLAT:
            return None
        return np.clip(x, 0.0, 1.0) if not still.any() else x

    def _basis(self, still: Mask) -> tuple[Array, Array, Array]:
        """Directions that keep the equalities, their pseudo-inverse, and limits along them."""
        key = still.tobytes()
        if key not in self._bases:
            free = ~still
            E = self.E[:, free]
            if len(E) == 0 or E.shape[1] == 0:
                basis: Array = np.eye(E.shape[1])
                inverse: Array = np.zeros((E.shape[1], len(E)))
            else:
                _, values, vt = np.linalg.svd(E)
                rank = int((values > 1e-10).sum())
                basis = vt[rank:].T
                inverse = np.asarray(np.linalg.pinv(E, rcond=1e-10), dtype=np.float64)
            if len(self._bases) > 4096:
                self._bases.clear()
            self._bases[key] = (basis, inverse, self.R[:, free] @ basis)
        return self._bases[key]


def _rank(rows: Array) -> int:
    return int(np.linalg.matrix_rank(rows, tol=1e-10)) if len(rows) else 0


def _unit_rows(A: Array, b: Array, *, equal: bool) -> tuple[Array, Array, bool]:
    """Rows of length 1; rows without a variable are left out, and whether they hold."""
    length = np.linalg.norm(A, axis=1)
    empty = length < 1e-14
    rest = b[empty]
    possible = bool((np.abs(rest) <= _FLAT).all() if equal else (rest >= -_FLAT).all())
    A, b, length = A[~empty], b[~empty], length[~empty]
    return A / length[:, None], b / length, possible
