"""Entries of the audit log: what was decided, when, on which data, and a hash of it.

An entry has ALchemist's form (``timestamp``, ``entry_type``, ``parameters``, ``hash``,
``notes``), so that session files carry it both ways. That hash covers the parameters only;
what makes the log tamper-evident is that each entry is a change in the hash-chained journal.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

from optwidgets.data.table import Table
from optwidgets.journal.entry import canonical_json, now

_FIELDS = ("timestamp", "entry_type", "parameters", "hash", "notes")
_HASH_DIGITS = 16


def audit_entry(entry_type: str, parameters: Mapping[str, Any], notes: str = "") -> dict[str, Any]:
    """Return a new entry as JSON values.

    Examples
    --------
    >>> entry = audit_entry("data_locked", {"n_experiments": 8})
    >>> entry["entry_type"], len(entry["hash"])
    ('data_locked', 16)
    """
    plain = json.loads(canonical_json(dict(parameters)))
    text = json.dumps(plain, sort_keys=True)
    return {
        "timestamp": now(),
        "entry_type": entry_type,
        "parameters": plain,
        "hash": hashlib.sha256(text.encode()).hexdigest()[:_HASH_DIGITS],
        "notes": notes,
    }


def data_hash(table: Table) -> str:
    """Return a hash of everything that was measured: inputs, outputs and noise of done rows."""
    rows = [
        [row.id, dict(row.inputs), dict(row.outputs), row.noise]
        for row in table
        if row.state == "done"
    ]
    return hashlib.sha256(canonical_json(rows).encode()).hexdigest()[:_HASH_DIGITS]


def decided(decisions: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the entries of an audit log in order."""
    return [dict(decisions[number]) for number in sorted(decisions, key=int)]


def read_decisions(
    document: Mapping[str, Any], messages: list[str]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the audit log of a session file: entries by number, and what else it holds.

    An entry without the fields of one is left out, and a message says so.
    """
    log = document.get("audit_log")
    if not isinstance(log, Mapping):
        return {}, {}
    entries = log.get("entries")
    good = [
        {name: entry.get(name, "") for name in _FIELDS}
        for entry in (entries if isinstance(entries, list) else [])
        if isinstance(entry, Mapping) and isinstance(entry.get("parameters"), Mapping)
    ]
    missing = (len(entries) if isinstance(entries, list) else 0) - len(good)
    if missing:
        messages.append(f"{missing} entries of the audit log could not be read and are left out.")
    rest = {name: value for name, value in log.items() if name != "entries" and value}
    return {str(number): entry for number, entry in enumerate(good, 1)}, rest
