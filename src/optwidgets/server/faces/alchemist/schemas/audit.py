"""The audit log."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from optwidgets.server.faces.alchemist.schemas.common import JsonObject, Text


class AuditEntryResponse(BaseModel):
    """One entry."""

    timestamp: str
    entry_type: str
    parameters: JsonObject
    hash: str
    notes: str


class AuditLogResponse(BaseModel):
    """All entries, oldest first."""

    entries: list[AuditEntryResponse]
    n_entries: int


class LockDecisionRequest(BaseModel):
    """What is decided."""

    lock_type: Literal["data", "model", "acquisition"]
    notes: Text | None = None
    strategy: Text | None = None
    parameters: JsonObject | None = None
    suggestions: list[JsonObject] | None = None


class LockDecisionResponse(BaseModel):
    """The entry that was written."""

    success: bool
    entry: AuditEntryResponse
    message: str


class AuditEventRequest(BaseModel):
    """An event of another program."""

    entry_type: Annotated[str, Field(min_length=1, max_length=64)]
    parameters: JsonObject = Field(default_factory=dict)
    notes: Annotated[str, Field(max_length=2000)] = ""


class AuditEventResponse(BaseModel):
    """The entry that was written."""

    entry: AuditEntryResponse


class ConfigChangeEntry(BaseModel):
    """How the set-up of the optimiser changed during a campaign."""

    timestamp: str
    component: str
    old: JsonObject
    new: JsonObject
    iteration: int | None = None


class ConfigChangesResponse(BaseModel):
    """All such changes."""

    changes: list[ConfigChangeEntry]
