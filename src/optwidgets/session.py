"""OptimizationSession: what users hold. It validates, appends to the journal, delegates."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, Any

from optwidgets import _live
from optwidgets.campaign import experiments
from optwidgets.campaign.alchemist_names import AlchemistNames
from optwidgets.campaign.auditing import CampaignAudit
from optwidgets.campaign.conflicts import SessionConflicts
from optwidgets.campaign.constraining import CampaignConstraints
from optwidgets.campaign.definition import CampaignDefinition
from optwidgets.campaign.deriving import CampaignDerived
from optwidgets.campaign.designing import CampaignDesigns
from optwidgets.campaign.display import SessionDisplay
from optwidgets.campaign.files import SessionFiles
from optwidgets.campaign.insight import ModelInsight
from optwidgets.campaign.judging import CampaignJudging
from optwidgets.campaign.keywords import plain_keywords
from optwidgets.campaign.live_model import LiveModel
from optwidgets.campaign.locking import SessionLocking
from optwidgets.campaign.loop import CampaignLoop
from optwidgets.campaign.news import EVENTS, NewsDesk
from optwidgets.campaign.serving import SessionServing
from optwidgets.campaign.trade_offs import TradeOffs
from optwidgets.campaign.work import Work
from optwidgets.data.edits import RowsAdded
from optwidgets.data.experiment_manager import ExperimentManager
from optwidgets.data.recording import check_outputs
from optwidgets.events import Events
from optwidgets.journal.acting import acting
from optwidgets.journal.changes import MetadataChanged
from optwidgets.journal.entry import Entry
from optwidgets.journal.locations import choose_session
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.people import user_name
from optwidgets.journal.protocol import ConflictError, Journal
from optwidgets.journal.state import SessionState
from optwidgets.journal.store import Changes, Store
from optwidgets.plots.session_plots import SessionPlots
from optwidgets.space.edits import ConstraintAdded, VariableAdded
from optwidgets.space.search_space import SearchSpace
from optwidgets.tasks import Worker

if TYPE_CHECKING:
    import pandas as pd


__all__ = ["OptimizationSession", "acting"]


class OptimizationSession(
    CampaignDefinition,
    CampaignConstraints,
    CampaignDerived,
    CampaignDesigns,
    CampaignLoop,
    CampaignJudging,
    CampaignAudit,
    ModelInsight,
    TradeOffs,
    AlchemistNames,
    SessionPlots,
    SessionFiles,
    SessionServing,
    SessionLocking,
    SessionConflicts,
    SessionDisplay,
):
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
        self._store = Store(
            MemoryJournal() if journal is None else journal, actor=actor or user_name()
        )
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
        self.search_space = SearchSpace(
            commit=self.commit, read=lambda: self.state.space, lock=self.lock
        )
        self.experiment_manager = ExperimentManager(
            self.search_space,
            commit=self.commit,
            read=lambda: self.state.table,
            lock=self.lock,
        )
        self._begin(name, search_space, experiment_manager)
        self._store.subscribe(_tell_of_rename, watch=False)
        self._aside_words: dict[int, str] = {}
        self._store.on_aside = lambda number: events.emit("set_aside", {"number": number})
        _live.announce(self)

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
        from optwidgets.journal.sql import SqlJournal

        path, session_id, is_new = choose_session(location, name)
        known = _live.find(session_id)
        if isinstance(known, cls) and known.path == path:
            # A cell that is run again gets the session that its widgets show.
            return known
        journal = SqlJournal(path, session_id)
        session = cls(journal=journal, name=name if is_new else None, actor=actor)
        # Signs off as a writer also when nobody calls close().
        weakref.finalize(session, journal.close)
        return session

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
        """Name of the file it is saved in, host of its server, or None for memory."""
        return self._store.journal.location

    @property
    def path(self) -> Path | None:
        """The file it is saved in, with its folder, or None for memory."""
        return getattr(self._store.journal, "path", None)

    @property
    def revision(self) -> int:
        """Number of recorded changes."""
        return self.state.revision

    @property
    def actor(self) -> str:
        """In whose name changes are recorded, unless `acting` says otherwise."""
        return self._store.actor

    def entries(self, after: int = 0) -> list[Entry]:
        """Return the recorded changes with a revision above `after`, in order."""
        return self._store.journal.read(after)

    def history(self) -> pd.DataFrame:
        """Return the journal: when, who, what, one row per change."""
        return self._store.history()

    def verify(self) -> None:
        """Check that no recorded change was altered; raise if one was."""
        self._store.journal.verify()

    # ------------------------------------------------------------ experiments

    @plain_keywords("note", "state")
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
            targets = self.state.table.target_names
            point = experiments.only_inputs(self.state.space, targets, inputs)
            row = None if output is None else experiments.pending_row(self.state, point)
            manager = self.experiment_manager

            def add(why: str) -> int:
                manager.add_experiment(point, output, noise, iteration, why, **options)
                change = self._store.last_commit[0].change
                return int(change.rows[0].id) if isinstance(change, RowsAdded) else 0

            if row is None:
                return add(reason or "Manual")
            known = {"noise": noise, "iteration": iteration, "reason": reason, **options}
            fields = {name: value for name, value in known.items() if value is not None}
            fields |= {name: point[name] for name in self.state.space.observed if name in point}
            try:
                manager.edit(row.id, {**check_outputs(output, self.state.table), **fields})
            except ConflictError as late:
                if late.number is None:
                    raise
                # Somebody has just recorded this point, too: both results count.
                self.resolve_set_aside(late.number, "theirs")
                return add(reason or row.reason or "Manual")
            return row.id

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

    def report_of(self, objective: str) -> dict[str, Any]:
        """Return what there is to tell about the model of an objective; see `LiveModel.report`."""
        return self._live.report(self.state, objective)

    def close(self) -> None:
        """End background work and close the file; nothing is lost."""
        self._live.stop()
        self.worker.cancel_all()
        self._store.close()
        self._leave()
        _live.withdraw(self)

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
            changes += [ConstraintAdded(rule) for rule in space.constraints]
        if manager is not None and len(manager.table):
            changes.append(RowsAdded(tuple(manager.table)))
        if changes:
            self._store.commit(changes, step="start")


def _tell_of_rename(entries: list[Entry]) -> None:
    if any(isinstance(entry.change, MetadataChanged) for entry in entries):
        _live.changed()
