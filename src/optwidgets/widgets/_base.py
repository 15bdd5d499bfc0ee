"""SessionWidget: what all widgets share.

Traits mirror the session, intents carry what the user wants, replies say how it went. A
widget keeps nothing that the session does not have. Messages may come in on another thread
than the cells run in, so everything happens under the session's lock, and nothing here waits.
"""

from __future__ import annotations

import html
import inspect
import logging
import threading
import weakref
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

import anywidget
import traitlets

from optwidgets.errors import OptwidgetsError
from optwidgets.events import Events
from optwidgets.journal.acting import acting
from optwidgets.journal.protocol import ConflictError
from optwidgets.widgets._aside_view import aside_view

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry
    from optwidgets.journal.merging import Choice
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession

log = logging.getLogger(__name__)

STATIC = Path(__file__).parent.parent / "static"

Handler = TypeVar("Handler", bound=Callable[..., Any])


class _Followers(threading.local):
    """Views that follow once the intent that this thread answers has its reply.

    Who typed waits for that reply; the other views can be brought up to date a moment later.
    Of the thread and not of the context: a task that the intent starts takes the context along.
    """

    views: dict[SessionWidget, None] | None = None


_followers = _Followers()


# The row that is lit in all views of a session: a matter of the views, not of the campaign.
_spotlights: weakref.WeakKeyDictionary[OptimizationSession, Events] = weakref.WeakKeyDictionary()


def spotlight_of(session: OptimizationSession) -> Events:
    """Return where the views of a session tell each other which row is lit."""
    return _spotlights.setdefault(session, Events(["row"]))


def intent(name: str) -> Callable[[Handler], Handler]:
    """Mark a method as the answer to an intent of the front end.

    Its keyword arguments are the intent's; what it returns (a dict or None) is the result.
    """

    def mark(method: Handler) -> Handler:
        method.__intent__ = name  # type: ignore[attr-defined]
        return method

    return mark


def static_file(name: str) -> Path:
    """Return a file of the built front end.

    Raises
    ------
    OptwidgetsError
        When the front end was not built.
    """
    path = STATIC / name
    if not path.exists():
        raise OptwidgetsError(
            f"The front end is not built: {name} is missing. Run `make demo`, or install the wheel."
        )
    return path


