"""How a session shows itself: as the Studio where there are widgets, else as a table."""

from __future__ import annotations

import html
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

SHOWN_ROWS = 20


class SessionDisplay:
    """The display of a session; mixed into `OptimizationSession`."""

    if TYPE_CHECKING:

        @property
        def state(self) -> SessionState: ...  # noqa: D102
        @property
        def location(self) -> str | None: ...  # noqa: D102
        @property
        def url(self) -> str | None: ...  # noqa: D102

    def studio(self) -> Any:
        """Return the Studio of this session: the same widget for every display."""
        # By name, because a session must not know the widgets: they know the session.
        return import_module("optwidgets.widgets.studio").Studio(self)

    def _repr_mimebundle_(self, **kwargs: Any) -> Any:
        try:
            studio = self.studio()
        except ImportError:
            return {"text/plain": repr(self), "text/html": self._repr_html_()}
        return studio._repr_mimebundle_(**kwargs)

    def _repr_html_(self) -> str:
        """Return a plain table for places without widgets; everything in it is text."""
        state = self.state
        names = [*state.space.names, *state.table.target_names]
        head = "".join(f"<th>{html.escape(name)}</th>" for name in ["row", "state", *names])
        lines: list[str] = []
        for row in list(state.table)[-SHOWN_ROWS:]:
            values = [row.inputs.get(name, row.outputs.get(name, "")) for name in names]
            cells = [row.id, row.state, *values]
            lines.append("".join(f"<td>{html.escape(_shown(cell))}</td>" for cell in cells))
        body = "".join(f"<tr>{line}</tr>" for line in lines)
        return (
            f"<p>{html.escape(repr(self))}</p>"
            f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
        )

    def __repr__(self) -> str:
        state = self.state
        name = state.name or "unnamed"
        results = state.table.counts["done"]
        return (
            f"OptimizationSession({name!r}: {_count(len(state.space), 'variable')}, "
            f"{results} of {_count(len(state.table), 'row')} with results, {self._place()})"
        )

    def _place(self) -> str:
        if self.url is not None:
            return f"attached to {self.location}"
        return f"saved in {self.location}" if self.location else "in memory only"


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _shown(value: Any) -> str:
    return f"{value:.6g}" if isinstance(value, float) else str(value)
