"""Fits for those who look: what is ended, and what is answered to who comes back."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

from optwidgets.server import fits
from optwidgets.server.fits import Fits


class Host:
    """Computes a fit when it is let go, and takes a moment to end one."""

    def __init__(self):
        self.begun, self.may_end = [], asyncio.Event()

    async def state(self, session_id):
        return SimpleNamespace(metadata={"created_at": "2026-01-02"})

    async def compute(self, session_id, name, arguments, **options):
        number = len(self.begun)
        self.begun.append(arguments["revision"])
        try:
            await self.may_end.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0.02)
            raise
        return SimpleNamespace(result={"number": number})


async def test_who_comes_back_while_a_fit_is_ended_gets_a_new_one(monkeypatch):
    host = Host()
    known = Fits(host)
    monkeypatch.setattr(fits, "FORGET_SECONDS", -1.0)  # at once
    assert (await known.get("s", "Output", 3, None, wait=0))["fit"] is None
    monkeypatch.setattr(fits, "FORGET_SECONDS", 10.0)
    again = asyncio.create_task(known.get("s", "Output", 3, None, wait=20))
    await asyncio.sleep(0.1)  # the first one is gone by now
    third = asyncio.create_task(known.get("s", "Output", 3, None, wait=20))
    await asyncio.sleep(0)
    host.may_end.set()
    assert [(await asked)["fit"] for asked in (again, third)] == [{"number": 1}] * 2
    assert host.begun == [3, 3]
    await known.close()


async def test_fits_beyond_those_that_are_kept_are_ended(monkeypatch):
    host = Host()
    known = Fits(host)
    monkeypatch.setattr(fits, "KEPT", 1)
    for revision in (1, 2):
        await known.get("s", "Output", revision, None, wait=0.01)
    host.may_end.set()
    assert (await known.get("s", "Output", 2, None, wait=20))["fit"] == {"number": 1}
    assert (await known.get("s", "Output", 1, None, wait=20))["fit"] == {"number": 2}
    await known.close()
