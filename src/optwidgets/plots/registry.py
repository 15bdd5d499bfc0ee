"""Which figures there are: one entry each, read by session, widgets and documentation."""

from __future__ import annotations

from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.plots.scene import FigureKind, Scene

__all__ = ["FIGURES", "FigureKind", "Scene", "build_figure"]

FIGURES: dict[str, FigureKind] = {
    kind.id: kind
    for kind in (
        FigureKind(
            "slices",
            "Slices",
            "Along each variable: mean, 95 % interval, results near the slice, best so far",
            group="Model",
            needs_model=True,
            is_map=False,
            module="optwidgets.plots.cuts",
            draw=lambda module, scene: module.slices(scene.state, scene.model, scene.at),
            is_cut=True,
        ),
        FigureKind(
            "contour",
            "Contour",
            "Predicted mean over two variables, results, suggested and running points",
            group="Model",
            needs_model=True,
            is_map=True,
            module="optwidgets.plots.maps",
            draw=lambda module, scene: module.contour(
                scene.state, scene.model, scene.x, scene.y, scene.at
            ),
        ),
        FigureKind(
            "surface",
            "Surface",
            "Predicted mean over two variables as a surface; in a widget drawn in two dimensions",
            group="Model",
            needs_model=True,
            is_map=True,
            module="optwidgets.plots.relief",
            draw=lambda module, scene: module.surface(
                scene.state, scene.model, scene.x, scene.y, scene.at
            ),
            draw_flat=lambda module, scene: module.relief(
                scene.state, scene.model, scene.x, scene.y, scene.at
            ),
        ),
        FigureKind(
            "uncertainty",
            "Uncertainty",
            "Standard deviation of the prediction over two variables",
            group="Model",
            needs_model=True,
            is_map=True,
            module="optwidgets.plots.maps",
            draw=lambda module, scene: module.uncertainty(
                scene.state, scene.model, scene.x, scene.y, scene.at
            ),
        ),
        FigureKind(
            "sensitivity",
            "Sensitivity",
            "How much of the variance each variable explains, alone and with interactions",
            group="Model",
            needs_model=True,
            is_map=False,
            module="optwidgets.plots.importance",
            draw=lambda module, scene: module.sensitivity(scene.state, scene.model, scene.measure),
        ),
        FigureKind(
            "acquisition",
            "Acquisition",
            "What the next experiment could gain over two variables or one, limits counted in",
            group="Next",
            needs_model=True,
            is_map=True,
            module="optwidgets.plots.landscape",
            draw=lambda module, scene: module.acquisition(
                scene.state,
                scene.model,
                scene.x,
                scene.y,
                scene.at,
                strategy=scene.strategy,
                models=scene.models,
            ),
            uses_limits=True,
        ),
        FigureKind(
            "probability_of_improvement",
            "Probability of improvement",
            "How probable it is to beat the best so far, over two variables or one",
            group="Next",
            needs_model=True,
            is_map=True,
            module="optwidgets.plots.landscape",
            draw=lambda module, scene: module.probability_of_improvement(
                scene.state, scene.model, scene.x, scene.y, scene.at, models=scene.models
            ),
            uses_limits=True,
        ),
        FigureKind(
            "parity",
            "Parity",
            "Held-out predictions with 95 % intervals against measured results",
            group="Trust",
            needs_model=True,
            is_map=False,
            module="optwidgets.plots.held_out",
            draw=lambda module, scene: module.parity(scene.state, scene.model, scene.validation),
        ),
        FigureKind(
            "qq",
            "Residual Q-Q",
            "Held-out errors in predicted standard deviations against a normal distribution",
            group="Trust",
            needs_model=True,
            is_map=False,
            module="optwidgets.plots.held_out_errors",
            draw=lambda module, scene: module.qq(scene.state, scene.model, scene.validation),
        ),
        FigureKind(
            "calibration",
            "Calibration",
            "Share of held-out results inside intervals against the share they should hold",
            group="Trust",
            needs_model=True,
            is_map=False,
            module="optwidgets.plots.held_out_errors",
            draw=lambda module, scene: module.calibration(
                scene.state, scene.model, scene.validation
            ),
        ),
        FigureKind(
            "best_so_far",
            "Best so far",
            "The best result row by row, design and guided part, failed rows",
            group="Progress",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.progress",
            draw=lambda module, scene: module.best_so_far(scene.state, scene.objective),
        ),
        FigureKind(
            "regret",
            "Regret",
            "How far the best so far is from the best that the model believes in, row by row",
            group="Progress",
            needs_model=True,
            is_map=False,
            module="optwidgets.plots.regret",
            draw=lambda module, scene: module.regret(scene.state, scene.model),
        ),
        FigureKind(
            "hypervolume",
            "Hypervolume",
            "What the results dominate of the space of objectives, row by row",
            group="Progress",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.trade_offs",
            draw=lambda module, scene: module.hypervolume(scene.state),
        ),
        FigureKind(
            "pareto",
            "Pareto set",
            "Results that no other one beats in every objective; suggested points as predicted",
            group="Rows",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.trade_offs",
            draw=lambda module, scene: module.pareto(scene.state),
        ),
        FigureKind(
            "parallel",
            "Parallel coordinates",
            "Each row as a line over variables and objectives, the better the stronger",
            group="Rows",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.parallel",
            draw=lambda module, scene: module.parallel(
                scene.state, scene.objective, scene.variables
            ),
        ),
        FigureKind(
            "pairs",
            "Pairs",
            "Rows over every pair of variables and objectives, the better the stronger",
            group="Rows",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.pairs",
            draw=lambda module, scene: module.pairs(scene.state, scene.objective, scene.variables),
        ),
        FigureKind(
            "design",
            "Design",
            "Planned or suggested points over every pair of variables, beside the rows there are",
            group="Rows",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.design_preview",
            draw=lambda module, scene: module.design_preview(
                scene.state, scene.points, scene.variables
            ),
        ),
    )
}


def find_figure(name: object) -> FigureKind:
    """Return the entry of a name.

    Raises
    ------
    OptwidgetsError
        For an unknown name; the sentence lists the choices.

    Examples
    --------
    >>> find_figure("qq").title
    'Residual Q-Q'
    >>> find_figure("pie")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Figure 'pie' is not known. Choose one of slices, contour, \
surface, uncertainty, sensitivity, acquisition, probability_of_improvement, parity, qq, calibration, \
best_so_far, regret, hypervolume, pareto, parallel, pairs, design.
    """
    kind = FIGURES.get(name) if isinstance(name, str) else None
    if kind is None:
        raise OptwidgetsError(
            f"Figure {str(name)[:60]!r} is not known. Choose one of {', '.join(FIGURES)}."
        )
    return kind


def build_figure(name: str, scene: Scene, *, flat: bool = False) -> Any:
    """Return the figure of a name.

    Parameters
    ----------
    name
        One of `FIGURES`.
    scene
        What it is made from.
    flat
        Whether it has to do without traces in three dimensions.

    Raises
    ------
    OptwidgetsError
        For an unknown name, or as the figure says.
    """
    return find_figure(name).build(scene, flat=flat)
