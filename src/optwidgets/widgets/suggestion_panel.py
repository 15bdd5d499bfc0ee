"""SuggestionPanel: ask for the next experiments, and decide on what is proposed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from optwidgets.acquisition.base import STRATEGIES
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import SettingsChanged, SuggestionsMade
from optwidgets.journal.listeners import Rewritten
from optwidgets.tasks import Cancelled, CancelledLate
from optwidgets.widgets._base import SessionWidget, intent
from optwidgets.widgets._goal_choices import (
    ALL,
    aim_change,
    fitting_strategies,
    goals_of,
    reference_words,
    several_views,
    weights_for,
    weights_with,
)
from optwidgets.widgets._option_checks import CHECKS
from optwidgets.widgets._results import objective_view
from optwidgets.widgets._room import reason_against
from optwidgets.widgets._suggest_view import (
    SETTINGS,
    backend_of,
    cards_of,
    earlier_of,
    observed_views,
    options_of,
    predicted_rows,
    round_of,
    suggested_rows,
    value_text,
)

if TYPE_CHECKING:
    from optwidgets.data.table import Row
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession
    from optwidgets.tasks import Task


class SuggestionPanel(SessionWidget):
    """Suggestions of a session: how they are made, what they are, how earlier ones did.

    Parameters
    ----------
    session
        The session. The options of the next round lie in its settings, so that
        every view shares them and they survive a restart.

    Examples
    --------
    >>> from optwidgets.session import OptimizationSession
    >>> panel = SuggestionPanel(OptimizationSession())
    >>> panel.options["batch_size"], panel.ready["reason"]
    (3, 'Suggest needs at least one variable.')
    """

    #: Strategy, goal, objective, batch_size, balance and locks (name and text each).
    options = traitlets.Dict().tag(sync=True)
    strategies = traitlets.List(traitlets.Dict()).tag(sync=True)
    goals = traitlets.List(traitlets.Dict()).tag(sync=True)
    #: The rows in state suggested; see ``js/src/widgets/suggestion-panel/types.ts``.
    cards = traitlets.List(traitlets.Dict()).tag(sync=True)
    earlier = traitlets.List(traitlets.Dict()).tag(sync=True)
    #: The last round: count, results, seconds and how many results are newer; or None.
    round: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    objective = traitlets.Dict().tag(sync=True)
    #: Observed variables: what they read now, and what was measured last.
    observed = traitlets.List(traitlets.Dict()).tag(sync=True)
    #: With all objectives asked for: what views need of each; else empty.
    several = traitlets.List(traitlets.Dict()).tag(sync=True)
    #: Above and below what the hypervolume is counted, in words.
    reference = traitlets.Unicode().tag(sync=True)
    #: Why nothing can be suggested; an empty reason when it can.
    ready = traitlets.Dict().tag(sync=True)
    #: What went otherwise than asked: kind, title, text and details; or None.
    notice: Any = traitlets.Dict(allow_none=True, default_value=None).tag(sync=True)
    message = traitlets.Unicode().tag(sync=True)

    def __init__(self, session: OptimizationSession, **options: Any) -> None:
        # Settings of suggested rows as they were suggested: an edited point needs
        # its own prediction.
        self._proposed: dict[int, dict[str, Any]] = {}
        self._seconds: dict[str, float] = {}
        self._asked: Task[Any] | None = None
        if any(row.suggestion is not None for row in session.state.table):
            self.entries_came(session.entries())
        super().__init__(session, **options)

    def project(self, state: SessionState) -> dict[str, Any]:
        """Return the traits for a state."""
        options = options_of(state)
        table, several = state.table, options["objective"] == ALL
        objective = table.objective(None if several else options["objective"])
        if not several:
            objective = objective.aimed(options["goal"])
        made = round_of(state.table)
        if made is not None:
            made["seconds"] = self._seconds.get(made.pop("made"))
        return {
            "options": options | {"locks": _locks(state, options["locks"])},
            "strategies": fitting_strategies(table, options["objective"], backend_of(state)),
            "goals": goals_of(table),
            "observed": observed_views(state, options["locks"]),
            "several": several_views(table) if several else [],
            "reference": reference_words(table) if several else "",
            "cards": cards_of(state, objective, self._prediction),
            "earlier": earlier_of(state.table, objective.name, self._is_as_proposed),
            "round": made,
            "objective": objective_view(state.table, objective),
            "ready": {
                "variables": len(state.space),
                "reason": reason_against(state, options["locks"]),
            },
        }

    def entries_came(self, entries: Sequence[Entry]) -> None:
        """Remember new suggestions as they were made."""
        if isinstance(entries, Rewritten):
            self._proposed.clear()
            entries = self.session.entries()
        for entry in entries:
            self._remember(entry)

    # ------------------------------------------------------------ intents

    @intent("set_options")
    def _set_options(self, **change: Any) -> None:
        """Choose options of the next round; all of them or, on an error, none."""
        state = self.session.state
        checked = {key: CHECKS[key](value, state) for key, value in change.items() if key in CHECKS}
        current = options_of(state)
        fields = {SETTINGS[key]: value for key, value in checked.items() if value != current[key]}
        if fields:
            self.session.commit([SettingsChanged(fields)])

    @intent("set_aim")
    def _set_aim(self, objective: str, goal: str, **numbers: Any) -> None:
        """Give an objective a target or a band, and make the next round for it."""

        def changes(state: SessionState) -> list[Any]:
            aim = aim_change(state, str(objective), str(goal), numbers)
            found: list[Any] = [] if aim.objectives == state.table.objectives else [aim]
            chosen = {SETTINGS["objective"]: str(objective)}
            stale = (SETTINGS["goal"],) if SETTINGS["goal"] in state.settings else ()
            if stale or any(state.settings.get(key) != value for key, value in chosen.items()):
                found.append(SettingsChanged(chosen, removed=stale))
            return found

        self.session.commit(changes)

    @intent("weigh")
    def _weigh(self, objective: str, text: str) -> None:
        """Say how much an objective counts in compromises; an empty text takes it back."""
        state = self.session.state
        known = options_of(state)["weights"]
        weights = weights_with(state.table, known, str(objective), str(text))
        if weights != known:
            self.session.commit([SettingsChanged({SETTINGS["weights"]: weights})])

    @intent("lock")
    def _lock(self, name: str, row: int) -> None:
        """Hold a variable in the next round, at the value that it has in a row."""
        state = self.session.state
        variable = state.space[name]
        value = state.table.row(int(row)).inputs.get(name)
        if value is None:
            raise OptwidgetsError(f"Row {row} has no value of {name} to lock.", row=int(row))
        if not variable.contains(value):
            raise OptwidgetsError(
                f"{name} {value_text(variable, value)} is outside its range and cannot be held."
            )
        locks = options_of(state)["locks"] | {name: value}
        if all(other in locks for other in state.space.chosen.names):
            raise OptwidgetsError("Every variable would be locked. Leave at least one free.")
        self._set_locks(locks)

    @intent("unlock")
    def _unlock(self, name: str) -> None:
        """Let a variable vary again."""
        locks = options_of(self.session.state)["locks"]
        if locks.pop(name, None) is not None:
            self._set_locks(locks)

    @intent("observe")
    def _observe(self, name: str, text: str) -> None:
        """Say what an observed variable reads now; an empty text takes it back."""
        state = self.session.state
        variable = state.space[name]
        if not variable.observed:
            raise OptwidgetsError(f"{name} is chosen, not observed. Lock it instead.")
        locks = options_of(state)["locks"]
        known = locks.pop(name, None)
        if str(text).strip():
            locks[name] = variable.parse(str(text))
        if locks.get(name) != known:
            self._set_locks(locks)

    @intent("suggest")
    def _suggest(self) -> None:
        """Start the next round with the options of the session."""
        self._start()

    @intent("refresh")
    def _refresh(self) -> None:
        """Make the predictions that still stand again, from the results there are now."""
        # Planned rows stay: no result makes a plan out of date.
        rows = [row.id for row in predicted_rows(self.session.state.table)]
        # They go when the new ones are there, in one step, and stay if that fails.
        self._start(replaces=rows)

    @intent("accept")
    def _accept(self, row: int) -> None:
        """Accept a suggestion: its row is running."""
        self.session.experiment_manager.accept(int(row))

    @intent("accept_all")
    def _accept_all(self) -> dict[str, Any]:
        """Accept all suggestions."""
        rows = [row.id for row in suggested_rows(self.session.state.table)]
        if rows:
            self.session.experiment_manager.accept(rows)
        return {"count": len(rows)}

    @intent("dismiss")
    def _dismiss(self, row: int) -> None:
        """Take a suggestion away; undo brings it back."""
        self._check_suggested(int(row))
        self.session.experiment_manager.delete(int(row))

    @intent("dismiss_all")
    def _dismiss_all(self) -> dict[str, Any]:
        """Take all suggestions away; undo brings them back."""
        rows = [row.id for row in suggested_rows(self.session.state.table)]
        if rows:
            self.session.experiment_manager.delete(rows)
        return {"count": len(rows)}

    @intent("edit_suggestion")
    def _edit_suggestion(self, row: int, name: str, text: str) -> None:
        """Change one setting of a suggestion."""
        self._check_suggested(int(row))
        variable = self.session.state.space[name]
        self.session.experiment_manager.edit(int(row), {name: variable.parse(str(text))})

    # ------------------------------------------------------------ inside

    def _check_suggested(self, number: int) -> None:
        row = self.session.state.table.row(number)
        if row.state != "suggested":
            raise OptwidgetsError(
                f"Row {number} is {row.state} and no suggestion any more.", row=number
            )

    def _set_locks(self, locks: Mapping[str, Any]) -> None:
        self.session.commit([SettingsChanged({SETTINGS["locks"]: dict(locks)})])

    def _start(self, *, replaces: Sequence[int] = ()) -> None:
        if self._asked is not None and not self._asked.finished:
            raise OptwidgetsError("A round is being made already. Cancel it first.")
        state = self.session.state
        options = options_of(state)
        # To refresh gives places back first.
        if not replaces and (reason := reason_against(state, options["locks"])):
            raise OptwidgetsError(reason)
        several = options["objective"] == ALL
        steered = not several and bool(STRATEGIES[options["strategy"]].balance)
        weights = weights_for(state.table, options) if several else None
        task = self.session.start_suggest(
            strategy=options["strategy"],
            goal=None if several else options["goal"],
            objective=None if several else options["objective"],
            n_suggestions=options["batch_size"],
            hold=options["locks"],
            balance=options["balance"] if steered else None,
            replaces=replaces,
            **({"weights": weights} if weights else {}),
        )
        self._asked = task
        self.notice, self.message = None, ""
        task.future.add_done_callback(lambda _: self._ended(task))

    def _ended(self, task: Task[Any]) -> None:
        """Say how a round ended; runs in the worker's thread."""
        error = task.future.exception()
        seconds = round(task.elapsed, 1)
        if error is None:
            frame = task.future.result()
            message = str(frame.attrs.get("message", ""))
            rows = suggested_rows(self.session.state.table)
            if rows:
                self._seconds[max(row.created_at for row in rows)] = seconds
            # Predictions that are missing tell of points that no model chose.
            without = "mean" in frame and bool(frame["mean"].isna().any())
            self.notice = _notice(message, late=task.fell_back, by_model=not without)
            with self.session.lock:
                self.refresh()
            return
        if isinstance(error, Cancelled):
            words = f"Cancelled after {_seconds(seconds)}. Nothing was changed."
            self.message = str(error) if isinstance(error, CancelledLate) else words
        else:
            known = isinstance(error, OptwidgetsError)
            self.notice = {
                "kind": "error",
                "title": "No suggestions.",
                "text": str(error) if known else _UNEXPECTED,
                "details": "" if known else repr(error)[:500],
            }

    def _remember(self, entry: Entry) -> None:
        if isinstance(entry.change, SuggestionsMade):
            for row in entry.change.rows:
                self._proposed[row.id] = dict(row.inputs)

    def _is_as_proposed(self, row: Row) -> bool:
        """Whether what was predicted for a row was predicted for its settings."""
        return self._proposed.get(row.id, dict(row.inputs)) == dict(row.inputs)

    def _prediction(self, row: Row) -> dict[str, tuple[float, float]] | None:
        """Return mean and standard deviation by objective where the row has none that holds.

        It was edited after it was suggested, or planned before there was a model.
        """
        own = row.suggestion is not None and row.suggestion.mean is not None
        if own and self._is_as_proposed(row):
            return None
        found: dict[str, tuple[float, float]] = {}
        for name in self.session.state.table.target_names:
            model = self.session.model_of(name)
            if model is not None and model.data.encoding.can_encode(row.inputs):
                X = model.data.encoding.encode([row.inputs])
                mean, sd = model.predict(X, observation_noise=True)
                found[name] = float(mean[0]), float(sd[0])
        return found or None


_UNEXPECTED = "Something in the engine went wrong. Your data are as they were."


def _seconds(seconds: float) -> str:
    return f"{seconds:.1f} s" if seconds < 10 else f"{seconds:.0f} s"


def _notice(message: str, *, late: bool, by_model: bool) -> dict[str, str] | None:
    """Return the banner about points that no model chose, or about how it chose them."""
    if not message:
        return None
    first, mark, rest = message.partition(". ")
    known = by_model or (mark and "more result" in first)
    kind = "info" if known and not late else "fallback"
    if not mark:
        return {"kind": kind, "title": message, "text": "", "details": ""}
    return {"kind": kind, "title": f"{first}.", "text": rest, "details": ""}


def _locks(state: SessionState, locks: Mapping[str, Any]) -> list[dict[str, str]]:
    found = []
    for name, value in locks.items():
        variable = state.space[name]
        unit = f" {variable.unit_text}" if variable.unit_text else ""
        found.append({"name": name, "text": value_text(variable, value) + unit})
    return found
