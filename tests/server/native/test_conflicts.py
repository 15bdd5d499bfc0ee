"""Two people, one campaign, both online: who was quicker is told, and nothing is lost."""

from __future__ import annotations

import threading

import pytest

from optwidgets import ConflictError, OptimizationSession
from optwidgets.client.address import Address
from optwidgets.client.http import Http
from optwidgets.client.remote_journal import RemoteJournal
from optwidgets.journal import store
from optwidgets.widgets.data_grid import DataGrid
from optwidgets.widgets.space_builder import SpaceBuilder


@pytest.fixture(scope="module")
def server(server_no_auth):
    return server_no_auth


@pytest.fixture
def maya(server):
    session = OptimizationSession(name="Reactor", actor="maya")
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_experiment({"x": 0.5})
    session.persist(server.url, compute="kernel")
    yield session
    session.close()


@pytest.fixture
def noor(server, maya):
    journal = RemoteJournal(Http(Address(server.url)), maya.id)
    session = OptimizationSession(journal=journal, actor="noor")
    yield session
    session.close()


def test_who_was_quicker_is_told_and_mine_is_set_aside(maya, noor):
    noor.change_variable("x", max=2)
    with pytest.raises(ConflictError, match=r"noor changed a variable at .* UTC") as late:
        maya.change_variable("x", max=3)
    assert maya.state.space["x"].high == 2
    [aside] = maya.set_aside
    assert late.value.number == aside["number"]
    assert maya.remote.line.status.aside == 1
    assert aside["choices"] == ["theirs", "mine", "both"]
    maya.resolve_set_aside(aside["number"], "mine")
    assert maya.set_aside == []
    noor.remote.catch_up()
    assert noor.state.space["x"].high == 3


def test_once_it_was_seen_it_can_be_changed(maya, noor):
    noor.change_variable("x", max=2)
    maya._store.catch_up()
    maya.change_variable("x", max=3)
    assert maya.set_aside == []


def test_different_things_are_merged_without_a_word(maya, noor):
    noor.change_variable("x", max=2)
    noor.add_experiment({"x": 1.5}, output=1.0)
    maya.add_variable("y", "real", bounds=(0, 1))
    maya.add_objective("Cost", "minimize")
    maya.add_experiment({"x": 0.1, "y": 0.1}, output={"Cost": 1.0})
    assert maya.set_aside == []
    assert maya.state.space["x"].high == 2


def test_two_objectives_are_two_things(maya, noor):
    maya.add_objective("Yield")
    maya.add_objective("Cost", "minimize")
    noor.remote.catch_up()
    noor.change_objective("Yield", unit="%")
    maya.change_objective("Cost", unit="EUR")
    assert maya.set_aside == []
    assert [item.unit for item in maya.state.table.objectives] == ["%", "EUR"]
    noor.change_objective("Yield", unit="g")
    with pytest.raises(ConflictError, match="noor set the objectives"):
        maya.change_objective("Yield", unit="kg")


def test_what_a_page_had_not_shown_is_not_overwritten(maya, noor):
    builder = SpaceBuilder(maya)
    form, seen = dict(builder.variables[0]["form"]), builder.seen
    noor.change_variable("x", unit="bar")
    # The kernel knows it already, and the page may show it beside what is being typed.
    maya._store.catch_up()
    with pytest.raises(ConflictError, match="noor"):
        builder.handle("save_variable", {"name": "x", "form": form | {"max": "7"}}, seen=seen)
    [aside] = maya.set_aside
    maya.resolve_set_aside(aside["number"], "both")
    assert (maya.state.space["x"].high, maya.state.space["x"].unit) == (7.0, "bar")
    builder.close()


def test_two_who_type_into_one_cell(maya, noor):
    grid = DataGrid(maya)
    seen = grid.seen
    noor.experiment_manager.edit(1, {"Output": 1.0})
    cell = {"row": 1, "column": "out:Output", "text": "2"}
    with pytest.raises(ConflictError, match=r"noor edited rows at .*Output in row 1: empty to 1"):
        grid.handle("edit", {"cells": [cell]}, seen=seen)
    grid.handle("edit", {"cells": [cell | {"column": "note", "text": "wet"}]}, seen=seen)
    assert maya.state.table.row(1).outputs == {"Output": 1.0}
    [aside] = maya.set_aside
    maya.resolve_set_aside(aside["number"], "both")
    assert [row.outputs["Output"] for row in maya.state.table] == [1.0, 2.0]
    grid.close()


