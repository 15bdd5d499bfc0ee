"""What a model sees of a point: its columns in the unit cube, and what is derived from them.

Sources
-------
C. E. Rasmussen, C. K. I. Williams, Gaussian Processes for Machine Learning, 2006, section 4.2.3:
a kernel of features of the inputs is a kernel of the inputs, so that the search stays over these.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.space.activity import activity_of

if TYPE_CHECKING:
    from optwidgets.space.space import Space

Array = NDArray[np.float64]

# Points of the cube that show in which range a derived value lies, and the share of them
# that may lie beyond: a formula may have poles.
_LOOKED_AT, _BEYOND = 1024, 0.01
# Derived values further outside that range count as so far outside, in widths of it.
_FAR = 4.0
_STEP = 1e-5


class Features:
    """From points of the unit cube to what a model is fitted to.

    A variable that is not there is in the middle of its range, wherever its column is, so that
    nothing depends on it. Derived values follow the columns, each on its own scale: about 0 to 1 where the space
    allows points. Where one has no value, the middle of its range stands for it.

    Parameters
    ----------
    space
        Space with d variables, of which k more are derived.

    Examples
    --------
    >>> from optwidgets.space.derived import DerivedFormula
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("a", 0, 1), Real("b", 0, 1)), derived=(DerivedFormula("s", "a + b"),))
    >>> features = Features(space)
    >>> features.names, features(np.array([[0.5, 0.5]])).round(2).tolist()
    (('a', 'b', 's'), [[0.5, 0.5, 0.5]])
    """

    def __init__(self, space: Space) -> None:
        self._space = space
        #: Names of the columns that a model sees.
        self.names = (*space.names, *(item.name for item in space.derived))
        self._used = [
            sorted({space.index(name) for name in item.variables}) for item in space.derived
        ]
        # Columns of numbers that derived values follow when they move.
        self._moving = [
            [dim for dim in used if space.variables[dim].kind != "categorical"]
            for used in self._used
        ]
        self._activity = activity_of(space)
        self._low, self._width = self._ranges()

    def __call__(self, X: Array) -> Array:
        """Features, m x (d + k), of points of the unit cube, m x d."""
        X = X if self._activity is None else self._activity.settled(X)
        return np.hstack([X, self._scaled(X)]) if self._used else X

    def pullback(self, X: Array) -> Callable[[Array], Array]:
        """Find how a gradient by the features, m x (d + k), becomes one by the points, m x d."""
        d, there = X.shape[1], None
        if self._activity is not None:
            there = self._activity.active(X)
            X = np.where(there, X, self._activity.idle)
        slopes = [self._slopes(place, X) for place in range(len(self._used))]

        def pull(upstream: Array) -> Array:
            gradient = upstream[:, :d].copy()
            for place, (dims, slope) in enumerate(zip(self._moving, slopes, strict=True)):
                gradient[:, dims] += upstream[:, d + place, None] * slope
            return gradient if there is None else gradient * there

        return pull

    # ------------------------------------------------------------ inside

    def _raw(self, place: int, X: Array) -> Array:
        """Values of one derived variable, (m,); NaN where it has none."""
        variables = self._space.variables
        values: dict[str, NDArray[Any]] = {
            variables[dim].name: variables[dim].amounts(X[:, dim]) for dim in self._used[place]
        }
        return self._space.derived[place].compute(values)

    def _scale(self, place: int, raw: Array) -> Array:
        unit = (raw - self._low[place]) / self._width[place]
        return np.clip(np.where(np.isnan(unit), 0.5, unit), -_FAR, 1.0 + _FAR)

    def _scaled(self, X: Array) -> Array:
        columns = [self._scale(place, self._raw(place, X)) for place in range(len(self._used))]
        return np.stack(columns, axis=1) if columns else np.empty((len(X), 0))

    def _slopes(self, place: int, X: Array) -> Array:
        """Differentiate one derived column by the numbers it follows, by central differences."""
        dims = self._moving[place]
        m, c = len(X), len(dims)
        ahead, behind = np.repeat(X[None], c, axis=0), np.repeat(X[None], c, axis=0)
        for at, dim in enumerate(dims):
            ahead[at, :, dim] += _STEP
            behind[at, :, dim] -= _STEP
        both = np.concatenate([ahead, behind]).reshape(2 * c * m, -1)
        values = self._scale(place, self._raw(place, both)).reshape(2, c, m)
        return np.asarray(((values[0] - values[1]) / (2.0 * _STEP)).T)

    def _ranges(self) -> tuple[Array, Array]:
        """Where derived values lie in the space: their low ends and their widths, (k,) each."""
        from optwidgets.space.encoding import Encoding

        rng = np.random.default_rng(0)
        cube = Encoding(self._space).snap(rng.random((_LOOKED_AT, len(self._space))))
        lows, widths = [], []
        for place in range(len(self._used)):
            raw = self._raw(place, cube)
            raw = raw[~np.isnan(raw)]
            low, high = np.quantile(raw, [_BEYOND, 1.0 - _BEYOND]) if len(raw) else (0.0, 1.0)
            lows.append(float(low))
            widths.append(float(high - low) if high > low else max(abs(float(low)), 1.0))
        return np.array(lows), np.array(widths)


@lru_cache(maxsize=32)
def features_of(space: Space) -> Features | None:
    """Features of a space; None where a model sees the columns as they are."""
    return Features(space) if space.derived or space.conditional else None
