"""OptimizationSession: what users hold. It validates, appends to the journal, delegates."""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable, Mapping, Sequence
from os import PathLike
from typing import TYPE_CHECKING, Any

from optwidgets import experiments
from optwidgets.alchemist_names import AlchemistNames
from optwidgets.data.edits import RowsAdded
from optwidgets.data.experiment_manager import ExperimentManager
from optwidgets.data.recording import check_outputs
from optwidgets.definition import CampaignDefinition
from optwidgets.display import SessionDisplay
from optwidgets.events import Events
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.entry import Entry
from optwidgets.journal.locations import choose_session, open_journal
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.people import user_name
from optwidgets.journal.protocol import Journal
from optwidgets.journal.state import SessionState
from optwidgets.journal.store import Changes, Store, acting
from optwidgets.live_model import LiveModel
from optwidgets.news import EVENTS, NewsDesk
from optwidgets.replay import replay
from optwidgets.space.edits import VariableAdded
from optwidgets.space.search_space import SearchSpace
from optwidgets.tasks import Task, Worker
from optwidgets.work import DEADLINE_SECONDS, Work

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import NDArray

    from optwidgets.models.base import Model

__all__ = ["OptimizationSession", "acting", "live_sessions", "on_session_created"]

live_sessions: weakref.WeakValueDictionary[str, OptimizationSession] = weakref.WeakValueDictionary()
"""The open sessions of this process by id, as long as somebody holds them."""

_created_callbacks: list[Callable[[OptimizationSession], None]] = []


def on_session_created(callback: Callable[[OptimizationSession], None]) -> Callable[[], None]:
    """Call back with every new session of this process; return how to stop it."""
    _created_callbacks.append(callback)

    def stop() -> None:
        if callback in _created_callbacks:
            _created_callbacks.remove(callback)

    return stop


