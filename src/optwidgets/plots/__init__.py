"""Figures of a campaign: pure functions from state and model to plotly figures.

The functions stand in the modules of their families and are named in `FIGURES`;
plotly itself is loaded when the first figure is made.
"""

from __future__ import annotations

from optwidgets.plots.registry import FIGURES, FigureKind, Scene, build_figure

__all__ = ["FIGURES", "FigureKind", "Scene", "build_figure"]
