"""Figures of a campaign: pure functions from state and model to plotly figures.

The functions stand in the modules of their families and are named in
`optwidgets.plots.registry.FIGURES`; plotly itself is loaded when the first figure is made.
"""
