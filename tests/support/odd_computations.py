"""Computations that behave badly, for the tests of the processes that run them."""

from __future__ import annotations

import os
import sys
import time

from optwidgets.journal.changes import MetadataChanged
from optwidgets.server.compute.computations import computation


@computation("sleep", "Sleeping")
def sleep(session, seconds: float = 60.0):
    time.sleep(seconds)
    return {"pid": os.getpid()}


@computation("spin", "Spinning", deadline=0.5)
def spin(session):
    while True:
        pass


@computation("deaf", "Sleeping well")
def deaf(session):
    """Stay alive when asked to go."""
    import signal

    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    session.worker.submit("Deaf", lambda progress: progress(0.5, "I am deaf")).result()
    time.sleep(60)


@computation("gorge", "Gorging")
def gorge(session):
    import numpy as np

    return np.ones((1 << 20, 1 << 16)).sum()


@computation("crash", "Crashing")
def crash(session):
    os.abort()


@computation("fault", "Failing")
def fault(session):
    raise RuntimeError("secret of the server")


@computation("chatter", "Chattering")
def chatter(session):
    print("this is no JSON")
    sys.stdout.flush()
    os.write(1, b"nor is this\n")
    return "said"


@computation("late", "Thinking", records=True, fallback="quick")
def late(session, word: str = ""):
    time.sleep(60)


@computation("quick", "Guessing", records=True)
def quick(session, word: str = "", within: float = 0.0):
    session.update_metadata(description=word)
    return {"word": word, "within": within}


@computation("rename", "Renaming", records=True)
def rename(session, name: str):
    session.commit([MetadataChanged({"name": name})])
    session.update_metadata(description=f"was renamed to {name}")
    return session.revision


@computation("look", "Looking")
def look(session):
    state = session.state
    return {
        "name": state.name,
        "revision": state.revision,
        "rows": [row.id for row in state.table],
        "modules": [name for name in ("torch", "fastapi") if name in sys.modules],
        "secret": os.environ.get("OPTWIDGETS_TOKEN"),
    }
