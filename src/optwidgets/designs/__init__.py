"""Designs of experiments; each part is loaded when it is first needed."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optwidgets.designs.planning import Plan, plan
    from optwidgets.designs.registry import DESIGNS, Design, find_design
    from optwidgets.designs.space_filling import SPACE_FILLING, design

__all__ = ["DESIGNS", "SPACE_FILLING", "Design", "Plan", "design", "find_design", "plan"]

_HOMES = {
    "DESIGNS": "registry",
    "Design": "registry",
    "Plan": "planning",
    "SPACE_FILLING": "space_filling",
    "design": "space_filling",
    "find_design": "registry",
    "plan": "planning",
}


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
