"""The search space as users hold it: a handle whose changes can be journaled."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext
from os import PathLike
from typing import TYPE_CHECKING, Any

from optwidgets.space import tables
from optwidgets.space.alchemist_names import AlchemistSpaceNames
from optwidgets.space.at_once import at_once
from optwidgets.space.base import Variable
from optwidgets.space.changing import changed_variable
from optwidgets.space.conditions import parents_first
from optwidgets.space.constraints import Constraint, LinearConstraint
from optwidgets.space.derived import Derived, DerivedFormula, DerivedFunction
from optwidgets.space.derived_edits import DerivedAdded, DerivedRemoved
from optwidgets.space.edits import (
    ConstraintAdded,
    ConstraintRemoved,
    SpaceEdit,
    VariableAdded,
    VariableChanged,
    VariableRemoved,
    VariablesReordered,
    added_in_order,
)
from optwidgets.space.proposing import propose_space
from optwidgets.space.space import Space
from optwidgets.space.text import short
from optwidgets.space.variable import make_variable

if TYPE_CHECKING:
    import pandas as pd

    Commit = Callable[[tuple[SpaceEdit, ...]], object]
    Source = str | PathLike[str]


class SearchSpace(AlchemistSpaceNames):
    """Variables that can be chosen or are observed, editable.

    Alone it keeps its own `Space`; inside a session ``commit`` appends the
    changes to the journal and ``read`` returns the session's space.

    Parameters
    ----------
    variables
        Variables to begin with.
    constraints
        Constraints to begin with.
    derived
        Derived variables to begin with.
    commit
        Called with the changes of one step, a tuple.
    read
        Returns the current `Space`.
    lock
        Held by each change, so that what `read` knows stays until it is committed.

    Examples
    --------
    >>> space = SearchSpace()
    >>> space.add_variable("temperature", "real", bounds=(20, 100), unit="°C")
    >>> space.add_variable("catalyst", "categorical", categories=["A", "B"])
    >>> space.change_variable("temperature", max=120)
    >>> space
    SearchSpace(temperature: real, 20 – 120 °C; catalyst: categorical, A, B)
    >>> len(space), space.names
    (2, ('temperature', 'catalyst'))
    """

    def __init__(
        self,
        variables: Iterable[Variable] = (),
        *,
        constraints: Iterable[Constraint] = (),
        derived: Iterable[Derived] = (),
        commit: Commit | None = None,
        read: Callable[[], Space] | None = None,
        lock: AbstractContextManager[Any] | None = None,
    ) -> None:
        self._own = Space(tuple(variables), tuple(constraints), tuple(derived))
        self._commit = commit or self._commit_to_itself
        self._read = read or (lambda: self._own)
        self._lock = lock or nullcontext()

    def _commit_to_itself(self, edits: tuple[SpaceEdit, ...]) -> None:
        space = self._own
        for edit in edits:
            space = edit.apply(space)
        self._own = space

    @at_once
    def _do(self, *edits: SpaceEdit) -> None:
        space = self._read()
        for edit in edits:  # all are tried before the first one is journaled
            space = edit.apply(space)
        self._commit(edits)

    @property
    def space(self) -> Space:
        """Current value; it never changes, a change makes another one."""
        return self._read()

    @property
    def variables(self) -> tuple[Variable, ...]:
        """Variables in order."""
        return self._read().variables

    @property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return self._read().names

    def __len__(self) -> int:
        return len(self._read())

    def __iter__(self) -> Iterator[Variable]:
        return iter(self._read())

    def __contains__(self, name: object) -> bool:
        return name in self._read()

    def __getitem__(self, name: str) -> Variable:
        return self._read()[name]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SearchSpace) and self.space == other.space

    __hash__ = None  # type: ignore[assignment]  # it changes

    def __repr__(self) -> str:
        words = "; ".join(
            ", ".join([f"{short(v.name)}: {v.kind}", v.describe(), *v.tags]) for v in self
        )
        return f"SearchSpace({words})"

    def add_variable(
        self, name: str, kind: str, *, position: int | None = None, **options: Any
    ) -> None:
        """Add a variable, at the end or at a position.

        Parameters
        ----------
        name, kind, **options
            As for `make_variable`.
        position
            Place from 0.

        Raises
        ------
        OptwidgetsError
            A name, kind or option is not possible; ``error.field`` says which.
        """
        self._do(VariableAdded(make_variable(name, kind, **options), position))

    @at_once
    def change_variable(self, name: str, /, **options: Any) -> None:
        """Change some options of a variable and keep the others.

        Parameters
        ----------
        name
            Its name now.
        **options
            As for `make_variable`; ``kind`` changes the kind and keeps what
            fits, ``name`` or ``new_name`` renames.

        Examples
        --------
        >>> space = SearchSpace()
        >>> space.add_variable("n", "real", bounds=(10, 20.5))
        >>> space.change_variable("n", kind="integer", new_name="N")
        >>> space["N"]
        Integer(name='N', low=10, high=20, log=False, unit='', description='')
        """
        variable = changed_variable(self._read()[name], options)
        self._do(VariableChanged(name, variable))

    def rename_variable(self, name: str, new_name: str) -> None:
        """Give a variable another name; inside a session its column follows."""
        self.change_variable(name, new_name=new_name)

    def remove_variable(self, name: str) -> None:
        """Remove a variable; inside a session its values stay in the table."""
        self._do(VariableRemoved(name))

    def reorder_variables(self, names: Iterable[str]) -> None:
        """Bring the variables into another order; each must be named once."""
        self._do(VariablesReordered(tuple(names)))

    @at_once
    def replace(self, space: Space) -> None:
        """Take over all variables and constraints of another space, as one step."""
        now = self._read()
        self._do(
            *(ConstraintRemoved(rule.label) for rule in now.constraints),
            *(DerivedRemoved(item.name) for item in now.derived),
            *(VariableRemoved(v.name) for v in reversed(parents_first(now.variables))),
            *added_in_order(space.variables),
            *(ConstraintAdded(rule) for rule in space.constraints),
            *(DerivedAdded(item) for item in space.derived),
        )

    @property
    def derived(self) -> tuple[Derived, ...]:
        """What follows from the variables, in order."""
        return self._read().derived

    def add_derived(
        self,
        name: str,
        formula: str | Callable[[Mapping[str, Any]], Any],
        variables: Iterable[str] | None = None,
        description: str = "",
    ) -> None:
        """Give the model a number that follows from the settings, beside them.

        Parameters
        ----------
        name
            Name of its column.
        formula
            Such as ``"a / (a + b)"``, which is saved; or a function from a mapping of names
            to arrays (m,) to m numbers, which lives in this kernel and is given again under
            the same name after a restart.
        variables
            What a function takes; all variables if not given.
        description
            What it stands for.

        Raises
        ------
        OptwidgetsError
            For a name that is taken, or a formula that cannot be read.

        Examples
        --------
        >>> space = SearchSpace()
        >>> space.add_variable("a", "real", bounds=(0, 1))
        >>> space.add_variable("b", "real", bounds=(0, 1))
        >>> space.add_derived("ratio", "a / (a + b)")
        >>> [item.describe() for item in space.derived]
        ['ratio = a / (a + b)']
        """
        if isinstance(formula, str):
            self._do(DerivedAdded(DerivedFormula(name, formula, description)))
            return
        known = [item for item in self.derived if item.name == name and not item.is_known]
        if known and isinstance(known[0], DerivedFunction):
            known[0].register(formula)
            return
        names = self.names if variables is None else tuple(variables)
        item = DerivedFunction(name, names, description=description)
        item.register(formula)
        self._do(DerivedAdded(item))

    def remove_derived(self, name: str) -> None:
        """Remove a derived variable."""
        self._do(DerivedRemoved(name))

    @property
    def constraints(self) -> tuple[Constraint, ...]:
        """Rules that the variables keep together, in order."""
        return self._read().constraints

    def add_constraint(
        self,
        constraint_type: str,
        coefficients: Mapping[str, float],
        rhs: float,
        name: str | None = None,
    ) -> None:
        """Limit a weighted sum of numeric variables, or fix it.

        Parameters
        ----------
        constraint_type
            ``"inequality"``: the sum is at most `rhs`; ``"equality"``: it is `rhs`.
        coefficients
            Variable to its factor.
        rhs
            The limit.
        name
            How it is called; ``constraint_0`` and so on if not given.

        Raises
        ------
        OptwidgetsError
            For a name, type or number that is not possible; ``error.field`` says which.

        Examples
        --------
        >>> space = SearchSpace()
        >>> space.add_variable("oil", "real", bounds=(0, 1))
        >>> space.add_variable("water", "real", bounds=(0, 1))
        >>> space.add_constraint("equality", {"oil": 1, "water": 1}, rhs=1)
        >>> space.get_constraints()[0]["name"], space.constraints[0].describe()
        ('constraint_0', 'oil + water = 1')
        """
        label = name or self._read().next_label()
        self.constrain(LinearConstraint(constraint_type, coefficients, rhs, label))

    def constrain(self, rule: Constraint) -> None:
        """Add a constraint of any kind."""
        space = self._read()
        named = rule if rule.label else rule.with_label(space.next_label())
        self._do(ConstraintAdded(named.fitted_to({v.name: v for v in space})))

    def remove_constraint(self, name: str) -> None:
        """Remove a constraint."""
        self._do(ConstraintRemoved(name))

    def get_constraints(self) -> list[dict[str, Any]]:
        """Plain forms of the constraints."""
        return [rule.to_dict() for rule in self.constraints]

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain form: a list of variables, in ALchemist's spelling."""
        return self._read().to_dict()

    def from_dict(self, data: Iterable[Mapping[str, Any]]) -> SearchSpace:
        """Replace all variables by those of a plain form, and return this space."""
        self.replace(Space.from_dict(data))
        return self

    def to_json(self, path: Source | None = None) -> str:
        """JSON text of the variables and constraints; written to a file when a path is given."""
        return tables.write_text(tables.space_to_json(self._read()), path)

    @classmethod
    def from_json(cls, source: Source) -> SearchSpace:
        """Read JSON, from a file or as text.

        Examples
        --------
        >>> SearchSpace.from_json('[{"name": "n", "type": "integer", "min": 1, "max": 5}]').names
        ('n',)
        """
        space = tables.space_from_json(tables.read_text(source, marks="[{"))
        return cls(space.variables, constraints=space.constraints, derived=space.derived)

    def to_csv(self, path: Source | None = None) -> str:
        """CSV text with a line for each variable; written to a file when a path is given."""
        return tables.write_text(tables.space_to_csv(self._read()), path)

    @classmethod
    def from_csv(cls, source: Source) -> SearchSpace:
        r"""Read CSV or a table copied from a spreadsheet, from a file or as text.

        Examples
        --------
        >>> SearchSpace.from_csv("name;kind;min;max\nT;real;0,5;2\n")["T"].bounds
        (0.5, 2.0)
        """
        return cls(tables.space_from_csv(tables.read_lines(source)).variables)

    @classmethod
    def from_dataframe(cls, df: pd.DataFrame, outputs: str | Iterable[str] = ()) -> SearchSpace:
        """Propose a space from existing data.

        Parameters
        ----------
        df
            A column per variable.
        outputs
            Columns that are results, to leave out. The table's own columns
            (Iteration, Reason, Noise, ...) and ``Output`` are left out anyway.

        Examples
        --------
        >>> import pandas as pd
        >>> df = pd.DataFrame(
        ...     {"rate": [1e-4, 0.1, 0.02, 0.5, 0.9, 0.3, 0.004], "c": list("ABABABA")}
        ... )
        >>> SearchSpace.from_dataframe(df)
        SearchSpace(rate: real, 0.0001 – 0.9, log scale; c: categorical, A, B)
        """
        names = (outputs,) if isinstance(outputs, str) else tuple(outputs)
        return cls(propose_space(df, names).variables)

    def to_skopt(self) -> list[Any]:
        """Dimensions for scikit-optimize; log scales become ``log-uniform``."""
        from skopt.space import Categorical, Integer, Real

        dimensions: list[Any] = []
        for variable in self:
            plain = variable.to_dict()
            if variable.kind in ("categorical", "discrete"):
                choices = plain.get("values") or plain["allowed_values"]
                dimensions.append(Categorical(choices, name=variable.name))
            else:
                dimension = Integer if variable.kind == "integer" else Real
                prior = "log-uniform" if plain.get("log") else "uniform"
                dimensions.append(dimension(*variable.bounds, prior=prior, name=variable.name))
        return dimensions
