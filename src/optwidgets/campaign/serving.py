"""Sessions on a server: bringing one there, attaching to one, and how it stands with the line.

The client is loaded on first use: most sessions never see a server.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Self

from optwidgets import _live
from optwidgets.campaign.places import Kernel, Server, check_place
from optwidgets.client.address import Address, parse_address
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    import threading

    from optwidgets.campaign.work import Work
    from optwidgets.client.http import Http
    from optwidgets.client.line import Line
    from optwidgets.client.remote_journal import RemoteJournal
    from optwidgets.events import Events
    from optwidgets.journal.store import Store


#: Address of the server and id of the session, to the session of this process.
_attached: weakref.WeakValueDictionary[tuple[str, str], Any] = weakref.WeakValueDictionary()


class SessionServing:
    """Going to a server and being there; mixed into `OptimizationSession`."""

    if TYPE_CHECKING:
        _store: Store
        _events: Events
        _work: Work
        lock: threading.RLock
        name: str

        def __init__(self, **options: Any) -> None: ...

    @property
    def remote(self) -> RemoteJournal | None:
        """The journal on the server, with the state of the line; None if there is no server."""
        journal: Any = self._store.journal
        return journal if hasattr(journal, "url") else None

    @property
    def line(self) -> Line | None:
        """The line to the server, ours or ALchemist's; None if there is no server."""
        line: Line | None = getattr(self._store.journal, "line", None)
        return line

    @property
    def url(self) -> str | None:
        """Address under which others attach to the session, or None."""
        remote = self.remote
        return None if remote is None else remote.url

    @property
    def compute(self) -> str:
        """Where models are fitted and points are sought: ``"kernel"`` or ``"server"``."""
        return self._work.place.name

    @compute.setter
    def compute(self, where: str) -> None:
        remote = self.remote
        check_place(where, remote)
        if where == "server" and remote is not None:
            from optwidgets.client.remote_tasks import RemoteTasks

            self._work.place = Server(self._store, RemoteTasks(remote))
        else:
            self._work.place = Kernel()

    def persist(
        self,
        url: str,
        *,
        token: str | None = None,
        name: str | None = None,
        compute: str = "server",
    ) -> str:
        """Bring the session to a server, and go on there.

        Everything is brought along, the journal with its fingerprints included; widgets that
        show the session go on showing it. A file that it was kept in stays as it is. A journal of
        many megabytes goes in parts, with progress; what has arrived when the line is cut, or the
        task is cancelled, need not be sent again by the next call.

        Parameters
        ----------
        url
            Address of the server, such as ``"http://lab:8000"``.
        token
            Token with the scope write; if not given, the one in the environment variable
            `OPTWIDGETS_TOKEN` or in the system's keyring.
        name
            New name of the session.
        compute
            Where models are trained and points are sought from now on, ``"server"`` or
            ``"kernel"``. Without the line it is done here.

        Returns
        -------
        str
            Address of the session, which `attach` takes.

        Raises
        ------
        JournalError
            When the server cannot be reached or does not know the token.
        OptwidgetsError
            When it has a session of this id with other changes.
        """
        from optwidgets.client.http import servers
        from optwidgets.client.pushing import Parcel
        from optwidgets.client.remote_journal import RemoteJournal

        address = parse_address(url)
        http = servers.get(address, token)
        remote = self.remote
        there = remote is not None and remote.http.address.base == address.base
        if remote is not None and there and not remote.is_gone():
            if name:
                self.name = name
            return remote.url
        store = self._store
        parcel = Parcel(http, store.journal.session_id, store.journal.created_at)
        parcel.pack(store.journal.read())
        if parcel.is_long:
            # Work goes on meanwhile; what it adds goes along at the end.
            self._work.compute(f"Bringing the session to {address.host}", parcel.send_ahead)
        with self.lock:
            if name:
                self.name = name
            store.catch_up()
            entries = store.journal.read()
            parcel.pack(entries)
            parcel.deliver()
            remote = RemoteJournal(http, store.journal.session_id, known=entries, lock=self.lock)
            store.move_to(remote)
            self._serve(remote, compute)
        _live.changed()
        return remote.url

    @classmethod
    def attach(
        cls,
        url: str,
        session: str | None = None,
        *,
        token: str | None = None,
        compute: str = "server",
        actor: str | None = None,
        api: str = "optwidgets",
    ) -> Self:
        """Attach to a session on a server; what is done is done there, and others see it at once.

        Parameters
        ----------
        url
            Address of the server, ``"http://lab:8000"``, or of the session,
            ``"http://lab:8000/s/ID"``, as `persist` and `url` give it.
        session
            Id or name of the session, where the address names none; not needed if the
            server has only one.
        token
            Token; if not given, the one in the environment variable `OPTWIDGETS_TOKEN` or in
            the system's keyring.
        compute
            Where models are trained and points are sought: ``"server"``, or ``"kernel"`` for here.
            A session on a server of ALchemist is always computed here.
        actor
            In whose name changes are recorded; the server adds the token's name.
        api
            What the server speaks: ``"optwidgets"``, or ``"alchemist"`` for a server of
            ALchemist 0.4.0, which names in a sentence what it cannot do.

        Returns
        -------
        OptimizationSession
            The session. One that is attached in this process already is returned as it is.

        Raises
        ------
        JournalError
            When the server cannot be reached or does not know the token.
        OptwidgetsError
            When there is no such session, or it is not clear which one is meant.
        """
        attached: Self = _opener(api)(cls, parse_address(url), session, token, compute, actor)
        return attached

    def _serve(self, remote: RemoteJournal, compute: str) -> None:
        events = self._events
        remote.line.on_status(lambda status: events.emit("connection", status.to_dict()))
        # The line ends also when nobody calls close().
        weakref.finalize(self, remote.close)
        _attached[remote.http.address.base, remote.session_id] = self
        self.compute = compute

    def _leave(self) -> None:
        remote = self.remote
        if remote is not None and _known(remote.http.address, remote.session_id) is self:
            del _attached[remote.http.address.base, remote.session_id]


