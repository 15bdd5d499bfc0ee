"""The panel with several objectives, and goals with numbers."""

from __future__ import annotations

import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.plots.words import result_text
from optwidgets.session import OptimizationSession
from optwidgets.widgets.studio_header import StudioHeader
from optwidgets.widgets.suggestion_panel import SuggestionPanel


@pytest.fixture
def session():
    session = OptimizationSession()
    session.add_variable("x", "real", bounds=(0, 10))
    session.add_objective("Yield", unit="%")
    session.add_objective("Cost", "minimize", unit="EUR")
    for x in (1, 3, 4.5, 6, 8):
        session.add_experiment({"x": x}, {"Yield": 50 - (x - 4) ** 2, "Cost": (x - 6) ** 2})
    yield session
    session.close()


@pytest.fixture
def panel(session):
    widget = SuggestionPanel(session)
    yield widget
    widget.close()


def suggest(panel):
    panel.handle("suggest", {})
    return panel._asked.future.result(60)


class TestAllAtOnce:
    def test_it_is_the_usual_choice_and_says_what_counts(self, panel, session):
        assert panel.options["objective"] == ""
        assert panel.options["strategy"] == "qLogNEHVI"
        assert panel.goals[0]["label"] == "All 2 objectives (Pareto)"
        assert [item["words"] for item in panel.several] == ["Maximise Yield", "Minimise Cost"]
        worst = session.reference_point()
        yields, costs = (result_text(worst[name]) for name in ("Yield", "Cost"))
        assert panel.reference == f"Counted: Yield above {yields} %, Cost below {costs} EUR."

    def test_cards_have_what_is_predicted_for_each(self, panel, session):
        panel.handle("set_options", {"batch_size": 1})
        suggest(panel)
        (card,) = panel.cards
        assert [item["objective"] for item in card["predicted"]] == ["Yield", "Cost"]
        assert "expected hypervolume gain" in card["gain"]
        assert session.entries()[-1].change.record["strategy"] == "qLogNEHVI"
        before = card["predicted"]
        panel.handle("edit_suggestion", {"row": card["row"], "name": "x", "text": "9"})
        after = panel.cards[0]["predicted"]
        assert after[1]["mean"] > before[1]["mean"] + 1  # both follow the edit
        assert after[0]["mean"] < before[0]["mean"] - 1
        session.add_experiment({"x": 9.0}, {"Yield": 25.0, "Cost": 9.0})

    def test_strategies_are_those_that_fit(self, panel):
        assert {item["name"] for item in panel.strategies} >= {"qLogNEHVI", "qLogNParEGO"}
        with pytest.raises(OptwidgetsError):
            panel.handle("set_options", {"strategy": "no such"})
        panel.handle("set_options", {"strategy": "qEHVI"})
        assert panel.options["strategy"] == "qEHVI"
        panel.handle("set_options", {"objective": "Cost", "goal": "minimize"})
        assert panel.options["strategy"] == "EI"
        assert panel.several == []
        panel.handle("set_options", {"objective": "", "goal": "pareto"})
        assert panel.options["strategy"] == "qEHVI"

    def test_one_objective_is_searched_alone(self, panel, session):
        panel.handle("set_options", {"objective": "Cost", "goal": "minimize", "batch_size": 1})
        suggest(panel)
        (card,) = panel.cards
        assert card["predicted"] == []
        assert 4.5 < session.state.table.row(card["row"]).inputs["x"] < 7.5
        assert "Suggest for Cost" in session.history()["what"].str.cat(sep="; ")

    def test_earlier_ones_are_those_of_the_objective(self, panel, session):
        panel.handle("set_options", {"batch_size": 1})
        suggest(panel)
        row = panel.cards[0]["row"]
        cost = panel.cards[0]["predicted"][1]["mean"]
        session.experiment_manager.record(row, {"Yield": 49.0, "Cost": 1.0})
        panel.handle("set_options", {"objective": "Cost", "goal": "minimize"})
        assert [(item["row"], item["mean"]) for item in panel.earlier] == [(row, cost)]


