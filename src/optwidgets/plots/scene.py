"""What a figure is made from, and what is known of a kind of figure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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
    models
        Objective to its model, as far as there are any: for the limits of the others.
    points
        Planned runs; the suggested rows if not given.
    variables
        Names of the variables that are shown where not all of them fit.
    strategy
        What a map of the acquisition shows: one of `optwidgets.plots.landscape.CRITERIA`.
    measure
        What a figure of the sensitivity shows: ``sobol``, ``relevance`` or ``permutation``.
    """

    state: SessionState
    model: Model | None = None
    validation: Validation | None = None
    x: str | None = None
    y: str | None = None
    at: Mapping[str, Any] = field(default_factory=dict)
    objective: str | None = None
    models: Mapping[str, Model] = field(default_factory=dict)
    points: Sequence[Mapping[str, Any]] | None = None
    variables: Sequence[str] | None = None
    strategy: str = "EI"
    measure: str = "sobol"


@dataclass(frozen=True)
class FigureKind:
    """One entry of `FIGURES`.

    Parameters
    ----------
    id, title
        How programs and people call it.
    shows
        What can be seen in it, in one line.
    group
        Beside which others it stands where one is chosen.
    needs_model
        Whether it shows what a model believes.
    is_map
        Whether two variables can be chosen for its axes.
    module
        Where it is made; loaded on first use.
    draw
        From that module and a scene to the figure.
    draw_flat
        The same where only two dimensions can be drawn; `draw` if not given.
    is_cut
        Whether it goes through a point that can be chosen; maps do.
    uses_limits
        Whether it wants the models of the other objectives that have limits.
    """

    id: str
    title: str
    shows: str
    group: str
    needs_model: bool
    is_map: bool
    module: str
    draw: Callable[[Any, Scene], Any]
    draw_flat: Callable[[Any, Scene], Any] | None = None
    is_cut: bool = False
    uses_limits: bool = False

    def build(self, scene: Scene, *, flat: bool = False) -> Any:
        """Return the plotly figure for a scene.

        Parameters
        ----------
        scene
            What it is made from.
        flat
            Whether it has to do without traces in three dimensions.

        Raises
        ------
        OptwidgetsError
            When it needs a model and there is none, or too few variables.
        """
        if self.needs_model and scene.model is None:
            raise OptwidgetsError(f"{self.title} needs a model. Add results, then train the model.")
        draw = self.draw_flat if flat and self.draw_flat is not None else self.draw
        return draw(import_module(self.module), scene)
