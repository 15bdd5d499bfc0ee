"""One target under atheris, which takes over the process: ``python -m support.fuzz.child``.

What a target raises is written down and the run goes on, so that one run finds more than one thing.
What ends a process — a fault of native code, an input without end, memory without bound — ends it,
and the fuzzer leaves the content in the folder.
"""

from __future__ import annotations

import hashlib
import json
import os
import resource
import sys
import time
import traceback
import warnings
from pathlib import Path
from typing import TYPE_CHECKING

import atheris

if TYPE_CHECKING:
    from support.fuzz.target import Target

SECONDS = 5.0
"""Of processor time, for one content."""
MEMORY = 1 << 30
"""Bytes of address space beyond those that the libraries take."""
MOST_FINDINGS = 50


def main(names: list[str], folder: Path, options: list[str]) -> None:
    """Fuzz targets, one after the other, until the options say that it is enough.

    The libraries are loaded and instrumented once; each target then has a process of its own.
    """
    warnings.simplefilter("ignore")
    with atheris.instrument_imports(include=["optwidgets"]):
        from support.fuzz.target import load_target

        for name in names:
            load_target(name)
        for name in names:
            pid = os.fork()
            if pid == 0:
                place = folder / name
                place.mkdir()
                log = os.open(place / "log", os.O_WRONLY | os.O_CREAT)
                os.dup2(log, 1)
                os.dup2(log, 2)
                try:
                    fuzz(load_target(name), place, options)
                except BaseException:
                    traceback.print_exc()
                    os._exit(3)
            _, status = os.waitpid(pid, 0)
            Path(folder, name, "status").write_text(str(status))


def fuzz(target: Target, folder: Path, options: list[str]) -> None:
    """Fuzz one target; this ends the process."""
    corpus = folder / "corpus"
    corpus.mkdir()
    for seed in target.seeds():
        target.check(seed)
        (corpus / hashlib.sha256(seed).hexdigest()[:16]).write_bytes(seed)
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    known: set[str] = set()

    def one(content: bytes) -> None:
        start = time.process_time()
        try:
            target.check(content)
            took = time.process_time() - start
            assert took < SECONDS, f"took {took:.1f} s of processor time"
        except Exception as error:
            place = place_of(error)
            if place not in known and len(known) < MOST_FINDINGS:
                known.add(place)
                write_finding(folder, place, content, error)

    extra = {}
    if target.mutate is not None:
        mutate = target.mutate
        extra["custom_mutator"] = lambda data, most, seed: mutate(data, most, seed, atheris.Mutate)
    options = [f"-artifact_prefix={folder}/", *options]
    atheris.Setup([sys.argv[0], str(corpus), *options], one, **extra)
    atheris.Fuzz()


def place_of(error: Exception) -> str:
    """Return what two findings have in common that are one: the kind, and where it was raised."""
    frames = [
        f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)
    ]
    ours = [frame for frame in frames if "optwidgets" in frame]
    return " ".join(dict.fromkeys([type(error).__name__, *ours[-1:], frames[-1]]))


def write_finding(folder: Path, place: str, content: bytes, error: Exception) -> None:
    """Write down what came of a content."""
    told = "".join(traceback.format_exception(error))
    found = {"place": place, "content": content.decode("latin-1"), "told": told[-6000:]}
    number = len(list(folder.glob("finding-*")))
    Path(folder, f"finding-{number}.json").write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main(sys.argv[1].split(","), Path(sys.argv[2]), sys.argv[3:])
