"""Where the long work of a session is done: in this process, or on the session's server."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from optwidgets.campaign.fitting import Elsewhere, Fit, Wanted, config_of
from optwidgets.campaign.suggested_frame import to_frame
from optwidgets.campaign.written_fits import read_fit
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.entry import canonical_json
from optwidgets.tasks import Cancelled

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.client.remote_tasks import RemoteTasks
    from optwidgets.journal.store import Store
    from optwidgets.tasks import Progress

PLACES = ("kernel", "server")
MAX_DEADLINE = 3600.0


@dataclass(frozen=True)
class Job:
    """Long work in the parts that `Worker.submit` takes.

    Parameters
    ----------
    label
        What it does, in words.
    function
        The work.
    then
        What is done with its result, under no cancelling.
    deadline, fallback
        As in `Worker.submit`.
    """

    label: str
    function: Callable[[Progress], Any]
    then: Callable[[Any], Any]
    deadline: float | None = None
    fallback: Callable[[Progress], Any] | None = None


class Place(Protocol):
    """Somewhere that work can be done."""

    @property
    def name(self) -> str:
        """One of `PLACES`."""
        ...

    def moved(
        self, job: Job, kind: str, asked: Mapping[str, Any], shown: Callable[[Any], Any]
    ) -> Job:
        """Return a job as it is done there.

        Parameters
        ----------
        job
            How it is done here.
        kind, asked
            How the server knows it.
        shown
            Makes of the server's answer what the user gets.
        """
        ...

    @property
    def fitted(self) -> Elsewhere | None:
        """What gets a fit from there, where fits are not computed here."""
        ...


class Kernel:
    """Here."""

    name = "kernel"

    def moved(
        self,
        job: Job,
        kind: str,  # noqa: ARG002
        asked: Mapping[str, Any],  # noqa: ARG002
        shown: Callable[[Any], Any],  # noqa: ARG002
    ) -> Job:
        """Return the job as it is."""
        return job

    fitted: Elsewhere | None = None
    """Nothing: fits are computed here."""


@dataclass(frozen=True)
class _Answer:
    """What came from the server, to be told from what was computed here."""

    body: dict[str, Any]


class Server:
    """On the session's server, as long as it can be reached; else here.

    Parameters
    ----------
    store
        The session's journal and state.
    tasks
        The server's tasks.
    """

    name = "server"

    def __init__(self, store: Store, tasks: RemoteTasks) -> None:
        self._store = store
        self._tasks = tasks

    def moved(
        self, job: Job, kind: str, asked: Mapping[str, Any], shown: Callable[[Any], Any]
    ) -> Job:
        """Return the job as the server does it."""
        arguments = {name: value for name, value in asked.items() if value is not None}
        if not self._tasks.can_be_asked or not _is_json(arguments) or self._is_own(asked):
            # Functions, say, cannot travel; and without the line work goes on.
            return job
        actor = self._store.current_actor
        deadline = None if job.deadline is None else min(job.deadline, MAX_DEADLINE)

        def function(progress: Progress) -> Any:
            from optwidgets.client.http import Unreachable

            try:
                return _Answer(
                    self._tasks.run(kind, arguments, progress, actor=actor, deadline=deadline)
                )
            except Unreachable:
                return job.function(progress)

        def then(result: Any) -> Any:
            return shown(result.body) if isinstance(result, _Answer) else job.then(result)

        # The server keeps the deadline: it can end the process.
        return Job(job.label, function, then)

    def _is_own(self, asked: Mapping[str, Any]) -> bool:
        """Whether the model has a kernel that was registered in this process."""
        from optwidgets.models.own_kernels import is_own

        return is_own(asked.get("kernel") or (self._store.state.model or {}).get("kernel"))

    def fitted(self, wanted: Wanted, progress: Progress) -> Fit | None:
        """Return the server's fit, or None without the line and for what it cannot fit."""
        from optwidgets.models.written import can_be_written

        if not can_be_written(wanted.config):
            return None
        if not self._tasks.can_be_asked or config_of(wanted.state) != wanted.asked:
            # The server fits what is recorded: all that is known here, as it is configured.
            return None
        try:
            told = self._tasks.fit(wanted.objective, wanted.state.revision, progress)
            return read_fit(told, wanted)
        except Cancelled:
            raise
        except OptwidgetsError:
            # Cut just now, too old a server, or a function of this kernel is needed.
            return None


def check_place(where: object, remote: object) -> None:
    """Raise unless work can be done there.

    Examples
    --------
    >>> check_place("server", None)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: This session is on no server of optwidgets. Bring it to \
one with persist(...), or use compute='kernel'.
    """
    if where not in PLACES:
        raise OptwidgetsError(
            f"compute must be 'kernel' or 'server', not {str(where)!r:.40}.", field="compute"
        )
    if where == "server" and remote is None:
        raise OptwidgetsError(
            "This session is on no server of optwidgets. Bring it to one with persist(...), or "
            "use compute='kernel'.",
            field="compute",
        )


def suggested_there(store: Store, answer: Mapping[str, Any]) -> pd.DataFrame:
    """Return the suggestions of a server as the table that they are here."""
    import pandas as pd

    state = store.state
    if answer["rows"]:
        rows = [state.table.row(number) for number in answer["rows"]]
        return to_frame(state.space, rows, answer["message"], answer["reference_point"])
    lines = [
        {**line["inputs"], **{name: value for name, value in line.items() if name != "inputs"}}
        for line in answer["suggestions"]
    ]
    frame = pd.DataFrame(lines, columns=answer["columns"])
    for name in ("message", "reference_point"):
        if answer[name]:
            frame.attrs[name] = answer[name]
    return frame


def _is_json(value: object) -> bool:
    try:
        canonical_json(value)
    except (TypeError, ValueError):
        return False
    return True
