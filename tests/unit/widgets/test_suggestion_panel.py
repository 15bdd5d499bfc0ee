from __future__ import annotations

import threading
import time

import pytest

from optwidgets.data.table import SuggestionInfo
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import SettingsChanged
from optwidgets.session import OptimizationSession
from optwidgets.widgets.studio_header import StudioHeader
from optwidgets.widgets.suggestion_panel import SuggestionPanel


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("T", "real", bounds=(20, 100), unit="°C")
    session.add_variable("cat", "categorical", categories=["A", "B"])
    session.add_objective("Yield", unit="%")
    yield session
    session.close()


@pytest.fixture
def filled(session):
    for n in range(8):
        at = 25 + 10 * n
        session.add_experiment({"T": at, "cat": "AB"[n % 2]}, output=80 - (at - 60) ** 2 / 40)
    return session


@pytest.fixture
def panel(session):
    widget = SuggestionPanel(session)
    yield widget
    widget.close()


def suggest(panel, name="suggest"):
    """Ask for a round and wait until the panel has said what became of it."""
    panel.handle(name, {})
    task = panel._asked
    done = threading.Event()
    task.future.add_done_callback(lambda _: done.set())
    assert done.wait(60)
    limit = time.monotonic() + 10
    while time.monotonic() < limit and panel.round is None and not panel.notice:
        time.sleep(0.01)
    return task


class TestOptions:
    def test_they_have_defaults(self, panel):
        assert panel.options == {
            "strategy": "EI",
            "goal": "maximize",
            "objective": "Yield",
            "batch_size": 3,
            "balance": 0.5,
            "weights": {},
            "locks": [],
        }
        assert [goal["label"] for goal in panel.goals] == [
            "Maximise Yield", "Minimise Yield", "Bring Yield to a target", "Keep Yield in a band",
        ]  # fmt: skip
        assert {
            "name": "TS", "label": "Thompson sampling", "balance": False, "weights": False,
        } in panel.strategies  # fmt: skip

    def test_they_lie_in_the_session_and_are_shared(self, panel, session):
        panel.handle("set_options", {"strategy": "ucb", "batch_size": 4, "balance": 0.25})
        other = SuggestionPanel(session)
        assert other.options == panel.options
        assert (other.options["strategy"], other.options["batch_size"]) == ("UCB", 4)
        other.close()
        session.undo()
        assert panel.options["strategy"] == "EI"

    def test_the_goal_is_kept_where_no_objective_was_chosen(self, panel):
        panel.handle("set_options", {"objective": "Yield", "goal": "minimize"})
        assert panel.options["goal"] == "minimize"
        panel.handle("set_options", {"goal": "maximize"})
        assert panel.options["goal"] == "maximize"

    def test_turning_the_objective_round_turns_the_goal(self, panel, session):
        header = StudioHeader(session)
        panel.handle("set_options", {"goal": "minimize"})
        panel.handle("set_options", {"goal": "maximize"})
        header.handle(
            "set_objective", {"old": "Yield", "name": "Yield", "goal": "minimize", "unit": "%"}
        )
        assert panel.options["goal"] == "minimize"
        session.undo()
        assert panel.options["goal"] == "maximize"
        header.close()

    def test_they_survive_a_restart(self, tmp_path):
        session = OptimizationSession.open(tmp_path / "reactor.db")
        panel = SuggestionPanel(session)
        panel.handle("set_options", {"balance": 0.75})
        panel.close()
        session.close()
        again = OptimizationSession.open(tmp_path / "reactor.db")
        panel = SuggestionPanel(again)
        assert panel.options["balance"] == 0.75
        panel.close()
        again.close()

    def test_the_goal_of_the_only_objective_is_the_one_that_is_chosen(self, panel):
        panel.handle("set_options", {"objective": "Yield", "goal": "minimize"})
        assert panel.options["goal"] == "minimize"

    def test_choosing_what_is_chosen_records_nothing(self, panel, session):
        before = session.revision
        panel.handle("set_options", {"strategy": "EI", "batch_size": 3, "unknown": 3})
        assert session.revision == before

    @pytest.mark.parametrize(
        "change",
        [
            {"strategy": "magic"},
            {"goal": "both"},
            {"objective": "Cost"},
            {"batch_size": 0},
            {"batch_size": 25},
            {"batch_size": True},
            {"batch_size": 2.5},
            {"balance": 1.01},
            {"balance": "half"},
            {"balance": float("nan")},
        ],
    )
    def test_bad_ones_are_refused_with_a_sentence(self, panel, session, change):
        before = session.revision
        with pytest.raises(OptwidgetsError, match=r"\.$"):
            panel.handle("set_options", {"balance": 0.1, **change})
        assert session.revision == before

    def test_rubbish_from_a_file_counts_as_not_chosen(self, panel, session):
        session.commit(
            [
                SettingsChanged(
                    {
                        "suggest strategy": "magic",
                        "suggest batch size": "many",
                        "suggest balance": 7,
                        "suggest locks": ["T"],
                        "suggest objective": "Cost",
                        "suggest goal": 1,
                    }
                )
            ]
        )
        assert panel.options["strategy"] == "EI"
        assert panel.options["batch_size"] == 3
        assert panel.options["locks"] == []


