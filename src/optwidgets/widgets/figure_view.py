"""FigureView: what the model believes, as figures that follow the session."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import traitlets

from optwidgets.data.suggestion import SuggestionInfo
from optwidgets.errors import OptwidgetsError
from optwidgets.plots.registry import FIGURES, Scene, find_figure
from optwidgets.widgets._base import SessionWidget, intent
from optwidgets.widgets._drawing import Drawer
from optwidgets.widgets._figure_views import draw_figure, html_page, point_view, same
from optwidgets.widgets._figure_words import empty_view, head_words, weak_view
from optwidgets.widgets._results import best_row, objective_view

if TYPE_CHECKING:
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model
    from optwidgets.session import OptimizationSession

DEFAULT_SLOTS = ("slices", "contour", "best_so_far", "parity")

#: How a point that somebody picked in a figure is called where suggestions have a strategy.
BY_HAND = "Chosen in the model"


class FigureView(SessionWidget):
    """Figures of a session: those of `optwidgets.plots.FIGURES`, four of them at a time.

    They are drawn in the background when a view of them can be seen, and again when
    data or model have changed.

    Parameters
    ----------
    session
        The session.
    figures
        Names of `optwidgets.plots.FIGURES`, in order, or one name.

    Raises
    ------
    OptwidgetsError
        For a name that is not known; the sentence lists the choices.

    Examples
    --------
    >>> from optwidgets.session import OptimizationSession
    >>> view = FigureView(OptimizationSession())
    >>> view.empty["title"]
    'No model yet'
    """

    #: One dict per slot: ``id``, ``title``, ``note``, ``alt``, ``json`` (or None) and
    #: ``message``; see ``js/src/widgets/figure-view/types.ts``.
    figures: traitlets.List[Any] = traitlets.List().tag(sync=True)
    slots: traitlets.List[Any] = traitlets.List().tag(sync=True)
    kinds: traitlets.List[Any] = traitlets.List().tag(sync=True)
    variables: traitlets.List[Any] = traitlets.List().tag(sync=True)
    #: Names of the variables that maps show: ``x`` and ``y``; empty until there is a model.
    axes = traitlets.Dict().tag(sync=True)
    #: The point that slices and maps go through; empty until there is a model.
    point = traitlets.Dict().tag(sync=True)
    objective = traitlets.Dict().tag(sync=True)
    #: Name and label of each objective that can be shown.
    objectives: traitlets.List[Any] = traitlets.List().tag(sync=True)
    head = traitlets.Unicode().tag(sync=True)
    empty = traitlets.Dict().tag(sync=True)
    weak = traitlets.Dict().tag(sync=True)

    def __init__(
        self,
        session: OptimizationSession,
        figures: str | Sequence[str] = DEFAULT_SLOTS,
        **options: Any,
    ) -> None:
        self._at: dict[str, Any] = {}
        self._planned: list[dict[str, Any]] | None = None
        self._chosen: str | None = None
        self._seen: dict[str, bool] = {}
        self._memo: dict[str, tuple[tuple[Any, ...], dict[str, Any]]] = {}
        self._drawer = Drawer(self._draw)
        kinds = [
            {
                "id": kind.id,
                "title": kind.title,
                "group": kind.group,
                "is_map": kind.is_map,
                "model": kind.needs_model,
            }
            for kind in FIGURES.values()
        ]
        names = [figures] if isinstance(figures, str) else figures
        slots = [find_figure(name).id for name in names]
        super().__init__(session, slots=slots, kinds=kinds, **options)
        session.request_live_model()

    def project(self, state: SessionState) -> dict[str, Any]:
        """Return the traits for a state; the figures follow from the background."""
        target = self._target(state)
        report = self.session.report_of(target.name)
        measured = {
            row.id: row.outputs[target.name]
            for row in state.table.done()
            if target.name in row.outputs
        }
        if any(self._seen.values()):
            self._drawer.wish()
        return {
            "objective": objective_view(state.table, target),
            "objectives": [
                {"name": name, "label": state.table.objective(name).label or name}
                for name in state.table.target_names
            ],
            "head": head_words(report),
            "empty": empty_view(report, len(state.space)),
            "weak": weak_view(report, measured),
        }

    def draw_now(self, timeout: float = 60.0) -> bool:
        """Draw what is not up to date and wait for it; return whether it came in time."""
        self._seen.setdefault("", True)
        self._drawer.wish()
        return self._drawer.settle(timeout)

    def preview(self, points: Sequence[Mapping[str, Any]] | None) -> None:
        """Show planned points before they are staged, in the last place for a figure.

        Parameters
        ----------
        points
            Runs as designs return them; None shows the suggested rows again.

        Raises
        ------
        OptwidgetsError
            For a value that is not one of its variable.

        Examples
        --------
        >>> from optwidgets.session import OptimizationSession
        >>> session = OptimizationSession()
        >>> session.add_variable("T", "real", bounds=(20, 100))
        >>> view = FigureView(session)
        >>> view.preview(session.generate_initial_design("sobol", 4))
        >>> view.slots[-1]
        'design'
        """
        if points is not None:
            space = self.session.state.space
            for point in points:
                space.check_point({name: point[name] for name in space.names if name in point})
        self._planned = None if points is None else [dict(point) for point in points]
        if "design" not in self.slots:
            self.slots = [*self.slots[:-1], "design"]
        self._drawer.wish()

    def fallback_table(self) -> tuple[list[str], list[list[str]]]:
        """Return the figures in words."""
        drawn = [
            [figure["title"], figure["alt"] or figure["message"]]
            for figure in self.figures
            if figure["alt"] or figure["message"]
        ]
        if not drawn:
            best = self.objective.get("best")
            words = self.empty.get("title") or self.head
            drawn = [["Model", words], ["Best so far", "" if best is None else f"{best:.4g}"]]
        return ["Figure", "What it shows"], drawn

    # ------------------------------------------------------------ intents

    @intent("watch")
    def _watch(self, view: str, visible: bool) -> None:
        """Take note of who can see the figures: unseen ones are not drawn."""
        self._seen[str(view)] = bool(visible)
        if visible:
            self._drawer.wish()
        if len(self._seen) > 64:  # pages that went without a word
            self._seen = {name: seen for name, seen in self._seen.items() if seen}

    @intent("choose")
    def _choose(self, slot: int, figure: str) -> None:
        """Show another figure in a slot."""
        slots = list(self.slots)
        if not 0 <= int(slot) < len(slots):
            raise OptwidgetsError(f"There is no place {slot} for a figure.")
        slots[int(slot)] = find_figure(figure).id
        self.slots = slots
        self._drawer.wish()

    @intent("choose_objective")
    def _choose_objective(self, name: str) -> None:
        """Show the model of another objective; slices and maps go through its best result."""
        self._chosen = self.session.state.table.objective(name).name
        self._at = {}
        self.refresh()
        self._drawer.wish()

    @intent("choose_axis")
    def _choose_axis(self, axis: str, name: str) -> None:
        """Let a map run along another variable; the same one twice changes places."""
        if axis not in ("x", "y"):
            raise OptwidgetsError(f"A map has the axes x and y, not {str(axis)[:20]!r}.")
        if name not in self.variables:
            raise OptwidgetsError(f"{str(name)[:60]} is not a variable of the model.")
        other = "y" if axis == "x" else "x"
        chosen = {**self.axes, axis: name}
        if chosen.get(other) == name:
            chosen[other] = self.axes[axis]
        self.axes = chosen
        self._drawer.wish()

    @intent("look")
    def _look(self, names: Sequence[str], places: Sequence[float]) -> dict[str, Any]:
        """Go to a place on a map; slices and maps follow."""
        from optwidgets.plots.axes import VariableAxis

        model = self._model()
        space = model.data.encoding.space
        at = self._held(model)
        for name, place in zip(names, places, strict=True):
            if name not in space.names:
                raise OptwidgetsError(f"{str(name)[:60]} is not a variable of the model.")
            variable = space[name]
            unit = VariableAxis(variable).place_to_unit(float(place))
            at[name] = variable.from_unit([unit])[0]
        self._at = at
        self.point = self._point(self.session.state, model)
        self._drawer.wish()
        return {}

    @intent("best_point")
    def _best_point(self) -> None:
        """Go to the best result."""
        self._at = {}
        self.point = self._point(self.session.state, self._model())
        self._drawer.wish()

    @intent("try_point")
    def _try_point(self) -> dict[str, Any]:
        """Add the point as a suggested row."""
        from optwidgets.plots.reference import reference_point

        state, model = self.session.state, self._model()
        encoding = model.data.encoding
        unit = reference_point(state, model, self._held(model))[None, :]
        inputs = state.space.check_point(encoding.decode(unit)[0])
        for row in state.table.pending():
            if dict(row.inputs) == inputs:
                raise OptwidgetsError(f"Row {row.id} is this point already.", row=row.id)
        info = SuggestionInfo(BY_HAND)
        # The prediction that a row carries is the first objective's.
        if self._target(state).name == state.table.target_names[0]:
            mean, sd = model.predict(unit, observation_noise=True)
            info = SuggestionInfo(BY_HAND, mean=float(mean[0]), sd=float(sd[0]))
        (number,) = self.session.experiment_manager.add_experiments(
            [inputs], state="suggested", reason=BY_HAND, suggestions=[info]
        )
        return {"row": number}

    @intent("export_html")
    def _export_html(self, slot: int) -> dict[str, str]:
        """Return a figure as a page of its own that needs no network."""
        kind = find_figure(self.slots[int(slot)])
        model = self.session.model_of(self._target(self.session.state).name)
        scene = self._scene(self.session.state, model)
        return html_page(kind, scene, self.session.name or "optwidgets")

    # ------------------------------------------------------------ inside

    def _target(self, state: SessionState) -> Objective:
        """Return the objective that is shown: the first one, or the chosen one if it still is."""
        known = self._chosen in state.table.target_names
        return state.table.objective(self._chosen if known else None)

    def _model(self) -> Model:
        model = self.session.model_of(self._target(self.session.state).name)
        if model is None:
            raise OptwidgetsError("There is no model yet. Add results first.")
        return model

    def _held(self, model: Model) -> dict[str, Any]:
        """Return the chosen values that the model's space still has."""
        space = model.data.encoding.space
        return {
            name: value
            for name, value in self._at.items()
            if name in space.names and space[name].contains(value)
        }

    def _scene(self, state: SessionState, model: Model | None) -> Scene:
        at = {} if model is None else self._held(model)
        x, y, name = self.axes.get("x"), self.axes.get("y"), self._target(state).name
        known = {other: self.session.model_of(other) for other in state.table.target_names}
        models = {other: found for other, found in known.items() if found is not None}
        return Scene(
            state, model, x=x, y=y, at=at, objective=name, models=models, points=self._planned
        )

    def _draw(self) -> None:
        """Bring the figures up to date; runs in the drawer's thread."""
        if not any(self._seen.values()):
            return
        with self.session.lock:
            state, slots = self.session.state, list(self.slots)
            model = self.session.model_of(self._target(state).name)
            self._settle_axes(state, model)
            scene = self._scene(state, model)
        figures = [self._figure(name, scene) for name in slots]
        with self.session.lock, self.hold_sync():
            self.figures = figures
            # Last, so that figures do not wait for words: `hold_sync` sends what is set.
            self.point = {} if model is None else self._point(state, model)

    def _settle_axes(self, state: SessionState, model: Model | None) -> None:
        """Keep the axes as they are, as long as their variables are there."""
        names = [] if model is None else list(model.data.encoding.space.names)
        self.variables = names
        if model is None or len(names) < 2:
            self.axes = {}
        elif not {self.axes.get("x"), self.axes.get("y")} <= set(names):
            from optwidgets.plots.reference import default_axes

            self.axes = dict(zip("xy", default_axes(state, model), strict=True))

    def _figure(self, name: str, scene: Scene) -> dict[str, Any]:
        kind = FIGURES[name]
        state, model = scene.state, scene.model
        depends: tuple[Any, ...] = (state.table.objectives, scene.objective)
        if kind.needs_model:
            depends += (model,)
        else:
            depends += (state.table, state.space, scene.points)
        if kind.is_cut or kind.is_map:
            depends += (tuple(scene.at.items()),)
        if kind.uses_limits:
            depends += tuple(scene.models.values())
        if kind.is_map:
            depends += (scene.x, scene.y, state.table.pending())
        known = self._memo.get(name)
        if known is None or not same(known[0], depends):
            known = self._memo[name] = (depends, draw_figure(kind, scene))
        return known[1]

    def _point(self, state: SessionState, model: Model) -> dict[str, Any]:
        best = best_row(state.table, self._target(state))
        return point_view(state, model, self._held(model), None if best is None else best.id)
