"""Long work that the server does for a session: begun, followed, cancelled."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.client.http import Unreachable
from optwidgets.errors import OptwidgetsError
from optwidgets.tasks import Cancelled, CancelledLate, no_progress

if TYPE_CHECKING:
    from optwidgets.client.remote_journal import RemoteJournal
    from optwidgets.tasks import Progress

LOOK_SECONDS = 0.3
"""So often progress is read and a wish to cancel is heard; the end is told at once."""
GIVING_UP_SECONDS = 3600.0
"""For so long a server that is away is still to be told that a task was cancelled."""


class RemoteTasks:
    """The tasks of a session on its server.

    Parameters
    ----------
    journal
        The session's journal.
    """

    def __init__(self, journal: RemoteJournal) -> None:
        self._journal = journal
        self._http = journal.http
        self._route = f"{journal.route}/tasks"

    @property
    def can_be_asked(self) -> bool:
        """Whether the server is there, and knows all that is shown here."""
        return self._journal.line.is_up and not self._journal.outbox.count()

    def run(
        self,
        kind: str,
        arguments: Mapping[str, Any],
        progress: Progress,
        *,
        actor: str,
        deadline: float | None = None,
    ) -> dict[str, Any]:
        """Have something computed; when this returns, what it recorded is known here.

        Once it is begun, a cut of the line is waited out: the server goes on meanwhile.

        Parameters
        ----------
        kind, arguments
            What is computed; JSON values.
        progress
            Is told how far it is, and may raise `Cancelled`.
        actor
            In whose name the result is recorded.
        deadline
            Seconds after which the server stops it, or takes its quick replacement.

        Returns
        -------
        dict
            The answer, as the server gave it.

        Raises
        ------
        Cancelled
            When it was cancelled, here or by somebody else.
        Unreachable
            When the server is away.
        OptwidgetsError
            When it could not be done.
        """
        body = {"kind": kind, "arguments": arguments, "deadline": deadline, "actor": actor}
        key = str(uuid.uuid4())
        lock = self._journal.session_lock.token
        task = self._http.request("POST", self._route, body=body, key=key, patience=1.0, lock=lock)
        path = f"{self._route}/{task['id']}"
        try:
            while task["state"] in {"pending", "running"}:
                waits = task["state"] == "pending"
                told = task["progress"]
                progress(told["fraction"], "Waiting for other work" if waits else told["stage"])
                task = self._look(path, task, progress)
            # What was cancelled while this was asked must not be told as if nothing had happened.
            progress(1.0, "The server is done")
        except Cancelled:
            task = self._give_up(path)
            if task["state"] != "done":
                raise
            self._ended(task, no_progress)
            raise CancelledLate(
                "The server was done before it heard of it. Undo takes back what it recorded."
            ) from None
        return self._ended(task, progress)

    def fit(self, objective: str, revision: int, progress: Progress) -> dict[str, Any]:
        """Return the server's fit for the session as it was at a revision; nothing is recorded.

        Whoever may read may ask for it; for all who ask it is computed once.

        Raises
        ------
        Cancelled
            When nobody here waits for it any more.
        Unreachable
            When the server is away.
        OptwidgetsError
            When it could not be done.
        """
        query = {"objective": objective, "revision": revision, "wait": LOOK_SECONDS}
        while True:
            told = self._http.request("GET", f"{self._journal.route}/fit", query=query)
            if told["fit"] is not None:
                return dict(told["fit"])
            progress(told["progress"]["fraction"], told["progress"]["stage"])

    def _look(self, path: str, task: Any, progress: Progress) -> Any:
        """Return the task as it is by now; tried again as long as the line is cut."""
        while True:
            try:
                return self._http.request("GET", path, query={"wait": LOOK_SECONDS})
            except Unreachable as error:
                self._away(error)
            progress(task["progress"]["fraction"], "The line is cut, the server goes on")
            time.sleep(LOOK_SECONDS)

    def _give_up(self, path: str) -> Any:
        """Tell the server that nobody wants it any more, and be it once the line is back.

        Whoever cancelled waits for half a second at most; see `Worker.cancel`.
        """
        end = time.monotonic() + GIVING_UP_SECONDS
        while True:
            try:
                return self._http.request("DELETE", path)
            except Unreachable:
                if time.monotonic() > end:
                    raise CancelledLate(
                        "The server did not hear of it: it may still record something."
                    ) from None
            time.sleep(LOOK_SECONDS)

    def _away(self, error: Unreachable) -> None:
        if not error.is_there:
            self._journal.line.down(str(error))

    def _know(self, revision: int, progress: Progress) -> None:
        """Fetch what was recorded, and wait until no change of ours stands in its place."""
        journal = self._journal
        while True:
            try:
                if revision > journal.known_revision:
                    journal.catch_up()
                if not journal.outbox.count():
                    return
                stage = "The server is done, changes of yours are sent first"
            except Unreachable as error:
                self._away(error)
                stage = "The line is cut, the server is done"
            progress(None, stage)
            time.sleep(LOOK_SECONDS)

    def _ended(self, task: Mapping[str, Any], progress: Progress) -> dict[str, Any]:
        if task["state"] == "done":
            if task.get("revision"):
                self._know(int(task["revision"]), progress)
            return dict(task["result"] or {})
        error = task.get("error") or {}
        kind = Cancelled if task["state"] == "cancelled" else OptwidgetsError
        words = str(error.get("detail") or "The server could not do it.")
        raise kind(words, field=error.get("field"))