class SessionWidget(anywidget.AnyWidget):
    """A view of a session.

    Parameters
    ----------
    session
        The session that is shown.

    Attributes
    ----------
    session
        The session.
    module
        Name of the widget's module of the front end.
    """

    module: ClassVar[str] = ""
    _intents: ClassVar[Mapping[str, str]] = {}

    session_id = traitlets.Unicode().tag(sync=True)
    revision = traitlets.Int().tag(sync=True)
    # What the page shows of the session; it comes back with each intent, see `Store.mark`.
    seen = traitlets.Unicode().tag(sync=True)
    # What came too late and waits for a decision, for the view that it belongs into.
    aside: traitlets.List[Any] = traitlets.List().tag(sync=True)
    task: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    history: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)
    spotlight = traitlets.Int().tag(sync=True)
    # The answer to an intent that changed something: it goes in one message with what it tells of.
    reply: traitlets.Dict[str, Any] = traitlets.Dict().tag(sync=True)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        # CamelCase in Python is kebab-case among the modules of the front end.
        cls.module = "".join(f"-{c.lower()}" if c.isupper() else c for c in cls.__name__).strip("-")
        source, theme = STATIC / f"{cls.module}.js", STATIC / "theme.css"
        # A new instance makes a class of its own for the traits that anywidget adds: that one
        # has its source already.
        if "_esm" not in cls.__dict__ and source.exists() and theme.exists():
            cls._esm = source
            cls._css = theme
        super().__init_subclass__(**kwargs)
        cls._intents = {
            method.__intent__: name
            for base in reversed(cls.__mro__)
            for name, method in vars(base).items()
            if hasattr(method, "__intent__")
        }

    def __init__(self, session: OptimizationSession, **options: Any) -> None:
        static_file(f"{self.module}.js")
        self.session = session
        with session.lock:
            super().__init__(session_id=session.id, **options)
            self.refresh()
            self.on_msg(self._receive)
            self._follow()

    # ------------------------------------------------------------ for subclasses

    def project(self, state: SessionState) -> dict[str, Any]:
        """Return the traits for a state; called after every change."""
        raise NotImplementedError

    def entries_came(self, entries: Sequence[Entry]) -> None:
        """Take note of new entries, before `project`."""

    def fallback_table(self) -> tuple[list[str], list[list[str]]]:
        """Return head and rows of the table that stands for the widget where none can run."""
        frame = self.session.experiment_manager.df.tail(20)
        return (
            [str(column) for column in frame.columns],
            [[str(cell) for cell in row] for row in frame.astype(object).fillna("").to_numpy()],
        )

    # ------------------------------------------------------------ session to traits

    def refresh(self, reply: Mapping[str, Any] | None = None) -> None:
        """Set all traits from the session, in one message, and an answer along with them."""
        state = self.session.state
        fresh = {
            **({} if reply is None else {"reply": dict(reply)}),
            "revision": state.revision,
            "seen": self.session.mark,
            "aside": aside_view(self.session.set_aside),
            "history": {"undo": self.session.undo_words, "redo": self.session.redo_words},
            **self.project(state),
        }
        with self.hold_sync():
            for name, value in fresh.items():
                setattr(self, name, value)

    def _follow(self) -> None:
        # The session must not keep closed widgets alive.
        held = weakref.WeakMethod(self._entries_came)
        model = weakref.WeakMethod(self._model_updated)
        task = weakref.WeakMethod(self._task_came)
        lit = weakref.WeakMethod(self._spotlight_came)
        aside = weakref.WeakMethod(self._asides_moved)
        self._stops = [
            self.session.subscribe(lambda entries: _call(held, entries)),
            self.session.on("model_updated", lambda _: _call(model)),
            self.session.on("task", lambda news: _call(task, news)),
            self.session.on("set_aside", lambda _: _call(aside)),
            self.session.on("connection", lambda _: _call(aside)),
            spotlight_of(self.session).on("row", lambda news: _call(lit, news)),
        ]

    def _entries_came(self, entries: list[Entry]) -> None:
        with self.session.lock:
            self.entries_came(entries)
            if _followers.views is None:
                self.refresh()
            else:
                _followers.views[self] = None

    def _model_updated(self) -> None:
        with self.session.lock:
            self.refresh()

    def _asides_moved(self) -> None:
        with self.session.lock:
            self.aside = aside_view(self.session.set_aside)

    def _task_came(self, news: dict[str, Any]) -> None:
        running = news.get("state") in {"queued", "running", "cancelling"}
        self.task = dict(news) if running else {}

    def _spotlight_came(self, news: dict[str, Any]) -> None:
        self.spotlight = int(news["row"])

    def close(self) -> None:
        """Close the widget and forget the session's news."""
        for stop in getattr(self, "_stops", ()):
            stop()
        self._stops = []
        super().close()

    # ------------------------------------------------------------ intents

    def _receive(self, _: Any, message: Any, _buffers: Sequence[Any]) -> None:
        if not isinstance(message, dict) or "intent" not in message:
            return
        key = str(message.get("id", ""))
        followers: dict[SessionWidget, None] = {}
        _followers.views = followers
        try:
            result = self.handle(
                str(message["intent"]),
                message.get("args") or {},
                key=key,
                seen=str(message.get("seen") or ""),
            )
            answer: dict[str, Any] = {"ok": True, "result": result}
        except OptwidgetsError as error:
            answer = {"ok": False, "error": _place(error)}
        except Exception as error:
            # A widget must outlive any fault; the log has the details.
            log.exception("The intent %r failed.", message.get("intent"))
            answer = {"ok": False, "error": _place(OptwidgetsError(_fault(error)))}
        finally:
            _followers.views = None
        # What the reply tells of is in the view that asked; the others follow.
        reply = {"reply": key, **answer}
        if self not in followers or not self._follow_up(reply):
            with suppress(Exception):
                self.send(reply)
        for view in followers:
            if view is not self:
                view._follow_up()  # noqa: SLF001

    def _follow_up(self, reply: Mapping[str, Any] | None = None) -> bool:
        try:
            with self.session.lock:
                self.refresh(reply)
        except Exception:
            log.exception("A view could not follow the session.")
            return False
        return True

    def handle(
        self, name: str, args: Mapping[str, Any], *, key: str = "", seen: str = ""
    ) -> dict[str, Any]:
        """Answer an intent, as the front end would have it answered.

        Parameters
        ----------
        name
            The intent.
        args
            Its arguments.
        key
            Idempotency key: an intent that comes twice is recorded once.
        seen
            What the page had shown (`seen`) when its user began; what others have set since
            is not overwritten.

        Returns
        -------
        dict
            The result.

        Raises
        ------
        OptwidgetsError
            When it cannot be done; the sentence says why.
        ConflictError
            When others were quicker; what was asked for is set aside.
        """
        method = self._intents.get(name)
        if method is None:
            raise OptwidgetsError(f"This widget does not know the intent {name!r}.")
        handler = getattr(self, method)
        try:
            inspect.signature(handler).bind(**args)
        except TypeError as error:
            raise OptwidgetsError(f"The intent {name!r} does not fit: {error}.") from None
        with self.session.lock, acting(self.session.actor, key=key or None, seen=seen or None):
            return dict(handler(**args) or {})

    @intent("undo")
    def _undo(self) -> dict[str, Any]:
        """Undo the newest step."""
        return {"words": self.session.undo()}

    @intent("redo")
    def _redo(self) -> dict[str, Any]:
        """Do the step again that was undone."""
        return {"words": self.session.redo()}

    @intent("resolve")
    def _resolve(self, number: int, choice: Choice) -> None:
        """Decide on a change that came too late."""
        self.session.resolve_set_aside(int(number), choice)
        self._asides_moved()

    @intent("cancel")
    def _cancel(self) -> None:
        """Cancel what the worker does now, and what waits."""
        for task in self.session.worker.tasks:
            task.cancel()

    @intent("spotlight")
    def _light(self, row: int) -> None:
        """Light a row in every view of the session; 0 lights none."""
        spotlight_of(self.session).emit("row", {"row": int(row)})

    # ------------------------------------------------------------ where no widget can run

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        if bundle is None:
            return None
        data, metadata = bundle
        head, rows = self.fallback_table()
        return {
            **data,
            "text/plain": repr(self.session),
            "text/html": table_html(head, rows),
        }, metadata


def table_html(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a plain HTML table; every text is shown as text."""

    def line(cells: Sequence[str], tag: str) -> str:
        return "<tr>" + "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells) + "</tr>"

    body = "".join(line(row, "td") for row in rows)
    return f"<table><thead>{line(head, 'th')}</thead><tbody>{body}</tbody></table>"


def _call(method: weakref.WeakMethod[Callable[..., None]], *arguments: Any) -> None:
    target = method()
    if target is not None:
        target(*arguments)


def _place(error: OptwidgetsError) -> dict[str, Any]:
    place: dict[str, Any] = {
        "message": str(error),
        "field": error.field,
        "row": error.row,
        "column": error.column,
    }
    if isinstance(error, ConflictError) and error.number is not None:
        # What was typed is not lost: the view shows what was set aside, with the choice.
        place["aside"] = error.number
    return place


def _fault(error: Exception) -> str:
    return (
        f"This did not work because of a fault in optwidgets ({type(error).__name__}: {error}). "
        "Nothing was changed."
    )
