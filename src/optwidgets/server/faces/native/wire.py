"""Entries of a journal on the wire."""

from __future__ import annotations

import json
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from optwidgets.journal.changes import Change, decode_change
from optwidgets.journal.entry import Entry, Stored, canonical_json

Kind = Annotated[str, Field(max_length=64)]
ChangeBody = tuple[Kind, dict[str, Any]]
Steps = Literal["start", "lock", "do", "undo", "redo"]


class EntryBody(BaseModel):
    """One entry: a change, who made it and when, chained by a hash."""

    model_config = ConfigDict(extra="forbid")

    revision: int = Field(ge=1)
    at: str
    actor: str
    key: str | None
    step: Steps
    group: int = Field(ge=1)
    target: int | None
    change: ChangeBody
    hash: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]

    def stored(self) -> Stored:
        """Return the entry as it is stored."""
        return Stored(
            self.revision,
            self.at,
            self.actor,
            self.key,
            self.step,
            self.group,
            self.target,
            canonical_json(list(self.change)),
            self.hash,
        )


class SnapshotBody(BaseModel):
    """What the first entries come to: see `optwidgets.journal.snapshot`."""

    revision: int
    hash: str
    format: int
    checksum: str
    body: str


class JournalBody(BaseModel):
    """The entries of a session after a revision."""

    session_id: str
    created_at: str
    revision: int
    entries: list[EntryBody]
    snapshot: SnapshotBody | None = None


class AppendBody(BaseModel):
    """Changes to be recorded as one step."""

    model_config = ConfigDict(extra="forbid")

    changes: list[ChangeBody] = Field(min_length=1)
    step: Steps = "do"
    target: int | None = None
    actor: str | None = Field(default=None, max_length=100)
    seen: int | None = Field(
        default=None,
        ge=0,
        le=1 << 53,
        description="The revision that was known when the changes were made. They are refused "
        "with 412, and the entries since, if others have set the same to something else; what "
        "is about something else goes in.",
    )

    def decoded(self) -> list[Change]:
        """Return the changes, validated."""
        return [decode_change(canonical_json(list(change))) for change in self.changes]


class AppendedBody(BaseModel):
    """What was recorded."""

    revision: int
    entries: list[EntryBody]


class WholeJournalBody(BaseModel):
    """A journal from elsewhere, with its hashes."""

    model_config = ConfigDict(extra="forbid")

    created_at: str
    entries: list[EntryBody]


def entry_to_json(entry: Entry) -> dict[str, Any]:
    """Return an entry as JSON values, in the form of `EntryBody`."""
    return _with_change(entry, [type(entry.change).__name__, entry.change.to_dict()])


def stored_to_json(entry: Stored) -> dict[str, Any]:
    """Return a stored entry as JSON values, in the form of `EntryBody`."""
    return _with_change(entry, json.loads(entry.body))


def _with_change(entry: Entry | Stored, change: Any) -> dict[str, Any]:
    return {
        "revision": entry.revision,
        "at": entry.at,
        "actor": entry.actor,
        "key": entry.key,
        "step": entry.step,
        "group": entry.group,
        "target": entry.target,
        "change": change,
        "hash": entry.hash,
    }