def test_results_of_one_suggestion_from_two_sides_both_count(maya, noor):
    noor.experiment_manager.record(1, 1.0)
    assert maya.add_experiment({"x": 0.5}, output=2.0) == 2
    assert [row.outputs["Output"] for row in maya.state.table] == [1.0, 2.0]
    assert maya.set_aside == []


def test_a_change_goes_through_while_others_record_all_the_time(maya, noor):
    ended = threading.Event()

    def record():
        while not ended.is_set():
            noor.add_experiment({"x": 0.1}, output=1.0)

    writer = threading.Thread(target=record)
    writer.start()
    try:
        for high in range(2, 12):
            maya.change_variable("x", max=high)
    finally:
        ended.set()
        writer.join()
    assert maya.state.space["x"].high == 11
    assert maya.set_aside == []


def test_what_was_set_aside_outlives_the_kernel(server, maya, noor):
    noor.change_variable("x", max=2)
    with pytest.raises(ConflictError):
        maya.change_variable("x", max=3)
    maya.close()
    again = OptimizationSession.attach(f"{server.url}/s/{maya.id}")
    assert [each["words"] for each in again.set_aside] == [maya_words(again)]
    again.close()


def maya_words(session):
    [aside] = session.set_aside
    assert "x" in aside["words"]
    return aside["words"]


def test_two_processes_on_one_file_are_told_in_a_clear_sentence(tmp_path):
    path = tmp_path / "reactor.db"
    maya = OptimizationSession.open(path, actor="maya")
    maya.add_variable("x", "real", bounds=(0, 1))
    noor = _another(path, maya)
    noor.change_variable("x", max=2)
    with pytest.raises(ConflictError, match=r"noor changed a variable at .*resolve_set_aside"):
        maya.change_variable("x", max=3)
    [aside] = maya.set_aside
    maya.resolve_set_aside(aside["number"], "mine")
    assert maya.state.space["x"].high == 3
    noor.close()
    maya.close()


@pytest.mark.parametrize(
    "change",
    [
        lambda session, number: session.search_space.change_variable("x", max=number),
        lambda session, number: session.search_space.rename_variable("x", f"x{number}"),
        lambda session, number: session.experiment_manager.edit(1, note=f"seen {number}"),
        lambda session, number: session.experiment_manager.record(1, number),
        lambda session, number: session.experiment_manager.exclude(1, f"leak {number}"),
    ],
)
def test_what_is_changed_in_the_session_by_its_parts_is_told_too(tmp_path, monkeypatch, change):
    monkeypatch.setattr(store, "REFRESH_SECONDS", 0.0)  # each reading looks for news
    path = tmp_path / "reactor.db"
    maya = OptimizationSession.open(path, actor="maya")
    maya.add_variable("x", "real", bounds=(0, 1))
    maya.add_experiment({"x": 0.5})
    noor = _another(path, maya)
    change(noor, 2)
    with pytest.raises(ConflictError, match=r"noor .*resolve_set_aside"):
        change(maya, 3)
    assert len(maya.set_aside) == 1
    noor.close()
    maya.close()


def test_a_result_that_counts_beside_another_is_told_to_be_set_aside_no_more(tmp_path):
    path, told = tmp_path / "reactor.db", []
    maya = OptimizationSession.open(path, actor="maya")
    maya.add_variable("x", "real", bounds=(0, 1))
    maya.add_experiment({"x": 0.5})
    noor = _another(path, maya)
    noor.experiment_manager.record(1, 1.0)
    maya.on("set_aside", lambda news: told.append(news.get("choice")))
    assert maya.add_experiment({"x": 0.5}, output=2.0) == 2
    assert (told, maya.set_aside) == ([None, "theirs"], [])
    noor.close()
    maya.close()


def _another(path, session):
    from optwidgets.journal.sql import SqlJournal

    journal = SqlJournal(path, session.id)
    return OptimizationSession(journal=journal, actor="noor")
