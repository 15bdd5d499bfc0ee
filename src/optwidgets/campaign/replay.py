"""Computes recorded suggestions again and compares."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.campaign.fitting import Models, installed_version
from optwidgets.campaign.plans import recompute
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import SuggestionsMade
from optwidgets.journal.state import SessionState, initial_state, reduce
from optwidgets.models.own_kernels import is_own
from optwidgets.space.encoding import Encoding

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from optwidgets.campaign.suggesting import Suggested
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.protocol import Journal

# Points closer than this in the unit cube are the same: far below any display step.
TOLERANCE = 1e-6

COLUMNS = ["revision", "at", "kind", "strategy", "points", "equal", "difference", "note"]


def replay(journal: Journal) -> pd.DataFrame:
    """Recompute every recorded suggestion from the journal before it.

    Returns
    -------
    DataFrame
        One row per recorded suggestion: ``equal`` is True when every point is found
        again, ``difference`` the largest one in the unit cube, ``note`` why they differ
        if that is known.
    """
    import pandas as pd

    entries = journal.read()
    wanted = {
        int(entry.change.record["data_revision"])
        for entry in entries
        if isinstance(entry.change, SuggestionsMade) and _has_recipe(entry.change)
    }
    states = _states_at(journal, entries, wanted)
    models = Models()
    rows = [
        _compare(entry, entry.change, states, models)
        for entry in entries
        if isinstance(entry.change, SuggestionsMade) and entry.step != "redo"
    ]
    return pd.DataFrame(rows, columns=COLUMNS).set_index("revision")


def _states_at(
    journal: Journal, entries: Sequence[Entry], wanted: set[int]
) -> dict[int, SessionState]:
    state = initial_state(journal.session_id, journal.created_at)
    found = {0: state}
    for entry in entries:
        state = reduce(state, entry)
        if state.revision in wanted:
            found[state.revision] = state
    return found


def _compare(
    entry: Entry, change: SuggestionsMade, states: dict[int, SessionState], models: Models
) -> dict[str, Any]:
    record = change.record
    line: dict[str, Any] = {
        "revision": entry.revision,
        "at": entry.at,
        "kind": record.get("kind", ""),
        "strategy": record.get("strategy", ""),
        "points": len(change.rows),
        "equal": False,
        "difference": float("nan"),
        "note": "",
    }
    if not _has_recipe(change):
        return line | {"note": "Recorded without a recipe; it cannot be computed again."}
    state = states[int(record["data_revision"])]
    try:
        again = recompute(state, record, models)
    except OptwidgetsError as error:
        return line | {"note": str(error)}
    difference = _difference(state, change, [inputs for inputs, _ in again.points])
    equal = difference <= TOLERANCE
    note = "" if equal else _why_other(record, again)
    return line | {"equal": equal, "difference": difference, "note": note}


def _difference(
    state: SessionState, change: SuggestionsMade, points: list[dict[str, Any]]
) -> float:
    if len(points) != len(change.rows):
        return float("inf")
    import numpy as np

    # What is observed was fixed, or is not there yet.
    encoding = Encoding(state.space.chosen)
    before = encoding.encode([row.inputs for row in change.rows])
    return float(np.abs(before - encoding.encode(points)).max(initial=0.0))


def _has_recipe(change: SuggestionsMade) -> bool:
    return "ask" in change.record and "data_revision" in change.record


def _why_other(record: Any, again: Suggested) -> str:
    if again.record["kind"] != record["kind"]:
        return again.message
    kernel = record.get("model", {}).get("kernel")
    if is_own(kernel):
        return f"The kernel {kernel!r} was registered by hand; it may be another one now."
    return _other_versions(record)


def _other_versions(record: Any) -> str:
    then = record.get("versions", {})
    changed = [f"{name} {old}" for name, old in then.items() if installed_version(name) != old]
    return f"Made with {', '.join(changed)}." if changed else ""
