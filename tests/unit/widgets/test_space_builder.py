from __future__ import annotations

import pytest

from optwidgets.errors import OptwidgetsError
from optwidgets.session import OptimizationSession
from optwidgets.widgets._space_forms import blank_form, clean_form, convert_form, form_of
from optwidgets.widgets._space_tables import read_variables
from optwidgets.widgets.space_builder import SpaceBuilder

REAL = {"name": "Flow", "kind": "real", "min": "0,5", "max": "20", "unit": "mL/min", "log": True}


@pytest.fixture
def session():
    return OptimizationSession(name="Reactor")


@pytest.fixture
def builder(session):
    widget = SpaceBuilder(session)
    yield widget
    widget.close()


def save(builder, form, **args):
    return builder.handle("save_variable", {"form": form, **args})


def names(builder):
    return [view["form"]["name"] for view in builder.variables]


class TestSaving:
    def test_a_variable_is_added_as_one_step(self, builder, session):
        reply = save(builder, REAL)
        assert reply["saved"]
        assert reply["form"]["min"] == "0.5"
        assert session.search_space["Flow"].bounds == (0.5, 20.0)
        assert session.search_space["Flow"].log
        assert (builder.variables[0]["low"], builder.variables[0]["high"]) == ("0.5", "20")
        session.undo()
        assert names(builder) == []

    @pytest.mark.parametrize(
        ("change", "field", "sentence"),
        [
            ({"name": ""}, "Name", "A variable needs a name."),
            ({"max": "0.2"}, "Maximum", "Maximum must be above the minimum, 0.5."),
            ({"max": "0.5"}, "Maximum", "Maximum must be above the minimum, 0.5."),
            ({"max": ""}, "Maximum", "Give a maximum."),
            ({"max": "1o5"}, "Maximum", 'Maximum "1o5" is not a number.'),
            ({"max": "nan"}, "Maximum", 'Maximum must be a finite number, not "nan".'),
            ({"max": "inf"}, "Maximum", 'Maximum must be a finite number, not "inf".'),
            ({"min": "-1"}, "Minimum", "Log scale needs a minimum above 0."),
            ({"kind": "integer", "log": False}, "Minimum", "Use whole numbers, such as 0."),
            ({"kind": "discrete", "values": ["5"]}, "Values", "Give at least two values."),
            ({"kind": "discrete", "values": ["5", "5,0"]}, "Values", "5 is there already."),
            ({"kind": "categorical", "values": []}, "Categories", "Give at least two categories."),
            (
                {"kind": "categorical", "values": ["A", ""]},
                "Categories",
                "Write a name for the category.",
            ),
        ],
    )
    def test_what_is_wrong_is_said_at_its_field_and_nothing_changes(
        self, builder, session, change, field, sentence
    ):
        before = session.revision
        reply = save(builder, REAL | change)
        assert not reply["saved"]
        assert reply["problems"][field] == sentence
        assert session.revision == before

    def test_each_field_gets_its_own_sentence(self, builder):
        problems = save(builder, blank_form() | {"min": "x"})["problems"]
        assert set(problems) == {"Name", "Minimum", "Maximum"}

    def test_a_taken_name(self, builder):
        save(builder, REAL)
        problems = save(builder, REAL)["problems"]
        assert problems == {"Name": "Flow exists already. Use another name."}

    def test_the_sentence_is_about_the_field_that_was_left(self, builder):
        save(builder, REAL)
        problems = save(builder, REAL | {"min": "30"}, name="Flow", changed="Minimum")["problems"]
        assert problems == {"Minimum": "Minimum must be below the maximum, 20."}

    def test_a_dry_run_changes_nothing(self, builder, session):
        assert save(builder, REAL, dry=True)["problems"] == {}
        assert len(session.search_space) == 0

    def test_a_name_like_an_objective_is_refused(self, builder, session):
        with pytest.raises(OptwidgetsError, match="Output is an objective already"):
            save(builder, REAL | {"name": "Output"})
        assert len(session.search_space) == 0

    def test_a_rename_takes_the_data_along(self, builder, session):
        save(builder, REAL)
        session.add_experiment({"Flow": 3.0}, output=1.0)
        save(builder, REAL | {"name": "Feed"}, name="Flow")
        assert dict(session.state.table.row(1).inputs) == {"Feed": 3.0}
        assert builder.variables[0]["results"] == 1

    def test_saving_what_is_there_records_nothing(self, builder, session):
        save(builder, REAL)
        before = session.revision
        assert save(builder, form_of(session.search_space["Flow"]), name="Flow")["saved"]
        assert session.revision == before

    def test_a_variable_that_another_view_removed(self, builder, session):
        save(builder, REAL)
        session.remove_variable("Flow")
        with pytest.raises(OptwidgetsError, match="Flow"):
            save(builder, REAL, name="Flow")

    def test_any_rubbish_is_a_form(self):
        form = clean_form({"name": 3, "min": None, "max": [1], "log": "yes", "values": "abc"})
        assert form == blank_form() | {"name": "3"}


