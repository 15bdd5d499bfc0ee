"""Whatever is typed by mistake is a sentence; nothing is lost and the session goes on."""

from __future__ import annotations

import asyncio
import errno
import os
import threading
import time

import pandas as pd
import pytest

from optwidgets import OptimizationSession, OptwidgetsError
from optwidgets.data.exporting import export_table
from optwidgets.widgets.data_grid import DataGrid
from optwidgets.widgets.space_builder import SpaceBuilder
from optwidgets.widgets.suggestion_panel import SuggestionPanel

NAN, INFINITY = float("nan"), float("inf")


@pytest.fixture(params=["memory", "file"])
def session(request, tmp_path):
    made = OptimizationSession() if request.param == "memory" else None
    made = made or OptimizationSession.open(tmp_path / "a.db")
    made.add_variable("t", "real", bounds=(20, 100))
    made.add_variable("c", "categorical", categories=["A", "B"])
    made.add_experiment({"t": 60, "c": "A"}, output=1.0)
    yield made
    made.close()


@pytest.mark.parametrize(
    ("act", "sentence"),
    [
        (lambda s: s.add_variable("x", "real", bounds=(NAN, 1)), "finite number"),
        (lambda s: s.add_variable("x", "real", bounds=(0, INFINITY)), "finite number"),
        (lambda s: s.add_variable("x", "real", bounds=(5, 1)), "above the minimum, 5"),
        (lambda s: s.add_variable("x", "integer", bounds=(1, 1)), "above the minimum, 1"),
        (lambda s: s.add_variable("x", "real", bounds=5), "two numbers"),
        (lambda s: s.add_variable("x", "real", bounds=(0, 1), log=True), "minimum above 0"),
        (lambda s: s.add_variable("t", "real", bounds=(0, 1)), "t exists already"),
        (lambda s: s.add_variable("", "real", bounds=(0, 1)), "needs a name"),
        (lambda s: s.add_variable("x" * 10_000, "real", bounds=(0, 1)), "10000 characters"),
        (lambda s: s.add_variable("a\nb", "real", bounds=(0, 1)), "one line"),
        (lambda s: s.add_variable("a\u200fb", "real", bounds=(0, 1)), "direction mark"),
        (lambda s: s.add_variable("Output", "real", bounds=(0, 1)), "objective already"),
        (lambda s: s.change_variable("t", name="c"), "c exists already"),
        (lambda s: s.change_variable("t", name="x", new_name="y"), "not both"),
        (lambda s: s.add_objective("t"), "t is a variable already"),
        (lambda s: s.add_experiment({"t": NAN, "c": "A"}, output=1), "finite number"),
        (lambda s: s.add_experiment({"t": "warm", "c": "A"}, output=1), '"warm" is not a number'),
        (lambda s: s.add_experiment({"t": 60, "c": "Z"}, output=1), "not one of A and B"),
        (lambda s: s.add_experiment({"t": 60, "c": "A"}, output=INFINITY), "finite number"),
        (lambda s: s.experiment_manager.edit(1, Output="abc"), '"abc" is not a number'),
        (lambda s: s.experiment_manager.import_table(pd.DataFrame()), "There are no columns"),
        (lambda s: s.suggest_next("EI", balance="a"), '"a" is not a number'),
        (lambda s: s.suggest_next("TS", balance=0.5), "has no balance .* choose one of EI, "),
        (lambda s: s.suggest_next("EI", deadline=NAN), "finite number"),
        (lambda s: s.suggest_next("EI", deadline=0), "above 0 seconds"),
        (lambda s: s.generate_initial_design("lhs", n_points=NAN), "whole number"),
        (lambda s: s.generate_initial_design("lhs", random_seed="a"), "random_seed"),
        (lambda s: s.generate_initial_design("lhs", random_seed=-1), "random_seed"),
        (lambda s: s.predict(5), "Give the points as a DataFrame"),
    ],
)
def test_a_mistake_is_a_sentence_and_changes_nothing(session, act, sentence):
    before = session.state
    with pytest.raises(OptwidgetsError, match=sentence) as caught:
        act(session)
    assert len(str(caught.value)) < 300
    assert session.state is before
    assert session.add_experiment({"t": 70, "c": "B"}, output=2.0) == 2
    session.verify()


def test_a_variable_is_renamed_with_what_else_changes(session):
    session.change_variable("t", name="T", max=120)
    assert session.search_space["T"].bounds == (20, 120)
    assert session.state.table.row(1).inputs["T"] == 60
    session.undo()
    assert session.search_space["t"].bounds == (20, 100)


@pytest.mark.parametrize("place", [None, 5, "a\x00b.db", "x" * 5_000 + ".db", ""])
def test_a_place_that_is_no_file_is_a_sentence(place, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptwidgetsError, match="name of a file"):
        OptimizationSession.open(place)
    assert list(tmp_path.iterdir()) == []


