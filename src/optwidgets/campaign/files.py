"""Session files: saving and loading, so that a crash never leaves half a file."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from optwidgets.data.edits import ObjectivesSet, RowsAdded, RowsRemoved
from optwidgets.durable import make_folder, replace_file
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.acting import storable
from optwidgets.journal.changes import Change, DecisionsLocked, ExtrasSet, ModelTrained
from optwidgets.journal.memory import MemoryJournal
from optwidgets.journal.queue import number_of_key, queue_key
from optwidgets.journal.session_file import from_session_file
from optwidgets.journal.session_file_writing import session_file_text
from optwidgets.space.edits import VariableRemoved

if TYPE_CHECKING:
    from os import PathLike

    from optwidgets.journal.state import SessionState
    from optwidgets.journal.store import Store

R = TypeVar("R")
MAX_BYTES = 1 << 30


class InstanceOrClass(Generic[R]):
    """A method that can be called on a session and on its class, as ALchemist's can."""

    def __init__(self, function: Callable[..., R]) -> None:
        self._function = function
        self.__doc__ = function.__doc__

    def __get__(self, instance: Any, owner: type) -> Callable[..., R]:
        """Return the function bound to the instance, or to the class if there is none."""

        def bound(*args: Any, **kwargs: Any) -> R:
            return self._function(owner if instance is None else instance, *args, **kwargs)

        bound.__doc__ = self.__doc__
        return bound


class SessionFiles:
    """Saving to and loading from JSON; mixed into `OptimizationSession`.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from optwidgets import OptimizationSession
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "reactor.json"
    >>> session = OptimizationSession(name="Reactor")
    >>> session.add_variable("temperature", "real", bounds=(20, 100))
    >>> session.save_session(path)
    >>> OptimizationSession.load_session(path)
    OptimizationSession('Reactor': 1 variable, 0 of 0 rows with results, in memory only)
    """

    if TYPE_CHECKING:
        _store: Store

        @property
        def state(self) -> SessionState: ...  # noqa: D102

    def export_session_json(self) -> str:
        """Return the session file as text."""
        return session_file_text(self.state)

    def save_session(self, filepath: str | PathLike[str]) -> None:
        """Save the session as a JSON file that ALchemist 0.4.0 reads, too.

        The file is replaced as a whole: after a crash it is the old one or the new one.

        Raises
        ------
        OptwidgetsError
            When the file cannot be written; the old one is then untouched.
        """
        write_atomically(Path(filepath).expanduser(), self.export_session_json())

    def begin_with(self, changes: list[Change]) -> None:
        """Take over what `from_session_file` read; how a session begins cannot be undone."""
        self._store.commit(changes, step="start")

    @InstanceOrClass
    def load_session(
        self_or_class: Any,  # noqa: N805 - bound to a session or to the class
        filepath: str | PathLike[str],
        retrain_on_load: bool = True,  # noqa: ARG002 - models are always fitted when needed
    ) -> Any:
        """Load a session file; a new session, or in place of what the session holds.

        ``OptimizationSession.load_session(path)`` makes a new session in memory.
        ``session.load_session(path)`` replaces the content of a session as one step
        that can be undone. Either way the model is fitted when it is first needed.

        Raises
        ------
        OptwidgetsError
            When the file is missing, damaged, or of a newer version.
        """
        path = Path(filepath).expanduser()
        document = read_json(path)
        changes, messages = from_session_file(document, name=path.name)
        for message in messages:
            warnings.warn(message, stacklevel=3)
        if isinstance(self_or_class, type):
            session = self_or_class(journal=_journal_like(document))
            session._store.commit(changes, step="start")  # noqa: SLF001
            return session
        store: Store = self_or_class._store
        store.commit(lambda state: [*emptying(state), *numbered_from(state, changes)])
        return self_or_class


def _journal_like(document: dict[str, Any]) -> MemoryJournal:
    """Return a journal with the identity of a file: it is the same campaign."""
    details = document.get("metadata") or {}
    identity = storable(str(details.get("session_id") or "")) or None
    return MemoryJournal(identity, storable(str(details.get("created_at") or "")) or None)


def emptying(state: SessionState) -> list[Change]:
    """Return the changes that take everything out of a session but its identity."""
    changes: list[Change] = []
    if len(state.table):
        changes.append(RowsRemoved(tuple(state.table.rows)))
    if state.table.objectives:
        changes.append(ObjectivesSet(()))
    changes += [VariableRemoved(name) for name in state.space.names]
    if state.model is not None:
        changes.append(ModelTrained(None))
    if state.extras:
        changes.append(ExtrasSet({}, tuple(state.extras)))
    if state.decisions:
        changes.append(DecisionsLocked({}, tuple(state.decisions)))
    return changes


def numbered_from(state: SessionState, changes: list[Change]) -> list[Change]:
    """Return the changes of a file with row numbers that this session has not used."""
    shift = state.table.next_id - 1
    result: list[Change] = []
    for change in changes:
        if isinstance(change, RowsAdded) and shift:
            rows = tuple(replace(row, id=row.id + shift) for row in change.rows)
            result.append(RowsAdded(rows))
        elif isinstance(change, ExtrasSet) and shift:
            result.append(ExtrasSet(_renumbered_extras(change.fields, shift)))
        else:
            result.append(change)
    return result


def _renumbered_extras(fields: Mapping[str, Any], shift: int) -> dict[str, Any]:
    moved = {
        part: {str(int(number) + shift): kept for number, kept in fields[part].items()}
        for part in ("rows", "queue_items")
        if part in fields
    }
    marks = {key: number for key in fields if (number := number_of_key(key)) is not None}
    kept = {key: value for key, value in fields.items() if key not in marks}
    marked = {queue_key(number + shift): fields[key] for key, number in marks.items()}
    return {**kept, **marked, **moved}


def read_json(path: Path) -> Any:
    """Return the values of a JSON file, or raise the sentence that says what is wrong."""
    try:
        if path.stat().st_size > MAX_BYTES:
            raise OptwidgetsError(f"{path.name} is larger than 1 GB. That is no session file.")
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise OptwidgetsError(f"There is no file {path.name} in {path.parent}.") from None
    except UnicodeDecodeError as error:
        raise OptwidgetsError(
            f"{path.name} is no session file: byte {error.start} is no text. A .db file is "
            "opened with OptimizationSession.open(...)."
        ) from error
    except OSError as error:
        raise OptwidgetsError(f"{path.name} cannot be read: {error.strerror}.") from error
    try:
        return json.loads(text, parse_constant=_no_constant)
    except RecursionError as error:
        raise OptwidgetsError(f"{path.name} is nested too deeply for a session file.") from error
    except json.JSONDecodeError as error:
        raise OptwidgetsError(
            f"{path.name} is damaged in line {error.lineno}, column {error.colno}: {error.msg}. "
            "Restore a backup of it."
        ) from error
    except ValueError as error:
        raise OptwidgetsError(
            f"{path.name} is damaged: it has a number of thousands of digits. Restore a backup of it."
        ) from error


def _no_constant(_: str) -> None:
    """Read NaN and infinities, which are no JSON, as missing."""


def write_atomically(path: Path, text: str) -> None:
    """Replace a file by a text: after a crash or a power cut it is the old one or the new one."""
    try:
        make_folder(path.parent)
        replace_file(path, text.encode())
    except OSError as error:
        why = error.strerror or str(error)
        raise OptwidgetsError(
            f"Not saved: {path.name} could not be written ({why}). The file of before, if there "
            "was one, is untouched."
        ) from error