class TestKinds:
    def test_real_to_integer_keeps_the_range(self):
        form, dropped = convert_form(blank_form() | {"min": "10", "max": "20"}, "integer")
        assert (form["min"], form["max"], dropped) == ("10", "20", "")

    def test_what_was_dropped_is_said(self):
        form, dropped = convert_form(clean_form(REAL), "categorical")
        assert form["values"] == ["0,5", "20"]
        assert dropped == "Log scale was dropped. Unit mL/min was dropped."

    def test_categories_to_levels(self):
        form, dropped = convert_form(
            blank_form() | {"kind": "categorical", "values": ["5", "ten", "20"]}, "discrete"
        )
        assert form["values"] == ["5", "20"]
        assert dropped == "ten was dropped."

    def test_levels_to_a_range(self):
        form, dropped = convert_form(
            blank_form() | {"kind": "discrete", "values": ["5", "10", "20"]}, "real"
        )
        assert (form["min"], form["max"], form["values"]) == ("5", "20", [])
        assert dropped == "10 was dropped."

    def test_the_intent_changes_nothing(self, builder, session):
        before = session.revision
        builder.handle("convert", {"form": REAL, "kind": "integer"})
        assert session.revision == before
        with pytest.raises(OptwidgetsError, match="no kind"):
            builder.handle("convert", {"form": REAL, "kind": "complex"})


class TestTheList:
    def test_reordering_is_one_step(self, builder, session):
        for name in "ABC":
            save(builder, REAL | {"name": name})
        builder.handle("move_variable", {"name": "C", "to": 0})
        assert names(builder) == ["C", "A", "B"]
        before = session.revision
        builder.handle("move_variable", {"name": "C", "to": -5})
        assert session.revision == before
        session.undo()
        assert names(builder) == ["A", "B", "C"]

    def test_removing_keeps_what_the_rows_say(self, builder, session):
        save(builder, REAL)
        save(builder, REAL | {"name": "Feed"})
        session.add_experiment({"Flow": 3.0, "Feed": 1.0}, output=1.0)
        builder.handle("remove_variable", {"name": "Flow"})
        assert names(builder) == ["Feed"]
        assert session.state.table.row(1).inputs["Flow"] == 3.0

    def test_rows_outside_are_kept_counted_and_listed(self, builder, session):
        save(builder, REAL | {"log": False})
        for flow in (1.0, 19.0, 20.0):
            session.add_experiment({"Flow": flow}, output=flow)
        assert builder.outside_rows == 0
        save(builder, REAL | {"log": False, "max": "15"}, name="Flow")
        assert builder.outside_rows == 2
        assert builder.outside[0] == {
            "row": 2,
            "name": "Flow",
            "value": "19.00 mL/min",
            "limit": "limit 15",
        }
        session.experiment_manager.edit(2, Flow=14)
        assert builder.outside_rows == 1

    def test_a_value_just_outside_is_shown_with_all_its_digits(self, builder, session):
        save(builder, REAL | {"log": False})
        session.add_experiment({"Flow": 25.123456}, output=1.0)
        session.add_experiment({"Flow": 20.0001}, output=1.0)
        assert [item["value"] for item in builder.outside] == ["25.12 mL/min", "20.0001 mL/min"]

    def test_the_rug_has_at_most_sixty_ticks_inside_the_range(self, builder, session):
        save(builder, REAL)
        for n in range(70):
            session.add_experiment({"Flow": 0.5 + n / 10}, output=1.0)
        rug = builder.variables[0]["rug"]
        assert len(rug) == 60
        assert all(0 <= at <= 1 for at in rug)
        assert builder.variables[0]["results"] == 70

    def test_ticks_of_one_category_stand_side_by_side_in_its_band(self, builder, session):
        save(builder, {"name": "C", "kind": "categorical", "values": ["A", "B"]})
        for _ in range(3):
            session.add_experiment({"C": "B"}, output=1.0)
        rug = builder.variables[0]["rug"]
        assert len(set(rug)) == 3
        assert all(0.5 <= at <= 1 for at in rug)


