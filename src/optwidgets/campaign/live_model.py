"""Keeps a fitted model fresh for the views, in the background and without a trace."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import Fit, Models, config_of, min_results
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from collections.abc import Callable

    from optwidgets.data.table import Objective
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.store import Store
    from optwidgets.tasks import Progress, Task, Worker

DEBOUNCE_SECONDS = 0.3


class LiveModel:
    """The model as the views show it: fitted after changes of the data, never journaled.

    The latest data win: a change that comes while a fit runs makes it start again.

    Parameters
    ----------
    store, models, worker
        Of the session.
    tell
        Called when the report has changed.
    """

    def __init__(
        self, store: Store, models: Models, worker: Worker, tell: Callable[[], None]
    ) -> None:
        self._store = store
        self._models = models
        self._worker = worker
        self._tell = tell
        self._wanted = False
        self._timer: threading.Timer | None = None
        self._task: Task[Any] | None = None
        self._key: object = None
        self._errors: dict[str, str] = {}
        self._reports: dict[str, tuple[object, dict[str, Any]]] = {}
        self._lock = threading.Lock()

    def request(self) -> None:
        """Keep the model fresh from now on; called by every view, cheap to call again."""
        if self._wanted:
            return
        self._wanted = True
        self._store.subscribe(self._on_entries)
        self._schedule(0.0)

    def stop(self) -> None:
        """Fit no more."""
        self._wanted = False
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
        if self._task is not None:
            self._task.cancel()

    @property
    def fitting(self) -> bool:
        """Whether a fit in the background waits or runs."""
        task = self._task
        return task is not None and not task.finished

    def report(self, state: SessionState, name: str | None = None) -> dict[str, Any]:
        """Return what a view tells about the model of an objective, as plain values.

        The first objective if none is named.

        ``state`` (``none``, ``fitting``, ``ready`` or ``failed``), ``words``,
        ``message``, ``n_results``, ``n_needed``, ``n_missing``, ``n_used``, ``stale``,
        ``fitting``, ``r2``, ``rmse``, ``mae``, ``coverage`` and ``held_out`` (row number
        to the mean and standard deviation predicted from the other rows).
        """
        objective = state.table.objective(name)
        fit = self._models.latest(objective.name)
        mark = (_data_key(state), fit, self._errors.get(objective.name, ""), self.fitting)
        cached = self._reports.get(objective.name)
        if cached is None or cached[0] != mark:
            cached = (mark, self._make_report(state, fit, objective))
            self._reports[objective.name] = cached
        return cached[1]

    # ------------------------------------------------------------ inside

    def _make_report(
        self, state: SessionState, fit: Fit | None, objective: Objective
    ) -> dict[str, Any]:
        problem = self._errors.get(objective.name, "")
        # Counted after every change: sets compare ten times as fast as lists of what is missing.
        space, names = state.space, frozenset(state.space.names)
        n_results = sum(
            objective.name in row.outputs
            and (
                row.inputs.keys() >= names
                or (bool(space.conditional) and not space.missing(row.inputs))
            )
            for row in state.table.done()
        )
        needed = min_results(state.space)
        missing = max(0, needed - n_results)
        report: dict[str, Any] = {
            "state": "none",
            "words": "",
            "message": "",
            "n_results": n_results,
            "n_needed": needed,
            "n_missing": missing,
            "n_used": 0,
            "stale": False,
            "fitting": self.fitting,
            "r2": None,
            "rmse": None,
            "mae": None,
            "coverage": None,
            "held_out": {},
        }
        if missing or not len(state.space):
            word = "result" if missing == 1 else "results"
            report["words"] = f"{missing} more {word} until the first model" if missing else ""
            return report
        if fit is None:
            report["state"] = "failed" if problem else "fitting" if self.fitting else "none"
            report["words"] = "No model" if problem else "Fitting the first model"
            report["message"] = problem
            return report
        from optwidgets.models.validation import quality_words

        data, validation = fit.model.data, fit.validation
        report |= validation.metrics()
        report |= {
            "state": "failed" if problem else "ready",
            "words": quality_words(validation, len(data)),
            "message": problem,
            "n_used": len(data),
            "stale": not self._models.holds(state, objective),
            "held_out": {
                row: (float(mean), float(sd))
                for row, mean, sd in zip(data.rows, validation.mean, validation.sd, strict=True)
            },
        }
        return report

    def _on_entries(self, _entries: list[Entry]) -> None:
        if self._wanted and _data_key(self._store.state) != self._key:
            self._schedule(DEBOUNCE_SECONDS)

    def _schedule(self, seconds: float) -> None:
        with self._lock:
            if self._timer is not None:
                self._timer.cancel()
            ref = weakref.ref(self)

            def start() -> None:
                live = ref()
                if live is not None and live._wanted:  # noqa: SLF001
                    live._start()  # noqa: SLF001

            self._timer = threading.Timer(seconds, start)
            self._timer.daemon = True
            self._timer.start()

    def _start(self) -> None:
        running = self._task
        if running is not None and not running.finished:
            running.cancel()
        self._key = _data_key(self._store.state)
        self._task = self._worker.submit(
            "Improving the model", self._fit, then=self._after, quiet=True
        )
        self._task.future.add_done_callback(lambda _: self._tell())
        self._tell()

    def _fit(self, progress: Progress) -> dict[str, str]:
        if self._models.elsewhere is None:
            # Loaded here, so that the first real fit does not wait for the libraries.
            import optwidgets.acquisition.suggest  # noqa: F401

        state = self._store.state
        errors = {}
        for name in state.table.target_names:
            error = self._fit_one(state, state.table.objective(name), progress)
            if error:
                errors[name] = error
        return errors

    def _fit_one(self, state: SessionState, objective: Objective, progress: Progress) -> str:
        if self._make_report(state, None, objective)["n_missing"] or not len(state.space):
            return ""
        try:
            self._models.fit(state, objective, config_of(state), progress)
        except OptwidgetsError as error:
            if not isinstance(error, _stops()):
                return str(error)
            raise
        except Exception as error:  # noqa: BLE001 - a view must outlive any fit
            return f"The model could not be fitted ({type(error).__name__}: {error})."
        return ""

    def _after(self, errors: dict[str, str]) -> None:
        self._errors = errors


def _stops() -> tuple[type[OptwidgetsError], ...]:
    from optwidgets.tasks import Cancelled, DeadlineExceeded

    return (Cancelled, DeadlineExceeded)


def _data_key(state: SessionState) -> tuple[object, ...]:
    """Return what a model depends on; equal for states that give the same model.

    Compared by identity of the parts where that is enough: states share what did not
    change.
    """
    return (
        state.space,
        state.table.objectives,
        _DoneRows(state.table.rows, state.table.done()),
        state.model,
        state.settings.get("random_state"),
    )


class _DoneRows:
    """The rows with results, compared by what a model reads of them."""

    def __init__(self, rows: Any, done: Any) -> None:
        self._rows = rows
        self._done = done

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, _DoneRows):
            return NotImplemented
        if self._rows is other._rows:
            return True
        if len(self._done) != len(other._done):
            return False
        return all(
            a is b or (a.id, a.inputs, a.outputs, a.noise) == (b.id, b.inputs, b.outputs, b.noise)
            for a, b in zip(self._done, other._done, strict=True)
        )

    __hash__ = None  # type: ignore[assignment]
