"""The audit log and provenance of a campaign; the session's methods for them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.audit import audit_entry, data_hash, decided
from optwidgets.journal.changes import DecisionsLocked, SuggestionsMade
from optwidgets.space.edits import VariableChanged

if TYPE_CHECKING:
    from optwidgets.data.table import Table
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.state import SessionState
    from optwidgets.journal.store import Store


class CampaignAudit:
    """Locks decisions for a lab book or a publication; mixed into `OptimizationSession`.

    A locked entry cannot be undone, and the hash chain of the journal shows whether anything
    before it was changed afterwards (`OptimizationSession.verify`).

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession(name="Reactor")
    >>> session.add_variable("T", "real", bounds=(20, 100))
    >>> _ = session.add_experiment({"T": 40}, output=1.5)
    >>> session.lock_data("first round")["parameters"]["n_experiments"]
    1
    >>> session.export_audit_markdown().splitlines()[0]
    '# Audit log: Reactor'
    """

    if TYPE_CHECKING:
        _store: Store

        @property
        def state(self) -> SessionState: ...  # noqa: D102

    def lock_data(
        self, notes: str = "", extra_parameters: Mapping[str, Any] | None = None
    ) -> dict[str, Any]:
        """Record which results a decision rests on.

        Parameters
        ----------
        notes
            Why; free text.
        extra_parameters
            More facts to record, as JSON values.

        Returns
        -------
        dict
            The entry: ``timestamp``, ``entry_type``, ``parameters`` (number of experiments, a
            hash of them, revision and hash of the journal), ``hash``, ``notes``.
        """
        state = self.state
        facts = {
            "n_experiments": len(state.table.done()),
            "data_hash": data_hash(state.table),
            "variables": [variable.to_dict() for variable in state.space],
            "objectives": [objective.to_dict() for objective in state.table.objectives],
        }
        return self._lock("data_locked", {**facts, **dict(extra_parameters or {})}, notes)

    def lock_model(self, notes: str = "") -> dict[str, Any]:
        """Record the model of the last `train_model`: configuration, hyperparameters, quality."""
        record = self.state.model
        if record is None:
            raise OptwidgetsError(
                "There is no trained model to lock. Call train_model() first, then lock it."
            )
        return self._lock("model_locked", dict(record), notes)

    def lock_acquisition(
        self,
        strategy: str,
        parameters: Mapping[str, Any] | None = None,
        suggestions: Sequence[Mapping[str, Any]] | None = None,
        notes: str = "",
    ) -> dict[str, Any]:
        """Record how the next experiments were chosen.

        Parameters
        ----------
        strategy
            Name of the acquisition strategy.
        parameters
            Its options.
        suggestions
            The points; the suggested rows of the table if not given.
        notes
            Why; free text.
        """
        if suggestions is None:
            rows = [row for row in self.state.table if row.state == "suggested"]
            suggestions = [dict(row.inputs) for row in rows]
        facts = {
            "strategy": str(strategy),
            "parameters": dict(parameters or {}),
            "suggestions": [dict(point) for point in suggestions],
        }
        return self._lock("acquisition_locked", facts, notes)

    def log_event(
        self, entry_type: str, parameters: Mapping[str, Any] | None = None, notes: str = ""
    ) -> dict[str, Any]:
        """Record an event of another program, such as a robot, in the audit log.

        Parameters
        ----------
        entry_type
            What kind of event, in up to 64 characters; not interpreted.
        parameters
            Facts about it, as JSON values.
        notes
            Free text.

        Returns
        -------
        dict
            The entry, as `lock_data` returns it.

        Examples
        --------
        >>> from optwidgets import OptimizationSession
        >>> OptimizationSession().log_event("calibrated", {"pump": 3})["parameters"]["pump"]
        3
        """
        if not 0 < len(str(entry_type).strip()) <= 64:
            raise OptwidgetsError(
                "An event needs a type of 1 to 64 characters, such as 'calibrated'.",
                field="entry_type",
            )
        entry: dict[str, Any] = {}

        def changes(state: SessionState) -> list[DecisionsLocked]:
            entry.update(audit_entry(str(entry_type), dict(parameters or {}), str(notes)))
            return [_numbered(state, entry)]

        self._store.commit(changes, step="lock")
        return entry

    def get_audit_log(self) -> list[dict[str, Any]]:
        """Return the entries of the audit log, oldest first."""
        return decided(self.state.decisions)

    def export_audit_markdown(self) -> str:
        """Return the audit log as a Markdown text for a lab book or a supplement."""
        from optwidgets.campaign.audit_text import audit_markdown

        return audit_markdown(self.state, self.get_audit_log(), self.provenance)

    @property
    def provenance(self) -> list[dict[str, Any]]:
        """What was suggested against what was done: one dict per suggested row that has a result.

        ``row``, ``iteration``, ``strategy``, ``suggested`` and ``actual`` inputs, ``delta``
        (difference of numbers, ``"unchanged"`` or both categories), ``output``, ``noise``,
        ``timestamp``.
        """
        return provenance_of(self.state.table, self._store.journal.read(0))

    # ------------------------------------------------------------ inside

    def _lock(self, entry_type: str, parameters: Mapping[str, Any], notes: str) -> dict[str, Any]:
        entry: dict[str, Any] = {}

        def changes(state: SessionState) -> list[DecisionsLocked]:
            known = {"revision": state.revision, "journal_hash": self._journal_hash(state.revision)}
            entry.update(audit_entry(entry_type, {**parameters, **known}, str(notes)))
            return [_numbered(state, entry)]

        self._store.commit(changes, step="lock")
        return entry

    def _journal_hash(self, revision: int) -> str:
        """Hash of the newest entry: it vouches for all entries up to there."""
        newest = self._store.journal.read(revision - 1) if revision else []
        return newest[0].hash if newest else ""


def provenance_of(table: Table, entries: Iterable[Entry]) -> list[dict[str, Any]]:
    """Return `CampaignAudit.provenance` of a table and the entries that led to it."""
    made: list[tuple[int, str, dict[str, Any]]] = []
    for entry in entries:
        change = entry.change
        if isinstance(change, SuggestionsMade):
            strategy = change.record.get("strategy", "")
            made.extend((row.id, strategy, dict(row.inputs)) for row in change.rows)
        elif isinstance(change, VariableChanged) and change.variable.name != change.name:
            # What was suggested under the old name was meant for the same variable.
            for *_, inputs in made:
                if change.name in inputs:
                    inputs[change.variable.name] = inputs.pop(change.name)
    found: list[dict[str, Any]] = []
    for number, strategy, suggested in made:
        row = table.row(number) if number in table else None
        if row is None or row.state != "done":
            continue
        found.append(
            {
                "row": row.id,
                "iteration": row.iteration,
                "strategy": strategy,
                "suggested": suggested,
                "actual": dict(row.inputs),
                "delta": {
                    name: _difference(value, row.inputs.get(name))
                    for name, value in suggested.items()
                },
                "output": dict(row.outputs),
                "noise": row.noise,
                "timestamp": row.finished_at,
            }
        )
    return found


def _numbered(state: SessionState, entry: dict[str, Any]) -> DecisionsLocked:
    """Return the change that writes an entry as the next one."""
    number = 1 + max(map(int, state.decisions), default=0)
    return DecisionsLocked({str(number): entry})


def _difference(suggested: Any, actual: Any) -> Any:
    numbers = isinstance(suggested, int | float) and isinstance(actual, int | float)
    if numbers:
        return float(actual) - float(suggested)
    return "unchanged" if suggested == actual else f"{suggested} → {actual}"
