"""What a process did to the files of a folder, in order: recorded by strace, read from its log.

Recorded are the calls themselves, of all threads, so it makes no difference which library makes
them. A call that this module does not know fails the test, and `Recording.check` compares the
real files at the end: nothing can be missed without notice.
"""

from __future__ import annotations

import os
import re
import subprocess
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
# What changes a file, its name or its size; what makes it durable; and `mmap`, to see that
# nothing is written through memory. `write` and its like also carry answers to clients.
_CALLS = (
    "open,openat,creat,write,writev,pwrite64,pwritev,pwritev2,sendto,sendmsg,ftruncate,truncate,"
    "fallocate,fsync,fdatasync,sync_file_range,rename,renameat,renameat2,link,linkat,symlink,"
    "symlinkat,unlink,unlinkat,rmdir,mkdir,mkdirat,mmap,copy_file_range,sendfile,splice,"
    "io_uring_setup"
)
_LINE = re.compile(rb"(\d+) +(.*)")
_RESUMED = re.compile(rb"<\.\.\. \w+ resumed>(.*)")
_CALL = re.compile(rb"(\w+)\((.*)\) += (-?\d+|0x[0-9a-f]+|\?).*")
_TEXT = re.compile(rb'"((?:\\x[0-9a-f]{2})*)"(\.\.\.)?')
_DESCRIPTOR = re.compile(rb"(?:\d+|AT_FDCWD)<((?:\\x[0-9a-f]{2})*)>(\(deleted\))?")


@dataclass(frozen=True)
class Event:
    """One call: the line of the log in which it began, and that in which it ended."""

    begun: int
    ended: int


@dataclass(frozen=True)
class Write(Event):
    path: Path
    data: bytes
    offset: int


@dataclass(frozen=True)
class Resize(Event):
    path: Path
    size: int


@dataclass(frozen=True)
class Name(Event):
    """A name is made for a new file or folder, taken away, or given to another file."""

    kind: str  # "file", "folder", "unlink", "rename"
    path: Path
    to: Path | None = None


@dataclass(frozen=True)
class Sync(Event):
    """Everything that was done to a file (or to the names in a folder) before is on the disk."""

    path: Path


@dataclass(frozen=True)
class Mark(Event):
    """Bytes that left the process: an answer to a client, or a line of its output."""

    data: bytes


def traced(folder: Path, log: Path) -> list[str]:
    """Return the words that are put before a command, so that its calls are recorded.

    The process itself stays the child of whoever starts it: it can be waited for and killed.
    """
    found = subprocess.run(
        [ROOT / "scripts/ensure-strace"], capture_output=True, text=True, check=False
    )
    assert found.returncode == 0, found.stderr
    folder.mkdir(exist_ok=True)
    program = found.stdout.split()[0]
    options = ["-D", "-f", "--seccomp-bpf", "-y", "-xx", "-s", "100000000"]
    return [program, *options, "-e", f"trace={_CALLS}", "-o", str(log)]


def wait_for(log: Path, process: int) -> None:
    """Wait until the log says how a process ended."""
    until = time.monotonic() + 60
    end = re.compile(rb"^%d +\+\+\+ " % process, re.MULTILINE)
    while not (log.exists() and end.search(log.read_bytes())):
        assert time.monotonic() < until, "strace does not end"
        time.sleep(0.02)


def events_of(logs: Sequence[Path], folder: Path, *, marks: bytes) -> list[Event]:
    """Return what happened below `folder`, and what was sent elsewhere that matches `marks`.

    The logs are those of processes that ran one after the other.
    """
    reader = _Reader(folder, re.compile(marks))
    found: list[Event] = []
    lines = 0
    for log in logs:
        found += [event for call in _calls(log, lines) for event in reader.events(call)]
        lines += log.read_bytes().count(b"\n")
    # A write may reach the disk as soon as it begins, an answer the client; what is synced is
    # promised only when the call has returned.
    return sorted(found, key=lambda event: event.ended if isinstance(event, Sync) else event.begun)


@dataclass(frozen=True)
class _Call:
    begun: int
    ended: int
    process: int
    name: str
    words: bytes
    result: int

    def path(self) -> Path:
        """Return the path that is named, below the folder that is given for it, if one is."""
        return self.descriptor() / os.fsdecode(self.texts()[0])

    def texts(self) -> list[bytes]:
        found = []
        for text, more in _TEXT.findall(self.words):
            assert not more, "strace cut a text off"
            found.append(_plain(text))
        return found

    def descriptor(self) -> Path:
        """Return the path behind the first descriptor; an empty one for a file without a name."""
        found = _DESCRIPTOR.search(self.words)
        return Path(os.fsdecode(_plain(found[1]))) if found and not found[2] else Path()

    def numbers(self) -> list[int]:
        """Return the plain numbers behind the last text or descriptor."""
        rest = self.words[max(self.words.rfind(b'"'), self.words.rfind(b">")) + 1 :]
        return [int(word) for word in rest.split(b",") if word.strip().isdigit()]


