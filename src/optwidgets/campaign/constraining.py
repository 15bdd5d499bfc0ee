"""Which combinations are allowed: the session's methods for constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_integer
from optwidgets.space.constraints import (
    CardinalityConstraint,
    FunctionConstraint,
    constraint_of_formula,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from optwidgets.space.search_space import SearchSpace


class CampaignConstraints:
    """Constraints of a session; mixed into `OptimizationSession`."""

    if TYPE_CHECKING:
        search_space: SearchSpace

    def add_input_constraint(
        self,
        constraint_type: str,
        coefficients: Mapping[str, float],
        rhs: float,
        name: str | None = None,
    ) -> None:
        """Limit a weighted sum of numeric variables, or fix it, such as a mixture's sum of 1.

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
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_variable("oil", "real", bounds=(0, 1))
        >>> session.add_variable("water", "real", bounds=(0, 1))
        >>> session.add_input_constraint("equality", {"oil": 1, "water": 1}, rhs=1)
        >>> session.undo()
        'Constraint oil + water = 1 added'
        """
        self.search_space.add_constraint(constraint_type, coefficients, rhs, name)

    def add_nonlinear_constraint(self, expression: str, name: str | None = None) -> None:
        """Limit a formula of numeric variables, such as ``"a * b <= 3"``.

        A formula that is linear becomes a linear constraint, which may be an equality.

        Parameters
        ----------
        expression
            Names, numbers, ``+ - * / ^``, parentheses, ``abs sqrt exp log log10 sin cos tanh
            min max``, and one of ``<=``, ``>=``, ``==``. Names with blanks stand between
            backticks. It is read by a grammar of our own and never executed.
        name
            How it is called; ``constraint_0`` and so on if not given.

        Raises
        ------
        OptwidgetsError
            Where the formula cannot be read, or names no numeric variable.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_variable("a", "real", bounds=(0, 4))
        >>> session.add_variable("b", "real", bounds=(0, 4))
        >>> session.add_nonlinear_constraint("a * b <= 3")
        >>> session.get_input_constraints()[0]["formula"]
        'a · b ≤ 3'
        """
        self.search_space.constrain(constraint_of_formula(expression, name or ""))

    def add_constraint_function(
        self,
        name: str,
        function: Callable[[Mapping[str, Any]], Any],
        variables: Sequence[str] | None = None,
    ) -> None:
        """Allow the points for which a function is at most 0, or true.

        The function lives in this kernel and is never saved: after a restart it is given
        again under the same name, until then no points are suggested.

        Parameters
        ----------
        name
            How the constraint is called.
        function
            From a mapping of names to arrays (m,) to m numbers or truth values.
        variables
            What it takes; all numeric variables if not given.

        Raises
        ------
        OptwidgetsError
            For a name that is taken by another kind of constraint, or an unknown variable.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_variable("a", "real", bounds=(0, 4))
        >>> session.add_constraint_function("even", lambda x: x["a"] % 2 - 1)
        >>> session.get_input_constraints()[0]["formula"]
        'even(a) ≤ 0'
        """
        space = self.search_space.space
        known = [rule for rule in space.constraints if rule.label == name]
        if known and isinstance(known[0], FunctionConstraint) and variables is None:
            known[0].register(function)
            return
        numeric = tuple(v.name for v in space if v.kind != "categorical")
        rule = FunctionConstraint(numeric if variables is None else tuple(variables), name)
        rule.register(function)
        self.search_space.constrain(rule)

    def add_cardinality_constraint(
        self,
        variables: Sequence[str],
        at_most: int | None = None,
        name: str | None = None,
        *,
        at_least: int = 0,
        exactly: int | None = None,
        smallest: float = 0.0,
    ) -> None:
        """Use only so many of several variables at once; the others are 0.

        As a formula, for `add_nonlinear_constraint`: ``"count(a, b, c) <= 2"``.

        Parameters
        ----------
        variables
            Numeric variables, each of which can be 0.
        at_most, at_least
            How many may, and how many have to be other than 0.
        exactly
            Both at once.
        smallest
            What a variable that is used has at least, in its own unit: it is 0, or at least
            that. With a least number and without this it is a thousandth of the narrowest
            range, so that next to nothing does not count as used.
        name
            How it is called; ``constraint_0`` and so on if not given.

        Raises
        ------
        OptwidgetsError
            For a variable that cannot be 0, or a number that is not possible.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> solvents = ["water", "ethanol", "toluene"]
        >>> for solvent in solvents:
        ...     session.add_variable(solvent, "real", bounds=(0, 1))
        >>> session.add_cardinality_constraint(solvents, at_most=2)
        >>> session.add_cardinality_constraint(solvents, exactly=2, smallest=0.05, name="blend")
        >>> [rule["formula"] for rule in session.get_input_constraints()]
        ['at most 2 of water, ethanol and toluene', \
'exactly 2 of water, ethanol and toluene, each 0 or at least 0.05']
        """
        names = variables if isinstance(variables, str) else tuple(variables)
        if exactly is not None:
            if at_most is not None or at_least:
                raise OptwidgetsError(
                    "Say exactly, or at_most and at_least, not both.", field="exactly"
                )
            if expect_integer(exactly, "exactly") not in range(1, len(names) + 1):
                raise OptwidgetsError(
                    f"exactly must be from 1 to {len(names)}, not {exactly}.", field="exactly"
                )
            at_most = at_least = exactly
        self.search_space.constrain(
            CardinalityConstraint(names, at_most, name or "", at_least, smallest)  # type: ignore[arg-type]
        )

    def remove_input_constraint(self, name: str) -> None:
        """Remove a constraint of any kind by its name."""
        self.search_space.remove_constraint(name)

    def get_input_constraints(self) -> list[dict[str, Any]]:
        """Return the constraints in their plain form, and as formulas under ``formula``."""
        return [
            {**rule.to_dict(), "formula": rule.describe()} for rule in self.search_space.constraints
        ]
