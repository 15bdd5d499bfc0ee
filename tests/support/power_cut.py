"""What may be left on a disk when the power is cut, from what a process did to its files.

After "All File Systems Are Not Created Equal" (Pillai et al., OSDI 2014): what was synced is
there; of what was not, any part may be, in any order, each write torn at its sectors. A new or
changed name is as unsure as content until its folder is synced, also where common file systems
promise more. A sector is written or it is not: that SQLite relies on (its "powersafe overwrite").
"""

from __future__ import annotations

import itertools
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from support.disk_log import Event, Mark, Name, Resize, Sync, Write

SECTORS = (512, 4096)
_Left = Callable[[Event], Sequence[Event]]


@dataclass
class _Node:
    """A file or folder: what of it is on the disk, and what is not for sure."""

    is_folder: bool = False
    content: bytearray = field(default_factory=bytearray)
    names: dict[str, _Node] = field(default_factory=dict)
    unsure: list[Event] = field(default_factory=list)
    # For names that are unsure: which file they mean.
    meant: dict[int, _Node] = field(default_factory=dict)


class Disk:
    """The files of a folder, synced or not; at first as they were before the recording."""

    def __init__(self, recording: Recording) -> None:
        self._root = recording.folder
        self._nodes: dict[Path, _Node] = {self._root: _Node(is_folder=True)}
        for path in recording.before.iterdir():
            node = _Node(content=bytearray(path.read_bytes()))
            self._nodes[self._root / path.name] = node
            self._nodes[self._root].names[path.name] = node

    def take(self, event: Event) -> None:
        """Let an event happen: what it does is unsure until it is synced."""
        if isinstance(event, Write | Resize):
            self._nodes[event.path].unsure.append(event)
        elif isinstance(event, Name):
            self._name(event)
        elif isinstance(event, Sync):
            node = self._nodes.get(event.path)
            if node is not None:
                self._sync(node, event)

    @property
    def unsure(self) -> int:
        """How many events are not synced."""
        return sum(len(node.unsure) for node in self._nodes.values())

    def synced(self, into: Path) -> None:
        """Write what is left if nothing of what is unsure is."""
        self._leave(into, lambda event: [])

    def everything(self, into: Path) -> None:
        """Write what is left if all of it is, as after a kill of the process."""
        self._leave(into, lambda event: [event])

    def chance(self, into: Path, seed: int) -> None:
        """Write what is left if chance decides for each event and each sector."""
        dice = random.Random(seed)
        likely = dice.choice([0.1, 0.5, 0.9])
        sector = dice.choice(SECTORS)
        torn = dice.choice([0.0, 0.3, 1.0])
        garbage = dice.random() < 0.3

        def left(event: Event) -> Sequence[Event]:
            if dice.random() > likely:
                return []
            if isinstance(event, Write) and dice.random() < torn:
                return _sectors(event, sector, dice)
            return [event]

        self._leave(into, left, dice if garbage else None)

    # ------------------------------------------------------------ inside

    def _name(self, event: Name) -> None:
        folder = self._nodes[event.path.parent]
        if event.kind in {"file", "folder"}:
            if event.path in self._nodes:
                return
            node = _Node(is_folder=event.kind == "folder")
            self._nodes[event.path] = node
        else:
            node = self._nodes.pop(event.path)
            if event.to is not None:
                assert event.to.parent == event.path.parent, "moving is not known here"
                self._nodes[event.to] = node
        folder.unsure.append(event)
        folder.meant[event.begun] = node

    def _sync(self, node: _Node, sync: Sync) -> None:
        # What another thread began meanwhile need not be covered.
        covered = [event for event in node.unsure if event.ended < sync.begun]
        node.unsure = [event for event in node.unsure if event.ended >= sync.begun]
        _apply(node, node.content, node.names, covered)

    def _leave(self, into: Path, left: _Left, garbage: random.Random | None = None) -> None:
        self._leave_folder(self._nodes[self._root], into, left, garbage)

    def _leave_folder(
        self, folder: _Node, into: Path, left: _Left, garbage: random.Random | None
    ) -> None:
        into.mkdir(parents=True, exist_ok=True)
        names = dict(folder.names)
        _apply(folder, bytearray(), names, _chosen(folder.unsure, left))
        for name, node in names.items():
            if node.is_folder:
                self._leave_folder(node, into / name, left, garbage)
                continue
            content = bytearray(node.content)
            _apply(node, content, {}, _chosen(node.unsure, left), garbage)
            (into / name).write_bytes(content)