class TestTables:
    def test_a_table_of_variables(self, builder, session):
        found = builder.handle(
            "read_table",
            {"text": "name;kind;min;max;unit\nT;real;60;140;°C\nn;integer;1;2,5;\nT;real;0;1;"},
        )
        assert found["source"] == "variables"
        assert [item["use"] for item in found["proposals"]] == [True, False, False]
        assert found["proposals"][1]["error"] == "Use whole numbers, such as 2."
        assert found["proposals"][2]["error"] == "T exists already. Use another name."
        assert len(session.search_space) == 0

    def test_lines_without_heads(self):
        found = read_variables("Flow\treal\t0.5\t20\tmL/min\nC\tcategorical\tA, B, C")
        assert [item["form"]["values"] for item in found["proposals"]] == [[], ["A", "B", "C"]]
        assert found["proposals"][0]["form"]["unit"] == "mL/min"

    def test_past_results_propose_ranges_and_leave_results_out(self, session):
        found = read_variables("T,Cat,Yield\n60.5,A,30.5\n80,B,40.1\n100,A,50", ["Yield"])
        assert found["source"] == "results"
        assert found["rows"] == 3
        assert [item["use"] for item in found["proposals"]] == [True, True, False]
        assert found["proposals"][1]["form"]["values"] == ["A", "B"]

    @pytest.mark.parametrize("text", ["", " \n ", "1,2\n3,4", "hello", "name,kind,min,max"])
    def test_nothing_to_read_is_a_sentence(self, text):
        with pytest.raises(OptwidgetsError, match=r"\.$"):
            read_variables(text)

    def test_adding_several_is_one_step_or_none(self, builder, session):
        good = [REAL, REAL | {"name": "Feed"}]
        builder.handle("add_variables", {"forms": good})
        assert names(builder) == ["Flow", "Feed"]
        session.undo()
        assert names(builder) == []
        with pytest.raises(OptwidgetsError):
            builder.handle("add_variables", {"forms": [*good, REAL | {"name": "X", "max": ""}]})
        assert names(builder) == []

    def test_names_that_are_there_are_not_proposed(self, builder):
        save(builder, REAL)
        found = builder.handle("read_table", {"text": "Flow\treal\t0\t1"})
        assert found["proposals"][0]["error"] == "Flow exists already. Use another name."


def test_two_views_show_the_same(session, builder):
    other = SpaceBuilder(session)
    save(builder, REAL)
    assert other.variables == builder.variables
    assert other.revision == session.revision
    other.close()
    session.remove_variable("Flow")
    assert names(builder) == []


def test_constraints_live_through_the_panel_and_say_which_rows_break_them(builder, session):
    for name in ("a", "b"):
        save(builder, {"name": name, "kind": "real", "min": "0", "max": "1", "unit": ""})
    session.add_input_constraint("equality", {"a": 1, "b": 1}, rhs=1, name="sum")
    session.add_experiment({"a": 0.5, "b": 0.6}, output=1.0)
    save(builder, {"name": "oil", "kind": "real", "min": "0", "max": "2", "unit": ""}, name="a")
    builder.handle("move_variable", {"name": "b", "to": 0})
    assert [rule.describe() for rule in session.search_space.constraints] == ["oil + b = 1"]
    assert builder.outside[0]["limit"] == "constraint oil + b = 1"
    with pytest.raises(OptwidgetsError, match="Remove sum first"):
        builder.handle("remove_variable", {"name": "b"})


def test_roles_and_derived_variables_are_shown_and_survive_an_edit():
    session = OptimizationSession()
    session.add_variable("optimizer", "categorical", categories=["adam", "sgd"])
    session.add_variable("m", "real", bounds=(0, 1), active_if={"optimizer": "sgd"}, changes="hard")
    session.add_variable("humidity", "real", bounds=(0, 100), observed=True)
    session.add_derived("double", "2 * humidity")
    builder = SpaceBuilder(session)
    tags = [view["tags"] for view in builder.variables]
    assert tags == [[], ["hard to change", "only if optimizer = sgd"], ["observed"]]
    assert builder.derived == ["double = 2 · humidity"]
    form = builder.variables[1]["form"] | {"max": "2"}
    assert builder._save_variable(form=form, name="m")["saved"]
    assert session.state.space["m"].bounds == (0.0, 2.0)
    assert session.state.space["m"].tags == ("hard to change", "only if optimizer = sgd")


