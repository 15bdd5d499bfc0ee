"""Numbers that follow from the settings: the session's methods for derived variables."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from optwidgets.space.search_space import SearchSpace


class CampaignDerived:
    """Derived variables of a session; mixed into `OptimizationSession`."""

    if TYPE_CHECKING:
        search_space: SearchSpace

    def add_derived(
        self,
        name: str,
        formula: str | Callable[[Mapping[str, Any]], Any],
        variables: Sequence[str] | None = None,
        description: str = "",
    ) -> None:
        """Give the model a number that follows from the settings, such as a ratio.

        The model sees it as one more column beside the variables; the search stays over
        these, and its gradients follow through the formula.

        Parameters
        ----------
        name
            Name of its column.
        formula
            Such as ``"a / (a + b)"``, with the grammar of `add_nonlinear_constraint`; it is
            saved. Or a function from a mapping of names to arrays (m,) to m numbers: it lives
            in this kernel, is never saved, and is given again under the same name after a
            restart; until then no model is trained.
        variables
            What a function takes; all variables if not given.
        description
            What it stands for.

        Raises
        ------
        OptwidgetsError
            For a name that is taken, a formula that cannot be read, or an unknown variable.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_variable("a", "real", bounds=(0, 1))
        >>> session.add_variable("b", "real", bounds=(0, 1))
        >>> session.add_derived("ratio", "a / (a + b)")
        >>> row = session.add_experiment({"a": 0.25, "b": 0.75}, output=1.0)
        >>> session.experiment_manager.df["ratio"].tolist()
        [0.25]
        >>> session.get_derived()[0]["formula"]
        'ratio = a / (a + b)'
        """
        self.search_space.add_derived(name, formula, variables, description)

    def add_derived_variable(
        self,
        name: str,
        func: Callable[[Mapping[str, Any]], float],
        input_cols: Iterable[str],
        description: str = "",
    ) -> None:
        """Add a derived variable by a function of one row, as in ALchemist; slower than `add_derived`."""
        self.search_space.add_derived_variable(name, func, input_cols, description)

    def register_derived_variable(
        self, name: str, func: Callable[[Mapping[str, Any]], float]
    ) -> None:
        """Give the function of one row again after a restart, as in ALchemist, or another one."""
        self.search_space.register_derived_variable(name, func)

    def remove_derived(self, name: str) -> None:
        """Remove a derived variable; the model sees the settings alone again."""
        self.search_space.remove_derived(name)

    def get_derived(self) -> list[dict[str, Any]]:
        """Return the derived variables in their plain form, and as formulas under ``formula``."""
        return [
            {**item.to_dict(), "formula": item.describe()} for item in self.search_space.derived
        ]
