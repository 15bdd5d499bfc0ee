"""A private PostgreSQL in a folder of the test, on a free port of loopback."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

from support.servers import free_port

ROOT = Path(__file__).parents[2]


def programs() -> Path:
    found = subprocess.run(
        [ROOT / "scripts/ensure-postgres"], capture_output=True, text=True, check=True
    )
    return Path(found.stdout.strip().splitlines()[-1])


@dataclass(frozen=True)
class Postgres:
    """A PostgreSQL that can be stopped as by a power cut, and started again."""

    folder: Path
    port: int
    bin: Path

    @property
    def url(self) -> str:
        return f"postgresql://optwidgets@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"
        self._control("start", "-w", "-l", str(self.folder / "log"), "-o", options)

    def stop(self, mode: str = "fast") -> None:
        self._control("stop", "-m", mode, "-w")

    def kill(self) -> None:
        """End it at once, without writing anything."""
        self.stop("immediate")

    def _control(self, *words: str) -> None:
        as_owner(self.bin / "pg_ctl", "-D", self.folder / "data", *words)


def as_owner(*command: str | Path) -> None:
    """Run a program as a user that PostgreSQL accepts: it refuses root."""
    words = [str(word) for word in command]
    if os.geteuid() == 0:
        words = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", *words]
    subprocess.run(words, check=True, stdout=subprocess.DEVNULL, timeout=60, cwd="/")


@contextmanager
def private_postgres() -> Iterator[Postgres]:
    """Run a PostgreSQL of our own as long as the block lasts."""
    bin_folder = programs()
    folder = Path(mkdtemp(prefix="optwidgets-postgres-"))
    if os.geteuid() == 0:
        owner = pwd.getpwnam("postgres")
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    made = Postgres(folder, free_port(), bin_folder)
    data = folder / "data"
    as_owner(bin_folder / "initdb", "-D", data, "-U", "optwidgets", "-A", "trust", "--no-sync")
    made.start()
    try:
        yield made
    finally:
        made.stop("immediate")
        shutil.rmtree(folder, ignore_errors=True)
