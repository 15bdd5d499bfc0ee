"""Which figures there are: one entry each, read by session, widgets and documentation."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model
    from optwidgets.models.validation import Validation


@dataclass(frozen=True, eq=False)
class Scene:
    """All that a figure may be made from.

    Parameters
    ----------
    state
        The session at one revision.
    model, validation
        Its model and the quality of it, or None where there is none yet.
    x, y
        Variables of a map; chosen by influence if not given.
    at
        Point that slices and maps go through; the best result if not given.
    objective
        Name of the objective where no model says it; the first one if not given.
    """

    state: SessionState
    model: Model | None = None
    validation: Validation | None = None
    x: str | None = None
    y: str | None = None
    at: Mapping[str, Any] = field(default_factory=dict)
    objective: str | None = None


@dataclass(frozen=True)
class FigureKind:
    """One entry of `FIGURES`.

    Parameters
    ----------
    id, title
        How programs and people call it.
    shows
        What can be seen in it, in one line.
    needs_model
        Whether it shows what a model believes.
    is_map
        Whether two variables can be chosen for its axes.
    module
        Where it is made; loaded on first use.
    draw
        From that module and a scene to the figure.
    """

    id: str
    title: str
    shows: str
    needs_model: bool
    is_map: bool
    module: str
    draw: Callable[[Any, Scene], Any]

    def build(self, scene: Scene) -> Any:
        """Return the plotly figure for a scene.

        Raises
        ------
        OptwidgetsError
            When it needs a model and there is none, or too few variables.
        """
        if self.needs_model and scene.model is None:
            raise OptwidgetsError(f"{self.title} needs a model. Add results, then train the model.")
        return self.draw(import_module(self.module), scene)


FIGURES: dict[str, FigureKind] = {
    kind.id: kind
    for kind in (
        FigureKind(
            "slices",
            "Slices",
            "Along each variable: mean, 95 % interval, results near the slice, best so far",
            needs_model=True,
            is_map=False,
            module="optwidgets.plots.cuts",
            draw=lambda module, scene: module.slices(scene.state, scene.model, scene.at),
        ),
        FigureKind(
            "contour",
            "Contour",
            "Predicted mean over two variables, results, suggested and running points",
            needs_model=True,
            is_map=True,
            module="optwidgets.plots.maps",
            draw=lambda module, scene: module.contour(
                scene.state, scene.model, scene.x, scene.y, scene.at
            ),
        ),
        FigureKind(
            "best_so_far",
            "Best so far",
            "The best result row by row, design and guided part, failed rows",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.progress",
            draw=lambda module, scene: module.best_so_far(scene.state, scene.objective),
        ),
        FigureKind(
            "parity",
            "Parity",
            "Held-out predictions with 95 % intervals against measured results",
            needs_model=True,
            is_map=False,
            module="optwidgets.plots.held_out",
            draw=lambda module, scene: module.parity(scene.state, scene.model, scene.validation),
        ),
        FigureKind(
            "uncertainty",
            "Uncertainty",
            "Standard deviation of the prediction over two variables",
            needs_model=True,
            is_map=True,
            module="optwidgets.plots.maps",
            draw=lambda module, scene: module.uncertainty(
                scene.state, scene.model, scene.x, scene.y, scene.at
            ),
        ),
        FigureKind(
            "pareto",
            "Pareto set",
            "Results that no other one beats in every objective; suggested points as predicted",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.trade_offs",
            draw=lambda module, scene: module.pareto(scene.state),
        ),
        FigureKind(
            "hypervolume",
            "Hypervolume",
            "What the results dominate of the space of objectives, row by row",
            needs_model=False,
            is_map=False,
            module="optwidgets.plots.trade_offs",
            draw=lambda module, scene: module.hypervolume(scene.state),
        ),
    )
}


def build_figure(name: str, scene: Scene) -> Any:
    """Return the figure of a name.

    Raises
    ------
    OptwidgetsError
        For an unknown name; the sentence lists the choices.

    Examples
    --------
    >>> build_figure("pie", None)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Figure 'pie' is not known. Choose one of slices, contour, \
best_so_far, parity, uncertainty, pareto, hypervolume.
    """
    kind = FIGURES.get(name)
    if kind is None:
        raise OptwidgetsError(
            f"Figure {str(name)[:60]!r} is not known. Choose one of {', '.join(FIGURES)}."
        )
    return kind.build(scene)
