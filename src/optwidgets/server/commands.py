"""The commands ``optwidgets serve`` and ``optwidgets token``."""

from __future__ import annotations

import argparse
import asyncio
import gc
import socket
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from optwidgets.journal.locations import path_of
from optwidgets.journal.protocol import DamagedError
from optwidgets.server.auth import SCOPES, create_token, list_tokens, revoke_token
from optwidgets.server.database import ServerDatabase
from optwidgets.server.logs import write_to_stderr
from optwidgets.server.rescue import sound_copy
from optwidgets.server.settings import Settings

if TYPE_CHECKING:
    import uvicorn

DATABASE = "optwidgets.db"
STOP_SECONDS = 10
#: A server whose database was taken over goes on refusing, so that its clients read why.
LAST_WORDS_SECONDS = 5.0
#: Few cycles are made here, and those that are can wait.
GARBAGE = (5_000, 5, 100)


def serve(options: argparse.Namespace) -> int:
    """Run a server until it is told to stop."""
    settings = Settings(
        database=options.database,
        host=options.host,
        port=options.port,
        no_auth=options.no_auth,
        allowed_hosts=tuple(options.allow_host),
        allowed_origins=tuple(options.allow_origin),
        children=options.children,
        warm=True,
        backups=not options.no_backups,
    )
    try:
        database = ServerDatabase(settings.database)
    except DamagedError as error:
        print(error, file=sys.stderr)
        with sound_copy(path_of(settings.database)) as copy:
            print(copy.warning, file=sys.stderr)
            reading = replace(
                settings, database=str(copy.path), backups=False, read_only=copy.warning
            )
            _run(reading, f"what is whole in {copy.path.name}")
        return 1  # whoever looks after servers is to see that something is wrong
    try:
        first = None
        if not settings.no_auth and not list_tokens(database):
            first = create_token(database, "first", "admin")
    finally:
        database.close()
    return _run(settings, database.name, first)


def _run(settings: Settings, what: str, first: str | None = None) -> int:
    write_to_stderr()
    if first is not None:
        print(f"Token with all rights, shown this once: {first}")
    if settings.no_auth:
        print("Requests need no token (--no-auth): every program on this machine may do anything.")
    address = f"[{settings.host}]" if ":" in settings.host else settings.host
    print(f"Serving {what} at http://{address}:{settings.port}", flush=True)
    server = make_server(settings)
    server.run()
    app: Any = server.config.app
    host = getattr(app.state, "host", None)
    if host is not None and host.lost.is_set():
        print("Another server has taken the database over.", file=sys.stderr)
        return 1  # whoever starts servers tries again, and gets in when the other one has ended
    return 0 if server.started else 1


def make_server(settings: Settings) -> uvicorn.Server:
    """Return the web server of the application, not started yet."""
    import uvicorn

    from optwidgets.server.app import make_app
    from optwidgets.server.connections import patient_but_not_for_ever

    app = make_app(settings)
    config = uvicorn.Config(
        app,
        host=settings.host,
        port=settings.port,
        log_config=None,
        access_log=False,  # queries carry tokens in SigOpt's first API; `logs.py` leaves them out
        http=patient_but_not_for_ever(settings),
        limit_concurrency=1000,
        timeout_keep_alive=15,
        timeout_graceful_shutdown=STOP_SECONDS,
        server_header=False,
        proxy_headers=False,  # what a client claims about itself is nothing to go by
    )

    class Server(uvicorn.Server):
        _last_words = False

        async def startup(self, sockets: list[socket.socket] | None = None) -> None:
            await super().startup(sockets)
            # What was loaded stays: to look through all of it again and again for garbage would
            # stop every answer for a tenth of a second, each time.
            gc.freeze()
            gc.set_threshold(*GARBAGE)

        async def on_tick(self, counter: int) -> bool:
            host = getattr(app.state, "host", None)
            if host is not None and host.lost.is_set() and not self._last_words:
                self._last_words = True
                asyncio.get_running_loop().call_later(LAST_WORDS_SECONDS, self._end)
            return await super().on_tick(counter)

        def _end(self) -> None:
            self.should_exit = True

        async def shutdown(self, sockets: list[Any] | None = None) -> None:
            # Streams of events never end by themselves: told now, their clients come back to
            # the next server, and nobody waits for them.
            host = getattr(app.state, "host", None)
            if host is not None:
                host.closing.set()
            await super().shutdown(sockets)

    return Server(config)


def token(options: argparse.Namespace) -> int:
    """Make, list or revoke tokens; a running server knows them within a second."""
    database = ServerDatabase(options.database, exclusive=False)
    try:
        return int(options.act(database, options))
    finally:
        database.close()


def add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add the server's commands to the command line."""
    serving = commands.add_parser("serve", help="keep sessions for a team (extra: server)")
    serving.add_argument("--host", default="127.0.0.1", help="address to listen on (127.0.0.1)")
    serving.add_argument("--port", type=int, default=8000, help="port to listen on (8000)")
    _add_database(serving)
    serving.add_argument(
        "--no-auth", action="store_true", help="need no token; on loopback addresses only"
    )
    serving.add_argument(
        "--allow-host", action="append", default=[], metavar="NAME", help="another name of it"
    )
    serving.add_argument(
        "--allow-origin", action="append", default=[], metavar="URL", help="pages that may call it"
    )
    serving.add_argument("--children", type=int, default=2, help="processes that compute (2)")
    serving.add_argument(
        "--no-backups", action="store_true", help="make no hourly copies of a SQLite file"
    )
    serving.set_defaults(run=serve)

    tokens = commands.add_parser("token", help="make, list or revoke tokens of a server")
    acts = tokens.add_subparsers(dest="act", required=True)
    create = acts.add_parser("create", help="make a token and print it, this once")
    _add_database(create)
    create.add_argument("--name", required=True, help="what changes are recorded under")
    create.add_argument("--scope", choices=SCOPES, default="write", help="what it may do (write)")
    create.add_argument(
        "--session", action="append", metavar="ID", help="a session it is good for (all)"
    )
    create.add_argument("--days", type=float, help="after how many days it expires (never)")
    create.set_defaults(run=token, act=_create)
    listing = acts.add_parser("list", help="list the tokens")
    _add_database(listing)
    listing.set_defaults(run=token, act=_list)
    revoke = acts.add_parser("revoke", help="make a token good for nothing")
    _add_database(revoke)
    revoke.add_argument("token", metavar="ID", help="id or name of the token")
    revoke.set_defaults(run=token, act=_revoke)


def _add_database(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--database",
        default=DATABASE,
        metavar="URL_OR_FILE",
        help=f"a SQLite file or postgresql://... ({DATABASE})",
    )


def _create(database: ServerDatabase, options: argparse.Namespace) -> int:
    print(
        create_token(
            database, options.name, options.scope, sessions=options.session, days=options.days
        )
    )
    return 0


def _list(database: ServerDatabase, _: argparse.Namespace) -> int:
    for one in list_tokens(database):
        good_for = "all sessions" if one.sessions is None else ", ".join(one.sessions)
        until = one.expires_at[:10] if one.expires_at else "never"
        state = "good" if one.valid else "revoked" if one.revoked_at else "expired"
        print(f"{one.id}  {state:7}  {one.scope:5}  expires {until:10}  {one.name}  ({good_for})")
    return 0


def _revoke(database: ServerDatabase, options: argparse.Namespace) -> int:
    revoke_token(database, options.token)
    print(f"Revoked {options.token}.")
    return 0
