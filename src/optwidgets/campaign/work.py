"""The long work of a session: training, suggesting, predicting, planning."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Mapping
from operator import index
from typing import TYPE_CHECKING, Any, SupportsIndex, TypeVar

from optwidgets.campaign import objectives
from optwidgets.campaign.asking import Ask, make_ask
from optwidgets.campaign.fitting import (
    Fit,
    Models,
    check_enough,
    config_of,
    seed_of,
    training_record,
    training_result,
)
from optwidgets.campaign.places import Job, Kernel, Place, suggested_there
from optwidgets.campaign.suggested_frame import to_frame
from optwidgets.campaign.suggesting import (
    Suggested,
    fill_space,
    propose,
    replaced_rows,
    to_change,
    without_replaced,
)
from optwidgets.data.edits import RowsRemoved
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change, ModelTrained
from optwidgets.space.numbers import finite_number
from optwidgets.tasks import Progress, Task, Worker, no_progress
from optwidgets.waiting import wait_with_bar

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from optwidgets.campaign.plans import Planned
    from optwidgets.data.row import Row
    from optwidgets.designs.planning import Plan
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.store import Store
    from optwidgets.models.base import ModelConfig

T = TypeVar("T")

DEADLINE_SECONDS = 60.0
_ASKED = frozenset(
    {
        "strategy",
        "n_suggestions",
        "goal",
        "objective",
        "balance",
        "hold",
        "observed",
        "one_setting",
        "replaces",
    }
)


class Work:
    """Runs what takes time in the session's worker, and records what came out.

    Parameters
    ----------
    store
        The session's journal and state.
    worker
        The session's worker.
    """

    def __init__(self, store: Store, worker: Worker) -> None:
        self._store = store
        self._worker = worker
        self.models = Models()
        self.place: Place = Kernel()
        self.last_suggestions: list[dict[str, Any]] = []

    @property
    def place(self) -> Place:
        """Where models are fitted and points are sought."""
        return self._place

    @place.setter
    def place(self, place: Place) -> None:
        self._place = place
        self.models.elsewhere = place.fitted

    # ------------------------------------------------------------ training

    def start_fit(
        self, config: ModelConfig | None = None, asked: Mapping[str, Any] | None = None
    ) -> Task[Any]:
        """Train on the results there are, and record the training.

        Parameters
        ----------
        config
            The configuration; the session's own if not given.
        asked
            The same as `train_model` takes it.
        """
        return self._submit(self._training(config, asked))

    def train(self, config: ModelConfig, asked: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """Train now; see `OptimizationSession.train_model`."""
        result: dict[str, Any] = self._now(self._training(config, asked))
        return result

    def _training(self, config: ModelConfig | None, asked: Mapping[str, Any] | None) -> Job:
        state = self._store.state
        check_enough(state, state.table.objective())
        used = config or config_of(state)
        job = Job("Training the model", lambda progress: self._fit_all(used, progress), self._keep)
        return self.place.moved(job, "train", asked or {}, lambda answer: answer)

    def _fit_all(
        self, config: ModelConfig, progress: Progress
    ) -> tuple[dict[str, Any], tuple[str, ...]]:
        state = self._store.state
        names = state.table.target_names
        fits: dict[str, Fit] = {}
        for name in names:
            fits[name] = self.models.fit(state, state.table.objective(name), config, progress)
        return training_record(state, config, fits), names

    def _keep(self, trained: tuple[dict[str, Any], tuple[str, ...]]) -> dict[str, Any]:
        record, names = trained
        self._store.commit([ModelTrained(record)])
        return training_result(record, names)

    # ------------------------------------------------------------ predicting

    def fit_now(self, name: str | None = None, state: SessionState | None = None) -> Fit:
        """Return the fit of an objective, the first one if not named; nothing is recorded.

        For the state as it is, or for an earlier one.
        """
        state = state or self._store.state
        objective = state.table.objective(name)
        check_enough(state, objective)
        return self.compute(
            "Fitting the model",
            lambda progress: self.models.fit(state, objective, config_of(state), progress),
        )

    def predict(self, points: Any) -> dict[str, tuple[NDArray[np.float64], NDArray[np.float64]]]:
        """Predict now; see `OptimizationSession.predict`."""
        import pandas as pd

        state = self._store.state
        if isinstance(points, Mapping) and not any(
            isinstance(values, Iterable) and not isinstance(values, str)
            for values in points.values()
        ):
            points = [points]  # one point
        try:
            frame = points if isinstance(points, pd.DataFrame) else pd.DataFrame(points)
        except (TypeError, ValueError):
            raise OptwidgetsError(
                "Give the points as a DataFrame with one column for each variable."
            ) from None
        optional = {variable.name for variable in state.space.conditional}
        names = [name for name in state.space.names if name in frame.columns]
        missing = [name for name in state.space.names if name not in {*names, *optional}]
        if missing:
            raise OptwidgetsError(f"The column {missing[0]} is missing. Give every variable.")
        check_enough(state, state.table.objective())
        records = frame[names].to_dict("records")
        checked = [
            state.space.check_point({str(name): value for name, value in record.items()})
            for record in records
        ]

        def compute(progress: Progress) -> Any:
            answer = {}
            for name in state.table.target_names:
                objective = state.table.objective(name)
                fit = self.models.fit(state, objective, config_of(state), progress)
                X = fit.model.data.encoding.encode(checked)
                answer[name] = fit.model.predict(X)
            return answer

        result: dict[str, Any] = self.compute("Predicting", compute)
        return result

    # ------------------------------------------------------------ suggesting

    def start_suggest(self, **asked: Any) -> Task[Any]:
        """Propose points in the worker and put them into the table; see `suggest_next`."""
        return self._submit(self._suggesting(**asked))

    def suggest(self, **asked: Any) -> pd.DataFrame:
        """Propose points now; see `OptimizationSession.suggest_next`."""
        frame: pd.DataFrame = self._now(self._suggesting(**asked))
        return frame

    def _suggesting(
        self, *, deadline: float | None = DEADLINE_SECONDS, stage: bool = True, **asked: Any
    ) -> Job:
        ask, deadline = self._ask(asked), _deadline(deadline)
        job = Job(
            _label(ask),
            lambda progress: self._propose(ask, progress),
            lambda suggested: self._given(suggested, ask, stage=stage),
            deadline=deadline,
            fallback=lambda _: self._late(ask, deadline),
        )
        return self.place.moved(job, "suggest", {**asked, "stage": stage}, self._given_there)

    def fill(self, deadline: float, *, stage: bool = True, **asked: Any) -> pd.DataFrame:
        """Propose points without a model, as if the deadline had passed already.

        For whoever runs `suggest` in a process of its own and had to end that process.
        """
        ask = self._ask(asked)
        return self._given(self._late(ask, deadline), ask, stage=stage)

    def plan(
        self, make: Callable[[SessionState, int], Planned], seed: int | None, *, stage: bool
    ) -> Plan:
        """Plan experiments, and put them into the table if asked; see `designing`."""
        state = self._store.state
        planned = make(state, seed_of(state) if seed is None else _seed(seed))
        if stage:
            self._store.commit(lambda newest: [to_change(newest, planned.suggested)])
        return planned.plan

    def _ask(self, asked: Mapping[str, Any]) -> Ask:
        """Tell what every strategy takes from the options of this one."""
        known = {name: value for name, value in asked.items() if name in _ASKED}
        options = {name: value for name, value in asked.items() if name not in {*_ASKED, "options"}}
        options |= asked.get("options") or {}
        return make_ask(self._store.state, options=options, **known)

    def _propose(self, ask: Ask, progress: Progress) -> Suggested:
        return propose(self._store.state, ask, self.models, progress)

    def _late(self, ask: Ask, deadline: float | None) -> Suggested:
        return fill_space(
            self._store.state,
            ask,
            f"No model within {deadline:g} s. These points cover the space evenly instead.",
        )

    def _given(self, suggested: Suggested, ask: Ask, *, stage: bool) -> pd.DataFrame:
        if stage:
            return self._stage(suggested, ask)
        state = self._store.state
        frame = self._frame(to_change(state, suggested).rows, suggested)
        # They are no rows of the table, so that they have no numbers either.
        return frame.reset_index(drop=True)

    def _given_there(self, answer: Mapping[str, Any]) -> pd.DataFrame:
        frame = suggested_there(self._store, answer)
        if answer["rows"]:
            self.last_suggestions = [dict(line["inputs"]) for line in answer["suggestions"]]
        return frame

    def _stage(self, suggested: Suggested, ask: Ask) -> pd.DataFrame:
        def changes(state: SessionState) -> list[Change]:
            found: list[Change] = []
            target = state.table.objective(ask.objective)
            if not state.table.objectives and target.goal != ask.goal:
                # "Best so far" must mean what the user asked for from now on.
                found.append(objectives.changed(state, target.name, goal=ask.goal))
            going = replaced_rows(state, ask)
            if going:
                found.append(RowsRemoved(tuple(going)))
            # In the round of those that they stand in for.
            return [*found, to_change(without_replaced(state, ask), suggested)]

        entries = self._store.commit(changes)
        rows: tuple[Row, ...] = entries[-1].change.rows  # type: ignore[union-attr]
        self.last_suggestions = [dict(row.inputs) for row in rows]
        return self._frame(rows, suggested)

    def _frame(self, rows: tuple[Row, ...], suggested: Suggested) -> pd.DataFrame:
        reference = suggested.record.get("reference_point")
        return to_frame(self._store.state.space, rows, suggested.message, reference)

    # ------------------------------------------------------------ waiting

    def compute(self, label: str, function: Callable[[Progress], T]) -> T:
        """Compute something in the worker and wait for it; nothing is recorded."""
        result: T = self._now(Job(label, function, lambda result: result))
        return result

    def _submit(self, job: Job) -> Task[Any]:
        return self._worker.submit(
            job.label,
            job.function,
            then=job.then,
            deadline=job.deadline,
            fallback=job.fallback,
        )

    def _now(self, job: Job) -> Any:
        """Do something in the worker and wait for it, or here if waiting would block.

        A caller that holds the session's lock, such as a callback, would wait for a
        worker that waits for that lock.
        """
        if self._worker.owns_current_thread() or self._store.lock_is_mine():
            return job.then(job.function(no_progress))
        return wait_with_bar(self._submit(job))


def _seed(seed: object) -> int:
    if isinstance(seed, bool) or not isinstance(seed, SupportsIndex) or index(seed) < 0:
        raise OptwidgetsError(
            f"random_seed must be a whole number from 0, not {seed!r}.", field="random_seed"
        )
    return index(seed)


def _deadline(deadline: object) -> float | None:
    if deadline is None:
        return None
    seconds = finite_number(deadline, "The deadline")
    if seconds <= 0:
        raise OptwidgetsError(
            f"The deadline must be above 0 seconds, not {seconds:g}; None waits.", field="deadline"
        )
    return min(seconds, threading.TIMEOUT_MAX)


def _label(ask: Ask) -> str:
    return "Suggesting 1 point" if ask.n == 1 else f"Suggesting {ask.n} points"
