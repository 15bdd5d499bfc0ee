"""The audit log as text for people."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

_TITLES = {
    "data_locked": "Data locked",
    "model_locked": "Model locked",
    "acquisition_locked": "Choice of experiments locked",
    "experiment_completed": "Experiment completed",
}
_SPECIAL = re.compile(r"([\\`*_{}\[\]<>#|])")


def audit_markdown(
    state: SessionState,
    entries: Sequence[Mapping[str, Any]],
    provenance: Sequence[Mapping[str, Any]],
) -> str:
    """Return the audit log of a session as Markdown; all text of users is escaped.

    Parameters
    ----------
    state
        The session as it is.
    entries
        Entries of the audit log, oldest first.
    provenance
        Suggested against actual inputs, by row.
    """
    lines = [f"# Audit log: {_plain(state.name or 'unnamed session')}", ""]
    for name in ("author", "description"):
        if state.metadata.get(name):
            lines += [f"{name.capitalize()}: {_plain(state.metadata[name])}", ""]
    lines += [f"{len(state.table.done())} results, revision {state.revision} of the journal.", ""]
    if not entries:
        lines += ["Nothing has been locked yet.", ""]
    for number, entry in enumerate(entries, 1):
        title = _TITLES.get(str(entry["entry_type"]), _plain(entry["entry_type"]))
        lines += [f"## {number}. {title}", "", f"- at: {_plain(entry['timestamp'])}"]
        lines += [f"- hash: `{_plain(entry['hash'])}`"]
        if entry.get("notes"):
            lines.append(f"- notes: {_plain(entry['notes'])}")
        for name, value in entry["parameters"].items():
            lines += _fact(name, value)
        lines.append("")
    if provenance:
        lines += ["## Suggested and done", "", "| row | strategy | deviation | result |"]
        lines.append("| --- | --- | --- | --- |")
        for one in provenance:
            changed = [f"{_plain(n)}: {_plain(d)}" for n, d in one["delta"].items() if _is_off(d)]
            results = [f"{_plain(n)} {value:g}" for n, value in one["output"].items()]
            cells = (one["row"], _plain(one["strategy"]), ", ".join(changed) or "none")
            lines.append(f"| {cells[0]} | {cells[1]} | {cells[2]} | {', '.join(results)} |")
        lines.append("")
    return "\n".join(lines)


def _fact(name: str, value: Any) -> list[str]:
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        rows = [", ".join(f"{_plain(k)} {_plain(v)}" for k, v in item.items()) for item in value]
        return [f"- {_plain(name)}:", *(f"    - {row}" for row in rows)]
    if isinstance(value, Mapping):
        inner = [f"    - {_plain(k)}: {_plain(v)}" for k, v in value.items()]
        return [f"- {_plain(name)}:", *inner] if inner else []
    return [f"- {_plain(name)}: {_plain(value)}"]


def _is_off(delta: Any) -> bool:
    return delta not in ("unchanged", 0.0)


def _plain(value: Any) -> str:
    """Text without anything that Markdown or HTML would read as its own."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
