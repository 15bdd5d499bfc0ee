"""Where the optimum is, and whether to stop; the session's methods for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import check_enough, config_of, seed_of
from optwidgets.campaign.limited import limited_models
from optwidgets.campaign.observing import assumed_words, held_for
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.acquisition.optimum import BestByModel, Optimum, StopAdvice
    from optwidgets.campaign.work import Work
    from optwidgets.journal.state import SessionState
    from optwidgets.tasks import Progress


class CampaignJudging:
    """What the campaign has reached; mixed into `OptimizationSession`.

    Nothing is recorded: the same results and the same seed of the session give the same
    answer.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("x", "real", bounds=(0, 1))
    >>> for i in range(7):
    ...     _ = session.add_experiment({"x": i / 6}, output=-((i / 6 - 0.4) ** 2))
    >>> found = session.find_optimum()
    >>> round(float(found["x_opt"]["x"].iloc[0]), 1), sorted(found)
    (0.4, ['chance', 'distance', 'nearest', 'std', 'value', 'x_opt'])
    >>> session.stop_advice(budget=7).words
    'The budget is used up.'
    """

    if TYPE_CHECKING:
        _work: Work

        @property
        def state(self) -> SessionState: ...  # noqa: D102

    def find_optimum(
        self,
        goal: str | None = None,
        *,
        objective: str | None = None,
        hold: Mapping[str, Any] | None = None,
        observed: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the best point by the model, found by a search of the whole space.

        Parameters
        ----------
        goal
            ``"maximize"``, ``"minimize"``, ``"target"`` or ``"band"``; the objective's own if not
            given.
        objective
            Name of the output; the first one if not given.
        hold
            Variables that are held at a value.
        observed
            Values of observed variables; as measured last if not given, which
            ``x_opt.attrs["message"]`` then says.

        Returns
        -------
        dict
            ``x_opt`` (a DataFrame of one row), ``value`` and ``std`` of the function there, in
            the objective's unit; ``nearest`` experiment and its ``distance`` in the unit cube;
            ``chance`` that all limits are kept.
        """
        import pandas as pd

        held = held_for(self.state, hold, observed)
        best: Optimum = self._ask(goal, objective, held.values, lambda search: search.optimum())
        space = self.state.space
        x_opt = pd.DataFrame({name: [best.inputs.get(name)] for name in space.names})
        if held.assumed:
            x_opt.attrs["message"] = assumed_words(space, held.values, held.assumed)
        return {
            "x_opt": x_opt,
            "value": best.mean,
            "std": best.sd,
            "nearest": best.nearest_row,
            "distance": best.distance,
            "chance": best.chance,
        }

    def stop_advice(
        self, budget: int | None = None, *, goal: str | None = None, objective: str | None = None
    ) -> StopAdvice:
        """Tell whether more experiments are worth their cost.

        Parameters
        ----------
        budget
            How many experiments there may be in all.
        goal, objective
            As in `find_optimum`.

        Returns
        -------
        StopAdvice
            ``stop``, ``words``, and the numbers behind them.
        """
        if budget is not None and (isinstance(budget, bool) or int(budget) != budget or budget < 1):
            raise OptwidgetsError(
                f"Budget must be a whole number from 1, not {budget!r}.", field="budget"
            )
        n_done = len(self.state.table.done())
        held = held_for(self.state)
        advice: StopAdvice = self._ask(
            goal, objective, held.values, lambda search: search.advice(n_done, budget)
        )
        return advice

    def _ask(
        self,
        goal: str | None,
        name: str | None,
        held: Mapping[str, Any],
        question: Callable[[BestByModel], Any],
    ) -> Any:
        """Answer a question about the model of an objective, in the session's worker."""
        state = self.state
        objective = state.table.objective(name)
        objective = objective.aimed(goal)
        check_enough(state, objective)

        def answer(progress: Progress) -> Any:
            from optwidgets.acquisition.optimum import BestByModel

            fit = self._work.models.fit(state, objective, config_of(state), progress)
            limits, _ = limited_models(state, self._work.models, progress)
            search = BestByModel(
                fit.model,
                state.space,
                state.table,
                goal=objective,
                hold=held,
                limits=limits,
                seed=seed_of(state),
                tick=lambda: progress(None, "Searching the optimum"),
            )
            return question(search)

        return self._work.compute("Searching the optimum", answer)