class TestARound:
    def test_it_starts_at_once_and_ends_in_rows_that_are_cards(self, filled, panel):
        panel.handle("set_options", {"batch_size": 2})
        start = time.monotonic()
        panel.handle("suggest", {})
        assert time.monotonic() - start < 1
        panel._asked.result(60)
        assert [card["row"] for card in panel.cards] == [9, 10]
        card = panel.cards[0]
        assert card["sd"] > 0
        assert 0 <= card["explore"] <= 1
        assert card["gain"]
        assert card["nearest"] in range(1, 9)
        assert [setting["name"] for setting in card["settings"]] == ["T", "cat"]
        assert filled.state.table.row(9).state == "suggested"
        assert panel.round["count"] == 2
        assert panel.round["results"] == 8

    def test_without_enough_results_it_covers_the_space_and_says_so(self, session, panel):
        suggest(panel)
        assert panel.cards[0]["fallback"]
        assert panel.cards[0]["mean"] is None
        limit = time.monotonic() + 10
        while panel.notice is None and time.monotonic() < limit:
            time.sleep(0.01)
        assert panel.notice["title"] == "3 more results until the first model."
        assert panel.notice["kind"] == "info"

    def test_without_a_variable_it_says_so(self):
        session = OptimizationSession()
        panel = SuggestionPanel(session)
        assert panel.ready["reason"] == "Suggest needs at least one variable."
        with pytest.raises(OptwidgetsError, match="at least one variable"):
            panel.handle("suggest", {})
        session.add_variable("T", "real", bounds=(0, 1))
        assert panel.ready["reason"] == ""
        panel.close()
        session.close()

    def test_cancel_changes_nothing(self, filled, panel, monkeypatch):
        started = threading.Event()

        def endless(state, ask, models, progress):
            started.set()
            while True:
                progress(None, "Searching")
                time.sleep(0.005)

        monkeypatch.setattr("optwidgets.campaign.work.propose", endless)
        before = filled.revision
        panel.handle("suggest", {})
        assert started.wait(10)
        with pytest.raises(OptwidgetsError, match="already"):
            panel.handle("suggest", {})
        panel.handle("cancel", {})
        with pytest.raises(OptwidgetsError):
            panel._asked.result(5)
        limit = time.monotonic() + 5
        while not panel.message and time.monotonic() < limit:
            time.sleep(0.01)
        assert panel.message.startswith("Cancelled after ")
        assert panel.message.endswith("Nothing was changed.")
        assert filled.revision == before

    def test_a_fault_of_the_engine_is_a_sentence(self, filled, panel, monkeypatch):
        def broken(state, ask, models, progress):
            raise RuntimeError("singular matrix")

        monkeypatch.setattr("optwidgets.campaign.work.propose", broken)
        panel.handle("suggest", {})
        limit = time.monotonic() + 5
        while panel.notice is None and time.monotonic() < limit:
            time.sleep(0.01)
        assert panel.notice["kind"] == "error"
        assert "singular matrix" in panel.notice["details"]
        panel.handle("set_options", {"batch_size": 2})

    def test_refresh_replaces_what_is_stale(self, filled, panel):
        panel.handle("set_options", {"batch_size": 1})
        suggest(panel)
        time.sleep(0.01)
        filled.add_experiment({"T": 62.0, "cat": "A"}, output=79.9)
        assert panel.round["newer"] == 1
        panel.handle("refresh", {})
        panel._asked.result(60)
        assert [row.id for row in filled.state.table.pending()] == [11]
        assert panel.round["newer"] == 0
        assert filled.replay()["equal"].all()
        assert filled.undo_words == "1 suggestion by EI in place of the last"
        panel.handle("undo", {})
        assert [row.id for row in filled.state.table.pending()] == [9]
        panel.handle("redo", {})
        assert [row.id for row in filled.state.table.pending()] == [11]

    def test_a_refresh_that_is_cancelled_leaves_the_old_ones(self, filled, panel, monkeypatch):
        suggest(panel)
        rows = [card["row"] for card in panel.cards]
        started = threading.Event()

        def endless(state, ask, models, progress):
            started.set()
            while True:
                progress(None, "Searching")
                time.sleep(0.005)

        monkeypatch.setattr("optwidgets.campaign.work.propose", endless)
        panel.handle("refresh", {})
        assert started.wait(10)
        panel.handle("cancel", {})
        limit = time.monotonic() + 5
        while not panel.message and time.monotonic() < limit:
            time.sleep(0.01)
        assert panel.message.startswith("Cancelled")
        assert [card["row"] for card in panel.cards] == rows

    def test_a_plan_does_not_age_and_refresh_leaves_it(self, session, panel):
        session.generate_initial_design("lhs", 4, stage=True)
        for row in (1, 2):
            session.experiment_manager.record(row, float(row))
        assert panel.round["newer"] == 0
        panel.handle("set_options", {"batch_size": 1})
        panel.handle("refresh", {})
        panel._asked.result(60)
        assert [row.id for row in session.state.table.pending()] == [3, 4, 5]

    def test_a_card_says_what_its_strategy_saw(self, filled, panel):
        panel.handle("set_options", {"strategy": "UCB", "batch_size": 1})
        suggest(panel)
        assert panel.cards[0]["gain"].startswith("upper bound ")
        assert panel.cards[0]["gain"].endswith(" %")

    def test_a_planned_row_has_the_prediction_of_the_model_there_is_now(self, filled, panel):
        filled.train_model()
        filled.generate_initial_design("lhs", 1, stage=True)
        panel.refresh()
        assert panel.cards[0]["sd"] > 0


