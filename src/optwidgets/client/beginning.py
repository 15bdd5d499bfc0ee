"""How the copy of a session that is on a server begins: with its entries, or with a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.client.wire import check_entries
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.memory import Earlier
from optwidgets.journal.protocol import JournalError
from optwidgets.journal.snapshot import Snapshot, holds

if TYPE_CHECKING:
    from optwidgets.journal.entry import Entry


def snapshot_in(head: Mapping[str, Any], session_id: str) -> Snapshot | None:
    """Return the snapshot that an answer begins with, if this version understands it.

    Raises
    ------
    OptwidgetsError
        When it was damaged on the way.
    """
    found = head.get("snapshot")
    if found is None:
        return None
    try:
        snapshot = Snapshot(**{name: found[name] for name in Snapshot.__dataclass_fields__})
    except (KeyError, TypeError) as error:
        raise OptwidgetsError(f"A snapshot of the server is incomplete: {error!r}.") from error
    # The entries that it stands for did not come; the journal looks them up if it cannot be read.
    return snapshot if holds(session_id, snapshot) else None


def earlier_than(
    snapshot: Snapshot, session_id: str, fetch: Callable[[int], list[Entry]], where: str
) -> Earlier:
    """Return how the entries that a snapshot stands for are looked up on the server."""

    def read(after: int) -> list[Entry]:
        found = [entry for entry in fetch(after) if entry.revision <= snapshot.revision]
        if after == 0:
            check_entries(session_id, found, where=where)
        elif found:
            check_entries(found[0], found[1:], where=where)
        if not found or found[-1].hash != snapshot.hash:
            raise JournalError(
                f"{where} holds other entries than when this session was attached: a backup may "
                "have been restored there. Save this session to a file with save_session()."
            )
        return found

    return Earlier(snapshot.revision, snapshot.hash, read)