def _plain(text: bytes) -> bytes:
    return bytes.fromhex(text.replace(b"\\x", b"").decode())


def _calls(log: Path, before: int) -> Iterator[_Call]:
    begun: dict[int, tuple[int, bytes]] = {}
    with log.open("rb") as lines:
        for place, line in enumerate(lines, before):
            found = _LINE.match(line.rstrip(b"\n"))
            assert found, line[:200]
            process, rest = int(found[1]), found[2]
            if rest.endswith(b"<unfinished ...>"):
                begun[process] = place, rest[: -len(b"<unfinished ...>")].rstrip()
                continue
            first = place
            resumed = _RESUMED.match(rest)
            if resumed:
                first, head = begun.pop(process)
                rest = head + resumed[1]
            call = _CALL.fullmatch(rest)
            if call is None:
                assert rest[:3] in {b"+++", b"---"} or rest.endswith(b"= ?"), rest[:200]
                continue
            result = -1 if call[3] == b"?" else int(call[3], 0)
            # A call that did not end (a kill) may have done anything: a server that is killed
            # is not what this looks at, and `Recording.check` would show it.
            yield _Call(first, place, process, call[1].decode(), call[2], result)


class _Reader:
    def __init__(self, folder: Path, marks: re.Pattern[bytes]) -> None:
        self._folder, self._marks = folder, marks
        self._place: dict[Path, int] = {}  # where the next plain `write` to a file goes

    def events(self, call: _Call) -> Iterator[Event]:
        if call.result < 0:
            return
        read = getattr(self, f"_{call.name}", None)
        if read is not None:
            yield from read(call)
            return
        assert os.fsencode(self._folder).hex() not in call.words.replace(b"\\x", b"").decode(), (
            f"{call.name} is not known here"
        )

    def _inside(self, path: Path) -> bool:
        return path.is_relative_to(self._folder)

    # ------------------------------------------------------------ content

    def _openat(self, call: _Call) -> Iterator[Event]:
        path = call.path()
        if not self._inside(path):
            return
        self._place[path] = 0
        if b"O_CREAT" in call.words:
            yield Name(call.begun, call.ended, "file", path)
        if b"O_TRUNC" in call.words:
            yield Resize(call.begun, call.ended, path, 0)
        assert b"O_APPEND" not in call.words, "appending is not known here"

    _open = _creat = _openat

    def _pwrite64(self, call: _Call) -> Iterator[Event]:
        path = call.descriptor()
        if self._inside(path):
            [data] = call.texts()
            yield Write(call.begun, call.ended, path, data[: call.result], call.numbers()[-1])

    def _write(self, call: _Call) -> Iterator[Event]:
        path = call.descriptor()
        data = b"".join(call.texts())[: call.result]
        if self._inside(path):
            place = self._place[path]
            self._place[path] = place + len(data)
            yield Write(call.begun, call.ended, path, data, place)
        elif self._marks.search(data):
            yield Mark(call.begun, call.ended, data)

    _sendto = _sendmsg = _writev = _write

    def _ftruncate(self, call: _Call) -> Iterator[Event]:
        path = call.descriptor()
        if self._inside(path):
            yield Resize(call.begun, call.ended, path, call.numbers()[-1])

    def _mmap(self, call: _Call) -> Iterator[Event]:
        path = call.descriptor()
        if self._inside(path) and b"MAP_SHARED" in call.words and b"PROT_WRITE" in call.words:
            # The shared index is made anew by whoever opens the file first.
            assert path.name.endswith("-shm"), f"{path} is written through memory"
        yield from ()

    def _fsync(self, call: _Call) -> Iterator[Event]:
        path = call.descriptor()
        if self._inside(path):
            yield Sync(call.begun, call.ended, path)

    _fdatasync = _fsync

    # ------------------------------------------------------------ names

    def _unlink(self, call: _Call) -> Iterator[Event]:
        path = call.path()
        if self._inside(path):
            yield Name(call.begun, call.ended, "unlink", path)

    _unlinkat = _unlink

    def _rename(self, call: _Call) -> Iterator[Event]:
        before, after = (Path(os.fsdecode(text)) for text in call.texts())
        if self._inside(before) or self._inside(after):
            yield Name(call.begun, call.ended, "rename", before, after)

    _renameat = _renameat2 = _rename

    def _mkdir(self, call: _Call) -> Iterator[Event]:
        path = call.path()
        if self._inside(path):
            yield Name(call.begun, call.ended, "folder", path)

    _mkdirat = _mkdir
