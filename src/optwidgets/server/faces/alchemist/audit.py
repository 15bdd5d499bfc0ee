"""Routes for the audit log."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any

from fastapi import APIRouter, Query, Response

from optwidgets.campaign.audit_text import audit_markdown
from optwidgets.campaign.auditing import provenance_of
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.audit import decided
from optwidgets.journal.changes import ModelTrained
from optwidgets.journal.entry import Entry
from optwidgets.server.faces.alchemist.access import Reads, Writes
from optwidgets.server.faces.alchemist.describing import file_name
from optwidgets.server.faces.alchemist.errors import NoModelError
from optwidgets.server.faces.alchemist.schemas import audit as bodies
from optwidgets.server.faces.alchemist.variables import NOT_FOUND
from optwidgets.session import OptimizationSession

router = APIRouter(prefix="/api/v1/sessions/{session_id}", tags=["Sessions"])
_AUDIT = "/audit"
#: What of the record of a training is its set-up, and not its outcome.
_SETUP = ("backend", "kernel", "nu", "depth", "noise", "input_transform", "output_transform")


@router.get(_AUDIT, responses=NOT_FOUND)
async def get_audit_log(
    reads: Reads, entry_type: Annotated[str | None, Query(max_length=100)] = None
) -> bodies.AuditLogResponse:
    """Return the entries, those of one type if one is given."""
    entries = decided((await reads.state()).decisions)
    found = [entry for entry in entries if not entry_type or entry["entry_type"] == entry_type]
    return bodies.AuditLogResponse(
        entries=[bodies.AuditEntryResponse(**entry) for entry in found], n_entries=len(found)
    )


@router.post(_AUDIT + "/lock", responses=NOT_FOUND)
async def lock_decision(
    asked: bodies.LockDecisionRequest, writes: Writes
) -> bodies.LockDecisionResponse:
    """Write a decision into the log, where it cannot be undone."""

    def lock(session: OptimizationSession) -> dict[str, Any]:
        return {
            "success": True,
            "entry": _LOCKS[asked.lock_type](session, asked),
            "message": f"{asked.lock_type.capitalize()} decision locked successfully",
        }

    return bodies.LockDecisionResponse(**await writes.write(lock))


@router.get(
    _AUDIT + "/export",
    response_class=Response,
    responses=NOT_FOUND | {200: {"content": {"text/markdown": {"schema": {"type": "string"}}}}},
)
async def export_audit_log(reads: Reads) -> Response:
    """Return the log as Markdown."""
    entries = await reads.entries()
    state = await reads.state()

    def written() -> str:
        return audit_markdown(state, decided(state.decisions), provenance_of(state.table, entries))

    text = await asyncio.to_thread(written)
    name = file_name(f"audit_log_{reads.session_id}", "md")
    return Response(
        text,
        media_type="text/markdown",
        headers={"Content-Disposition": f"attachment; filename={name}"},
    )


@router.post(_AUDIT + "/event", responses=NOT_FOUND)
async def add_event(asked: bodies.AuditEventRequest, writes: Writes) -> bodies.AuditEventResponse:
    """Write an event of another program into the log."""

    def add(session: OptimizationSession) -> dict[str, Any]:
        return {"entry": session.log_event(asked.entry_type, asked.parameters, asked.notes)}

    return bodies.AuditEventResponse(**await writes.write(add))


@router.get(_AUDIT + "/config-changes", responses=NOT_FOUND)
async def list_config_changes(reads: Reads) -> bodies.ConfigChangesResponse:
    """Return how the set-up of the model changed in the course of the campaign."""
    entries = decided((await reads.state()).decisions)
    logged = [
        {"timestamp": entry["timestamp"], **_change_of(entry["parameters"])}
        for entry in entries
        if entry["entry_type"] == "config_changed"
    ]
    trained = _trainings(await reads.entries())
    changes = [*logged, *trained, *_acquisitions(entries)]
    changes.sort(key=lambda change: str(change["timestamp"]))
    for place, change in enumerate(changes):
        if change.get("iteration") is None:
            change["iteration"] = place  # ALchemist counts the changes before it
    return bodies.ConfigChangesResponse(
        changes=[bodies.ConfigChangeEntry(**change) for change in changes]
    )


def _change_of(parameters: dict[str, Any]) -> dict[str, Any]:
    def objects(name: str) -> dict[str, Any]:
        value = parameters.get(name)
        return value if isinstance(value, dict) else {}

    iteration = parameters.get("iteration")
    return {
        "component": str(parameters.get("component", "")),
        "old": objects("old"),
        "new": objects("new"),
        "iteration": iteration if isinstance(iteration, int) else None,
    }


def _acquisitions(entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return where suggestions were asked for otherwise than before."""
    found: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for entry in entries:
        if entry["entry_type"] != "acquisition_locked":
            continue
        said = entry["parameters"]
        given = said.get("parameters")
        options = given if isinstance(given, dict) else {}
        now = {"strategy": said.get("strategy")} | {
            name: options.get(name) for name in ("goal", "xi", "kappa")
        }
        if now != before:
            when = entry["timestamp"]
            found.append({"timestamp": when, "component": "acquisition", "old": before, "new": now})
        before = now
    return found


def _trainings(entries: list[Entry]) -> list[dict[str, Any]]:
    """Return where a training was set up otherwise than the one before it."""
    found: list[dict[str, Any]] = []
    before: dict[str, Any] | None = None
    for entry in entries:
        change = entry.change
        if not isinstance(change, ModelTrained) or change.record is None:
            continue
        now = {name: change.record[name] for name in _SETUP if name in change.record}
        if before is not None and now != before:
            found.append({"timestamp": entry.at, "component": "model", "old": before, "new": now})
        before = now
    return found


def _lock_data(session: OptimizationSession, asked: bodies.LockDecisionRequest) -> dict[str, Any]:
    return session.lock_data(notes=asked.notes or "")


def _lock_model(session: OptimizationSession, asked: bodies.LockDecisionRequest) -> dict[str, Any]:
    if session.state.model is None:
        raise NoModelError("There is no trained model to lock. Train one first.")
    return session.lock_model(notes=asked.notes or "")


def _lock_acquisition(
    session: OptimizationSession, asked: bodies.LockDecisionRequest
) -> dict[str, Any]:
    if not asked.strategy or not asked.parameters or not asked.suggestions:
        raise OptwidgetsError(
            "A decision on the acquisition needs strategy, parameters and suggestions."
        )
    return session.lock_acquisition(
        strategy=asked.strategy,
        parameters=asked.parameters,
        suggestions=asked.suggestions,
        notes=asked.notes or "",
    )


_LOCKS = {"data": _lock_data, "model": _lock_model, "acquisition": _lock_acquisition}
