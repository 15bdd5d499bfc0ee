"""A server under load: durable results per second, their latency, and its growth with rows.

    python benchmarks/server_load.py [seconds]

A real server process, real clients on loopback, each on a connection of its own; every result is
acknowledged only when it is on the disk. Prints also what one append with fsync costs here, which
is the floor for one client.
"""

from __future__ import annotations

import asyncio
import json
import os
import statistics
import sys
import tempfile
import time
import uuid
from pathlib import Path

import httpx

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from optwidgets import OptimizationSession  # noqa: E402
from optwidgets.server.faces.native.wire import entry_to_json  # noqa: E402
from support.server_process import ServerProcess  # noqa: E402

#: Until the processes that compute are loaded: what is measured is recording.
SETTLE_SECONDS = 8


def row(number: int) -> list:
    inputs = {f"x{i}": (number * 7919 * (i + 1)) % 1000 / 1000 for i in range(4)}
    entry = OptimizationSession(name="row")
    for name in inputs:
        entry.add_variable(name, "real", bounds=(0, 1))
    entry.add_experiment(inputs, output=float(number))
    return json.loads(json.dumps(entry_to_json(entry.entries()[-1])["change"]))


def bring_in(url: str, rows: int) -> str:
    session = OptimizationSession(name=f"{rows} rows")
    for i in range(4):
        session.add_variable(f"x{i}", "real", bounds=(0, 1))
    for number in range(rows):
        session.add_experiment({f"x{i}": number % 997 / 997 for i in range(4)}, output=0.5)
    body = {
        "created_at": session.state.metadata["created_at"],
        "entries": [entry_to_json(entry) for entry in session.entries()],
    }
    httpx.put(
        f"{url}/api/v1/sessions/{session.id}/journal", json=body, timeout=300
    ).raise_for_status()
    return session.id


async def client(port: int, session_id: str, change: list, until: float, times: list) -> None:
    """Send results one after the other; bare HTTP, so that the server is what is measured."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    body = json.dumps({"changes": [change]}).encode()
    while time.perf_counter() < until:
        head = (
            f"POST /api/v1/sessions/{session_id}/journal HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
            f"Idempotency-Key: {uuid.uuid4()}\r\n\r\n"
        )
        began = time.perf_counter()
        writer.write(head.encode() + body)
        answer = await reader.readuntil(b"\r\n\r\n")
        length = int(answer.lower().partition(b"content-length:")[2].split()[0])
        said = await reader.readexactly(length)
        assert answer.startswith(b"HTTP/1.1 201"), said
        times.append(time.perf_counter() - began)
    writer.close()


def load(port: int, session_id: str, clients: int, seconds: float) -> dict[str, float]:
    times: list[float] = []
    change = row(1)

    async def run() -> None:
        until = time.perf_counter() + seconds
        await asyncio.gather(
            *(client(port, session_id, change, until, times) for _ in range(clients))
        )

    asyncio.run(run())
    ordered = sorted(times)
    return {
        "per_second": len(times) / seconds,
        "p50_ms": 1000 * statistics.median(times),
        "p99_ms": 1000 * ordered[int(0.99 * len(ordered))],
    }


def fsync_ms(folder: str) -> float:
    times = []
    with Path(folder, "floor").open("wb") as file:
        for _ in range(200):
            began = time.perf_counter()
            file.write(b"x" * 256)
            file.flush()
            os.fsync(file.fileno())
            times.append(time.perf_counter() - began)
    return 1000 * statistics.median(times)


def measure(seconds: float) -> dict[str, float]:
    """Print what is measured, and return it by the names of the goals in docs/reliability.md."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        print(f"append of 256 bytes with fsync: {fsync_ms(folder):.1f} ms (median)")
        server = ServerProcess(f"{folder}/lab.db", "--no-auth")
        found["start_s"] = server.start()
        print(f"start to first answer: {found['start_s']:.2f} s")
        try:
            time.sleep(SETTLE_SECONDS)
            for clients in (1, 8, 32):
                session_id = bring_in(server.url, 10)
                figures = load(server.port, session_id, clients, seconds)
                found |= {f"{name}_{clients}": figure for name, figure in figures.items()}
                print(
                    f"{clients:3} clients, one session: {figures['per_second']:.0f} results/s, "
                    f"p50 {figures['p50_ms']:.1f} ms, p99 {figures['p99_ms']:.1f} ms"
                )
            medians = {}
            for rows in (100, 10_000):
                session_id = bring_in(server.url, rows)
                load(server.port, session_id, 1, 0.5)
                medians[rows] = load(server.port, session_id, 1, seconds)["p50_ms"]
                print(f"one client, {rows} rows: p50 {medians[rows]:.2f} ms")
            found["growth"] = medians[10_000] / medians[100]
            print(f"growth from 100 to 10000 rows: {found['growth']:.2f}")
        finally:
            server.stop()
    return found


if __name__ == "__main__":
    measure(float(sys.argv[1]) if len(sys.argv) > 1 else 5.0)
