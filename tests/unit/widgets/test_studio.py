from __future__ import annotations

import json
import threading

import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from optwidgets.widgets.studio import Studio, studio_of
from optwidgets.widgets.studio_header import StudioHeader, quality_view, saved_view


@pytest.fixture
def session():
    session = OptimizationSession(name="Reactor")
    session.add_variable("T", "real", bounds=(20, 100), unit="°C")
    session.add_variable("cat", "categorical", categories=["A", "B"])
    session.add_objective("Yield", unit="%")
    yield session
    session.close()


@pytest.fixture
def header(session):
    widget = StudioHeader(session)
    yield widget
    widget.close()


class TestReadOut:
    def test_counts_and_best(self, header, session):
        for at, result in ((30, 61.2), (40, 82.0), (50, 82.0)):
            session.add_experiment({"T": at, "cat": "B"}, output=result)
        session.add_experiment({"T": 60, "cat": "A"})
        assert header.counts == {"rows": 4, "done": 3, "suggested": 0, "variables": 2}
        best = header.objectives[0]
        # The earliest of equals: nobody found it twice.
        assert (best["best"], best["best_row"], best["best_labels"]) == (82.0, 2, "B")
        session.experiment_manager.exclude([2, 3], "stirrer stopped")
        assert header.objectives[0]["best_row"] == 1

    def test_the_best_follows_the_goal(self, header, session):
        for result in (3.0, 1.0, 2.0):
            session.add_experiment({"T": 30, "cat": "A"}, output=result)
        header.handle(
            "set_objective", {"old": "Yield", "name": "Cost", "goal": "minimize", "unit": "€"}
        )
        assert header.objectives[0] | {"noise": None} == {
            "name": "Cost",
            "label": "Cost",
            "unit": "€",
            "goal": "minimize",
            "words": "Minimise Cost",
            "target": None,
            "band": None,
            "best": 1.0,
            "best_row": 2,
            "best_labels": "A",
            "noise": None,
        }
        session.undo()
        assert header.objectives[0]["name"] == "Yield"

    def test_the_noise_of_the_results_gives_the_digits(self, header, session):
        session.add_experiment({"T": 30, "cat": "A"}, output=3.0, noise=0.81)
        assert header.objectives[0]["noise"] == pytest.approx(0.9)

    @pytest.mark.parametrize(
        ("change", "sentence"),
        [
            ({"name": " "}, "An objective needs a name."),
            ({"name": "T"}, "T is a variable already"),
            ({"goal": "both"}, "is not one of maximize, minimize, target and band"),
            ({"old": "Cost"}, "is not an objective"),
        ],
    )
    def test_an_objective_that_is_not_possible_is_refused(self, header, session, change, sentence):
        before = session.revision
        args = {"old": "Yield", "name": "Yield", "goal": "maximize", "unit": "%"} | change
        with pytest.raises(OptwidgetsError, match=sentence):
            header.handle("set_objective", args)
        assert session.revision == before

    def test_an_objective_that_nobody_named_can_be_named(self):
        session = OptimizationSession()
        session.add_variable("T", "real", bounds=(0, 1))
        session.add_experiment({"T": 0.5}, output=7.0)
        header = StudioHeader(session)
        header.handle(
            "set_objective", {"old": "Output", "name": "Yield", "goal": "maximize", "unit": "%"}
        )
        assert header.objectives[0]["best"] == 7.0
        header.close()
        session.close()

    def test_the_model_in_plain_words(self, header):
        assert header.quality == {"title": "3 more results", "text": "until the first model"}
        assert quality_view({"words": ""}) == {"title": "None yet", "text": ""}
        assert quality_view({"words": "No model", "message": "Because."}) == {
            "title": "No model",
            "text": "Because.",
        }


class TestNameAndPlace:
    def test_renaming_is_a_step(self, header, session):
        header.handle("rename", {"name": "  Reactor \n campaign 7 "})
        assert header.name == session.name == "Reactor campaign 7"
        assert header.history["undo"]
        header.handle("undo", {})
        assert header.name == "Reactor"
        header.handle("redo", {})
        assert header.name == "Reactor campaign 7"

    @pytest.mark.parametrize("name", ["", "  ", "x" * 10_000])
    def test_a_bad_name_is_refused(self, header, session, name):
        with pytest.raises(OptwidgetsError, match="name"):
            header.handle("rename", {"name": name})
        assert session.name == "Reactor"

    def test_where_it_is_saved(self, tmp_path):
        session = OptimizationSession.open(tmp_path / "reactor.db")
        header = StudioHeader(session)
        assert header.saved["where"] == "file"
        assert header.saved["text"] == "Saved in reactor.db"
        header.close()
        session.close()
        assert saved_view(None)["where"] == "memory"
        assert saved_view("postgresql://lab")["where"] == "server"


