"""Sessions of very many rows: opening, importing, listing, attaching, and one more row.

.venv/bin/python benchmarks/large_sessions.py [--rows 100000] [--list 10000]

Two files of so many rows: one import, and rows that were recorded one by one. Seconds are CPU
seconds with one thread, so that neighbours don't count, those of the server's processes added;
the wall clock stands beside them. The best of three is given, as it is for a session that was
used before; "the first time" is after a kill, with no snapshot.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import tempfile
import time
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ.setdefault("OMP_NUM_THREADS", "1")

import httpx
import pandas as pd
import sqlalchemy as sa

from optwidgets import OptimizationSession
from optwidgets.data.edits import RowsAdded
from optwidgets.data.row import Row
from optwidgets.journal.changes import encode_change
from optwidgets.journal.database import entries_table, snapshots_table
from optwidgets.journal.entry import new_group
from optwidgets.journal.lines import lines_of

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))
from support.server_process import ServerProcess  # noqa: E402

SPACE = [
    ("temperature", "real", {"bounds": (20, 100)}),
    ("time", "real", {"bounds": (1, 9)}),
    ("catalyst", "categorical", {"categories": ["A", "B", "C"]}),
]
CSV = "text/csv"
PARQUET = "application/vnd.apache.parquet"


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--rows", type=int, default=100_000)
    options.add_argument("--list", type=int, default=10_000)
    options.add_argument("--only", choices=["growth", "import", "open", "server"], nargs="*")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        frame = drawn(chosen.rows)
        frame.to_csv(folder / "rows.csv", index=False)
        frame.to_parquet(folder / "rows.parquet")
        print(f"{chosen.rows:,} rows")
        wanted = chosen.only or ["growth", "import", "open", "server"]
        if "growth" in wanted:
            growth(folder, [n for n in (100, 10_000, 100_000) if n <= chosen.rows])
        if "import" in wanted:
            imports(folder, frame)
        if "open" in wanted:
            opening(folder / "import.db", frame, "one import", imported)
            opening(folder / "one.db", frame, "one by one", recorded)
        if "server" in wanted:
            on_a_server(folder, chosen.rows, chosen.list)


def drawn(n: int) -> pd.DataFrame:
    """Return n experiments with their results."""
    rng = random.Random(0)
    return pd.DataFrame(
        {
            "temperature": [rng.uniform(20, 100) for _ in range(n)],
            "time": [rng.uniform(1, 9) for _ in range(n)],
            "catalyst": [rng.choice("ABC") for _ in range(n)],
            "Output": [rng.random() for _ in range(n)],
        }
    )


def begun(path: Path | None) -> OptimizationSession:
    session = OptimizationSession() if path is None else OptimizationSession.open(path)
    for name, kind, fields in SPACE:
        session.add_variable(name, kind, **fields)
    return session


def imported(path: Path, frame: pd.DataFrame) -> None:
    session = begun(path)
    session.experiment_manager.import_table(frame)
    session.close()


def recorded(path: Path, frame: pd.DataFrame) -> None:
    """Write entries as so many appends would, without waiting for the disk each time."""
    session = begun(path)
    journal: Any = session._store.journal
    last = journal.read()[-1]
    revision, digest, lines = last.revision, last.hash, []
    for number, row in enumerate(frame.to_dict("records"), 1):
        result = {"Output": row.pop("Output")}
        at = f"2026-01-01T00:{number // 6000 % 60:02}:{number // 100 % 60:02}.{number % 100:02}0+00:00"
        made = Row(number, row, result, state="done", created_at=at, finished_at=at)
        [entry] = new_group(
            [encode_change(RowsAdded((made,)))],
            last_revision=revision,
            last_hash=digest,
            actor="you",
            key=None,
            step="do",
            target=None,
        )
        revision, digest = entry.revision, entry.hash
        lines.append(entry)
    with journal._database.writing() as connection:
        connection.execute(sa.insert(entries_table), lines_of(journal.session_id, lines))
    session.close()


def opening(
    path: Path, frame: pd.DataFrame, kind: str, make: Callable[[Path, pd.DataFrame], None]
) -> None:
    make(path, frame)

    def opened() -> None:
        session = OptimizationSession.open(path)
        assert len(session.state.table) == len(frame)
        session.close()

    def forgotten() -> None:
        session = OptimizationSession.open(path)
        with session._store.journal._database.writing() as connection:
            connection.execute(sa.delete(snapshots_table))
        session.close()

    forgotten()
    say(f"open a file, {kind}, the first time", clock(opened, 1))
    say(f"open a file, {kind}", clock(opened, 3))


def imports(folder: Path, frame: pd.DataFrame) -> None:
    for what, source in (
        ("a DataFrame", frame),
        ("CSV", folder / "rows.csv"),
        ("Parquet", folder / "rows.parquet"),
    ):
        session = begun(folder / f"{what}.db")
        took = clock(lambda source=source, s=session: s.experiment_manager.import_table(source), 1)
        say(f"import {what} into a file", took, len(frame))
        session.close()
    session = begun(folder / "points.db")
    points = frame[[name for name, _, _ in SPACE]].to_dict("records")
    outputs = frame["Output"].tolist()
    took = clock(lambda: session.experiment_manager.add_experiments(points, outputs), 1)
    say("add_experiments into a file", took, len(frame))
    session.close()


def growth(folder: Path, sizes: list[int]) -> None:
    """Record one more result in memory and in a file: does it cost more with many rows?"""
    for place in ("memory", "a file"):
        for size in sizes:
            session = begun(None if place == "memory" else folder / f"grown {size}.db")
            session.experiment_manager.import_table(drawn(size))
            point = {"temperature": 60.0, "time": 3.0, "catalyst": "A"}
            took = []
            for _ in range(300):
                began = time.process_time()
                session.add_experiment(point, output=1.0)
                took.append(time.process_time() - began)
            session.close()
            print(
                f"  one more row in {place}, {size:,} rows: {1e3 * statistics.median(took):.3f} ms"
            )


def server_seconds(server: ServerProcess) -> float:
    """Return the CPU seconds that a server and its children took."""
    pids, found = [server.process.pid], 0.0
    while pids:
        pid = pids.pop()
        for task in Path(f"/proc/{pid}/task").glob("*/children"):
            pids += map(int, task.read_text().split())
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        found += sum(map(int, fields[11:15])) / os.sysconf("SC_CLK_TCK")
    return found


def on_a_server(folder: Path, rows: int, listed: int) -> None:
    with ServerProcess(folder / "lab.db", "--no-auth") as server:
        web = httpx.Client(base_url=server.url, timeout=300)
        for what, kind in (("csv", CSV), ("parquet", PARQUET)):
            content = (folder / f"rows.{what}").read_bytes()
            session = begun(None)
            session.persist(server.url, compute="kernel")
            session_id = session.id
            session.close()
            # The process that reads files has started then.
            route = f"/api/v1/sessions/{session_id}/rows/import"
            head = b"temperature,time,catalyst,Output\n30,3,A,1\n"
            done(web.post(route, content=head, headers=keyed(CSV)))
            took = clock(
                lambda c=content, r=route, k=kind: done(web.post(r, content=c, headers=keyed(k))),
                1,
                server,
            )
            say(f"import {what} through the native API", took, rows)
        route = f"/api/v1/sessions/{session_id}/rows?limit={listed}"
        say(f"list {listed:,} rows, native", clock(lambda: got(web, route), 5, server))
        route = f"/api/v1/sessions/{session_id}/rows/export?format=csv"
        say("export CSV", clock(lambda: got(web, route), 3, server))
        say("attach", clock(lambda: attached(server, session_id, rows), 3, server))
        server.stop()
        server.start()
        time.sleep(5)  # what it starts beside answering is not what is asked for
        web = httpx.Client(base_url=server.url, timeout=300)
        route = f"/api/v1/sessions/{session_id}/rows?limit=1"
        say("first row after a restart of the server", clock(lambda: got(web, route), 1, server))


def got(web: httpx.Client, route: str) -> None:
    done(web.get(route))


def keyed(kind: str) -> dict[str, str]:
    return {"Content-Type": kind, "Idempotency-Key": str(uuid.uuid4())}


def done(answer: httpx.Response) -> None:
    assert answer.is_success, answer.text[:500]


def attached(server: ServerProcess, session_id: str, rows: int) -> None:
    session = OptimizationSession.attach(f"{server.url}/s/{session_id}")
    assert len(session.state.table) == rows + 1
    session.close()


def clock(
    do: Callable[[], object], times: int, server: ServerProcess | None = None
) -> tuple[float, float]:
    """Return the fewest CPU seconds, and the seconds on the wall."""
    found = []
    for _ in range(times):
        wall = time.perf_counter()
        began = time.process_time() + (server_seconds(server) if server else 0.0)
        do()
        cpu = time.process_time() + (server_seconds(server) if server else 0.0) - began
        found.append((cpu, time.perf_counter() - wall))
    return min(cpu for cpu, _ in found), min(wall for _, wall in found)


def say(what: str, took: tuple[float, float], rows: int = 0) -> None:
    rate = f", {rows / took[0]:,.0f} rows a second" if rows else ""
    print(f"  {what}: {took[0]:.3f} s ({took[1]:.3f} s on the clock{rate})", flush=True)


if __name__ == "__main__":
    main()
