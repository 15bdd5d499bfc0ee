"""Names of ALchemist's ``SearchSpace``, as thin delegations."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

from optwidgets.errors import OptwidgetsError
from optwidgets.space import tables
from optwidgets.space.derived import DerivedFunction
from optwidgets.space.derived_edits import DerivedAdded, DerivedRemoved
from optwidgets.space.edits import VariableChanged
from optwidgets.space.roles import CHANGES
from optwidgets.space.text import enumerate_words, short
from optwidgets.space.variable import make_variable

if TYPE_CHECKING:
    from optwidgets.space.base import Variable
    from optwidgets.space.edits import SpaceEdit
    from optwidgets.space.space import Space

    Source = str | PathLike[str]


class AlchemistSpaceNames:
    """What users of ALchemist know; mixed into `SearchSpace`."""

    if TYPE_CHECKING:
        _read: Callable[[], Space]

        @property
        def names(self) -> tuple[str, ...]: ...  # noqa: D102

        @property
        def variables(self) -> tuple[Variable, ...]: ...  # noqa: D102

        def _do(self, *edits: SpaceEdit) -> None: ...

        def replace(self, space: Space) -> None: ...  # noqa: D102

        def to_dict(self) -> list[dict[str, Any]]: ...  # noqa: D102

        def to_json(self, path: Source | None = None) -> str: ...  # noqa: D102

        def add_derived(  # noqa: D102
            self,
            name: str,
            formula: str | Callable[[Mapping[str, Any]], Any],
            variables: Iterable[str] | None = None,
            description: str = "",
        ) -> None: ...

    def get_variable_names(self) -> list[str]:
        """Names in order."""
        return list(self.names)

    def get_dimension_names(self) -> list[str]:
        """Names in order."""
        return list(self.names)

    def get_controllable_variable_names(self) -> list[str]:
        """Names of the variables that are chosen, in order."""
        return list(self._read().chosen.names)

    def get_context_variable_names(self) -> list[str]:
        """Names of the variables that are observed, in order."""
        return list(self._read().observed)

    get_observed_variable_names = get_context_variable_names

    def get_variables_by_changes(self, level: str) -> list[dict[str, Any]]:
        """Plain forms of the variables that are ``easy``, ``hard`` or ``very_hard`` to change."""
        if level not in CHANGES:
            raise OptwidgetsError(
                f"Level {short(repr(level))} is not one of {enumerate_words(CHANGES)}.",
                field="level",
            )
        return [variable.to_dict() for variable in self.variables if variable.changes == level]

    get_tunable_variable_names = get_controllable_variable_names

    def get_dimension_index(self, name: str) -> int | None:
        """Place of a variable, or None."""
        return self._read().index(name) if name in self._read() else None

    def get_dimension_variables(self) -> list[dict[str, Any]]:
        """Plain forms of the variables."""
        return self.to_dict()

    def get_categorical_variables(self) -> list[str]:
        """Names of the categorical variables."""
        return self._of_kind("categorical")

    def get_integer_variables(self) -> list[str]:
        """Names of the integer variables."""
        return self._of_kind("integer")

    def get_discrete_variables(self) -> list[str]:
        """Names of the discrete variables."""
        return self._of_kind("discrete")

    def _of_kind(self, kind: str) -> list[str]:
        return [variable.name for variable in self.variables if variable.kind == kind]

    def replace_variable(self, name: str, var_type: str, **options: Any) -> None:
        """Put another variable of the same name in the place of one."""
        self._do(VariableChanged(name, make_variable(name, var_type, **options)))

    def save_to_json(self, filepath: Source) -> None:
        """Write the variables to a JSON file."""
        self.to_json(filepath)

    def load_from_json(self, filepath: Source) -> Self:
        """Replace all variables by those of a JSON file."""
        self.replace(tables.space_from_json(tables.read_text(filepath, marks="[{")))
        return self

    def get_derived_variable_names(self) -> list[str]:
        """Names of the derived variables, in order."""
        return [item.name for item in self._read().derived]

    def has_derived_variables(self) -> bool:
        """Whether something is derived."""
        return bool(self._read().derived)

    def derived_variables_to_dict(self) -> list[dict[str, Any]]:
        """Plain forms of the derived variables."""
        return [item.to_dict() for item in self._read().derived]

    def add_derived_variable(
        self,
        name: str,
        func: Callable[[Mapping[str, Any]], float],
        input_cols: Iterable[str],
        description: str = "",
    ) -> None:
        """Add a derived variable by a function of one row; `add_derived` takes whole columns."""
        self.add_derived(name, _by_row(func), input_cols, description)

    def register_derived_variable(
        self, name: str, func: Callable[[Mapping[str, Any]], float]
    ) -> None:
        """Give the function of a derived variable again, or another one in its place.

        After a restart it is the one that was there before. Where the kernel still knows one,
        the new one counts as another derived variable: models are trained again, and the
        step can be undone.
        """
        space = self._read()
        known = space.derived_named(name)
        if not isinstance(known, DerivedFunction) or not known.is_known:
            self.add_derived(name, _by_row(func), known.variables)
            return
        item = DerivedFunction(name, known.names, description=known.description)
        item.register(_by_row(func))
        self._do(DerivedRemoved(name), DerivedAdded(item, space.derived.index(known)))


def _by_row(func: Callable[[Mapping[str, Any]], float]) -> Callable[[Mapping[str, Any]], Any]:
    """Return a function of columns that calls one of rows."""

    def of(values: Mapping[str, Any]) -> list[float]:
        columns = [column.tolist() for column in values.values()]
        rows = zip(*columns, strict=True)
        return [float(func(dict(zip(values, row, strict=True)))) for row in rows]

    return of
