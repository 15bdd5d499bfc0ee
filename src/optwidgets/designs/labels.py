"""What stands beside the variables of a planned run."""

from __future__ import annotations

BLOCK = "Block"
LABELS = (BLOCK, "WholePlot", "Subplot", "RunOrder", "Reason")
