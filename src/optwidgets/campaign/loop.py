"""The loop: train, predict, suggest; the session's methods for it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import make_config
from optwidgets.campaign.keywords import plain_keywords
from optwidgets.campaign.work import DEADLINE_SECONDS, Work
from optwidgets.tasks import Task

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from optwidgets.journal.state import SessionState
    from optwidgets.journal.store import Store
    from optwidgets.models.base import Model


class CampaignLoop:
    """Models and suggestions of a session; mixed into `OptimizationSession`.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("temperature", "real", bounds=(20, 100))
    >>> for point in session.generate_initial_design("lhs", n_points=5):
    ...     row = session.add_experiment(point, output=-((point["temperature"] - 60) ** 2))
    >>> sorted(session.train_model()["metrics"])
    ['coverage', 'mae', 'r2', 'rmse']
    >>> list(session.suggest_next("EI").columns)
    ['temperature', 'mean', 'std', 'acquisition', 'nearest']
    >>> session.replay()["equal"].tolist()
    [True]
    """

    if TYPE_CHECKING:
        _store: Store
        _work: Work

        @property
        def state(self) -> SessionState: ...  # noqa: D102

    # ------------------------------------------------------------ model and suggestions

    @property
    def model(self) -> Model | None:
        """The newest fitted model of the first objective, or None."""
        fit = self._work.models.latest(self.state.table.target_names[0])
        return fit.model if fit else None

    def model_of(self, objective: str) -> Model | None:
        """Return the newest fitted model of an objective, or None."""
        fit = self._work.models.latest(self.state.table.objective(objective).name)
        return fit.model if fit else None

    @plain_keywords()
    def train_model(
        self,
        backend: str = "botorch",
        kernel: str = "Matern",
        kernel_params: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Train the model on all results, and record configuration and quality.

        Parameters
        ----------
        backend
            ``botorch``, or ``sklearn`` for the models of scikit-learn and scikit-optimize.
        kernel
            ``Matern``, ``RBF``, ``RationalQuadratic``; with ``botorch`` also ``Linear`` and
            ``IBNN``, with ``sklearn`` also ``RandomForest`` and ``ExtraTrees``. Or one of your own:
            see `optwidgets.models.register_kernel`.
        kernel_params
            ``nu`` (0.5, 1.5 or 2.5, for Matern), ``noise`` (``auto``, ``infer``, ``known`` or
            ``replicates``), ``prior``, ``outcome``, ``inputs`` and ``mixture``: see
            `optwidgets.models.ModelConfig`.

        Returns
        -------
        dict
            ``backend``, ``kernel``, ``hyperparameters`` (numbers), ``metrics`` (leave-one-
            out ``rmse``, ``mae`` in the objective's unit, ``r2``, ``coverage`` of the 95 %
            interval), ``success``, ``n_objectives``, ``n_results``, ``approximation`` (a sentence,
            where there are too many results for an exact model).
        """
        asked = {"backend": backend, "kernel": kernel, "kernel_params": kernel_params}
        return self._work.train(make_config(backend, kernel, kernel_params or {}), asked)

    def start_fit(self) -> Task[Any]:
        """Train in the background, as `train_model` does."""
        return self._work.start_fit()

    def predict(
        self, inputs: pd.DataFrame
    ) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Predict each objective at n points from all results there are.

        Parameters
        ----------
        inputs
            One column per variable, n rows; more columns are ignored.

        Returns
        -------
        dict
            Objective to mean (n,) and standard deviation (n,), in its unit.
        """
        return self._work.predict(inputs)

    def suggest_next(
        self,
        strategy: str | None = None,
        goal: str | Sequence[str] | None = None,
        n_suggestions: int = 1,
        *,
        hold: Mapping[str, Any] | None = None,
        observed: Mapping[str, Any] | None = None,
        balance: float | None = None,
        one_setting: bool = True,
        deadline: float | None = DEADLINE_SECONDS,
        stage: bool = True,
        **options: Any,
    ) -> pd.DataFrame:
        """Propose the next experiments, and put them into the table as suggested rows.

        The model is trained on all results there are. With fewer than
        max(3, variables + 1) of them the points cover the space evenly instead, and
        ``attrs["message"]`` of the answer says so.

        Parameters
        ----------
        strategy
            ``EI`` (default), ``LogEI``, ``PI``, ``LogPI``, ``UCB``, ``qEI``, ``qLogEI``,
            ``qUCB``, ``qPI``, ``qNEI``, ``qLogNEI``, ``qNIPV`` (learning everywhere) or ``TS``
            (Thompson sampling); for several objectives at once
            ``qLogNEHVI`` (default), ``qNEHVI``, ``qLogEHVI``, ``qEHVI`` or ``qLogNParEGO``
            (default beyond four, and with ``weights``).
        goal
            ``maximize``, ``minimize``, ``target`` or ``band`` (the latter with the numbers of the
            objective), or a list of one for each objective; their own if not given.
        n_suggestions
            Number of points.
        hold
            Variables held at a value.
        observed
            Values of observed variables, such as ``{"humidity": 55}``: points are chosen for
            them. Those measured last if not given, which ``attrs["message"]`` then says.
        balance
            From 0, explore, to 1, exploit; the strategy's own if not given. Thompson
            sampling, ``qNIPV``, ``gp_hedge`` and the strategies for several objectives have none.
        one_setting
            Whether variables that are hard to change have one setting in the whole batch; it
            is chosen with the batch, and ``attrs["message"]`` says which.
        deadline
            Seconds after which space-filling points are proposed instead; None waits.
        stage
            Whether to put the points into the table as suggested rows; without, nothing is
            recorded, and the points have no row numbers.
        **options
            Options of the strategy and of the search, such as ``beta``, ``xi``, ``restarts``,
            ``local_samples``, ``trust_region``, ``ref_point`` or ``weights`` (these
            as a list in the order of the objectives, or by name: ``{"Yield": 2, "Cost": 1}``;
            the larger, the nearer to its best an objective comes): docs/reference.md lists
            them all with their defaults; ``objective=`` names the one (or several) that the
            points are for.

        Returns
        -------
        DataFrame
            The variables, then ``mean`` and ``std`` of the prediction, ``acquisition``
            value and row number of the ``nearest`` experiment; with outcome constraints
            or failed rows also the probability of being ``feasible``. For several
            objectives ``mean_`` and ``std_`` of each. The index is the number of the row.
        """
        return self._work.suggest(
            strategy=strategy,
            goal=goal,
            n_suggestions=n_suggestions,
            hold=hold,
            observed=observed,
            balance=balance,
            one_setting=one_setting,
            deadline=deadline,
            stage=stage,
            **options,
        )

    def start_suggest(self, strategy: str | None = None, **asked: Any) -> Task[Any]:
        """Propose in the background; takes what `suggest_next` takes."""
        return self._work.start_suggest(strategy=strategy, **asked)

    async def suggest_async(self, strategy: str | None = None, **asked: Any) -> pd.DataFrame:
        """Propose without blocking the event loop; takes what `suggest_next` takes.

        Cancelling the awaiting task cancels the work.
        """
        import asyncio  # slow to load, and there is none without a loop that runs

        task = self.start_suggest(strategy=strategy, **asked)
        try:
            frame: pd.DataFrame = await asyncio.wrap_future(task.future)
        except asyncio.CancelledError:
            task.cancel()
            raise
        return frame

    @property
    def last_suggestions(self) -> list[dict[str, Any]]:
        """Inputs of the points that were proposed last."""
        return self._work.last_suggestions or list(self.state.extras.get("last_suggestions", ()))

    def replay(self) -> pd.DataFrame:
        """Compute every recorded suggestion again and compare; see `optwidgets.campaign.replay`."""
        from optwidgets.campaign.replay import replay  # loads the designs, too

        return replay(self._store.journal)
