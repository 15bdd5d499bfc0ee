"""The names under which ALchemist's users know the table, as thin delegations."""

from __future__ import annotations

from collections.abc import Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any, Self

from optwidgets.data.exporting import Exports
from optwidgets.data.frame import table_frame
from optwidgets.data.table import Table, directed
from optwidgets.errors import OptwidgetsError
from optwidgets.space.space import Space

if TYPE_CHECKING:
    import pandas as pd


class AlchemistNames(Exports):
    """Method names of ALchemist 0.4.0 (``ExperimentManager``), for `ExperimentManager`.

    Only done rows count, as all rows of ALchemist have their result.

    Examples
    --------
    >>> from optwidgets.data.experiment_manager import ExperimentManager
    >>> experiments = ExperimentManager()
    >>> row = experiments.add_experiment({"x": 1.0}, 2.0)
    >>> experiments.get_data()
         x  Output  Iteration  Reason
    row
    1  1.0     2.0          0  Manual
    """

    if TYPE_CHECKING:

        @property
        def table(self) -> Table: ...  # noqa: D102
        @property
        def space(self) -> Space | None: ...  # noqa: D102
        def import_table(self, source: Any) -> Any: ...  # noqa: D102

        _search_space: Any

    def get_data(self) -> pd.DataFrame:
        """Done rows: variables, objectives, Iteration, Reason, and Noise where there is one."""
        table, names = self.table, self._variable_names()
        frame = table_frame(table, self.space or Space(), table.done())
        columns = [*names, *table.target_names, "Iteration", "Reason"]
        return frame[columns + (["Noise"] if self.has_noise_data() else [])]

    get_full_history = get_data

    def _variable_names(self) -> list[str]:
        space = self.space
        if space is not None:
            return list(space.names)
        names = {name: None for row in self.table.done() for name in row.inputs}
        return list(names)

    def metadata_columns(self) -> list[str]:
        """Columns of `get_data` that are neither variables nor objectives."""
        return ["Iteration", "Reason", *(["Noise"] if self.has_noise_data() else [])]

    def has_noise_data(self) -> bool:
        """Whether any done row has a known variance."""
        return any(row.noise is not None for row in self.table.done())

    def get_features_and_target(self) -> tuple[pd.DataFrame, pd.Series]:
        """Return settings ``n x d`` and results ``n`` of the first objective."""
        features, targets, _ = self.get_features_and_targets_multi()
        return features, targets.iloc[:, 0]

    def get_features_target_and_noise(
        self,
    ) -> tuple[pd.DataFrame, pd.Series, pd.Series | None]:
        """Return settings, results of the first objective, and variances or None."""
        features, targets, noise = self.get_features_and_targets_multi()
        return features, targets.iloc[:, 0], None if noise is None else noise.iloc[:, 0]

    def get_features_and_targets_multi(
        self,
    ) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame | None]:
        """Return settings, results of all objectives, and variances or None."""
        data = self.get_data()
        if data.empty:
            raise OptwidgetsError("No experiment has a result yet. Add one first.")
        noise = data[["Noise"]] if self.has_noise_data() else None
        return data[self._variable_names()], data[list(self.table.target_names)], noise

    def get_latest_experiment(self) -> pd.Series:
        """Last done row."""
        data = self.get_data()
        if data.empty:
            raise OptwidgetsError("No experiment has a result yet. Add one first.")
        return data.iloc[-1]

    def get_pareto_frontier(self, directions: Sequence[str] | None = None) -> pd.DataFrame:
        """Return rows that no other feasible one beats in every objective.

        Parameters
        ----------
        directions
            ``maximize`` or ``minimize`` for each objective; their own goals if not given.
        """
        from optwidgets.data.outcomes import outcomes_of

        data = self.get_data()
        rows = outcomes_of(self.table, directed(self.table, directions)).pareto_rows()
        return data.loc[[row.id for row in rows]]

    def compute_hypervolume(
        self, ref_point: Sequence[float], directions: Sequence[str] | None = None
    ) -> float:
        """Return the volume that feasible results dominate above a point, in the units of results.

        Parameters
        ----------
        ref_point
            Worst values that count, one for each objective in its unit.
        directions
            ``maximize`` or ``minimize`` for each objective; their own goals if not given.
        """
        from optwidgets.data.outcomes import outcomes_of

        return outcomes_of(self.table, directed(self.table, directions)).hypervolume(ref_point)

    def add_experiments_batch(self, data_df: pd.DataFrame) -> None:
        """Add the rows of a DataFrame."""
        self.import_table(data_df)

    def save_to_csv(self, filepath: str | PathLike[str]) -> None:
        """Write all rows to a CSV file."""
        self.export_table(filepath, "csv")

    def load_from_csv(self, filepath: str | PathLike[str]) -> Self:
        """Add the rows of a CSV file."""
        self.import_table(filepath)
        return self

    @classmethod
    def from_csv(cls, filepath: str | PathLike[str], search_space: Any = None) -> Self:
        """Make a table from a CSV file; without a space, one is proposed from it."""
        from optwidgets.data.importing import read_table
        from optwidgets.space.proposing import propose_space

        frame = read_table(filepath)
        if search_space is None:
            search_space = propose_space(frame)
        manager = cls(search_space)  # type: ignore[call-arg]
        manager.import_table(frame)
        return manager

    def set_search_space(self, search_space: Any) -> None:
        """Take another search space for the columns."""
        self._search_space = search_space