class OptimizationSession(CampaignDefinition, AlchemistNames, SessionDisplay):
    """A campaign: what can be varied, what was measured, what to try next.

    A session is a journal: every change is recorded, can be undone, and everything
    else (tables, models, widgets) is a view of it. Without a file the session lives in
    memory; `open` keeps it in a file, where each change is safe when the call returns.

    Parameters
    ----------
    search_space
        Variables to begin with.
    experiment_manager
        Experiments to begin with.
    name
        Name of the session.
    actor
        In whose name changes are recorded; the login name if not given.
    journal
        Where the changes are kept; memory if not given.

    Examples
    --------
    >>> session = OptimizationSession(name="Reactor")
    >>> session.add_variable("temperature", "real", bounds=(20, 100))
    >>> session.add_variable("catalyst", "categorical", categories=["A", "B"])
    >>> session.add_experiment({"temperature": 60, "catalyst": "A"}, output=0.62)
    1
    >>> session.undo()
    'Row 1 added'
    >>> session
    OptimizationSession('Reactor': 2 variables, 0 of 0 rows with results, in memory only)
    """

    def __init__(
        self,
        search_space: SearchSpace | None = None,
        experiment_manager: ExperimentManager | None = None,
        *,
        name: str | None = None,
        actor: str | None = None,
        journal: Journal | None = None,
    ) -> None:
        self._store = Store(journal or MemoryJournal(), actor=actor or user_name())
        self.lock = self._store.lock
        self._events = Events(EVENTS)
        self._news = NewsDesk(self._store, self._events)
        events = self._events
        self.worker = Worker(lambda news: events.emit("task", news))
        self._work = Work(self._store, self.worker)
        self._live = LiveModel(
            self._store,
            self._work.models,
            self.worker,
            lambda: events.emit("model_updated", {"session_id": self._store.journal.session_id}),
        )
        self.search_space = SearchSpace(commit=self.commit, read=lambda: self.state.space)
        self.experiment_manager = ExperimentManager(
            self.search_space, commit=self.commit, read=lambda: self.state.table
        )
        self._begin(name, search_space, experiment_manager)
        live_sessions[self.id] = self
        for callback in tuple(_created_callbacks):
            callback(self)

    @classmethod
    def open(
        cls, location: str | PathLike[str], name: str | None = None, *, actor: str | None = None
    ) -> OptimizationSession:
        """Open a session in a file, or begin it there.

        Parameters
        ----------
        location
            Name of the file, such as ``"reactor.db"``; made if it is missing.
        name
            Name or id of the session, for a file that holds several; a name that is
            not there yet begins a new one.
        actor
            In whose name changes are recorded.

        Raises
        ------
        JournalError
            When the file is no session file, damaged, newer than this version, or
            cannot be written.

        Examples
        --------
        >>> import pathlib, tempfile
        >>> path = pathlib.Path(tempfile.mkdtemp()) / "reactor.db"
        >>> session = OptimizationSession.open(path)
        >>> session.add_variable("temperature", "real", bounds=(20, 100))
        >>> session.close()
        >>> OptimizationSession.open(path).search_space.names
        ('temperature',)
        """
        path, session_id, is_new = choose_session(location, name)
        known = live_sessions.get(session_id)
        if known is not None and getattr(known._store.journal, "path", None) == path:
            # A cell that is run again gets the session that its widgets show.
            return known
        journal = open_journal(path, session_id)
        return cls(journal=journal, name=name if is_new else None, actor=actor)

    # ------------------------------------------------------------ state

    @property
    def state(self) -> SessionState:
        """Everything that is true of the session now; immutable."""
        return self._store.state

    @property
    def id(self) -> str:
        """Identity of the session."""
        return self._store.journal.session_id

    @property
    def name(self) -> str:
        """Name of the session; set it to rename."""
        return self.state.name

    @name.setter
    def name(self, name: str) -> None:
        self.update_metadata(name=name)

    @property
    def location(self) -> str | None:
        """Name of the file it is saved in, or None for memory."""
        return self._store.journal.location

    @property
    def revision(self) -> int:
        """Number of recorded changes."""
        return self.state.revision

    def history(self) -> pd.DataFrame:
        """Return the journal: when, who, what, one row per change."""
        return self._store.history()

    def verify(self) -> None:
        """Check that no recorded change was altered; raise if one was."""
        self._store.journal.verify()

    # ------------------------------------------------------------ experiments

    def add_experiment(
        self,
        inputs: Mapping[str, Any],
        output: float | Mapping[str, float] | None = None,
        noise: float | None = None,
        iteration: int | None = None,
        reason: str | None = None,
        **options: Any,
    ) -> int:
        """Record an experiment; a suggested point that was tried is completed.

        Parameters
        ----------
        inputs
            Variable to value.
        output
            The result, or objective to result; None while it runs.
        noise
            Variance of the result, in its unit squared.
        iteration, reason
            Round of the campaign, and why the experiment was made.
        **options
            ``note``, ``state``.

        Returns
        -------
        int
            Number of the row.
        """
        with self.lock:
            point = experiments.only_inputs(self.state.space, inputs)
            row = None if output is None else experiments.pending_row(self.state, point)
            manager = self.experiment_manager
            if row is None:
                manager.add_experiment(
                    point, output, noise, iteration, reason or "Manual", **options
                )
                change = self._store.last_commit[0].change
                return int(change.rows[0].id) if isinstance(change, RowsAdded) else 0
            known = {"noise": noise, "iteration": iteration, "reason": reason, **options}
            fields = {name: value for name, value in known.items() if value is not None}
            manager.edit(row.id, {**check_outputs(output, self.state.table), **fields})
            return row.id

    def generate_initial_design(
        self,
        method: str = "lhs",
        n_points: int = 10,
        *,
        random_seed: int | None = None,
        stage: bool = False,
    ) -> list[dict[str, Any]]:
        """Plan experiments that cover the space evenly, existing ones counted in.

        Parameters
        ----------
        method
            ``lhs``, ``sobol``, ``halton``, ``hammersly`` or ``random``.
        n_points
            How many.
        random_seed
            Seed; the session's if not given.
        stage
            Whether to put the points into the table as suggested rows.

        Returns
        -------
        list of dict
            Variable to value, for each point.
        """
        return self._work.plan(method, n_points, random_seed, stage=stage)

    # ------------------------------------------------------------ model and suggestions

    @property
    def model(self) -> Model | None:
        """The newest fitted model of the first objective, or None."""
        fit = self._work.models.latest(self.state.table.target_names[0])
        return fit.model if fit else None

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
            ``botorch``.
        kernel
            ``Matern`` or ``RBF``.
        kernel_params
            ``{"nu": 0.5 | 1.5 | 2.5}`` for Matern.

        Returns
        -------
        dict
            ``backend``, ``kernel``, ``hyperparameters`` (numbers), ``metrics`` (leave-one-
            out ``rmse``, ``mae`` in the objective's unit, ``r2``, ``coverage`` of the 95 %
            interval), ``success``, ``n_objectives``, ``n_results``.
        """
        from optwidgets.models.base import ModelConfig

        params = dict(kernel_params or {})
        return self._work.train(ModelConfig(backend=backend, kernel=kernel, **params))

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
        strategy: str = "EI",
        goal: str | Sequence[str] | None = None,
        n_suggestions: int = 1,
        *,
        hold: Mapping[str, Any] | None = None,
        balance: float | None = None,
        deadline: float | None = DEADLINE_SECONDS,
        **options: Any,
    ) -> pd.DataFrame:
        """Propose the next experiments, and put them into the table as suggested rows.

        The model is trained on all results there are. With fewer than
        max(3, variables + 1) of them the points cover the space evenly instead, and
        ``attrs["message"]`` of the answer says so.

        Parameters
        ----------
        strategy
            ``EI``, ``LogEI``, ``PI``, ``LogPI``, ``UCB``, ``qEI``, ``qLogEI``, ``qUCB``
            or ``TS`` (Thompson sampling).
        goal
            ``maximize`` or ``minimize``; the objective's own if not given.
        n_suggestions
            Number of points.
        hold
            Variables held at a value.
        balance
            From 0, explore, to 1, exploit; the strategy's own if not given.
        deadline
            Seconds after which space-filling points are proposed instead; None waits.
        **options
            Options of the strategy, such as ``beta`` or ``xi``.

        Returns
        -------
        DataFrame
            The variables, then ``mean`` and ``std`` of the prediction, ``acquisition``
            value and row number of the ``nearest`` experiment. The index is the number
            of the row.
        """
        return self._work.suggest(
            strategy=strategy,
            goal=goal,
            n_suggestions=n_suggestions,
            hold=hold,
            balance=balance,
            deadline=deadline,
            **options,
        )

    def start_suggest(self, **asked: Any) -> Task[Any]:
        """Propose in the background; takes what `suggest_next` takes."""
        return self._work.start_suggest(**asked)

    async def suggest_async(self, **asked: Any) -> pd.DataFrame:
        """Propose without blocking the event loop; takes what `suggest_next` takes.

        Cancelling the awaiting task cancels the work.
        """
        task = self.start_suggest(**asked)
        try:
            frame: pd.DataFrame = await asyncio.wrap_future(task.future)
        except asyncio.CancelledError:
            task.cancel()
            raise
        return frame

    @property
    def last_suggestions(self) -> list[dict[str, Any]]:
        """Inputs of the points that were proposed last."""
        return self._work.last_suggestions

    def replay(self) -> pd.DataFrame:
        """Compute every recorded suggestion again and compare; see `optwidgets.replay`."""
        return replay(self._store.journal)

    # ------------------------------------------------------------ changes, undo

    def commit(self, changes: Changes) -> list[Entry]:
        """Record changes as one step; for widgets and other programs.

        `acting` says in whose name, under which idempotency key and on which revision.
        """
        return self._store.commit(changes)

    def undo(self) -> str:
        """Undo the newest step, whatever it was; return it in words."""
        return self._store.undo()

    def redo(self) -> str:
        """Do the step again that was undone last; return it in words."""
        return self._store.redo()

    @property
    def undo_words(self) -> str | None:
        """What `undo` would reverse, in words, or None."""
        return self._store.undo_words

    @property
    def redo_words(self) -> str | None:
        """What `redo` would do again, in words, or None."""
        return self._store.redo_words

    # ------------------------------------------------------------ views

    def subscribe(self, callback: Callable[[list[Entry]], None]) -> Callable[[], None]:
        """Call back with new entries once the state holds them; return how to stop it."""
        return self._store.subscribe(callback)

    def on(self, event: str, callback: Callable[[dict[str, Any]], None]) -> Callable[[], None]:
        """Call back at ``task``, ``model_updated``, ``change`` and ALchemist's events.

        Returns
        -------
        callable
            Stops it.
        """
        self._news.start()
        return self._events.on(event, callback)

    def request_live_model(self) -> None:
        """Keep a fitted model fresh in the background from now on; for views."""
        self._live.request()

    @property
    def model_report(self) -> dict[str, Any]:
        """What there is to tell about the model; see `LiveModel.report`."""
        return self._live.report(self.state)

    def close(self) -> None:
        """End background work and close the file; nothing is lost."""
        self._live.stop()
        self.worker.cancel_all()
        self._store.close()
        if live_sessions.get(self.id) is self:
            del live_sessions[self.id]

    # ------------------------------------------------------------ inside

    def _begin(
        self, name: str | None, space: SearchSpace | None, manager: ExperimentManager | None
    ) -> None:
        """Record how the session begins; this is no step that could be undone."""
        changes: list[Any] = []
        if name:
            changes.append(MetadataChanged({"name": name}))
        if space is not None:
            changes += [VariableAdded(variable) for variable in space]
        if manager is not None and len(manager.table):
            changes.append(RowsAdded(tuple(manager.table)))
        if changes:
            self._store.commit(changes, step="start")
