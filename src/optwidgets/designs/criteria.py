"""Criteria of optimal designs, and what adding, removing and exchanging a run changes.

Sources
-------
V. V. Fedorov, Theory of Optimal Experiments, Academic Press 1972 (the exchange formula).
A. C. Atkinson, A. N. Donev, R. D. Tobias, Optimum Experimental Designs, with SAS, Oxford
University Press 2007, chapters 10 to 12 (criteria and efficiencies).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short

Array = NDArray[np.float64]

CRITERIA: dict[str, str] = {
    "D": "Smallest joint confidence region of the coefficients",
    "A": "Smallest mean variance of the coefficients",
    "I": "Smallest mean variance of the predictions",
}
_NOTHING = 1e-12


def find_criterion(name: object) -> str:
    """Name of a criterion, whatever its case; an unknown one is an error with the choices."""
    key = str(name).strip().upper()
    if key not in CRITERIA:
        raise OptwidgetsError(
            f"Criterion '{short(name)}' is not known. Choose one of "
            f"{', '.join(map(repr, CRITERIA))}.",
            field="criterion",
        )
    return key


def inverse(M: Array) -> Array:
    """Inverse of an information matrix, p x p."""
    return np.asarray(np.linalg.inv(M), dtype=np.float64)


def rank(R: Array) -> int:
    """Count the coefficients that the model rows R can tell apart.

    Runs on the edge of a constraint are computed, so that what is tied by it is tied up to
    rounding only.
    """
    return int(np.linalg.matrix_rank(R, rtol=1e-7)) if len(R) else 0


@dataclass(frozen=True, eq=False)
class Criterion:
    """A criterion as a score that grows: log det M, or -log trace(M^-1 W).

    Gains are differences of the score, so that they can be compared and added.

    Parameters
    ----------
    weights
        W, p x p: the identity for A, the mean of f f' over the region for I; None for D.
    """

    weights: Array | None

    @classmethod
    def of(cls, name: str, F: Array) -> Criterion:
        """Criterion by name, for the model rows F (N x p) of points all over the region."""
        if name == "D":
            return cls(None)
        return cls(np.eye(F.shape[1]) if name == "A" else F.T @ F / len(F))

    def score(self, M: Array) -> float:
        """Score of an information matrix, p x p; minus infinity if it is singular."""
        sign, log_det = np.linalg.slogdet(M)
        # Judged on the correlation scale: the size of the columns says nothing.
        scale = np.sqrt(np.maximum(np.diag(M), 1e-300))
        spread = np.linalg.eigvalsh(M / np.outer(scale, scale))
        if sign <= 0 or spread[0] < 1e-10 * spread[-1]:
            return float("-inf")
        if self.weights is None:
            return float(log_det)
        return float(-np.log(np.trace(np.linalg.solve(M, self.weights))))

    def added(self, D: Array, F: Array) -> Array:
        """Gain of adding each of N rows F to a design with the inverse information D."""
        G = F @ D
        d = np.einsum("ij,ij->i", G, F)
        if self.weights is None:
            return np.asarray(np.log1p(d))
        h = np.einsum("ij,jk,ik->i", G, self.weights, G, optimize=True)
        return self._from_change(D, -h / (1.0 + d))

    def removed(self, D: Array, R: Array) -> Array:
        """Gain (below 0) of removing each of n rows R from the design."""
        G = R @ D
        left = 1.0 - np.einsum("ij,ij->i", G, R)
        safe = np.maximum(left, _NOTHING)
        if self.weights is None:
            gain = np.log(safe)
        else:
            h = np.einsum("ij,jk,ik->i", G, self.weights, G, optimize=True)
            gain = self._from_change(D, h / safe)
        return np.where(left > 1e-9, gain, -np.inf)

    def exchanged(self, D: Array, R: Array, F: Array) -> Array:
        """Gain of putting each of N rows F in the place of each of n rows R: n x N."""
        GR, GF = R @ D, F @ D
        dR = np.einsum("ij,ij->i", GR, R)[:, None]
        dF = np.einsum("ij,ij->i", GF, F)[None, :]
        across = GR @ F.T
        ratio = (1.0 + dF) * (1.0 - dR) + across**2
        safe = np.maximum(ratio, _NOTHING)
        if self.weights is None:
            gain = np.log(safe)
        else:
            WR = GR @ self.weights
            hR = np.einsum("ij,ij->i", WR, GR)[:, None]
            hF = np.einsum("ij,jk,ik->i", GF, self.weights, GF, optimize=True)[None, :]
            change = ((dR - 1.0) * hF - 2.0 * across * (WR @ GF.T) + (1.0 + dF) * hR) / safe
            gain = self._from_change(D, change)
        return np.where(ratio > 1e-9, gain, -np.inf)

    def _from_change(self, D: Array, change: Array) -> Array:
        assert self.weights is not None
        before = float(np.sum(D * self.weights))
        after = np.maximum(before + change, before * _NOTHING)
        return np.asarray(np.log(before) - np.log(after))
