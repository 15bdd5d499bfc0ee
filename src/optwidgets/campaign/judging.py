"""Where the optimum is, and whether to stop; the session's methods for it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import check_enough, config_of, seed_of
from optwidgets.campaign.keywords import plain_keywords
from optwidgets.campaign.limited import limited_models
from optwidgets.campaign.observing import assumed_words, held_for
from optwidgets.campaign.several import asked_objectives, goals_asked
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.acquisition.multi_objective.predicted_front import PredictedPoint
    from optwidgets.acquisition.optimum import BestByModel, Optimum, StopAdvice
    from optwidgets.campaign.work import Work
    from optwidgets.journal.state import SessionState
    from optwidgets.tasks import Progress

# Chance of keeping the limits under which an optimum is told to be none.
_UNLIKELY = 0.5


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

    @plain_keywords()
    def find_optimum(
        self,
        goal: str | Sequence[str] | None = None,
        n_grid_points: int | None = None,
        *,
        objective: str | Sequence[str] | None = None,
        hold: Mapping[str, Any] | None = None,
        observed: Mapping[str, Any] | None = None,
    ) -> dict[str, Any]:
        """Return the best point by the model, found by a search of the whole space.

        With several objectives these are the best compromises: the Pareto set that the models
        predict, ordered by the first objective.

        Parameters
        ----------
        goal
            ``"maximize"``, ``"minimize"``, ``"target"`` or ``"band"``, or one for each objective;
            the objectives' own if not given.
        n_grid_points
            Taken from scripts for ALchemist and not needed: there is no grid here.
        objective
            Name of the output, or several names; all objectives if not given.
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
            ``chance`` that all limits are kept (where it is under a half, ``x_opt.attrs["message"]``
            says so). With several objectives ``x_opt`` has p rows,
            ``value`` and ``std`` are DataFrames with p rows and a column for each objective, and
            the rest are lists.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_variable("x", "real", bounds=(0, 1))
        >>> session.add_objective("strength")
        >>> session.add_objective("cost", "minimize")
        >>> for x in (0.0, 0.2, 0.4, 0.6, 0.8, 1.0):
        ...     _ = session.add_experiment({"x": x}, {"strength": 4 * x * (1 - x), "cost": x})
        >>> best = session.find_optimum()
        >>> bool((best["x_opt"]["x"] < 0.6).all()), list(best["value"].columns)
        (True, ['strength', 'cost'])
        """
        del n_grid_points
        state = self.state
        held = held_for(state, hold, observed)
        goals = goals_asked(state, goal, objective)
        found = (
            self._front(goals, held.values)
            if goals
            else self._single(_one(goal), _one(objective), held.values)
        )
        if held.assumed:
            told = [found["x_opt"].attrs.get("message", "")]
            told.append(assumed_words(state.space, held.values, held.assumed))
            found["x_opt"].attrs["message"] = " ".join(filter(None, told))
        return found

    def _single(
        self, goal: str | None, objective: str | None, held: Mapping[str, Any]
    ) -> dict[str, Any]:
        import pandas as pd

        from optwidgets.acquisition.proposal import share_in_words

        best: Optimum = self._ask(goal, objective, held, lambda search: search.optimum())
        names = self.state.space.names
        point = pd.DataFrame({name: [best.inputs.get(name)] for name in names})
        if best.chance < _UNLIKELY:
            point.attrs["message"] = (
                "By the models no point is likely to keep the limits; here the chance is "
                f"{share_in_words(best.chance)}."
            )
        return {
            "x_opt": point,
            "value": best.mean,
            "std": best.sd,
            "nearest": best.nearest_row,
            "distance": best.distance,
            "chance": best.chance,
        }

    def _front(self, goals: Mapping[str, str], held: Mapping[str, Any]) -> dict[str, Any]:
        import pandas as pd

        from optwidgets.acquisition.multi_objective.predicted_front import predicted_front

        state = self.state
        points: list[PredictedPoint] = self._ask_several(goals, held, predicted_front)
        inputs = [{name: point.inputs.get(name) for name in state.space.names} for point in points]
        return {
            "x_opt": pd.DataFrame(inputs),
            "value": pd.DataFrame([point.means for point in points]),
            "std": pd.DataFrame([point.sds for point in points]),
            "nearest": [point.nearest_row for point in points],
            "distance": [point.distance for point in points],
            "chance": [point.chance for point in points],
        }

    def stop_advice(
        self,
        budget: int | None = None,
        *,
        goal: str | Sequence[str] | None = None,
        objective: str | Sequence[str] | None = None,
        ref_point: Sequence[float] | Mapping[str, float] | None = None,
    ) -> StopAdvice:
        """Tell whether more experiments are worth their cost.

        With several objectives, up to four, that is judged by the hypervolume: what the next
        experiment adds to it on average and at most, what the last results have added, and
        what measuring one of the best compromises again would seem to add.

        Parameters
        ----------
        budget
            How many experiments there may be in all.
        goal, objective
            As in `find_optimum`.
        ref_point
            With several objectives: worst values that count, as in `hypervolume`.

        Returns
        -------
        StopAdvice
            ``stop``, ``words``, and the numbers behind them; with several objectives these are
            hypervolumes, see `optwidgets.acquisition.multi_objective.stop_advice.TradeOffAdvice`.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_variable("x", "real", bounds=(0, 1))
        >>> session.add_objective("strength")
        >>> session.add_objective("cost", "minimize")
        >>> for x in (0.0, 0.2, 0.6, 1.0):
        ...     _ = session.add_experiment({"x": x}, {"strength": 4 * x * (1 - x), "cost": x})
        >>> advice = session.stop_advice(budget=12)
        >>> advice.stop, advice.expected_gain < advice.regret_bound
        (False, True)
        """
        if budget is not None and (isinstance(budget, bool) or int(budget) != budget or budget < 1):
            raise OptwidgetsError(
                f"Budget must be a whole number from 1, not {budget!r}.", field="budget"
            )
        state = self.state
        held = held_for(state)
        goals = goals_asked(state, goal, objective)
        advice: StopAdvice
        if goals:
            from optwidgets.acquisition.multi_objective.stop_advice import advise_several

            advice = self._ask_several(
                goals, held.values, advise_several, budget=budget, ref_point=ref_point
            )
            return advice
        n_done = len(state.table.done())
        advice = self._ask(
            _one(goal), _one(objective), held.values, lambda search: search.advice(n_done, budget)
        )
        return advice

    def _ask_several(
        self,
        goals: Mapping[str, str],
        held: Mapping[str, Any],
        question: Callable[..., Any],
        **asked: Any,
    ) -> Any:
        """Answer a question about the models of several objectives, in the session's worker."""
        state = self.state
        objectives = asked_objectives(state, goals)
        for item in objectives:
            check_enough(state, item)

        def answer(progress: Progress) -> Any:
            config, known = config_of(state), self._work.models
            fits = [known.fit(state, item, config, progress) for item in objectives]
            limits, _ = limited_models(state, known, progress)
            return question(
                [fit.model for fit in fits],
                objectives,
                state.space,
                state.table,
                hold=held,
                limits=limits,
                seed=seed_of(state),
                tick=lambda: progress(None, "Searching the optimum"),
                **asked,
            )

        return self._work.compute("Searching the optimum", answer)

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


def _one(given: str | Sequence[str] | None) -> str | None:
    """Return the only one of those that were named."""
    return given if given is None or isinstance(given, str) else next(iter(given), None)
