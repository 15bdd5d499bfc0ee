"""Attaching to a large session: a snapshot comes in place of the first entries."""

from __future__ import annotations

import pytest

from optwidgets import ConflictError, OptimizationSession
from optwidgets.client.address import TOKEN_VARIABLE, Address
from optwidgets.client.http import Http
from optwidgets.client.remote_journal import RemoteJournal
from optwidgets.errors import OptwidgetsError
from optwidgets.journal import opening, snapshot
from optwidgets.journal.database import snapshots_table


@pytest.fixture
def url(server, monkeypatch):
    """A session of 30 rows with a snapshot after 27 entries, and what it is without one."""
    monkeypatch.setenv(TOKEN_VARIABLE, server.token("write"))
    monkeypatch.setattr(opening, "MIN_WEIGHT", 1)
    made = OptimizationSession(name="Reactor", actor="maya")
    made.add_variable("x", "real", bounds=(0, 1))
    for number in range(25):
        made.add_experiment({"x": number / 30}, output=number / 7)
    url = made.persist(server.url)
    write(server, lambda tx: tx.keep_snapshots())
    for number in range(5):
        made.add_experiment({"x": number / 9}, output=1.0)
    made.experiment_manager.edit(3, {"x": 0.5})
    made.close()
    return url


def write(server, operation):
    server.host.writer.submit(operation).result(30)


@pytest.fixture
def asked(monkeypatch):
    """After which revisions entries were fetched."""
    found = []
    fetch = RemoteJournal._fetch

    def fetched(self, after):
        found.append(after)
        return fetch(self, after)

    monkeypatch.setattr(RemoteJournal, "_fetch", fetched)
    return found


def attached(url, server):
    """Attach as another notebook does; in one kernel there is one session of an id."""
    base, _, session_id = url.partition("/s/")
    http = Http(Address(base), server.token("write"))
    return OptimizationSession(journal=RemoteJournal(http, session_id), actor="noor")


def plainly(url, server, monkeypatch):
    """Attach as a version does that knows no snapshots, or another form of them."""
    with monkeypatch.context() as patch:
        patch.setattr(snapshot, "FORMAT", 99)
        session = attached(url, server)
        assert session._store.journal.snapshot() is None
        return session


def test_attaching_begins_with_the_snapshot(url, server, asked, monkeypatch):
    session = OptimizationSession.attach(url)
    assert session._store.journal.snapshot().revision == 27
    assert asked == []
    plain = plainly(url, server, monkeypatch)
    assert session.state == plain.state
    assert session.revision == 33
    assert session.undo_words == plain.undo_words == "x in row 3: 0.066667 to 0.5"
    plain.close()
    session.close()


def test_what_needs_the_first_entries_fetches_them(url, server, asked, monkeypatch):
    session = OptimizationSession.attach(url)
    plain = plainly(url, server, monkeypatch)
    asked.clear()
    assert session.entries() == plain.entries()
    assert session.entries(after=20) == plain.entries(after=20)
    assert asked == [0, 20]
    assert session.history().equals(plain.history())
    session.verify()
    plain.close()
    session.close()


def test_undo_goes_on_before_the_snapshot_and_so_do_changes_of_others(url, server, asked):
    session, other = attached(url, server), attached(url, server)
    assert [session.undo() for _ in range(9)][-1] == "Row 23 added"
    other.add_experiment({"x": 0.7}, output=3.0)
    for one in (session, other):
        one._store.journal.catch_up()
    assert session.state == other.state
    assert session.state.table.ids == (*range(1, 23), 31)
    assert asked.count(0) == 0
    session.verify()
    session.close()
    other.close()


def test_a_snapshot_that_was_damaged_on_the_server_is_not_taken(url, server, monkeypatch):
    expected = plainly(url, server, monkeypatch)
    write(server, lambda tx: tx.connection.execute(snapshots_table.update().values(body="{}")))
    session = OptimizationSession.attach(url)
    assert session._store.journal.snapshot() is None
    assert session.state == expected.state
    expected.close()
    session.close()


def test_first_entries_that_are_others_by_now_are_refused(url, server, monkeypatch):
    fetch = RemoteJournal._fetch
    monkeypatch.setattr(RemoteJournal, "_fetch", lambda self, after: fetch(self, after)[:-10])
    session = attached(url, server)
    with pytest.raises(OptwidgetsError, match="a backup may have been restored"):
        session.entries()
    assert len(session.state.table) == 30
    session.close()


def test_who_was_quicker_is_told_without_the_first_entries(url, server, asked):
    here, other = attached(url, server), attached(url, server)
    other.experiment_manager.edit(3, {"x": 0.6})
    revision = here._store.journal.known_revision
    # What is read under the lock does not move.
    with pytest.raises(ConflictError, match=r"x in row 3: 0\.5 to 0\.6"), here.lock:
        here.experiment_manager.edit(3, {"x": 0.7})
    [aside] = here.set_aside
    assert aside["words"] == "x in row 3: 0.5 to 0.7"
    assert min(asked, default=revision) >= revision
    here.resolve_set_aside(aside["number"], "mine")
    assert here.state.table.row(3).inputs["x"] == 0.7
    here.close()
    other.close()
