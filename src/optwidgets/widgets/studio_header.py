"""StudioHeader: the session as a whole, with undo, read-out and tabs."""

from __future__ import annotations

import json
import re
import weakref
from collections.abc import Sequence
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

import traitlets

from optwidgets.data.goals import find_goal
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import SettingsChanged
from optwidgets.widgets._base import SessionWidget, intent
from optwidgets.widgets._goal_choices import aim_change
from optwidgets.widgets._line_view import attached_view, is_by, line_view, news_view
from optwidgets.widgets._results import best_row, labels_of, objective_view
from optwidgets.widgets._suggest_view import SETTINGS

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState

HISTORY = 50
MAX_NAME = 256


class StudioHeader(SessionWidget):
    """The head of a Studio.

    Parameters
    ----------
    session
        The session that is shown.

    Examples
    --------
    >>> from optwidgets.session import OptimizationSession
    >>> header = StudioHeader(OptimizationSession(name="Reactor"))
    >>> header.name, header.saved["text"], header.counts["rows"]
    ('Reactor', 'In memory only', 0)
    """

    name = traitlets.Unicode().tag(sync=True)
    #: ``where`` (memory, file or server), ``text`` and ``title``.
    saved = traitlets.Dict().tag(sync=True)
    #: One dict per objective: name, label, unit, goal, best, best_row, best_labels, noise.
    objectives = traitlets.List(traitlets.Dict()).tag(sync=True)
    #: ``title`` and ``text``, the quality of the model in plain words.
    quality = traitlets.Dict().tag(sync=True)
    #: ``rows``, ``done``, ``suggested``, ``variables``.
    counts = traitlets.Dict().tag(sync=True)

    #: The line to the server, while there is something to say: text, title, locked.
    line = traitlets.Dict().tag(sync=True)
    #: Who else has changed the session last, and what.
    news = traitlets.Unicode().tag(sync=True)

    def project(self, state: SessionState) -> dict[str, Any]:
        """Return the traits for a state."""
        table = state.table
        return {
            "name": state.name,
            **self._place(),
            "objectives": [_objective(state, name) for name in table.target_names],
            "quality": quality_view(self.session.model_report),
            "counts": {
                "rows": len(table),
                "done": table.counts["done"],
                "suggested": table.counts["suggested"],
                "variables": len(state.space),
            },
        }

    def entries_came(self, entries: Sequence[Entry]) -> None:
        """Note what others did."""
        if self.session.line is not None:
            for entry in entries:
                if not is_by(entry, self.session.actor):
                    self.news = news_view(entry)

    def _follow(self) -> None:
        super()._follow()
        line = weakref.WeakMethod(self._line_moved)

        def tell(_: dict[str, Any]) -> None:
            method = line()
            if method is not None:
                method()

        self._stops.append(self.session.on("connection", tell))

    def _line_moved(self) -> None:
        # Under the lock, so that it is not overtaken by what `refresh` sets.
        with self.session.lock, self.hold_sync():
            for name, value in self._place().items():
                setattr(self, name, value)

    def _place(self) -> dict[str, Any]:
        line = self.session.line
        if line is None:
            return {"saved": saved_view(self.session.location), "line": {}}
        status = line.status
        return {
            "saved": attached_view(status, self.session.url),
            "line": line_view(status),
        }

    # ------------------------------------------------------------ intents

    @intent("try_server")
    def _try_server(self) -> None:
        """Try to reach the server now."""
        if self.session.line is not None:
            self.session.line.try_now()

    @intent("break_lock")
    def _break_lock(self, reason: str) -> None:
        """Free the session from somebody else's lock."""
        self.session.break_lock(str(reason))

    @intent("export_aside")
    def _export_aside(self) -> dict[str, str]:
        """Return the changes that came too late, for the browser to save."""
        text = json.dumps(self.session.set_aside, indent=2)
        return {"name": self._file("unsent.json"), "text": text, "type": "application/json"}

    @intent("rename")
    def _rename(self, name: str) -> None:
        """Give the session another name."""
        plain = " ".join(str(name).split())
        if not plain:
            raise OptwidgetsError("A session needs a name.", field="Session name")
        if len(plain) > MAX_NAME:
            raise OptwidgetsError(
                f"The name has {len(plain)} characters. Use at most {MAX_NAME}.",
                field="Session name",
            )
        if plain != self.session.name:
            self.session.name = plain

    @intent("set_objective")
    def _set_objective(
        self, old: str, name: str, goal: str, unit: str = "", **numbers: Any
    ) -> None:
        """Say what is measured and which way is better; results go with a new name."""
        if not str(name).strip():
            raise OptwidgetsError("An objective needs a name.", field="Objective")

        def changes(state: SessionState) -> list[Any]:
            before = state.table.objective(old)
            found: list[Any] = [aim_change(state, old, goal, numbers, name=name, unit=unit)]
            if find_goal(goal).name != before.goal and SETTINGS["goal"] in state.settings:
                # The other way round from now on, also for the next suggestions.
                found.append(SettingsChanged(removed=(SETTINGS["goal"],)))
            return found

        self.session.commit(changes)

    @intent("save_json")
    def _save_json(self) -> dict[str, str]:
        """Return the session file, for the browser to save."""
        text = self.session.export_session_json()
        return {"name": self._file("json"), "text": text, "type": "application/json"}

    @intent("export_csv")
    def _export_csv(self) -> dict[str, str]:
        """Return the table, for the browser to save."""
        from optwidgets.data.exporting import export_bytes

        state = self.session.state
        text = export_bytes(state.table, state.space, "csv").decode("utf-8")
        return {"name": self._file("csv"), "text": text, "type": "text/csv"}

    @intent("history")
    def _history(self) -> dict[str, Any]:
        """Return the last 50 entries of the journal, newest first, in words."""
        lines = self.session.history().tail(HISTORY).reset_index().to_dict("records")
        entries = [
            {
                "revision": int(line["revision"]),
                "at": line["at"].isoformat(),
                "actor": str(line["actor"]),
                "words": str(line["what"]),
                "step": str(line["step"]),
            }
            for line in lines
        ]
        return {"entries": entries[::-1]}

    def _file(self, ending: str) -> str:
        words = re.findall(r"[^\W_]+", self.session.name.casefold()) or ["session"]
        return f"{'-'.join(words)[:80]}.{ending}"