def test_results_too_large_to_compute_with_still_give_points(session):
    for place in range(5):
        session.add_experiment({"t": 30 + place, "c": "A"}, output=1.7e308 * (-1) ** place)
    with pytest.raises(OptwidgetsError, match="too large to compute with"):
        session.train_model()
    frame = session.suggest_next("EI", n_suggestions=2)
    assert len(frame) == 2
    assert "too large" in frame.attrs["message"]
    assert session.replay()["equal"].all()


def test_one_point_may_be_predicted_as_it_is_written(session):
    for place in range(4):
        session.add_experiment({"t": 30 + place, "c": "A"}, output=place)
    mean, sd = session.predict({"t": 40, "c": "A"})["Output"]
    assert mean.shape == sd.shape == (1,)


def test_a_row_with_more_bad_cells_counts_them(session):
    table = pd.DataFrame({"t": ["warm", "60"], "c": ["A", "Z"], "Output": ["1", "2"]})
    with pytest.raises(OptwidgetsError, match=r"1 more value cannot be read\. Nothing"):
        session.experiment_manager.import_table(table)
    assert len(session.state.table) == 1


@pytest.mark.parametrize("typed", ["abc", "NaN", "inf", "1e999", "x" * 10_000, "<b>1</b>"])
def test_a_bad_cell_of_the_grid_is_told_there_and_the_grid_lives(session, typed):
    grid = DataGrid(session)
    before = session.state
    with pytest.raises(OptwidgetsError):
        grid.handle("edit", {"cells": [{"row": 1, "column": "out:Output", "text": typed}]})
    assert session.state is before


async def test_a_wait_that_is_given_up_leaves_the_worker_working(session, monkeypatch):
    started, told = threading.Event(), threading.Event()

    def endless(*args):
        progress = args[-1]
        started.set()
        try:
            while True:
                progress(None, "Searching")
                told.wait(0.01)
        finally:
            told.set()

    with monkeypatch.context() as patched:
        patched.setattr("optwidgets.campaign.work.propose", endless)
        before = session.revision
        waiting = asyncio.create_task(session.suggest_async("EI", n_suggestions=2))
        await asyncio.to_thread(started.wait, 5)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert await asyncio.to_thread(told.wait, 5)
    assert len(await session.suggest_async("EI")) == 1
    assert session.revision == before + 1


def test_a_full_disk_leaves_the_file_of_before(tmp_path, monkeypatch):
    session = OptimizationSession()
    session.add_variable("t", "real", bounds=(20, 100))
    path = tmp_path / "space.json"
    session.search_space.to_json(path)
    before = path.read_bytes()

    def full(*args, **kwargs):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr("os.fsync", full)
    monkeypatch.setattr("optwidgets.data.exporting.export_bytes", full)
    with pytest.raises(OptwidgetsError, match="No space left"):
        session.search_space.to_json(path)
    with pytest.raises(OptwidgetsError, match="No space left"):
        export_table(session.state.table, session.state.space, tmp_path / "table.xlsx")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_in_every_panel_and_all_of_them_live_on(tmp_path):
    session = OptimizationSession.open(tmp_path / "a.db")
    session.add_variable("t", "real", bounds=(20, 100))
    for place in range(5):
        session.add_experiment({"t": 30 + 10 * place}, output=float(place))
    grid, panel, space = DataGrid(session), SuggestionPanel(session), SpaceBuilder(session)
    with session._store.journal._database._engine.connect() as connection:
        disk = connection.connection.driver_connection
        (pages,) = disk.execute("PRAGMA max_page_count").fetchone()
        disk.execute("PRAGMA max_page_count=1")  # SQLite takes it as: not one page more
    seen = []

    def until_full(steps):
        for name, what in steps:
            seen[:] = [session.state]
            (grid if name == "edit" else space).handle(name, what)

    cell = {"row": 1, "column": "out:Output"}
    edits = (("edit", {"cells": [cell | {"text": str(value)}]}) for value in range(3000))
    with pytest.raises(OptwidgetsError, match=r"the disk is full\. .*all before it is safe"):
        until_full(edits)
    assert session.state is seen[0]
    with pytest.raises(OptwidgetsError, match="the disk is full"):
        until_full([("remove_variable", {"name": "t"}), ("undo", {})] * 3000)
    assert session.state is seen[0]
    panel.handle("suggest", {})
    limit = time.monotonic() + 30
    while panel.notice is None and time.monotonic() < limit:
        time.sleep(0.01)
    assert "the disk is full" in panel.notice["text"]
    assert session.state.table.counts["suggested"] == 0

    with session._store.journal._database._engine.connect() as connection:
        connection.connection.driver_connection.execute(f"PRAGMA max_page_count={pages}")
    grid.handle("edit", {"cells": [cell | {"text": "7"}]})
    session.close()
    again = OptimizationSession.open(tmp_path / "a.db")
    assert again.state.table.row(1).outputs["Output"] == 7
    again.verify()
    again.close()