class TestMenu:
    def test_the_file_is_one_that_loads(self, header, session, tmp_path):
        session.add_experiment({"T": 30, "cat": "A"}, output=3.0)
        saved = header.handle("save_json", {})
        assert saved["name"] == "reactor.json"
        assert json.loads(saved["text"])["metadata"]["name"] == "Reactor"
        path = tmp_path / saved["name"]
        path.write_text(saved["text"], encoding="utf-8")
        again = OptimizationSession.load_session(path)
        assert again.state.table.row(1).outputs == {"Yield": 3.0}
        again.close()

    def test_the_table(self, header, session):
        session.add_experiment({"T": 30, "cat": "A"}, output=3.0, note="=1+1")
        saved = header.handle("export_csv", {})
        assert saved["name"] == "reactor.csv"
        assert "Yield" in saved["text"].splitlines()[0]
        assert ",=1+1" not in saved["text"]

    def test_a_name_that_is_no_file_name(self, header, session):
        session.name = "../..//a<b>: ünï"
        assert header.handle("save_json", {})["name"] == "a-b-ünï.json"
        session.name = "///"
        assert header.handle("save_json", {})["name"] == "session.json"

    def test_the_history_in_words_newest_first(self, header, session):
        for n in range(60):
            session.change_variable("T", max=101 + n)
        entries = header.handle("history", {})["entries"]
        assert len(entries) == 50
        assert entries[0]["revision"] == session.revision
        assert entries[0]["words"] == "Upper bound of T: 159 to 160"
        assert entries[0]["actor"] == session.actor


class TestStudio:
    def test_there_is_one_for_each_session(self, session):
        studio = Studio(session)
        assert Studio(session) is studio
        assert studio_of(session) is studio
        assert session.studio() is studio
        other = OptimizationSession()
        assert Studio(other) is not studio
        other.close()

    def test_a_closed_one_is_made_again(self, session):
        studio = Studio(session)
        studio.close()
        assert Studio(session) is not studio

    def test_it_holds_the_widgets_in_the_order_of_the_tabs(self, session):
        studio = Studio(session)
        head, body = studio.children
        assert head is studio.header
        assert [box.children[0] for box in body.children] == [
            studio.space,
            studio.data,
            studio.suggestions,
            studio.figures,
        ]
        assert "ow-studio" in studio._dom_classes
        assert "ow-panel-suggest" in body.children[2]._dom_classes

    def test_every_panel_shows_a_change_of_any_other(self, session):
        studio = Studio(session)
        studio.space.handle("remove_variable", {"name": "cat"})
        revisions = {
            widget.revision
            for widget in (studio.header, studio.space, studio.data, studio.suggestions)
        }
        assert revisions == {session.revision}
        assert studio.header.counts["variables"] == 1

    def test_a_row_lit_in_one_panel_is_lit_in_all(self, session):
        studio = Studio(session)
        studio.suggestions.handle("spotlight", {"row": 3})
        assert studio.data.spotlight == studio.space.spotlight == 3

    def test_it_shows_a_table_where_no_widget_can_live(self, session):
        session.add_experiment({"T": 30, "cat": "A"}, output=3.0)
        session.name = "<b>Reactor</b>"
        bundle = session._repr_mimebundle_()
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        assert "application/vnd.jupyter.widget-view+json" in data
        assert "<b>Reactor" not in data["text/html"]
        assert "<td>A</td>" in data["text/html"]
        assert "1 of 1 row with results" in data["text/plain"]


def test_two_threads_that_ask_at_once_get_one_studio():
    """The sidebar asks on its own thread while the cell shows the session."""
    session = OptimizationSession()
    together = threading.Barrier(4)
    found = []

    def ask():
        together.wait()
        found.append(Studio(session))

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(found) == 4
    assert len({id(studio) for studio in found}) == 1
    assert all(studio.children for studio in found)
    session.close()
