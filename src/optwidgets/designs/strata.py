"""Runs in plots: what is changed rarely is known less well than what is changed each time.

Runs of one plot share its error. Coefficients are estimated by generalised least squares
then, and each term is tested against the error of the plots within which it changes
(degrees of freedom by containment).

Sources
-------
J. D. Letsinger, R. H. Myers, M. Lentner, J. Qual. Technol. 28 (1996) 381 (response surfaces in
split plots). P. Goos, M. Vandebroek, J. Qual. Technol. 33 (2001) 436 (their information
matrix). B. Jones, C. J. Nachtsheim, J. Qual. Technol. 41 (2009) 340.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.model_terms import LinearModel
from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import finite_number
from optwidgets.space.text import short

Array = NDArray[np.float64]

RUN = "Run"
_MOST = 1e6


@dataclass(frozen=True, eq=False)
class Strata:
    """Plots of n runs, the coarsest first.

    Parameters
    ----------
    plots
        Name of a kind of plot, such as ``WholePlot``, to the plot of each run, (n,); those of
        a finer kind lie within those of a coarser one.
    ratio
        Variance between plots (of each kind) in units of that between runs.

    Raises
    ------
    OptwidgetsError
        For a ratio that is not a number from 0.

    Examples
    --------
    Four plots of two runs; ``oven`` changes between them, ``time`` within.

    >>> strata = Strata({"WholePlot": np.array([0, 0, 1, 1, 2, 2, 3, 3])}, 1.0)
    >>> X = np.column_stack([np.ones(8), np.repeat([-1, 1, -1, 1], 2), np.tile([-1, 1], 4)])
    >>> strata.stratum_of(X[:, 1:2]), strata.stratum_of(X[:, 2:])
    ('WholePlot', 'Run')
    >>> R = strata.whitened(X)
    >>> np.linalg.inv(R.T @ R).diagonal().round(3).tolist()  # (1 + 2) / 8 and 1 / 8
    [0.375, 0.375, 0.125]
    """

    plots: Mapping[str, NDArray[np.intp]]
    ratio: float = 1.0

    def __post_init__(self) -> None:
        ratio = finite_number(self.ratio, "variance_ratio")
        if not 0.0 <= ratio <= _MOST:
            raise OptwidgetsError(
                f"variance_ratio must be from 0 to {_MOST:g}, not {short(self.ratio)}.",
                field="variance_ratio",
            )
        object.__setattr__(self, "ratio", float(ratio))

    def whitened(self, R: Array) -> Array:
        """Turn the rows of a model (n x p) so that their errors are independent and of equal size."""
        V = np.eye(len(R))
        for labels in self.plots.values():
            V += self.ratio * (labels[:, None] == labels[None, :])
        return np.asarray(np.linalg.solve(np.linalg.cholesky(V), R))

    def stratum_of(self, columns: Array) -> str:
        """Name of the coarsest plots within which columns (n x c) do not change."""
        for name, labels in self.plots.items():
            means = _means(columns, labels)
            if np.allclose(means, columns, atol=1e-9):
                return name
        return RUN

    def degrees(self, model: LinearModel, R: Array) -> tuple[dict[str, str], dict[str, int]]:
        """Stratum of each term but the intercept, and the degrees of freedom left in each stratum.

        Parameters
        ----------
        model
            p columns.
        R
            Its rows for the runs, n x p.
        """
        terms = {
            name: self.stratum_of(R[:, model.owners == place])
            for place, name in enumerate(model.names[1:], start=1)
        }
        strata = {"": self._first(), **{name: terms[name] for name in model.names[1:]}}
        sizes = {name: len(np.unique(labels)) for name, labels in self.plots.items()}
        sizes[RUN] = len(R)
        left, before, known = dict[str, int](), 0, 0
        done: list[str] = []
        for stratum, size in sizes.items():
            done.append(stratum)
            places = [
                place
                for place, name in enumerate(model.names)
                if strata["" if place == 0 else name] in done
            ]
            rank = int(np.linalg.matrix_rank(R[:, np.isin(model.owners, places)]))
            left[stratum] = max(0, (size - before) - (rank - known))
            before, known = size, rank
        return terms, left

    def _first(self) -> str:
        return next(iter(self.plots), RUN)


def strata_of(
    points: Sequence[Mapping[str, object]], kinds: Sequence[str], ratio: float
) -> Strata | None:
    """Read the plots that stand beside the variables of runs; None without any.

    A finer plot is known by its number within the coarser one, or throughout.

    Examples
    --------
    >>> runs = [{"WholePlot": 1}, {"WholePlot": 1}, {"WholePlot": 2}]
    >>> strata_of(runs, ["WholePlot", "Subplot"], 1.0).plots["WholePlot"].tolist()
    [0, 0, 1]
    """
    plots: dict[str, NDArray[np.intp]] = {}
    keys = [()] * len(points)  # type: list[tuple[object, ...]]
    for kind in kinds:
        if points and all(point.get(kind) is not None for point in points):
            keys = [(*key, str(point[kind])) for key, point in zip(keys, points, strict=True)]
            number = {key: i for i, key in enumerate(dict.fromkeys(keys))}
            plots[kind] = np.array([number[key] for key in keys], dtype=np.intp)
    return Strata(plots, ratio) if plots else None


def _means(columns: Array, labels: NDArray[np.intp]) -> Array:
    Z = np.eye(int(labels.max()) + 1)[labels]
    sums = Z.T @ columns / np.maximum(Z.sum(axis=0), 1.0)[:, None]
    return np.asarray(sums[labels])
