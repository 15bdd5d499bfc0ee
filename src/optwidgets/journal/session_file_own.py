"""The part of a session file that is ours alone, and whether it can be trusted."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from optwidgets.journal.entry import canonical_json

KEY = "optwidgets"
PUBLIC = (
    "search_space",
    "experiments",
    "staged_experiments",
    "outcome_constraints",
    "objective_metadata",
)
OF_PUBLIC = "public_part"
OF_OWN = "own_part"
_LOST = "Rows left out of fits, goals and notes of ours may be missing: look through the table."


def public_of(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the parts of a file that other programs read and edit, too."""
    return {name: document.get(name) for name in PUBLIC}


def without_seal(own: Mapping[str, Any]) -> dict[str, Any]:
    """Return our part without the fingerprint of itself."""
    return {name: value for name, value in own.items() if name != OF_OWN}


def fingerprint(part: Mapping[str, Any]) -> str:
    """Return what changes when somebody edits a part."""
    return fingerprint_of_text(canonical_json(part))


def fingerprint_of_text(canonical: str) -> str:
    """Return the fingerprint of a part by its canonical text."""
    return hashlib.sha256(canonical.encode()).hexdigest()


def trusted(
    document: Mapping[str, Any], name: str, messages: list[str]
) -> Mapping[str, Any] | None:
    """Return our part of a file if it is whole and belongs to the rest, else None.

    Parameters
    ----------
    document
        The parsed file.
    name
        What the sentences call it.
    messages
        Sentences for the user; added to.
    """
    own = document.get(KEY)
    if own is None and not any(_looks_ours(part) for part in document.values()):
        return None
    if not isinstance(own, Mapping):
        messages.append(f"Our part of {name} is damaged and was left out. {_LOST}")
        return None
    # Files of before had no fingerprint of our own part.
    if OF_OWN in own and own[OF_OWN] != fingerprint(without_seal(own)):
        messages.append(f"Our part of {name} was altered or damaged and was left out. {_LOST}")
        return None
    if own.get(OF_PUBLIC) != fingerprint(public_of(document)):
        messages.append(f"{name} was changed by another program, or damaged. {_LOST}")
        return None
    return own


def _looks_ours(part: Any) -> bool:
    return isinstance(part, Mapping) and OF_PUBLIC in part