class TestLocks:
    def test_a_lock_follows_a_rename_and_its_undo(self, filled, panel):
        panel.handle("set_options", {"batch_size": 1})
        suggest(panel)
        panel.handle("lock", {"name": "cat", "row": panel.cards[0]["row"]})
        filled.search_space.rename_variable("cat", "Catalyst")
        assert [lock["name"] for lock in panel.options["locks"]] == ["Catalyst"]
        filled.undo()
        assert [lock["name"] for lock in panel.options["locks"]] == ["cat"]

    def test_a_locked_variable_is_held(self, filled, panel):
        panel.handle("set_options", {"batch_size": 1})
        suggest(panel)
        row = panel.cards[0]["row"]
        held = filled.state.table.row(row).inputs["cat"]
        panel.handle("lock", {"name": "cat", "row": row})
        assert panel.options["locks"] == [{"name": "cat", "text": held}]
        panel.handle("set_options", {"batch_size": 3})
        panel.handle("suggest", {})
        panel._asked.result(60)
        assert {
            setting["value"]
            for card in panel.cards
            for setting in card["settings"]
            if setting["name"] == "cat"
        } == {held}
        panel.handle("unlock", {"name": "cat"})
        panel.handle("unlock", {"name": "cat"})
        assert panel.options["locks"] == []

    def test_one_variable_stays_free(self, filled, panel):
        panel.handle("lock", {"name": "cat", "row": 1})
        with pytest.raises(OptwidgetsError, match="Leave at least one free"):
            panel.handle("lock", {"name": "T", "row": 1})

    def test_a_value_outside_cannot_be_held(self, filled, panel):
        filled.change_variable("T", max=50)
        with pytest.raises(OptwidgetsError, match="outside its range"):
            panel.handle("lock", {"name": "T", "row": 8})

    def test_a_lock_that_fits_no_more_holds_nothing(self, filled, panel):
        panel.handle("lock", {"name": "T", "row": 8})
        assert panel.options["locks"] == [{"name": "T", "text": "95.0 °C"}]
        filled.change_variable("T", max=50)
        assert panel.options["locks"] == []