def saved_view(location: str | None) -> dict[str, str]:
    """Return where a session is saved, in words.

    Examples
    --------
    >>> saved_view(None)["text"], saved_view("/data/reactor.db")["text"]
    ('In memory only', 'Saved in reactor.db')
    """
    if location is None:
        return {
            "where": "memory",
            "text": "In memory only",
            "title": "Lost when the kernel stops. "
            'OptimizationSession.open("reactor.db") keeps a session in a file.',
        }
    if "://" in location:
        return {"where": "server", "text": f"Saved on {location}", "title": location}
    name = PurePath(location).name
    return {"where": "file", "text": f"Saved in {name}", "title": f"Saved to the file {location}"}


def quality_view(report: dict[str, Any]) -> dict[str, str]:
    """Return the quality of the model, the figure apart from the advice.

    Examples
    --------
    >>> report = {
    ...     "words": "Explains 90 %, trust intervals",
    ...     "stale": True,
    ...     "n_used": 19,
    ...     "n_results": 21,
    ...     "fitting": False,
    ...     "message": "",
    ... }
    >>> quality_view(report)
    {'title': 'Explains 90 %', 'text': 'trust intervals, from 19 of 21 results'}
    >>> quality_view({"words": "4 more results until the first model"})
    {'title': '4 more results', 'text': 'until the first model'}
    """
    words = str(report.get("words") or "")
    if not words:
        return {"title": "None yet", "text": ""}
    if " until " in words:
        title, _, text = words.partition(" until ")
        return {"title": title, "text": f"until {text}"}
    title, _, text = words.partition(", ")
    if report.get("stale") and report.get("n_used") != report.get("n_results"):
        used = f"from {report['n_used']} of {report['n_results']} results"
        text = f"{text}, {used}" if text else used
    return {"title": title, "text": text or str(report.get("message") or "")}


def _objective(state: SessionState, name: str) -> dict[str, Any]:
    objective = state.table.objective(name)
    best = best_row(state.table, objective)
    labels = "" if best is None else labels_of(best, state.space)
    return objective_view(state.table, objective) | {"best_labels": labels}
