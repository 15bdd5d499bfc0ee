"""Studio: the widgets of a session in one place, laid out for cell, sidebar and page."""

from __future__ import annotations

import threading
import weakref
from typing import TYPE_CHECKING, Any, Self

import ipywidgets

from optwidgets.widgets.data_grid import DataGrid
from optwidgets.widgets.figure_view import FigureView
from optwidgets.widgets.space_builder import SpaceBuilder
from optwidgets.widgets.studio_header import StudioHeader
from optwidgets.widgets.suggestion_panel import SuggestionPanel

if TYPE_CHECKING:
    from optwidgets.session import OptimizationSession

# Re-entrant: building a Studio calls back into it.
_lock = threading.RLock()
_studios: weakref.WeakKeyDictionary[OptimizationSession, Studio] = weakref.WeakKeyDictionary()


class Studio(ipywidgets.Box):
    """Header, space, experiments, suggestions and model of one session.

    There is one Studio for each session and kernel: asking for it again gives the
    same one, and every display is one more view of the same models.

    Parameters
    ----------
    session
        The session.

    Examples
    --------
    >>> from optwidgets.session import OptimizationSession
    >>> session = OptimizationSession(name="Reactor")
    >>> Studio(session) is Studio(session)
    True
    """

    header: StudioHeader
    space: SpaceBuilder
    data: DataGrid
    suggestions: SuggestionPanel
    figures: FigureView
    _built = False

    def __new__(cls, session: OptimizationSession, **options: Any) -> Self:  # noqa: ARG004
        """Return the Studio of the session, made at the first call."""
        with _lock:
            known = _studios.get(session)
            # Without a comm it is closed, or another thread is about to build it.
            if isinstance(known, cls) and (known.comm is not None or not known._built):  # noqa: SLF001  its own kind
                return known
            made: Self = super().__new__(cls)
            _studios[session] = made
            return made

    def __init__(self, session: OptimizationSession, **options: Any) -> None:
        # The sidebar asks on a thread of its own while the cell that made the session runs.
        with _lock:
            if not self._built:
                self._build(session, options)
                self._built = True

    def _build(self, session: OptimizationSession, options: dict[str, Any]) -> None:
        self.session = session
        self.header = StudioHeader(session)
        self.space = SpaceBuilder(session)
        self.data = DataGrid(session)
        self.suggestions = SuggestionPanel(session)
        self.figures = FigureView(session)
        # The order is that of the tabs, and of reading with the Tab key.
        body = _box(
            "ow-studio-body",
            _panel("space", self.space),
            _panel("data", self.data),
            _panel("suggest", self.suggestions),
            _panel("model", self.figures),
        )
        super().__init__([self.header, body], **options)
        # "ow" brings the colours and the type of all widgets.
        self.add_class("ow").add_class("ow-studio")
        session.request_live_model()

    def _repr_mimebundle_(self, **options: Any) -> dict[str, Any]:
        """Return the view, and a table for places where no widget can live."""
        bundle = super()._repr_mimebundle_(**options)
        bundle = dict(bundle or {})
        bundle["text/plain"] = repr(self.session)
        bundle["text/html"] = self.session._repr_html_()
        return bundle

    def __repr__(self) -> str:
        return f"Studio({self.session!r})"


def studio_of(session: OptimizationSession) -> Studio:
    """Return the Studio of a session: the same one for every view in this kernel."""
    return Studio(session)


def _panel(name: str, widget: ipywidgets.Widget) -> ipywidgets.Box:
    return _box(f"ow-panel-{name}", widget).add_class("ow-panel")


def _box(name: str, *children: ipywidgets.Widget) -> ipywidgets.Box:
    box = ipywidgets.Box(list(children))
    box.add_class(name)
    return box