class TestNumbers:
    def test_a_target_is_a_step_that_undo_takes_back(self, panel, session):
        panel.handle("set_options", {"objective": "Yield", "goal": "minimize"})
        panel.handle("set_aim", {"objective": "Yield", "goal": "target", "target": "46,5"})
        assert session.state.table.objective("Yield").words == "Bring Yield to 46.5"
        assert (panel.options["objective"], panel.options["goal"]) == ("Yield", "target")
        assert panel.objective["target"] == 46.5
        assert panel.objective["best_row"] == 4
        session.undo()
        assert panel.options["goal"] == "minimize"
        assert session.state.table.objective("Yield").goal == "maximize"

    @pytest.mark.parametrize(
        ("numbers", "field", "words"),
        [
            ({"low": "40"}, "high", "To needs a number"),
            ({"low": "x", "high": "50"}, "low", "From"),
            ({"low": "50", "high": "40"}, "high", "must rise"),
        ],
    )
    def test_what_is_wrong_is_told_at_its_box(self, panel, session, numbers, field, words):
        before = session.revision
        with pytest.raises(OptwidgetsError, match=words) as caught:
            panel.handle("set_aim", {"objective": "Yield", "goal": "band"} | numbers)
        assert caught.value.field == field
        assert session.revision == before

    def test_the_header_takes_them_too(self, session):
        header = StudioHeader(session)
        asked = {"old": "Yield", "name": "Yield", "unit": "%", "goal": "band"}
        header.handle("set_objective", asked | {"low": "40", "high": "45"})
        assert header.objectives[0]["words"] == "Keep Yield from 40 to 45"
        # Another name leaves the band as it is.
        header.handle("set_objective", asked | {"name": "Conversion"})
        assert header.objectives[0]["band"] == [40.0, 45.0]
        header.close()


class TestWeights:
    def weigh(self, panel, objective, text):
        panel.handle("weigh", {"objective": objective, "text": text})
        return panel.options["weights"]

    def test_a_compromise_goes_where_the_weight_is(self, panel, session):
        panel.handle("set_options", {"strategy": "qLogNParEGO", "batch_size": 1})
        assert {item["name"]: item["weights"] for item in panel.strategies} == {
            "qLogNEHVI": False, "qNEHVI": False, "qLogEHVI": False, "qEHVI": False,
            "qLogNParEGO": True,
        }  # fmt: skip
        assert self.weigh(panel, "Yield", "20") == {"Yield": 20.0}
        assert self.weigh(panel, "Cost", "0,1") == {"Yield": 20.0, "Cost": 0.1}
        suggest(panel)
        asked = session.entries()[-1].change.record["ask"]["options"]["weights"]
        assert asked == {"Yield": 20.0, "Cost": 0.1}
        (card,) = panel.cards
        assert abs(card["settings"][0]["value"] - 4) < 1  # the best yield is at 4, the cost's at 6

    def test_what_nobody_weighed_counts_once_and_nothing_at_all_varies(self, panel, session):
        panel.handle("set_options", {"strategy": "qLogNParEGO", "batch_size": 1})
        self.weigh(panel, "Yield", "3")
        suggest(panel)
        record = session.entries()[-1].change.record
        assert record["ask"]["options"]["weights"] == {"Yield": 3.0, "Cost": 1.0}
        assert self.weigh(panel, "Yield", " ") == {}
        suggest(panel)
        assert "weights" not in session.entries()[-1].change.record["ask"]["options"]

    def test_other_strategies_are_not_told(self, panel, session):
        self.weigh(panel, "Yield", "3")
        panel.handle("set_options", {"batch_size": 1})
        suggest(panel)
        assert "weights" not in session.entries()[-1].change.record["ask"]["options"]

    @pytest.mark.parametrize(
        ("text", "sentence"), [("much", "is not a number"), ("-1", "at least 0"), ("inf", "finite")]
    )
    def test_what_is_no_weight_is_said(self, panel, text, sentence):
        with pytest.raises(OptwidgetsError, match=sentence):
            self.weigh(panel, "Yield", text)
        assert panel.options["weights"] == {}

    def test_one_has_to_count(self, panel):
        self.weigh(panel, "Yield", "0")
        with pytest.raises(OptwidgetsError, match="One objective has to count"):
            self.weigh(panel, "Cost", "0")
        assert panel.options["weights"] == {"Yield": 0.0}
