"""Long work that the server does for a session: begun, followed, cancelled."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.tasks import Cancelled

if TYPE_CHECKING:
    from optwidgets.client.remote_journal import RemoteJournal
    from optwidgets.tasks import Progress

LOOK_SECONDS = 0.3
"""So often progress is read and a wish to cancel is heard; the end is told at once."""
PATIENCE_SECONDS = 60.0


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
                query = {"wait": LOOK_SECONDS}
                task = self._http.request("GET", path, query=query, patience=PATIENCE_SECONDS)
        except Cancelled:
            task = self._http.request("DELETE", path)
            if task["state"] != "done":
                raise
            self._ended(task)
            raise Cancelled(
                "The server was done before it heard of it. Undo takes back what it recorded."
            ) from None
        return self._ended(task)

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

    def _ended(self, task: Mapping[str, Any]) -> dict[str, Any]:
        if task["state"] == "done":
            if (task.get("revision") or 0) > self._journal.known_revision:
                self._journal.catch_up()
            return dict(task["result"] or {})
        error = task.get("error") or {}
        kind = Cancelled if task["state"] == "cancelled" else OptwidgetsError
        words = str(error.get("detail") or "The server could not do it.")
        raise kind(words, field=error.get("field"))
