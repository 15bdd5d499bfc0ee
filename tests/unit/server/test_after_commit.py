"""What is to follow a commit, and fails, neither undoes the commit nor stops the writer."""

from __future__ import annotations

import asyncio
import logging

from support.hosting import hosted


def test_a_failing_follower_holds_nobody_up(tmp_path, caplog):
    heard = []

    async def campaign():
        def begin(tx):
            tx.create_session("Reactor", session_id="a")
            tx.after_commit(lambda: 1 / 0)
            tx.after_commit(lambda: heard.append("a"))

        async with hosted(tmp_path / "lab.db") as host, asyncio.timeout(30):
            await host.write(begin)
            await host.write(lambda tx: tx.create_session("Other", session_id="b"))

    with caplog.at_level(logging.ERROR):
        asyncio.run(campaign())
    assert heard == ["a"]
    assert "ZeroDivisionError" in caplog.text
