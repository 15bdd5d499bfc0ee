"""Journals as they come over the line, to a server and to a notebook: lines of JSON.

An entry that was altered is refused by its hash. What is behind that is to stand, too: hashes are
made anew here, as somebody would who means harm.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from optwidgets.client.wire import check_entries, entries_from_json, entry_to_json
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import from_stored, to_stored
from optwidgets.journal.entry import Stored, chain_hash, genesis
from optwidgets.journal.folding import Folded
from optwidgets.journal.snapshot import read_snapshot, state_of, take_snapshot
from optwidgets.journal.state import initial_state
from optwidgets.server.faces.native.arriving import _read
from optwidgets.server.faces.native.wire import stored_to_json
from support.fuzz.mutation import mutate_json_lines as mutate
from support.fuzz.samples import full
from support.fuzz.target import refused

__all__ = ["check", "mutate", "seeds"]

AT = "2026-01-01T00:00:00.000+00:00"
HEAD = json.dumps({"created_at": AT})


def seeds() -> Iterator[bytes]:
    session = full()
    session.change_variable("T", max=120)
    session.undo()
    entries = chained([to_stored(entry) for entry in session.entries()])
    lines = [json.dumps(entry_to_json(from_stored(entry))) for entry in entries]
    yield "\n".join([HEAD, *lines]).encode()
    yield "\n".join([HEAD, *lines[:6]]).encode()


def check(content: bytes) -> None:
    if not content:
        return  # The route has none of these: it asks for a first line before it reads.
    try:
        _, stored, _ = _read(content)
        entries = [from_stored(one) for one in chained(stored)]
        # The client reads what the server took.
        values = [stored_to_json(to_stored(entry)) for entry in entries]
        known = entries_from_json(json.loads(json.dumps(values)))
        assert known == entries
        check_entries("s", known, where="The server")
        folded = Folded(initial_state("s", AT))
        folded.take(known)
        snapshot = take_snapshot("s", folded)
        again = read_snapshot("s", snapshot)
        assert again is not None
        assert state_of(again) == folded.state
    except OptwidgetsError as error:
        refused(error)
    at_the_client(content)


def at_the_client(content: bytes) -> None:
    """Read it as what a server says, which no schema has looked at."""
    values = []
    for line in content.splitlines()[1:]:
        try:
            values.append(json.loads(line))
        except (ValueError, RecursionError):
            return
    try:
        check_entries("s", entries_from_json(values), where="The server")
    except OptwidgetsError as error:
        refused(error)


def chained(stored: list[Stored]) -> list[Stored]:
    """Return entries numbered and with the hashes that they would have."""
    found: list[Stored] = []
    before = genesis("s")
    for number, one in enumerate(stored, 1):
        fields = {name: getattr(one, name) for name in Stored.__slots__}
        before = chain_hash(before, Stored(**fields | {"revision": number}))
        found.append(Stored(**fields | {"revision": number, "hash": before}))
    return found