class TestRoles:
    def test_a_role_and_a_condition_are_saved_and_shown(self, builder, session):
        save(builder, {"name": "solvent", "kind": "categorical", "values": ["water", "oil"]})
        reply = save(builder, REAL | {"role": "hard", "condition": "solvent = oil"})
        assert reply["saved"]
        flow = session.search_space["Flow"]
        assert (flow.changes, flow.active_if.to_dict()) == ("hard", {"solvent": ["oil"]})
        shown = builder.variables[1]
        assert (shown["form"]["role"], shown["form"]["condition"]) == ("hard", "solvent = oil")
        assert shown["tags"] == ["hard to change", "only if solvent = oil"]
        save(builder, REAL | {"role": "observed", "condition": ""}, name="Flow")
        flow = session.search_space["Flow"]
        assert (flow.observed, flow.changes, flow.active_if) == (True, "easy", None)

    @pytest.mark.parametrize(
        ("change", "field", "sentence"),
        [
            ({"condition": "solvnt = oil"}, "Only if", "Did you mean solvent?"),
            ({"condition": "solvent = milk"}, "Only if", "which it cannot be"),
            ({"condition": "solvent"}, "Only if", "The condition of Flow is 'solvent'."),
            ({"condition": "Flow = 3"}, "Only if", "Flow"),
            ({"role": "observed", "condition": "solvent = oil"}, "Only if", "is observed"),
            ({"role": "fixed"}, "Role", "Role must be one of"),
        ],
    )
    @pytest.mark.parametrize("dry", [True, False])
    def test_what_is_not_possible_is_said_at_its_box(self, builder, change, field, sentence, dry):
        save(builder, {"name": "solvent", "kind": "categorical", "values": ["water", "oil"]})
        reply = save(builder, REAL | change, dry=dry)
        assert not reply["saved"]
        assert sentence in reply["problems"][field]
        assert names(builder) == ["solvent"]

    def test_a_condition_that_others_need_is_kept_with_a_sentence(self, builder, session):
        save(builder, {"name": "solvent", "kind": "categorical", "values": ["water", "oil"]})
        save(builder, REAL | {"condition": "solvent = oil"})
        fewer = {"name": "solvent", "kind": "categorical", "values": ["water", "glycol"]}
        reply = save(builder, fewer, name="solvent")
        assert not reply["saved"]
        assert "Change the condition of Flow first." in reply["problems"]["Only if"]
        assert session.search_space["solvent"].categories == ("water", "oil")

    def test_what_is_observed_needs_no_bounds(self, builder, session):
        save(builder, {"name": "T", "kind": "real", "min": "0", "max": "1"})
        free = {"name": "humidity", "kind": "real", "unit": "%", "role": "observed"}
        assert save(builder, free, dry=True)["problems"] == {}
        assert save(builder, free)["saved"]
        shown = builder.variables[1]
        assert (shown["form"]["min"], shown["form"]["max"]) == ("", "")
        assert (shown["low"], shown["high"]) == ("", "")
        for value in (299.5, 300.5):
            session.add_experiment({"T": 0.5, "humidity": value}, output=1)
        before = len(session.entries())
        assert save(builder, free, name="humidity")["saved"]
        assert len(session.entries()) == before
        save(builder, free | {"unit": "g"}, name="humidity")
        assert session.search_space["humidity"].bounds == (299.5, 300.5)
        reply = save(builder, free | {"role": "easy"}, name="humidity")
        assert reply["problems"]["Minimum"] == "Give a minimum."
        assert save(builder, free | {"min": "0"}, name="humidity")["problems"]["Maximum"]


class TestConstraints:
    @pytest.fixture
    def mixture(self, builder):
        for name in ("oil", "water", "Flow rate"):
            save(builder, {"name": name, "kind": "real", "min": "0", "max": "1"})
        return builder

    def test_formulas_are_added_shown_and_removed_as_steps(self, mixture, session):
        for formula in ("oil + water = 1", "Flow rate × oil ≤ 0.5", "`Flow rate` ≥ 0.1"):
            assert mixture.handle("add_constraint", {"formula": formula}) == {
                "added": True, "problem": "",
            }  # fmt: skip
        assert [rule["formula"] for rule in mixture.constraints] == [
            "oil + water = 1", "Flow rate · oil ≤ 0.5", "Flow rate ≥ 0.1",
        ]  # fmt: skip
        mixture.handle("remove_constraint", {"name": mixture.constraints[1]["name"]})
        assert len(mixture.constraints) == 2
        session.undo()
        assert len(mixture.constraints) == 3
        assert len({rule["name"] for rule in mixture.constraints}) == 3

    def test_how_many_are_used_is_typed_as_a_count(self, mixture, session):
        mixture.handle("add_constraint", {"formula": "count(oil, water, Flow rate) = 2"})
        assert mixture.constraints[-1]["formula"].startswith(
            "exactly 2 of oil, water and Flow rate"
        )

    @pytest.mark.parametrize(
        ("formula", "sentence"),
        [
            ("", "Type a formula"),
            ("oil + ", "ends too early"),
            ("oil + water", "needs a comparison"),
            ("oil + milk = 1", "milk"),
            ("__import__('os') <= 1", "contains"),
        ],
    )
    def test_what_is_no_constraint_is_said_and_changes_nothing(self, mixture, formula, sentence):
        reply = mixture.handle("add_constraint", {"formula": formula})
        assert not reply["added"]
        assert reply["problem"]
        assert sentence in reply["problem"]
        assert mixture.constraints == []
