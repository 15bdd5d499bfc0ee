"""Changes that came too late, in words, with what can be chosen, for the view they belong into."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

LABELS = {"theirs": "Keep theirs", "mine": "Use mine", "both": "Both"}

#: Kind of what a change is about, to the panel of a Studio where people change it.
_PANELS = {"variable": "space", "space": "space", "cell": "data", "row": "data"}


def aside_view(asides: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the views show of changes that were set aside.

    Parameters
    ----------
    asides
        As `OptimizationSession.set_aside` gives them.

    Examples
    --------
    >>> [told] = aside_view(
    ...     [
    ...         {
    ...             "number": 3,
    ...             "at": "2026-11-22T10:32:00.000+00:00",
    ...             "words": "T: maximum 100 to 90",
    ...             "reason": "Noor changed a variable at 10:31 UTC.",
    ...             "choices": ["theirs", "mine"],
    ...             "about": [["variable", "T"]],
    ...         }
    ...     ]
    ... )
    >>> told["title"], told["panel"], told["name"]
    ('Set aside: T: maximum 100 to 90 (yours, 10:32 UTC).', 'space', 'T')
    >>> told["choices"]
    [['theirs', 'Keep theirs'], ['mine', 'Use mine']]
    """
    return [
        {
            "number": item["number"],
            "title": f"Set aside: {item['words']} (yours, {item['at'][11:16]} UTC).",
            "text": item["reason"],
            "choices": [[name, _label(name, item["choices"])] for name in item["choices"]],
            **_place(item["about"]),
        }
        for item in asides
    ]


def _place(about: Sequence[Sequence[str]]) -> dict[str, str]:
    """Return the panel and, among variables, the one that it is about."""
    for kind, name in about:
        if kind == "settings" and name.startswith("suggest "):
            return {"panel": "suggest", "name": ""}
        if kind in _PANELS:
            return {"panel": _PANELS[kind], "name": name if kind == "variable" else ""}
    return {"panel": "", "name": ""}


def _label(name: str, choices: Sequence[str]) -> str:
    return LABELS[name] if len(choices) > 1 else "Discard"
