"""What a campaign is about: the session's methods for variables and objectives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.campaign import objectives

if TYPE_CHECKING:
    from optwidgets.journal.changes import Change
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.store import Changes
    from optwidgets.space.search_space import SearchSpace


class CampaignDefinition:
    """Variables and objectives of a session; mixed into `OptimizationSession`."""

    if TYPE_CHECKING:
        search_space: SearchSpace

        def commit(self, changes: Changes) -> list[Entry]: ...  # noqa: D102

    def add_variable(self, name: str, kind: str, **options: Any) -> None:
        """Add a variable.

        Parameters
        ----------
        name
            Its name, in any script.
        kind
            ``real``, ``integer``, ``discrete`` or ``categorical``.
        **options
            ``bounds=(low, high)`` or ``min`` and ``max``, ``log``, ``categories``,
            ``allowed_values``, ``unit``, ``description``. ``observed=True`` for what is
            measured and not chosen, such as the humidity: it is in the model, plans leave
            it empty, and ``suggest_next(observed={"humidity": 55})`` suggests for it.
            ``hard_to_change=True`` for what keeps one setting in a batch.
            ``active_if={"optimizer": ["sgd"]}`` for what is there only for some values of
            categorical, discrete or integer variables: elsewhere its cell is empty.

        Raises
        ------
        OptwidgetsError
            One sentence that names the field, the value and the way out.
        """
        self.search_space.add_variable(name, kind, **options)

    def change_variable(self, name: str, /, **options: Any) -> None:
        """Change bounds, kind, ``name``, unit or other options of a variable; data are kept."""
        self.search_space.change_variable(name, **options)

    def rename_variable(self, name: str, new_name: str) -> None:
        """Rename a variable, in the data, too."""
        self.search_space.rename_variable(name, new_name)

    def remove_variable(self, name: str) -> None:
        """Remove a variable; its values stay in the rows and come back with its name."""
        self.search_space.remove_variable(name)

    def reorder_variables(self, names: list[str]) -> None:
        """Put the variables into another order."""
        self.search_space.reorder_variables(names)

    def add_objective(
        self, name: str, goal: str = "maximize", unit: str = "", label: str = "", **options: Any
    ) -> None:
        """Say what is measured and which results are better.

        The first objective takes the place of the default one, ``Output``, together
        with its results.

        Parameters
        ----------
        name
            Its name, in any script.
        goal
            ``maximize``, ``minimize``, ``target`` (the nearer to ``target=`` the better) or
            ``band`` (as good as can be from ``band=(lowest, highest)``, else the nearer the better).
        unit, label
            Shown beside and instead of the name.
        **options
            ``target`` and ``band`` of those goals; ``lower`` and ``upper``: limits that a result
            must keep to be feasible.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_objective("Yield", "maximize", unit="%")
        >>> session.change_objective("Yield", name="Conversion")
        >>> session.add_objective("pH", "target", target=7.0)
        >>> session.change_objective("pH", goal="band", band=(6.5, 7.5))
        >>> [objective.words for objective in session.state.table.objectives]
        ['Maximise Conversion', 'Keep pH from 6.5 to 7.5']
        """
        self.commit(lambda state: [objectives.added(state, name, goal, unit, label, **options)])

    def change_objective(self, name: str, /, **options: Any) -> None:
        """Change ``goal``, ``unit``, ``label``, ``name``, ``target``, ``band`` or a limit."""

        def change(state: SessionState) -> list[Change]:
            made = objectives.changed(state, name, **options)
            return [] if made.objectives == state.table.objectives else [made]

        self.commit(change)

    def remove_objective(self, name: str) -> None:
        """Remove an objective; its results stay in the rows."""
        self.commit(lambda state: [objectives.removed(state, name)])
