"""Several objectives at once: the session's methods for the Pareto set and its hypervolume."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.data.limits import limit_change, limits_of

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.data.outcomes import Outcomes
    from optwidgets.journal.state import SessionState


class TradeOffs:
    """Pareto set, hypervolume and outcome constraints; mixed into `OptimizationSession`.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("T", "real", bounds=(20, 100))
    >>> session.add_objective("Yield", "maximize", unit="%")
    >>> session.add_objective("Cost", "minimize", unit="EUR")
    >>> for T, y, cost in [(30, 40, 1), (60, 80, 3), (70, 70, 4), (90, 90, 9)]:
    ...     row = session.add_experiment({"T": T}, {"Yield": y, "Cost": cost})
    >>> session.pareto()
            T  Yield  Cost
    row
    1    30.0   40.0   1.0
    2    60.0   80.0   3.0
    4    90.0   90.0   9.0
    >>> session.reference_point()
    {'Yield': 35.0, 'Cost': 9.8}
    >>> session.add_outcome_constraint("Cost", "upper", 5)
    >>> session.pareto().index.tolist()
    [1, 2]
    >>> session.hypervolume(ref_point=[0, 5])
    240.0
    """

    if TYPE_CHECKING:

        @property
        def state(self) -> SessionState: ...  # noqa: D102
        def change_objective(self, name: str, /, **options: Any) -> None: ...  # noqa: D102

    def pareto(self) -> pd.DataFrame:
        """Return the results that no other one beats in every objective.

        Only rows count that are done, have a result of every objective and keep all
        outcome constraints.

        Returns
        -------
        DataFrame
            Variables and objectives; the index is the number of the row.
        """
        from optwidgets.data.frame import table_frame

        state = self.state
        frame = table_frame(state.table, state.space, self._outcomes().pareto_rows())
        return frame[[*state.space.names, *state.table.target_names]]

    def hypervolume(self, ref_point: Sequence[float] | Mapping[str, float] | None = None) -> float:
        """Return the volume that the feasible results dominate above a reference point.

        Parameters
        ----------
        ref_point
            Worst values that count, one for each objective in its unit or by name; inferred as
            by `reference_point` if not given. An inferred one moves with the results: to
            compare two moments, give one.

        Returns
        -------
        float
            In the product of the objectives' units.
        """
        return self._outcomes().hypervolume(ref_point)

    def reference_point(self) -> dict[str, float]:
        """Return the inferred reference point: a tenth of the front's range below its worst.

        For a target or a band it is a value above; the one as far below is worth as much.
        """
        outcomes = self._outcomes()
        names = [objective.name for objective in outcomes.objectives]
        return dict(zip(names, outcomes.reference.tolist(), strict=True))

    def _outcomes(self) -> Outcomes:
        from optwidgets.data.outcomes import outcomes_of

        return outcomes_of(self.state.table)

    def add_outcome_constraint(self, objective_name: str, bound_type: str, value: float) -> None:
        """Say that a result counts as feasible only from or up to a value.

        Suggestions weigh points by the probability that they keep every such limit. A
        limit can be changed by another one; ``change_objective(name, upper=None)`` takes it away.

        Parameters
        ----------
        objective_name
            Whose results are limited.
        bound_type
            ``lower`` or ``upper``.
        value
            The limit, in the objective's unit; it counts as inside.
        """
        self.change_objective(objective_name, **limit_change(bound_type, value))

    def get_outcome_constraints(self) -> list[dict[str, Any]]:
        """Return the limits: ``objective_name``, ``bound_type`` and ``value`` of each."""
        return limits_of(self.state.table.objectives)