def _attach_here(
    cls: Any,
    address: Address,
    session: str | None,
    token: str | None,
    compute: str,
    actor: str | None,
) -> Any:
    """Attach to a session of a server of ours."""
    from optwidgets.client.http import servers

    http = servers.get(address, token)
    meant = address.session or session
    known = None if meant is None else _known(address, meant)
    if known is not None:
        return known
    journal = _open(http, address, meant)
    known = _known(address, journal.session_id)
    if known is not None:
        journal.close()
        return known
    attached = cls(journal=journal, actor=actor)
    attached._serve(journal, compute)
    return attached


def _known(address: Address, session_id: str) -> Any:
    """Return the session of this process that is attached there already.

    A cell that is run again gets the session that its widgets show.
    """
    return _attached.get((address.base, session_id))


def _open(http: Http, address: Address, meant: str | None) -> RemoteJournal:
    from optwidgets.client.http import Refused
    from optwidgets.client.listing import choose
    from optwidgets.client.remote_journal import RemoteJournal

    if meant is not None:
        try:
            return RemoteJournal(http, meant)
        except Refused as error:
            # It may be a name.
            if error.status not in _NO_SUCH:
                raise
    return RemoteJournal(http, choose(http, address, meant))


_NO_SUCH = (404, 422)


def _attach_to_alchemist(
    cls: Any,
    address: Address,
    session: str | None,
    token: str | None,
    compute: str,  # noqa: ARG001 - its server has other models: ours are fitted here
    actor: str | None,
) -> Any:
    """Attach to a session of a server of ALchemist."""
    from optwidgets.client.alchemist.journal import AlchemistJournal
    from optwidgets.client.http import servers

    meant = address.session or session
    if meant is None:
        raise OptwidgetsError(
            "ALchemist's server does not list its sessions. Name the one that is meant by its id, "
            "which its page shows: attach(url, session=..., api='alchemist').",
            field="session",
        )
    http = servers.get(address, token)
    known = _live.find(meant)
    journal: Any = getattr(getattr(known, "_store", None), "journal", None)
    if isinstance(journal, AlchemistJournal) and journal.http is http:
        return known
    journal = AlchemistJournal(http, meant)
    attached = cls(journal=journal, actor=actor)
    events = attached._events
    journal.line.on_status(lambda status: events.emit("connection", status.to_dict()))
    # The one that follows ends also when nobody calls close().
    weakref.finalize(attached, journal.close)
    return attached


#: What a server speaks, and how to attach to it.
APIS: dict[str, Callable[..., Any]] = {
    "optwidgets": _attach_here,
    "alchemist": _attach_to_alchemist,
}


def _opener(api: str) -> Callable[..., Any]:
    if api not in APIS:
        raise OptwidgetsError(
            f"There is no API {api!r:.40}. Use one of {', '.join(APIS)}.", field="api"
        )
    return APIS[api]