def _chosen(events: Sequence[Event], left: _Left) -> list[Event]:
    return [kept for event in events for kept in left(event)]


def _apply(
    node: _Node,
    content: bytearray,
    names: dict[str, _Node],
    events: Sequence[Event],
    garbage: random.Random | None = None,
) -> None:
    for event in events:
        if isinstance(event, Write):
            _reach(content, event.offset, garbage)
            content[event.offset : event.offset + len(event.data)] = event.data
        elif isinstance(event, Resize):
            _reach(content, event.size, None)
            del content[event.size :]
        elif isinstance(event, Name):
            meant = node.meant[event.begun]
            if event.kind in {"unlink", "rename"}:
                names.pop(event.path.name, None)
            if event.kind != "unlink":
                names[(event.to or event.path).name] = meant


def _reach(content: bytearray, size: int, garbage: random.Random | None) -> None:
    """Make a file long enough; what lies between may be what was on the disk before."""
    missing = size - len(content)
    if missing > 0:
        content += garbage.randbytes(missing) if garbage else bytes(missing)


def _sectors(write: Write, size: int, dice: random.Random) -> list[Event]:
    """Return the sectors of a write that reached the disk, by chance."""
    end = write.offset + len(write.data)
    edges = [write.offset, *range((write.offset // size + 1) * size, end, size), end]
    likely = dice.choice([0.2, 0.5, 0.8])
    return [
        Write(
            write.begun,
            write.ended,
            write.path,
            write.data[a - write.offset : b - write.offset],
            a,
        )
        for a, b in itertools.pairwise(edges)
        if dice.random() < likely
    ]


@dataclass(frozen=True)
class Recording:
    """What a process did to the files of a folder.

    Parameters
    ----------
    before
        A copy of the folder from before.
    folder
        The folder, as it is now.
    events
        What happened in between.
    """

    before: Path
    folder: Path
    events: Sequence[Event]

    def check(self, scratch: Path) -> None:
        """Fail unless the events lead to the files that are there: nothing was missed."""
        disk = Disk(self)
        for event in self.events:
            disk.take(event)
        disk.everything(scratch)
        for name in {*_files(scratch), *_files(self.folder)}:
            # What goes into the shared index through memory does not matter.
            if name.suffix != ".db-shm":
                found = _bytes(scratch / name)
                assert found == _bytes(self.folder / name), f"{name} is not as recorded"
        shutil.rmtree(scratch)


@dataclass(frozen=True)
class Cut:
    """What one power cut left: the files, and what had left the process before it."""

    folder: Path
    told: list[bytes]
    words: str


def cuts(recording: Recording, count: int, scratch: Path) -> Iterator[Cut]:
    """Yield what so many power cuts leave, each in a folder of its own that is then removed.

    Half of them come right after an answer. Of each half, one half leaves nothing that was not
    synced, the other what chance decides.
    """
    events = recording.events
    dice = random.Random(count)
    answers = [place for place, event in enumerate(events) if isinstance(event, Mark)]
    places = [
        dice.choice(answers) if number % 4 < 2 else dice.randrange(len(events))
        for number in range(count)
    ]
    disk, done = Disk(recording), 0
    told: list[bytes] = []
    for number, place in sorted(enumerate(places), key=lambda item: item[1]):
        for event in events[done : place + 1]:
            disk.take(event)
            if isinstance(event, Mark):
                told.append(event.data)
        done = place + 1
        folder = scratch / f"cut-{number}"
        if number % 2:
            disk.synced(folder)
            left = "nothing of that is left"
        else:
            disk.chance(folder, number)
            left = f"dice {number} decide about that"
        words = f"cut {number} after event {place}, {disk.unsure} not synced, {left}"
        yield Cut(folder, list(told), words)
        shutil.rmtree(folder)


def _files(folder: Path) -> list[Path]:
    return [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]


def _bytes(path: Path) -> bytes | None:
    return path.read_bytes() if path.exists() else None
