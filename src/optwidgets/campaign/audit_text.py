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
        lines += ["## Suggested and done", "", "| row | strategy | suggested | done | result |"]
        lines.append("| --- | --- | --- | --- | --- |")
        for one in provenance:
            off = {name for name, delta in one["delta"].items() if _is_off(delta)}
            done = {name: value for name, value in one["actual"].items() if name in off}
            # What was only measured was not suggested.
            done |= {n: v for n, v in one["actual"].items() if n not in one["suggested"]}
            cells = (
                str(one["row"]),
                _plain(one["strategy"]),
                _listed(one["suggested"]),
                _listed(done) or "as suggested",
                _listed(one["output"]),
            )
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
    return "\n".join(lines)


def _fact(name: str, value: Any, indent: str = "") -> list[str]:
    """Return a fact as an item of a list, with what it consists of below it."""
    if isinstance(value, Mapping):
        inner = [line for k, v in value.items() for line in _fact(k, v, f"{indent}    ")]
        return [f"{indent}- {_plain(name)}:", *inner] if inner else []
    if isinstance(value, list) and value and isinstance(value[0], Mapping):
        rows = [f"{indent}    - {_listed(item)}" for item in value]
        return [f"{indent}- {_plain(name)}:", *rows]
    return [] if _is_empty(value) else [f"{indent}- {_plain(name)}: {_plain(value)}"]


def _listed(values: Mapping[str, Any]) -> str:
    """Write names and values in one line, without those that say nothing."""
    return ", ".join(f"{_plain(k)} {_plain(v)}" for k, v in values.items() if not _is_empty(v))


def _is_empty(value: Any) -> bool:
    return value is None or value in ("", [])


def _is_off(delta: Any) -> bool:
    return delta not in ("unchanged", 0.0)


def _plain(value: Any) -> str:
    """Text without anything that Markdown or HTML would read as its own."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return _SPECIAL.sub(r"\\\1", " ".join(text.split()))
