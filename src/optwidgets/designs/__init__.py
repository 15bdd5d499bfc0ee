"""Designs of experiments."""

from __future__ import annotations

from optwidgets.designs.planning import Plan, plan
from optwidgets.designs.registry import DESIGNS, Design, find_design
from optwidgets.designs.space_filling import SPACE_FILLING, design

__all__ = ["DESIGNS", "SPACE_FILLING", "Design", "Plan", "design", "find_design", "plan"]
