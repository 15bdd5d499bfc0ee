"""The space of all settings: an immutable, ordered set of variables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Value, Variable
from optwidgets.space.checking import expect_list, expect_object
from optwidgets.space.text import did_you_mean, short
from optwidgets.space.variable import variable_from_dict


@dataclass(frozen=True)
class Space:
    """Variables in the order in which people see them; every change is a new space.

    Parameters
    ----------
    variables
        Variables with different names.

    Examples
    --------
    >>> from optwidgets.space.variable import Categorical, Real
    >>> space = Space((Real("Temperature", 60, 140), Categorical("Catalyst", ("A", "B"))))
    >>> space.names, space["Temperature"].bounds
    (('Temperature', 'Catalyst'), (60.0, 140.0))
    >>> space.outside({"Temperature": 150, "Catalyst": "A"})
    ['Temperature']
    """

    variables: tuple[Variable, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "variables", tuple(self.variables))
        seen: set[str] = set()
        for variable in self.variables:
            if variable.name in seen:
                raise OptwidgetsError(
                    f"{short(variable.name)} exists already. Use another name.", field="Name"
                )
            seen.add(variable.name)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(variable.name for variable in self.variables)

    @cached_property
    def _by_name(self) -> dict[str, Variable]:
        return {variable.name: variable for variable in self.variables}

    def __len__(self) -> int:
        return len(self.variables)

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Variable:
        try:
            return self._by_name[name]
        except (KeyError, TypeError):
            raise OptwidgetsError(did_you_mean(name, self.names), field="Name") from None

    def index(self, name: str) -> int:
        """Place of a variable, from 0."""
        return self.variables.index(self[name])

    def add(self, variable: Variable, position: int | None = None) -> Space:
        """Space with one more variable, at the end or at a position."""
        place = len(self) if position is None else max(0, min(int(position), len(self)))
        return Space((*self.variables[:place], variable, *self.variables[place:]))

    def change(self, name: str, variable: Variable) -> Space:
        """Space with a variable replaced; another name in it is a rename."""
        place = self.index(name)
        return Space((*self.variables[:place], variable, *self.variables[place + 1 :]))

    def remove(self, name: str) -> Space:
        """Space without a variable."""
        gone = self[name]
        return Space(tuple(variable for variable in self.variables if variable is not gone))

    def reorder(self, names: Iterable[str]) -> Space:
        """Space with the same variables in another order."""
        wanted = list(names)
        chosen = tuple(self[name] for name in wanted)
        if sorted(wanted) != sorted(self.names):
            raise OptwidgetsError(
                f"The new order must name each of the {len(self)} variables once."
            )
        return Space(chosen)

    def missing(self, point: Mapping[str, Any]) -> list[str]:
        """Names of the variables that a point has no value for."""
        return [name for name in self.names if point.get(name) is None]

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
        >>> from optwidgets.space.variable import Real
        >>> Space((Real("T", 0, 1),)).check_point({"T": "0,5"})
        {'T': 0.5}
        """
        for name in expect_object(point, "A point"):
            if name not in self._by_name:
                raise OptwidgetsError(did_you_mean(name, self.names), column=str(name))
        values: dict[str, Value] = {}
        for variable in self.variables:
            value = point.get(variable.name)
            if value is not None:
                values[variable.name] = variable.check(value)
            elif not partial:
                raise OptwidgetsError(
                    f"{short(variable.name)} is missing. Give a value for each variable.",
                    column=variable.name,
                )
        return values

    def outside(self, point: Mapping[str, Any]) -> list[str]:
        """Names of the variables whose value lies outside bounds, levels or categories."""
        return [
            variable.name
            for variable in self.variables
            if point.get(variable.name) is not None and not variable.contains(point[variable.name])
        ]

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain form: the list of variables of a session file."""
        return [variable.to_dict() for variable in self.variables]

    @classmethod
    def from_dict(cls, data: Iterable[Mapping[str, Any]]) -> Space:
        """Read the plain form.

        Examples
        --------
        >>> Space.from_dict([{"name": "n", "type": "integer", "min": 1, "max": 5}]).names
        ('n',)
        """
        return cls(tuple(variable_from_dict(item) for item in expect_list(data, "A search space")))
