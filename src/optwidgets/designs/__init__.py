"""Designs of experiments."""

from __future__ import annotations

from optwidgets.designs.space_filling import DESIGNS, Design, design

__all__ = ["DESIGNS", "Design", "design"]
