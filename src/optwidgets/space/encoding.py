"""From points of a space to the unit cube and back."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, cast

import numpy as np

from optwidgets.errors import OptwidgetsError
from optwidgets.space.activity import Activity, activity_of
from optwidgets.space.base import Value
from optwidgets.space.choices import Categorical
from optwidgets.space.features import Features, features_of
from optwidgets.space.space import Space
from optwidgets.space.text import short

if TYPE_CHECKING:
    import pandas as pd
    from numpy.typing import NDArray

    Points = Sequence[Mapping[str, Any]] | pd.DataFrame


class Encoding:
    """One column of [0, 1] per variable.

    Real and integer variables lie linearly, or by their logarithm when the
    variable says so; discrete values by their size; categories by their place,
    ``index / (k - 1)``. Values outside the bounds lie outside [0, 1].

    Parameters
    ----------
    space
        Space with ``d`` variables.

    Attributes
    ----------
    categorical_dims
        Column to number of categories.
    levels
        Column to ascending unit values, for discrete and categorical variables
        and for integers with at most 1001 values.

    Examples
    --------
    >>> from optwidgets.space.variable import Categorical, Integer, Real
    >>> space = Space((Real("T", 0, 10), Integer("n", 1, 3), Categorical("c", ("A", "B"))))
    >>> encoding = Encoding(space)
    >>> X = encoding.encode([{"T": 5, "n": 3, "c": "B"}, {"T": 12, "n": 1, "c": "A"}])
    >>> X.tolist()
    [[0.5, 1.0, 1.0], [1.2, 0.0, 0.0]]
    >>> encoding.decode(encoding.snap([[0.25, 0.6, 0.9]]))
    [{'T': 2.5, 'n': 2, 'c': 'B'}]
    """

    def __init__(self, space: Space) -> None:
        self.space = space
        self.categorical_dims: dict[int, int] = {
            place: len(variable.categories)
            for place, variable in enumerate(space.variables)
            if isinstance(variable, Categorical)
        }

    def __len__(self) -> int:
        return len(self.space)

    @cached_property
    def levels(self) -> dict[int, NDArray[np.float64]]:
        """Unit values of each column that has a list of them."""
        found = {place: variable.levels for place, variable in enumerate(self.space.variables)}
        return {place: levels for place, levels in found.items() if levels is not None}

    @cached_property
    def activity(self) -> Activity | None:
        """Which variables are there at a point; None where all always are."""
        return activity_of(self.space)

    @cached_property
    def features(self) -> Features | None:
        """What a model sees of a point; None where it sees the columns as they are."""
        return features_of(self.space)

    def can_encode(self, point: Mapping[str, Any]) -> bool:
        """Whether each variable has a value of its type and a known category.

        Rows kept from before a change of the space may fail this; they cannot
        train until they are filled in. A variable that is not there needs no value.
        """
        gone = self.space.inactive(point)
        for variable in self.space.variables:
            value = point.get(variable.name)
            if variable.name in gone:
                continue
            if value is None:
                return False
            if variable.kind in ("real", "discrete") and type(value) is float:
                if math.isfinite(value):
                    continue
                return False
            try:
                variable.check(value)
            except OptwidgetsError:
                return False
        return True

    def encode(self, points: Points) -> NDArray[np.float64]:
        """Map ``n`` points to unit coordinates.

        Parameters
        ----------
        points
            Mappings or a DataFrame with a column per variable; other keys are
            ignored.

        Returns
        -------
        array
            float64, ``n x d``.

        Raises
        ------
        OptwidgetsError
            A value is missing or of the wrong type; ``error.row`` is its place
            from 0, ``error.column`` its variable.
        """
        if self.activity is not None:
            given: Any = points
            rows = given.to_dict("records") if hasattr(given, "columns") else given
            points = [self.activity.filled(row) for row in rows]
        frame: Any = points if hasattr(points, "columns") else None
        n = len(points)
        X = np.empty((n, len(self.space)), dtype=np.float64)
        for place, variable in enumerate(self.space.variables):
            name = variable.name
            if frame is None:
                values = [point.get(name) for point in cast("Sequence[Mapping[str, Any]]", points)]
            elif name in frame.columns:
                values = frame[name].tolist()
            else:
                raise OptwidgetsError(f"Column {short(name)} is missing.", column=name)
            try:
                column = variable.to_unit(values)
            except (OptwidgetsError, TypeError, ValueError):
                column = None
            if column is None or not np.isfinite(column).all():
                column = self._encode_carefully(place, values)
            X[:, place] = column
        return X

    def _encode_carefully(self, place: int, values: list[Any]) -> NDArray[np.float64]:
        """Check value by value: only to find the one that is wrong, and say so."""
        variable = self.space.variables[place]
        checked: list[Value] = []
        for row, value in enumerate(values):
            if value is None or (isinstance(value, float) and math.isnan(value)):
                raise OptwidgetsError(
                    f"{short(variable.name)} is missing.", row=row, column=variable.name
                )
            try:
                checked.append(variable.check(value))
            except OptwidgetsError as error:
                error.row = row
                raise
        return variable.to_unit(checked)

    def decode(self, X: Iterable[Iterable[float]] | NDArray[np.float64]) -> list[dict[str, Value]]:
        """Real values of the space for ``n x d`` unit coordinates.

        Integers are whole, discrete values and categories are of their lists; variables that
        are not there are left out.
        """
        cube = self._cube(X)
        columns = [
            variable.from_unit(cube[:, place])
            for place, variable in enumerate(self.space.variables)
        ]
        names = self.space.names
        if not names:
            return [{} for _ in range(len(cube))]
        points = [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]
        return points if self.activity is None else [self.space.there(point) for point in points]

    def snap(self, X: Iterable[Iterable[float]] | NDArray[np.float64]) -> NDArray[np.float64]:
        """Nearest feasible coordinates, ``n x d``: inside the bounds, on the levels."""
        cube = self._cube(X)
        snapped = np.empty_like(cube)
        for place, variable in enumerate(self.space.variables):
            snapped[:, place] = variable.snap(cube[:, place])
        return self.settled(snapped)

    def settled(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Points X (n x d) with the middle of the range where a variable is not there."""
        return X if self.activity is None else self.activity.settled(X)

    def encode_categories(self, points: Points | NDArray[np.float64]) -> NDArray[np.float64]:
        """Like `encode`, with whole-number codes 0 … k - 1 in the categorical columns.

        Accepts points, or unit coordinates ``n x d`` as `encode` returns them.

        Examples
        --------
        >>> from optwidgets.space.variable import Categorical
        >>> encoding = Encoding(Space((Categorical("c", ("A", "B", "C")),)))
        >>> encoding.encode_categories([{"c": "B"}, {"c": "C"}]).ravel().tolist()
        [1.0, 2.0]
        """
        X = self._cube(points).copy() if isinstance(points, np.ndarray) else self.encode(points)
        for place, count in self.categorical_dims.items():
            X[:, place] = np.clip(np.rint(X[:, place] * (count - 1)), 0, count - 1)
        return X

    def decode_categories(self, X: NDArray[np.float64]) -> NDArray[np.float64]:
        """Map category codes back to unit coordinates, ``n x d``."""
        cube = self._cube(X).copy()
        for place, count in self.categorical_dims.items():
            cube[:, place] = np.rint(cube[:, place]) / (count - 1)
        return cube

    def _cube(self, X: Any) -> NDArray[np.float64]:
        cube = np.asarray(X, dtype=np.float64)
        if cube.ndim != 2 or cube.shape[1] != len(self.space):
            raise OptwidgetsError(
                f"Expected an array of n x {len(self.space)}, got one of shape {cube.shape}."
            )
        return cube
