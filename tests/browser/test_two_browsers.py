"""Two browsers, each with its own kernel, and a script work on one session behind a bad line."""

from __future__ import annotations

import random
import threading
import time
from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from optwidgets import OptimizationSession
from optwidgets.client.address import Address
from optwidgets.client.http import Http
from optwidgets.client.outbox import Outbox
from optwidgets.client.remote_journal import RemoteJournal
from optwidgets.data.edits import RowsAdded, RowsEdited
from support.chromium import Watched
from support.grid import Grid
from support.notebooks import PATIENCE_MS, Notebook, write_notebook
from support.optwidgets_server import running
from support.proxy import proxy_to
from support.waiting import until

PLANNED = 8
ATTACH = """
import optwidgets
session = optwidgets.OptimizationSession.attach({url!r}, actor={name!r}, compute="kernel")
"""
# Without the other panels: no model is fitted anew for each of some hundred results.
SHOW = """
from IPython.display import display
from optwidgets.widgets.data_grid import DataGrid
from optwidgets.widgets.studio_header import StudioHeader
display(StudioHeader(session))
DataGrid(session)
"""
SENT = "(session.remote.line.is_up, session.remote.outbox.count(), len(session.set_aside))"
NEWEST = "(len(session.entries()), session.entries()[-1].hash)"


class Person:
    """Somebody who types results into rows of their own, again and again."""

    def __init__(self, name, page, opened, rows):
        self.name, self.page, self.opened, self.rows = name, page, opened, rows
        self.grid = Grid(opened.cell(1)).wait()
        self.typed = []

    def type(self):
        number = len(self.typed)
        row, value = self.rows[number % len(self.rows)], float(1 + number)
        self.grid.edit("output", row, f"{value:g}")
        self.typed.append((row, value))


@contextmanager
def at_their_desks(browser, lab, url, folder):
    """Open a notebook for each of two people, in a browser context of its own."""
    contexts, people = [], []
    for place, name in enumerate(("maya", "noor")):
        watched = Watched(browser)
        contexts.append(watched)
        page = watched.context.new_page()
        file = f"{folder}-{name}.ipynb"
        write_notebook(lab.folder / file, [ATTACH.format(url=url, name=name), SHOW])
        opened = Notebook(page, lab, file).open()
        opened.run_all()
        rows = range(1 + place, PLANNED + 1, 2)
        people.append(Person(name, page, opened, rows))
    yield people
    for watched, person in zip(contexts, people, strict=True):
        person.opened.shut_down()
        watched.check()
        watched.context.close()


def cutting(proxy, cuts, ended):
    chance = random.Random(7)
    for _ in range(cuts):
        proxy.lose = 0.3 if chance.random() < 0.25 else 0.0
        proxy.cut(down=chance.random() < 0.5)
        time.sleep(chance.uniform(0.1, 0.5))
        proxy.down = False
        time.sleep(chance.uniform(0.3, 0.9))
    proxy.lose = 0.0
    ended.set()


def recording(session, ended, recorded):
    while not ended.is_set():
        recorded.append(1000.0 + len(recorded))
        session.add_experiment({"temperature": 99}, output=recorded[-1])
        time.sleep(0.3)


def converge_after(browser, lab, tmp_path, cuts):
    with (
        running(tmp_path / "lab.db", no_auth=True) as server,
        proxy_to(server.settings.port, seed=3) as proxy,
    ):
        begun = OptimizationSession(name="Reactor", actor="boss")
        begun.add_variable("temperature", "real", bounds=(20, 100))
        for number in range(PLANNED):
            begun.add_experiment({"temperature": 20.0 + 10 * number})
        begun.persist(server.url, compute="kernel")
        outbox = Outbox(proxy.url, begun.id, tmp_path / "script.db")
        journal = RemoteJournal(Http(Address(proxy.url)), begun.id, outbox=outbox)
        script = OptimizationSession(journal=journal, actor="script")
        with at_their_desks(browser, lab, f"{proxy.url}/s/{begun.id}", tmp_path.name) as people:
            ended, recorded = threading.Event(), []
            threads = [
                threading.Thread(target=cutting, args=(proxy, cuts, ended)),
                threading.Thread(target=recording, args=(script, ended, recorded)),
            ]
            for thread in threads:
                thread.start()
            while not ended.is_set():
                for person in people:
                    person.type()
            for thread in threads:
                thread.join()
            script.remote.line.try_now()
            for person in people:
                person.opened.do("session.remote.line.try_now()")
                person.opened.wait_for(SENT, [True, 0, 0], timeout_ms=2 * PATIENCE_MS)
            until(lambda: script.remote.line.is_up and not script.remote.outbox.count(), 120)
            begun.remote.catch_up()
            same_everywhere(begun, script, people)
            nothing_lost_or_doubled(begun.entries(), people, recorded)
        assert proxy.cuts >= cuts
        print(
            f"{proxy.cuts} cuts, {[len(p.typed) for p in people]} typed, {len(recorded)} recorded"
        )
        script.close()
        begun.close()


def same_everywhere(begun, script, people):
    entries = begun.entries()
    script.remote.catch_up()
    assert [entry.hash for entry in script.entries()] == [entry.hash for entry in entries]
    for person in people:
        person.opened.wait_for(NEWEST, [len(entries), entries[-1].hash])
        person.grid.root.evaluate("grid => { grid.closest('.gw').scrollTop = 0 }")
        for row in range(1, PLANNED + 1):
            value = begun.state.table.row(row).outputs.get("Output")
            shown = person.grid.cell("output", row)
            expect(shown).to_contain_text("" if value is None else f"{value:g}")
        rows = f"{len(begun.state.table)} rows"
        expect(person.opened.cell(1).get_by_text(rows, exact=False).first).to_be_visible()
        expect(person.page.locator(".jp-Dialog, .ow .ban.err, .ow .asides")).to_have_count(0)


def nothing_lost_or_doubled(entries, people, recorded):
    def edits_of(name):
        return [
            (edit.row, edit.fields["outputs"]["Output"])
            for entry in entries
            if entry.actor == name and isinstance(entry.change, RowsEdited)
            for edit in entry.change.edits
        ]

    for person in people:
        assert edits_of(person.name) == person.typed
    added = [
        row.outputs["Output"]
        for entry in entries
        if entry.actor == "script" and isinstance(entry.change, RowsAdded)
        for row in entry.change.rows
    ]
    assert added == recorded


def test_two_browsers_and_a_script_converge(browser, lab, tmp_path):
    converge_after(browser, lab, tmp_path, 8)


@pytest.mark.slow
def test_two_browsers_and_a_script_converge_after_200_cuts(browser, lab, tmp_path):
    converge_after(browser, lab, tmp_path, 200)
