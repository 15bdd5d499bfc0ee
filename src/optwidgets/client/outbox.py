"""Changes that wait for their server, kept in a file so that they outlive the process."""

from __future__ import annotations

import json
import os
import socket
import sqlite3
import threading
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import platformdirs

from optwidgets.client.appending import Append
from optwidgets.client.wire import change_from_json, change_to_json
from optwidgets.durable import make_folder
from optwidgets.journal.entry import canonical_json, now
from optwidgets.journal.protocol import JournalError

DATA_VARIABLE = "OPTWIDGETS_DATA_DIR"
WAITING, ASIDE = "waiting", "aside"
NOWHERE = -1
RenameKind = Literal["row", "group"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS items (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    server TEXT NOT NULL, session TEXT NOT NULL,
    pid INTEGER NOT NULL, host TEXT NOT NULL, episode TEXT NOT NULL,
    state TEXT NOT NULL, reason TEXT NOT NULL,
    at TEXT NOT NULL, actor TEXT NOT NULL, key TEXT NOT NULL,
    step TEXT NOT NULL, target INTEGER, base INTEGER NOT NULL, revision INTEGER NOT NULL,
    changes TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS renames (
    episode TEXT NOT NULL, kind TEXT NOT NULL, given INTEGER NOT NULL, final INTEGER NOT NULL,
    PRIMARY KEY (episode, kind, given)
);
"""


@dataclass(frozen=True)
class Waiting(Append):
    """One append that waits, or was set aside; see `Append` for what it holds.

    Parameters
    ----------
    number
        Place in the queue.
    episode
        Which journal made it: numbers of rows given for the time being are its own.
    at
        When it was made, ISO 8601 in UTC.
    base
        Newest revision of the server that was known when it was made.
    revision
        Revision that its first entry was given for the time being.
    reason
        Why it was set aside; empty while it waits.
    """

    number: int
    episode: str
    at: str
    base: int
    revision: int
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, for a file."""
        return {
            "at": self.at,
            "actor": self.actor,
            "key": self.key,
            "step": self.step,
            "reason": self.reason,
            "changes": [change_to_json(change) for change in self.changes],
        }


def data_folder() -> Path:
    """Return the folder of this user's data, `OPTWIDGETS_DATA_DIR` or the system's own."""
    given = os.environ.get(DATA_VARIABLE)
    return Path(given) if given else Path(platformdirs.user_data_dir("optwidgets", False))


class Outbox:
    """The changes of one process to one session that its server does not have yet.

    Parameters
    ----------
    server, session
        Where they are to go.
    path
        The file; that of the user if not given.

    Examples
    --------
    >>> import pathlib, tempfile
    >>> from optwidgets.journal.changes import MetadataChanged
    >>> path = pathlib.Path(tempfile.mkdtemp()) / "outbox.db"
    >>> outbox = Outbox("http://lab:8000", "4f1c", path)
    >>> change = MetadataChanged({"name": "Kiln"})
    >>> outbox.put(Append((change,), "you", "k", "do", None), base=3, revision=4)
    1
    >>> [item.key for item in Outbox("http://lab:8000", "4f1c", path).waiting()]
    ['k']
    """

    def __init__(self, server: str, session: str, path: Path | None = None) -> None:
        self.path = path or data_folder() / "outbox.db"
        self._where = {
            "server": server,
            "session": session,
            "pid": os.getpid(),
            "host": socket.gethostname(),
        }
        self.episode = uuid.uuid4().hex
        self._lock = threading.RLock()
        self._aside: list[Waiting] | None = None
        with self._faults():
            make_folder(self.path.parent, 0o700)
            self.path.touch(mode=0o600, exist_ok=True)
            self._connection = sqlite3.connect(
                self.path, timeout=5.0, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode=WAL")
            self._connection.execute("PRAGMA synchronous=FULL")
            self._connection.executescript(_SCHEMA)
            self._adopt()

    # ------------------------------------------------------------ reading

    def waiting(self) -> list[Waiting]:
        """Return what waits, the oldest first."""
        return self._items(WAITING)

    def aside(self) -> list[Waiting]:
        """Return what was set aside, the oldest first."""
        # Every view asks after each change, and there is hardly ever anything.
        with self._lock:
            if self._aside is None:
                self._aside = self._items(ASIDE)
            return list(self._aside)

    def count(self) -> int:
        """Return how many appends wait."""
        query = f"SELECT 1 FROM items WHERE {_MINE}"  # noqa: S608 - a constant
        return len(self._rows(query, {"state": WAITING}))

    def renames(self, episode: str, kind: RenameKind) -> dict[int, int]:
        """Return the numbers that were given for the time being, and their final ones."""
        query = "SELECT given, final FROM renames WHERE episode = :episode AND kind = :kind"
        return dict(self._rows(query, {"episode": episode, "kind": kind}))

    # ------------------------------------------------------------ changing

    def put(self, append: Append, *, base: int, revision: int, aside: str = "") -> int:
        """Keep an append until it can be sent; on the disk when this returns.

        With `aside`, the reason why it cannot be sent, it is kept until somebody decides.

        Returns
        -------
        int
            Its number.
        """
        return self._do(
            "INSERT INTO items (server, session, pid, host, episode, state, reason, at, actor, "
            "key, step, target, base, revision, changes) VALUES (:server, :session, :pid, :host, "
            ":episode, :state, :reason, :at, :actor, :key, :step, :target, :base, :revision, "
            ":changes)",
            {
                "episode": self.episode,
                "state": ASIDE if aside else WAITING,
                "reason": aside,
                "at": now(),
                "actor": append.actor,
                "key": append.key,
                "step": append.step,
                "target": append.target,
                "base": base,
                "revision": revision,
                "changes": canonical_json([change_to_json(change) for change in append.changes]),
            },
        )

    def delivered(self, item: Waiting, *, rows: dict[int, int], groups: dict[int, int]) -> None:
        """Take an append out, and keep which numbers the server gave in place of ours.

        Need not survive a power cut: the append would be sent again, and counted once.
        """
        with self._transaction(durable=False) as connection:
            connection.execute("DELETE FROM items WHERE number = ?", (item.number,))
            for kind, renamed in (("row", rows), ("group", groups)):
                connection.executemany(
                    "INSERT OR REPLACE INTO renames VALUES (?, ?, ?, ?)",
                    [(item.episode, kind, given, final) for given, final in renamed.items()],
                )

    def set_aside(
        self, item: Waiting, reason: str, *, rows: Iterable[int] = (), group: int | None = None
    ) -> None:
        """Keep an append that cannot be sent, with the reason, until somebody decides.

        What it gave numbers to does not exist for the server: `NOWHERE` is their new name.
        """
        gone = [("row", number) for number in rows]
        gone += [] if group is None else [("group", group)]
        with self._transaction() as connection:
            connection.execute(
                "UPDATE items SET state = ?, reason = ? WHERE number = ?",
                (ASIDE, reason, item.number),
            )
            connection.executemany(
                "INSERT OR REPLACE INTO renames VALUES (?, ?, ?, ?)",
                [(item.episode, kind, number, NOWHERE) for kind, number in gone],
            )

    def settle(self) -> None:
        """Forget the renames that nothing speaks of any more, as all of it was sent."""
        self._do(
            "DELETE FROM renames WHERE episode NOT IN (SELECT episode FROM items WHERE state = :state)",
            {"state": WAITING},
        )

    def discard(self, number: int) -> None:
        """Throw away an append that was set aside."""
        self._do("DELETE FROM items WHERE number = :number", {"number": number})

    def close(self) -> None:
        """Close the file; what waits stays in it."""
        with self._lock:
            self._connection.close()

    # ------------------------------------------------------------ inside

    def _adopt(self) -> None:
        """Take over what processes of this machine left behind when they ended."""
        with self._transaction() as connection:
            owners = connection.execute(
                "SELECT DISTINCT pid FROM items WHERE server = :server AND session = :session "
                "AND host = :host AND pid != :pid",
                self._where,
            ).fetchall()
            for (pid,) in owners:
                if _alive(pid):
                    continue
                connection.execute(
                    "UPDATE items SET pid = :pid WHERE server = :server "
                    "AND session = :session AND host = :host AND pid = :dead",
                    {**self._where, "dead": pid},
                )

    def _items(self, state: str) -> list[Waiting]:
        query = (
            "SELECT number, episode, at, actor, key, step, target, base, revision, reason, "  # noqa: S608 - as above
            f"changes FROM items WHERE {_MINE} ORDER BY number"
        )
        rows = self._rows(query, {"state": state})
        return [_waiting(*row) for row in rows]

    def _rows(self, query: str, values: dict[str, Any]) -> list[Any]:
        with self._lock, self._faults():
            return self._connection.execute(query, {**self._where, **values}).fetchall()

    def _do(self, statement: str, values: dict[str, Any]) -> int:
        with self._transaction() as connection:
            return connection.execute(statement, {**self._where, **values}).lastrowid or 0

    @contextmanager
    def _transaction(self, *, durable: bool = True) -> Iterator[sqlite3.Connection]:
        with self._lock, self._faults():
            self._connection.execute(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
            self._connection.execute("BEGIN IMMEDIATE")
            self._aside = None
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise JournalError(
                f"Not saved: the server is away, and changes cannot be kept in {self.path} "
                f"({error}). Free some space, or set {DATA_VARIABLE} to a folder that you may "
                "write to."
            ) from error


_MINE = "server = :server AND session = :session AND pid = :pid AND host = :host AND state = :state"


def _waiting(*row: Any) -> Waiting:
    number, episode, at, actor, key, step, target, base, revision, reason, body = row
    changes = tuple(change_from_json(value) for value in json.loads(body))
    append = (changes, actor, key, step, target)
    return Waiting(*append, number, episode, at, base, revision, reason)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