class TestDeciding:
    @pytest.fixture
    def two(self, filled, panel):
        panel.handle("set_options", {"batch_size": 2})
        suggest(panel)
        return panel

    def test_accept_runs_the_row_and_the_card_leaves(self, filled, two):
        two.handle("accept", {"row": 9})
        assert filled.state.table.row(9).state == "running"
        assert [card["row"] for card in two.cards] == [10]
        with pytest.raises(OptwidgetsError, match="Only suggested rows"):
            two.handle("accept", {"row": 9})

    def test_dismiss_is_undoable(self, filled, two):
        two.handle("dismiss", {"row": 9})
        assert 9 not in filled.state.table
        filled.undo()
        assert [card["row"] for card in two.cards] == [9, 10]

    def test_only_suggestions_can_be_dismissed(self, filled, two):
        with pytest.raises(OptwidgetsError, match="no suggestion any more"):
            two.handle("dismiss", {"row": 1})
        assert 1 in filled.state.table

    def test_all_at_once_are_one_step(self, filled, two):
        assert two.handle("accept_all", {}) == {"count": 2}
        filled.undo()
        assert two.handle("dismiss_all", {}) == {"count": 2}
        filled.undo()
        assert len(two.cards) == 2
        two.handle("dismiss_all", {})
        assert two.handle("dismiss_all", {}) == {"count": 0}

    def test_a_result_typed_anywhere_takes_the_card_away(self, filled, two):
        filled.experiment_manager.record(9, 70.0)
        assert [card["row"] for card in two.cards] == [10]
        assert two.earlier[0]["row"] == 9
        assert two.earlier[0]["measured"] == 70.0

    def test_the_prediction_follows_an_edit(self, filled, two):
        before = two.cards[0]
        two.handle("edit_suggestion", {"row": 9, "name": "T", "text": "21,5"})
        after = two.cards[0]
        assert after["settings"][0]["value"] == 21.5
        assert after["mean"] != before["mean"]
        # The reasons were those of the other point.
        assert (after["explore"], after["gain"], after["nearest"]) == (None, "", None)
        # What was predicted for one point is not held against another.
        filled.experiment_manager.record(9, 70.0)
        assert two.earlier == []

    def test_a_bad_value_is_refused(self, filled, two):
        with pytest.raises(OptwidgetsError, match='T "1o5" is not a number'):
            two.handle("edit_suggestion", {"row": 9, "name": "T", "text": "1o5"})

    def test_an_edit_is_known_after_a_restart(self, filled, two):
        two.handle("edit_suggestion", {"row": 9, "name": "T", "text": "21.5"})
        again = SuggestionPanel(filled)
        assert again.cards[0]["gain"] == ""
        again.close()


def test_at_most_nine_earlier_ones_newest_first(session, panel):
    info = SuggestionInfo("EI", mean=1.0, sd=0.1)
    from optwidgets.data.edits import RowsAdded
    from optwidgets.data.table import Row

    session.commit(
        [
            RowsAdded(
                tuple(
                    Row(
                        n,
                        {"T": 50.0, "cat": "A"},
                        {"Yield": float(n)},
                        state="excluded" if n == 12 else "done",
                        suggestion=info,
                    )
                    for n in range(1, 13)
                )
            )
        ]
    )
    assert [item["row"] for item in panel.earlier] == list(range(12, 3, -1))
    assert panel.earlier[0]["excluded"]
