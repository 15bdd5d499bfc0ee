"""Changes of the journal as named events, with the names that ALchemist uses."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING, Any

from optwidgets.journal.listeners import Rewritten

if TYPE_CHECKING:
    from optwidgets.events import Events
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.store import Store

# Kind of change to the event of that name; ``change`` comes with every one of them.
_EVENT_OF = {
    "VariableAdded": "variable_added",
    "VariableChanged": "variable_changed",
    "VariableRemoved": "variable_removed",
    "VariablesReordered": "variables_reordered",
    "RowsAdded": "experiment_added",
    "RowsEdited": "experiment_edited",
    "RowsRemoved": "experiment_removed",
    "ObjectivesSet": "objectives_changed",
    "MetadataChanged": "metadata_updated",
    "SettingsChanged": "config_changed",
    "DecisionsLocked": "decision_locked",
    "ModelTrained": "training_completed",
    "SuggestionsMade": "acquisition_completed",
}

KEPT_KEYS = 1000

EVENTS = (
    "task",
    "model_updated",
    "change",
    "connection",
    "set_aside",
    "session_saved",
    "session_loaded",
    *_EVENT_OF.values(),
)


class NewsDesk:
    """Turns entries into events, once somebody wants them."""

    def __init__(self, store: Store, events: Events) -> None:
        self._events = events
        self._store = store
        self._open = False
        self._told: deque[tuple[str, int]] = deque(maxlen=KEPT_KEYS)

    def start(self) -> None:
        """Begin to tell; cheap to call again."""
        if not self._open:
            self._open = True
            self._store.subscribe(self._tell)

    def _tell(self, entries: list[Entry]) -> None:
        again = isinstance(entries, Rewritten)
        for entry in entries:
            if entry.key is not None:
                # A change that took its final place in the journal is no news any more.
                name = (entry.key, entry.revision - entry.group)
                if again and name in self._told:
                    continue
                self._told.append(name)
            kind = type(entry.change).__name__
            payload: dict[str, Any] = {
                "revision": entry.revision,
                "actor": entry.actor,
                "step": entry.step,
                "change": kind,
                **entry.change.to_dict(),
            }
            self._events.emit("change", payload)
            event = _EVENT_OF.get(kind)
            if event is not None:
                self._events.emit(event, payload)
