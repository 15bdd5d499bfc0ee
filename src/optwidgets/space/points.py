"""What a space says about points: what they miss, what lies outside, what is not there."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Value, Variable
from optwidgets.space.checking import expect_object
from optwidgets.space.conditions import parents_first
from optwidgets.space.constraints import Constraint
from optwidgets.space.constraints.base import TYPED_TOLERANCE
from optwidgets.space.text import did_you_mean, short

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class PointChecks:
    """Questions about points; mixed into `Space`."""

    if TYPE_CHECKING:
        variables: tuple[Variable, ...]
        constraints: tuple[Constraint, ...]

        @cached_property
        def names(self) -> tuple[str, ...]: ...  # noqa: D102

        @cached_property
        def _by_name(self) -> dict[str, Variable]: ...

    def met(self, values: Mapping[str, NDArray[np.float64]]) -> NDArray[np.bool_]:
        """Which of m points keep all constraints, (m,); missing values (NaN) break none.

        Parameters
        ----------
        values
            Values (m,) of each variable that constraints speak of.
        """
        import numpy as np

        kept = np.ones(len(next(iter(values.values()))), dtype=bool)
        for rule in self.constraints:
            if rule.is_known:
                missing = np.isnan([values[name] for name in rule.variables]).any(axis=0)
                limit = TYPED_TOLERANCE * rule.size(self._by_name)
                kept &= missing | (rule.excess_within(values, self._by_name) <= limit)
        return kept

    def broken(self, point: Mapping[str, Any]) -> list[Constraint]:
        """Constraints that a point does not meet, as far as it has values."""
        return [rule for rule in self.constraints if not rule.is_met(point, self._by_name)]

    def missing(self, point: Mapping[str, Any]) -> list[str]:
        """Names of the variables that are there at a point and have no value in it."""
        gone = self.inactive(point)
        return [name for name in self.names if point.get(name) is None and name not in gone]

    @cached_property
    def conditional(self) -> tuple[Variable, ...]:
        """Variables that are not always there, each after those that it depends on."""
        return tuple(v for v in parents_first(self.variables) if v.active_if is not None)

    def inactive(self, point: Mapping[str, Any]) -> frozenset[str]:
        """Names of the variables that are not there at a point.

        Examples
        --------
        >>> from optwidgets.space.space import Space
        >>> from optwidgets.space.variable import make_variable
        >>> space = Space(
        ...     (
        ...         make_variable("optimizer", "categorical", categories=["adam", "sgd"]),
        ...         make_variable(
        ...             "momentum", "real", bounds=(0, 1), active_if={"optimizer": ["sgd"]}
        ...         ),
        ...     )
        ... )
        >>> (
        ...     sorted(space.inactive({"optimizer": "adam"})),
        ...     sorted(space.inactive({"optimizer": "sgd"})),
        ... )
        (['momentum'], [])
        """
        if not self.conditional:
            return frozenset()
        gone: set[str] = set()
        for variable in self.conditional:
            condition = variable.active_if
            if condition and (not gone.isdisjoint(condition.names) or not condition.holds(point)):
                gone.add(variable.name)
        return frozenset(gone)

    def there(self, point: Mapping[str, Any]) -> dict[str, Any]:
        """Point without the values of variables that are not there."""
        gone = self.inactive(point)
        return {name: value for name, value in point.items() if name not in gone}

    def check_point(self, point: Mapping[str, Any], *, partial: bool = False) -> dict[str, Value]:
        """Check types and categories of a point; bounds are not enforced.

        Parameters
        ----------
        point
            Name to value.
        partial
            Whether values may be missing.

        Returns
        -------
        dict
            Canonical Python values, in the order of the variables.

        Raises
        ------
        OptwidgetsError
            An unknown name, a missing value or one of the wrong type;
            ``error.column`` names the variable.

        Examples
        --------
        >>> from optwidgets.space.space import Space
        >>> from optwidgets.space.variable import Real
        >>> Space((Real("T", 0, 1),)).check_point({"T": "0,5"})
        {'T': 0.5}
        """
        for name in expect_object(point, "A point"):
            if name not in self._by_name:
                raise OptwidgetsError(did_you_mean(name, self.names), column=str(name))
        values: dict[str, Value] = {}
        gone = self.inactive(point)
        for variable in self.variables:
            value = point.get(variable.name)
            away = variable.name in gone
            # A table writes NaN where a variable is not there.
            if value is not None and not (away and value != value):  # noqa: PLR0124
                values[variable.name] = variable.check(value)
            elif not partial and not away:
                raise OptwidgetsError(
                    f"{short(variable.name)} is missing. Give a value for each variable.",
                    column=variable.name,
                )
        return values

    def outside(self, point: Mapping[str, Any]) -> list[str]:
        """Names of the variables that make a point lie outside, in order.

        Their value lies outside bounds, levels or categories, or together they break a
        constraint.
        """
        gone = self.inactive(point)
        found = {
            variable.name
            for variable in self.variables
            if point.get(variable.name) is not None
            and variable.name not in gone
            and not variable.contains(point[variable.name])
        }
        if self.constraints:
            found.update(name for rule in self.broken(point) for name in rule.variables)
        return [name for name in self.names if name in found] if found else []
