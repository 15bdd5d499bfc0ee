"""Session files, ours and ALchemist's: what was loaded is saved and loaded again, and is the same."""

from __future__ import annotations

import json
from collections.abc import Iterator

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.queue import queue_items
from optwidgets.journal.session_file_own import (
    KEY,
    OF_OWN,
    OF_PUBLIC,
    fingerprint,
    public_of,
    without_seal,
)
from optwidgets.journal.session_file_writing import session_file_text
from optwidgets.journal.state import SessionState
from optwidgets.session import OptimizationSession
from support.fuzz.samples import FIXTURES, full, small, workplace
from support.fuzz.target import refused


def seeds() -> Iterator[bytes]:
    yield small().export_session_json().encode()
    yield full().export_session_json().encode()
    for path in sorted(FIXTURES.glob("alchemist/*_objective*.json")):
        yield path.read_bytes()


def check(content: bytes) -> None:
    load(content)
    # What was altered is read from its public part. What is behind the seal is to stand, too.
    sealed = with_seal(content)
    if sealed is not None:
        load(sealed)


def with_seal(content: bytes) -> bytes | None:
    """Return a file with the seal that it would have, as somebody would who means harm."""
    try:
        document = json.loads(content)
        own = document[KEY]
        own[OF_PUBLIC] = fingerprint(public_of(document))
        own[OF_OWN] = fingerprint(without_seal(own))
        return json.dumps(document).encode()
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def load(content: bytes) -> None:
    path = workplace() / "session.json"
    path.write_bytes(content)
    try:
        session = OptimizationSession.load_session(path)
    except OptwidgetsError as error:
        refused(error)
        return
    again = workplace() / "again.json"
    session.save_session(again)
    same(OptimizationSession.load_session(again).state, session.state)


def same(after: SessionState, before: SessionState) -> None:
    """Fail unless two states say the same, beside what a file lists again from its rows."""
    extras = [dict(state.extras) for state in (after, before)]
    for one in extras:
        one.pop("last_suggestions", None)
        # Compared as the queue and a file show them.
        one.setdefault("provenance", [])
        one.pop("queue_items", None)
        one.pop("objective_metadata", None)
        if before.model is not None:
            one.pop("model_config", None)  # Written from the model.
    assert extras[0] == extras[1], extras
    assert queue_items(after) == queue_items(before)
    described = [
        json.loads(session_file_text(one))["objective_metadata"] for one in (after, before)
    ]
    assert described[0] == described[1]
    names = ("metadata", "space", "table", "settings", "model", "decisions")
    for name in names:
        assert getattr(after, name) == getattr(before, name), name
