"""The figures as methods of a session; each is a plain plotly figure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState


class SessionPlots:
    """Figures of a session; mixed into `OptimizationSession`.

    The model is fitted first where it is out of date; that is not recorded.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("x", "real", bounds=(0, 1))
    >>> for x in (0.1, 0.4, 0.6, 0.9):
    ...     row = session.add_experiment({"x": x}, output=-((x - 0.5) ** 2))
    >>> session.plot_slices().layout.meta["variables"]
    ['x']
    >>> len(session.plot_parity().data)
    1
    """

    if TYPE_CHECKING:
        _work: Any

        @property
        def state(self) -> SessionState: ...  # noqa: D102

    # ------------------------------------------------------------ the model

    def plot_slices(self, at: Mapping[str, Any] | None = None, objective: str | None = None) -> Any:
        """Return the slices through a point; see `optwidgets.plots.cuts`."""
        return self._plot("slices", at=at or {}, objective=objective)

    def plot_contour(
        self,
        x: str | None = None,
        y: str | None = None,
        at: Mapping[str, Any] | None = None,
        objective: str | None = None,
    ) -> Any:
        """Return the predicted mean over two variables; see `optwidgets.plots.maps`."""
        return self._plot("contour", x=x, y=y, at=at or {}, objective=objective)

    def plot_surface(
        self,
        x: str | None = None,
        y: str | None = None,
        at: Mapping[str, Any] | None = None,
        objective: str | None = None,
    ) -> Any:
        """Return the predicted mean as a surface that can be turned; see `optwidgets.plots.surface`."""
        return self._plot("surface", x=x, y=y, at=at or {}, objective=objective)

    def plot_uncertainty(
        self,
        x: str | None = None,
        y: str | None = None,
        at: Mapping[str, Any] | None = None,
        objective: str | None = None,
    ) -> Any:
        """Return what is not known over two variables; see `optwidgets.plots.maps`."""
        return self._plot("uncertainty", x=x, y=y, at=at or {}, objective=objective)

    def plot_sensitivity(self, measure: str = "sobol", objective: str | None = None) -> Any:
        """Return bars of how much each variable matters; see `optwidgets.plots.importance`."""
        return self._plot("sensitivity", measure=measure, objective=objective)

    # ------------------------------------------------------------ the next experiment

    def plot_acquisition(
        self,
        x: str | None = None,
        y: str | None = None,
        at: Mapping[str, Any] | None = None,
        objective: str | None = None,
        strategy: str = "EI",
    ) -> Any:
        """Return what the next experiment could gain; see `optwidgets.plots.landscape`."""
        return self._plot(
            "acquisition", x=x, y=y, at=at or {}, objective=objective, strategy=strategy
        )

    def plot_probability_of_improvement(
        self,
        x: str | None = None,
        y: str | None = None,
        at: Mapping[str, Any] | None = None,
        objective: str | None = None,
    ) -> Any:
        """Return how probable it is to beat the best; see `optwidgets.plots.landscape`."""
        return self._plot("probability_of_improvement", x=x, y=y, at=at or {}, objective=objective)

    # ------------------------------------------------------------ trust in it

    def plot_parity(self, objective: str | None = None) -> Any:
        """Return held-out predictions against results; see `optwidgets.plots.held_out`."""
        return self._plot("parity", objective=objective)

    def plot_qq(self, objective: str | None = None) -> Any:
        """Return held-out errors in predicted deviations; see `optwidgets.plots.held_out_errors`."""
        return self._plot("qq", objective=objective)

    def plot_calibration(self, objective: str | None = None) -> Any:
        """Return what intervals hold; see `optwidgets.plots.held_out_errors`."""
        return self._plot("calibration", objective=objective)

    # ------------------------------------------------------------ progress

    def plot_best_so_far(self, objective: str | None = None) -> Any:
        """Return the best result row by row; see `optwidgets.plots.progress`."""
        return self._plot("best_so_far", objective=objective)

    def plot_regret(self, objective: str | None = None) -> Any:
        """Return how far the best is from what the model believes; see `optwidgets.plots.regret`."""
        return self._plot("regret", objective=objective)

    def plot_hypervolume(self) -> Any:
        """Return the hypervolume row by row; see `optwidgets.plots.trade_offs`."""
        return self._plot("hypervolume")

    # ------------------------------------------------------------ rows

    def plot_pareto(self) -> Any:
        """Return the Pareto set among the results; see `optwidgets.plots.trade_offs`."""
        return self._plot("pareto")

    plot_pareto_frontier = plot_pareto

    def plot_parallel(
        self, objective: str | None = None, variables: Sequence[str] | None = None
    ) -> Any:
        """Return each row as a line over variables and objectives; see `optwidgets.plots.parallel`."""
        return self._plot("parallel", objective=objective, variables=variables)

    def plot_pairs(
        self, objective: str | None = None, variables: Sequence[str] | None = None
    ) -> Any:
        """Return the rows over every pair of columns; see `optwidgets.plots.pairs`."""
        return self._plot("pairs", objective=objective, variables=variables)

    def plot_design(
        self,
        points: Sequence[Mapping[str, Any]] | None = None,
        variables: Sequence[str] | None = None,
    ) -> Any:
        """Return planned points over each pair of variables; the suggested rows if not given.

        See `optwidgets.plots.design_preview`.
        """
        return self._plot("design", points=points, variables=variables)

    def _plot(self, name: str, **options: Any) -> Any:
        from optwidgets.plots.registry import FIGURES, Scene, build_figure

        model = validation = None
        kind = FIGURES[name]
        if kind.needs_model:
            fit = self._work.fit_now(options.get("objective"))
            model, validation = fit.model, fit.validation
        if kind.uses_limits:
            others = [o.name for o in self.state.table.objectives if o.is_limited]
            options["models"] = {other: self._work.fit_now(other).model for other in others}
        return build_figure(name, Scene(self.state, model, validation, **options))
