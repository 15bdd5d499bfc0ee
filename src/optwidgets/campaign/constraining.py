"""Which combinations are allowed: the session's methods for constraints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

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

    def remove_input_constraint(self, name: str) -> None:
        """Remove a constraint of any kind by its name."""
        self.search_space.remove_constraint(name)

    def get_input_constraints(self) -> list[dict[str, Any]]:
        """Return the constraints in their plain form, and as formulas under ``formula``."""
        return [
            {**rule.to_dict(), "formula": rule.describe()} for rule in self.search_space.constraints
        ]
