"""A server killed while models are sent to it: each is there whole or not at all, and no rest."""

from __future__ import annotations

import json
import random
import sqlite3
import threading
import time
from dataclasses import dataclass

import httpx
import pytest

from optwidgets.server.auth import create_token
from optwidgets.server.database import ServerDatabase
from support.server_process import ServerProcess
from support.vergeai_team import make_team
from support.waiting import until

ROUNDS = 8
MODEL = {f"layer{number}.weight": [[0.5] * 1000] * 20 for number in range(8)}


@dataclass
class Started:
    """What `make_team` needs of a server."""

    url: str
    database: ServerDatabase

    def token(self, scope, name, **options):
        return create_token(self.database, name, scope, **options)


def rests(path):
    """Return models without an end and parts of no model, as the file holds them."""
    with sqlite3.connect(path) as connection:
        ask = lambda query: connection.execute(query).fetchone()[0]  # noqa: E731
        return (
            ask("SELECT count(*) FROM vergeai_blobs WHERE NOT kept"),
            ask(
                "SELECT count(*) FROM vergeai_parts WHERE blob NOT IN (SELECT id FROM vergeai_blobs)"
            ),
            ask(
                "SELECT count(*) FROM vergeai_blobs b WHERE b.size != (SELECT coalesce("
                "sum(length(content)), 0) FROM vergeai_parts p WHERE p.blob = b.id)"
            ),
        )


@pytest.mark.slow
def test_killed_while_models_are_sent(tmp_path):
    path = tmp_path / "lab.db"
    ServerDatabase(str(path)).close()
    database = ServerDatabase(str(path), exclusive=False)
    dice, whole, left = random.Random(4711), 0, 0
    with ServerProcess(path) as server:
        for _ in range(ROUNDS):
            team = make_team(Started(server.url, database))
            experiments = [team.experiment(model=None) for _ in range(4)]
            statuses: dict[str, int] = {}

            def send(experiment, team=team, statuses=statuses):
                try:
                    statuses[experiment] = team.start(experiment, MODEL).status_code
                except httpx.HTTPError:
                    statuses[experiment] = 0

            senders = [threading.Thread(target=send, args=(one,)) for one in experiments]
            for sender in senders:
                sender.start()
            time.sleep(dice.uniform(0.3, 3.0))
            server.kill()
            for sender in senders:
                sender.join()
            left += sum(rests(path))
            server.start()
            until(lambda: rests(path) == (0, 0, 0))  # swept when this API is loaded
            for experiment in experiments:
                start = team.get(experiment)["start_model"]
                there = bool(start and start.get("size"))
                assert there or statuses[experiment] != 204, "was acknowledged"
                whole += there
                if there:
                    assert int(start["size"]) == len(json.dumps(MODEL).encode())
    database.close()
    print(f"\n{ROUNDS} kills: {whole} of {4 * ROUNDS} models are whole, {left} rests were swept")
