"""What a session promises, wherever its journal is kept."""

from __future__ import annotations

import gc
import threading

import pandas as pd
import pytest

from optwidgets import ConflictError, OptimizationSession, OptwidgetsError, _live
from optwidgets.session import acting
from support.journals import new_journal


@pytest.fixture(params=["memory", "sqlite", "remote"])
def session(request, tmp_path):
    journal = new_journal(request, tmp_path)
    made = OptimizationSession(journal=journal, name="Reactor", actor="maya")
    yield made
    made.close()


def fill(session, count=6):
    session.add_variable("temperature", "real", bounds=(20, 100))
    session.add_variable("catalyst", "categorical", categories=["A", "B"])
    for place, point in enumerate(session.generate_initial_design("lhs", n_points=count)):
        bonus = 5.0 if point["catalyst"] == "A" else 0.0
        output = bonus - ((point["temperature"] - 60) / 10) ** 2
        assert session.add_experiment(point, output=output) == place + 1


def test_the_example_of_the_readme_runs_as_printed(session):
    session.add_variable("temperature", "real", bounds=(20, 100))
    session.add_variable("catalyst", "categorical", categories=["A", "B"])
    points = session.generate_initial_design("lhs", n_points=15)
    assert len(points) == 15
    assert len(session.state.table) == 0
    for point in points:
        session.add_experiment(point, output=-((point["temperature"] - 60) ** 2))
    result = session.train_model(backend="botorch", kernel="Matern")
    suggestions = session.suggest_next(strategy="EI", n_suggestions=5, goal="maximize")
    assert isinstance(suggestions, pd.DataFrame)
    assert list(suggestions.columns) == [
        "temperature", "catalyst", "mean", "std", "acquisition", "nearest",
    ]  # fmt: skip
    assert len(suggestions) == 5
    assert suggestions.index.tolist() == [16, 17, 18, 19, 20]
    assert result["success"] is True
    assert result["n_results"] == 15
    assert result["metrics"]["r2"] > 0.5
    lengthscale = result["hyperparameters"]["lengthscales"]["temperature"]
    assert isinstance(lengthscale, float)
    means, sds = session.predict(pd.DataFrame(points))["Output"]
    assert means.shape == sds.shape == (15,)
    assert session.last_suggestions[0].keys() == {"temperature", "catalyst"}


def test_suggested_rows_are_completed_not_doubled(session):
    fill(session)
    frame = session.suggest_next("EI", n_suggestions=2)
    assert session.state.table.counts["suggested"] == 2
    for row, line in frame.iterrows():
        # The whole line of the answer, with its extra columns, is good enough.
        assert session.add_experiment(line.to_dict(), output=1.5) == row
    assert session.state.table.counts["suggested"] == 0
    assert session.state.table.counts["done"] == 8
    assert session.state.table.row(7).outputs["Output"] == 1.5
    assert session.state.table.row(7).suggestion.strategy == "EI"


def test_a_suggested_point_is_known_again_from_a_text_file(session):
    fill(session)
    frame = session.suggest_next("EI")
    point = {
        "temperature": float(f"{frame['temperature'].iloc[0]:.7g}"),
        "catalyst": frame["catalyst"].iloc[0],
    }
    assert session.add_experiment(point, output=1.0) == 7


def test_another_point_is_another_row(session):
    fill(session)
    frame = session.suggest_next("EI")
    point = dict(session.last_suggestions[0])
    point["temperature"] = 20.0 if frame["temperature"].iloc[0] > 50 else 99.0
    assert session.add_experiment(point, output=1.0) == 8
    assert session.state.table.row(7).state == "suggested"


def test_a_repeat_of_a_done_point_is_a_replicate(session):
    fill(session)
    point = dict(session.state.table.row(1).inputs)
    assert session.add_experiment(point, output=1.0) == 7
    assert session.state.table.replicates(session.state.space) == [(1, 7)]


def test_with_too_few_results_a_design_point_is_proposed_and_said(session):
    session.add_variable("x", "real", bounds=(0, 1))
    frame = session.suggest_next("EI", n_suggestions=2)
    assert frame.attrs["message"] == (
        "3 more results until the first model. These points cover the space evenly."
    )
    assert [row.suggestion.strategy for row in session.state.table] == ["space-filling"] * 2
    assert all(row.suggestion.fallback for row in session.state.table)
    assert frame["mean"].isna().all()
    session.add_experiment({"x": 0.2}, output=1.0)
    session.add_experiment({"x": 0.4}, output=2.0)
    message = session.suggest_next("EI").attrs["message"]
    assert message == "1 more result until the first model. This point covers the space evenly."


@pytest.mark.parametrize("count", [0, 1, 2])
def test_training_with_too_few_results_says_how_many(session, count):
    session.add_variable("x", "real", bounds=(0, 1))
    for place in range(count):
        session.add_experiment({"x": place / 3}, output=1.0)
    with pytest.raises(
        OptwidgetsError, match=f"needs 3 results; there are {count}. Add {3 - count}"
    ):
        session.train_model()
    with pytest.raises(OptwidgetsError, match="needs 3 results"):
        session.predict(pd.DataFrame({"x": [0.5]}))


def test_without_variables_it_says_what_is_missing(session):
    with pytest.raises(OptwidgetsError, match="needs at least one variable"):
        session.suggest_next()
    with pytest.raises(OptwidgetsError, match="needs at least one variable"):
        session.train_model()
    with pytest.raises(OptwidgetsError, match="at least one variable"):
        session.generate_initial_design()


def test_equal_outputs_still_give_a_suggestion(session):
    session.add_variable("x", "real", bounds=(0, 1))
    for place in range(4):
        session.add_experiment({"x": place / 4}, output=7.0)
    frame = session.suggest_next("EI", n_suggestions=2)
    assert frame["x"].between(0, 1).all()
    assert frame["x"].nunique() == 2


def test_all_rows_failed_still_gives_a_suggestion(session):
    fill(session)
    session.experiment_manager.fail(list(session.state.table.ids), "pump broke")
    frame = session.suggest_next("EI")
    assert "4 more" not in frame.attrs["message"]
    assert frame.attrs["message"].startswith("3 more results")


def test_a_constant_column_still_gives_a_suggestion(session):
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_variable("y", "real", bounds=(0, 1))
    for place in range(4):
        session.add_experiment({"x": place / 4, "y": 0.5}, output=float(place))
    assert len(session.suggest_next("LogEI")) == 1


@pytest.mark.parametrize(
    ("asked", "sentence"),
    [
        ({"strategy": "EHVI"}, "Choose one of EI"),
        ({"n_suggestions": 0}, "Batch size must be a whole number"),
        ({"n_suggestions": 1.5}, "Batch size must be a whole number"),
        ({"n_suggestions": "many"}, "Batch size must be a whole number"),
        ({"goal": "biggest"}, "maximize, minimize, target and band"),
        ({"goal": ["maximize", "minimize"]}, "Give one goal"),
        ({"hold": {"pressure": 1}}, "pressure"),
        ({"hold": {"catalyst": "C"}}, "C"),
        ({"hold": {"catalyst": "A", "temperature": 50}}, "Every variable is held"),
        ({"balance": 2}, "Balance must be from 0 to 1"),
    ],
)
def test_what_cannot_be_asked_is_a_sentence_and_changes_nothing(session, asked, sentence):
    fill(session)
    before = session.state
    with pytest.raises(OptwidgetsError, match=sentence):
        session.suggest_next(**asked)
    assert session.state == before


def test_the_goal_that_is_asked_for_becomes_the_goal(session):
    fill(session)
    session.suggest_next("EI", goal="minimize")
    assert session.state.table.objective().goal == "minimize"
    assert session.undo() == "1 suggestion by EI"
    assert session.state.table.objectives == ()


def test_a_goal_that_was_set_is_used(session):
    fill(session)
    session.add_objective("Yield", "minimize", unit="%")
    assert session.state.table.row(1).outputs.keys() == {"Yield"}
    frame = session.suggest_next("EI")
    assert session._store.journal.read()[-1].change.record["ask"]["goal"] == "minimize"
    assert len(frame) == 1


def test_held_variables_are_held(session):
    fill(session)
    frame = session.suggest_next("EI", n_suggestions=3, hold={"catalyst": "B"})
    assert set(frame["catalyst"]) == {"B"}
    assert session.undo() == "3 suggestions by EI"


def test_a_small_space_that_is_used_up_is_a_sentence_or_a_repeat(session):
    session.add_variable("c", "categorical", categories=["A", "B", "C"])
    for label in "ABC":
        session.add_experiment({"c": label}, output=1.0 + ord(label))
    before = session.revision
    try:
        frame = session.suggest_next("EI", n_suggestions=2)
    except OptwidgetsError as error:
        assert str(error).endswith(".")  # noqa: PT017 - either is fine, silence is not
        assert session.revision == before
    else:
        assert set(frame["c"]) <= {"A", "B", "C"}


def test_held_variables_are_held_without_a_model_too(session):
    session.add_variable("x", "real", bounds=(0, 1))
    session.add_variable("c", "categorical", categories=["A", "B"])
    assert session.suggest_next(hold={"c": "B"})["c"].tolist() == ["B"]


def test_pending_points_are_not_proposed_again(session):
    fill(session)
    points = [session.suggest_next("EI") for _ in range(3)]
    together = pd.concat(points)[["temperature", "catalyst"]].round(6)
    assert len(together.drop_duplicates()) == 3


def test_a_staged_design_stands_in_the_table(session):
    session.add_variable("x", "real", bounds=(0, 1))
    points = session.generate_initial_design("sobol", n_points=4, stage=True)
    assert [dict(row.inputs) for row in session.state.table] == points
    assert session.state.table.counts["suggested"] == 4
    assert session.undo() == "4 suggestions by sobol"
    assert len(session.state.table) == 0


def test_the_same_seed_gives_the_same_campaign(tmp_path):
    def campaign(seed):
        session = OptimizationSession(actor="maya")
        session.set_config(random_state=seed)
        fill(session)
        return session.suggest_next("qEI", n_suggestions=2), session.generate_initial_design()

    first, second, other = campaign(7), campaign(7), campaign(8)
    pd.testing.assert_frame_equal(first[0], second[0])
    assert first[1] == second[1]
    assert first[1] != other[1]


def test_recorded_suggestions_are_found_again(session):
    session.add_variable("x", "real", bounds=(0, 1))
    session.suggest_next("EI")
    session.generate_initial_design("halton", n_points=3, stage=True)
    for row in session.state.table:
        session.add_experiment(row.inputs, output=-((row.inputs["x"] - 0.3) ** 2))
    session.suggest_next("EI", n_suggestions=2)
    session.suggest_next("UCB", beta=2.0)
    session.undo()
    session.suggest_next("TS", goal="minimize")
    found = session.replay()
    assert found["kind"].tolist() == ["space-filling", "design", "model", "model", "model"]
    assert found["equal"].all(), found


def test_a_suggestion_that_was_tampered_with_is_not_found_again(session):
    fill(session)
    session.suggest_next("EI")
    entry = session._store.journal.read()[-1]
    from dataclasses import replace

    from optwidgets.journal.changes import SuggestionsMade

    row = replace(entry.change.rows[0], id=8, inputs={"temperature": 21.0, "catalyst": "A"})
    session.commit([SuggestionsMade((row,), entry.change.record)])
    assert session.replay()["equal"].tolist() == [True, False]


def test_undo_and_redo_tell_the_step_in_words(session):
    session.add_variable("temperature", "real", bounds=(60, 140))
    session.change_variable("temperature", max=150)
    assert session.undo_words == "Upper bound of temperature: 140 to 150"
    assert session.undo() == "Upper bound of temperature: 140 to 150"
    assert session.redo_words == "Upper bound of temperature: 140 to 150"
    assert session.state.space["temperature"].bounds == (60.0, 140.0)
    session.redo()
    assert session.state.space["temperature"].bounds == (60.0, 150.0)


def test_the_name_of_a_session_is_no_step_but_a_rename_is(session):
    assert session.name == "Reactor"
    assert session.undo_words is None
    session.name = "Reactor 2"
    assert session.undo_words == "Name of the session: Reactor to Reactor 2"
    with pytest.raises(OptwidgetsError, match="A session needs a name"):
        session.name = "  "


def test_variables_can_change_while_there_are_data(session):
    fill(session)
    session.change_variable("temperature", max=50)
    assert session.state.table.outside(session.state.space)
    session.rename_variable("temperature", "T")
    session.remove_variable("catalyst")
    session.add_variable("flow", "integer", bounds=(1, 5))
    assert session.state.table.row(1).inputs.keys() == {"T", "catalyst"}
    session.add_variable("catalyst", "categorical", categories=["A", "B"])
    assert session.experiment_manager.df["catalyst"].notna().all()


def test_results_outside_the_space_are_kept_and_train(session):
    fill(session)
    session.add_experiment({"temperature": 140.0, "catalyst": "A"}, output=-40.0)
    session.train_model()
    assert len(session.model.data) == 7


def test_everything_that_changes_is_an_event(session):
    heard = []
    stop = session.on("variable_added", lambda news: heard.append(news["variable"]["name"]))
    session.on("change", lambda news: heard.append(news["change"]))
    session.add_variable("x", "real", bounds=(0, 1))
    stop()
    session.add_variable("y", "real", bounds=(0, 1))
    assert heard == ["VariableAdded", "x", "VariableAdded"]
    with pytest.raises(OptwidgetsError, match="There is no event 'boom'"):
        session.on("boom", print)


def test_subscribers_see_each_step_as_a_whole(session):
    heard = []
    session.subscribe(lambda entries: heard.append([type(e.change).__name__ for e in entries]))
    fill(session, 3)
    session.suggest_next("EI", goal="minimize")
    assert heard[-1] == ["ObjectivesSet", "SuggestionsMade"]


def test_an_idempotency_key_counts_once(session):
    session.add_variable("x", "real", bounds=(0, 1))
    numbers = []
    for _ in range(2):
        with acting("robot", key="report-17"):
            numbers.append(session.add_experiment({"x": 0.5}, output=1.0))
    assert numbers == [1, 1]
    assert len(session.state.table) == 1


def test_an_old_revision_is_refused_by_name(session):
    session.add_variable("x", "real", bounds=(0, 1))
    seen = session.revision
    session.change_variable("x", max=2)
    with acting("noor", expected_revision=seen), pytest.raises(ConflictError, match="maya changed"):
        session.change_variable("x", max=3)
    assert session.state.space["x"].bounds == (0.0, 2.0)


def test_a_suggestion_in_the_background_reports_and_returns(session):
    fill(session)
    heard = []
    session.on("task", lambda news: heard.append((news["label"], news["state"])))
    task = session.start_suggest(strategy="EI", n_suggestions=2, goal="maximize")
    assert len(task.result(60)) == 2
    assert heard[0] == ("Suggesting 2 points", "queued")
    assert heard[-1] == ("Suggesting 2 points", "done")


def test_a_suggestion_in_the_background_is_made_in_the_name_of_who_asked(session):
    fill(session)
    tasks = []
    for _ in range(2):
        with acting("noor", key="click-1"):
            tasks.append(session.start_suggest(strategy="EI"))
    frames = [task.result(60) for task in tasks]
    entry = session.entries()[-1]
    assert (entry.actor, entry.key) == ("noor", "click-1")
    # The click that came twice is one round.
    assert session.state.table.counts["suggested"] == 1
    pd.testing.assert_frame_equal(*frames)
    assert session.actor == "maya"


async def test_a_suggestion_can_be_awaited(session):
    fill(session)
    frame = await session.suggest_async(strategy="EI")
    assert len(frame) == 1


def test_training_in_the_background_is_recorded(session):
    fill(session)
    assert session.start_fit().result(60)["success"]
    assert session.state.model["kernel"] == "Matern"
    assert session.undo() == "Train the Matern model"
    assert session.state.model is None


def test_a_cancelled_suggestion_changes_nothing(session, monkeypatch):
    fill(session)
    entered = threading.Event()

    def endless(state, ask, models, progress):
        entered.set()
        while True:
            progress(None, "searching")

    monkeypatch.setattr("optwidgets.campaign.work.propose", endless)
    before = session.state
    task = session.start_suggest()
    entered.wait(5)
    assert task.cancel()
    with pytest.raises(OptwidgetsError, match="Nothing was changed"):
        task.result(1)
    assert session.state is before


def test_past_the_deadline_points_cover_the_space_and_say_so(session, monkeypatch):
    fill(session)

    def endless(state, ask, models, progress):
        while True:
            progress(None, "fitting")

    monkeypatch.setattr("optwidgets.campaign.work.propose", endless)
    frame = session.suggest_next("EI", n_suggestions=2, deadline=0.05)
    assert frame.attrs["message"] == (
        "No model within 0.05 s. These points cover the space evenly instead."
    )
    assert session.state.table.row(7).suggestion.fallback
    monkeypatch.undo()
    assert session.replay()["equal"].tolist() == [True]


def test_a_fit_that_fails_still_gives_points(session, monkeypatch):
    fill(session)

    def broken(*args, **kwargs):
        raise RuntimeError("not positive definite")

    monkeypatch.setattr("optwidgets.models.base.fit_model", broken)
    frame = session.suggest_next("EI")
    assert "not positive definite" in frame.attrs["message"]
    assert session.state.table.row(7).suggestion.strategy == "space-filling"


def test_long_calls_inside_a_callback_do_not_block(session):
    fill(session)
    got = []

    def react(entries):
        if not got:
            got.append(None)
            got.append(len(session.suggest_next("EI")))

    session.subscribe(react)
    session.update_metadata(description="go")
    assert got == [None, 1]


def test_models_are_kept_as_long_as_the_data_are_the_same(session):
    fill(session)
    session.train_model()
    first = session.model
    session.update_metadata(author="Maya")
    session.predict(pd.DataFrame([dict(session.state.table.row(1).inputs)]))
    assert session.model is first
    session.add_experiment({"temperature": 33, "catalyst": "A"}, output=1.0)
    session.suggest_next("EI")
    assert session.model is not first
    assert len(session.model.data) == 7


def test_the_kernel_that_was_trained_is_used_from_then_on(session):
    fill(session)
    session.train_model(kernel="RBF")
    session.add_experiment({"temperature": 33, "catalyst": "A"}, output=1.0)
    session.suggest_next("EI")
    assert session.model.config.kernel == "RBF"
    session.train_model(kernel="Matern", kernel_params={"nu": 1.5})
    assert session.get_last_training_config()["kernel_params"] == {"nu": 1.5}
    with pytest.raises(OptwidgetsError, match="Kernel 'Cubic' is not known"):
        session.train_model(kernel="Cubic")
    with pytest.raises(OptwidgetsError, match="lengthscale is not a parameter"):
        session.train_model(kernel_params={"lengthscale": 1})


def test_predicting_needs_every_variable(session):
    fill(session)
    with pytest.raises(OptwidgetsError, match="column catalyst is missing"):
        session.predict(pd.DataFrame({"temperature": [50]}))


def test_alchemists_names_do_what_they_say(session):
    fill(session, 4)
    assert session.get_search_space_summary()["n_variables"] == 2
    summary = session.get_data_summary()
    assert summary["n_experiments"] == 4
    assert summary["target_stats"]["Output"]["max"] <= 5.0
    assert session.get_model_summary() is None
    assert session.get_last_training_config() is None
    session.add_staged_experiment({"temperature": 30, "catalyst": "A"})
    session.add_staged_experiment({"temperature": 40, "catalyst": "A"})
    assert len(session.get_staged_experiments()) == 2
    with pytest.raises(OptwidgetsError, match="2 points are staged"):
        session.move_staged_to_experiments([1.0])
    assert session.move_staged_to_experiments([1.0, 2.0], reason="Tried") == 2
    assert session.undo_words == "2 rows completed"
    session.add_staged_experiment({"temperature": 50, "catalyst": "A"})
    assert session.clear_staged_experiments() == 1
    assert session.objective_names == ["Output"]
    assert (session.n_objectives, session.is_multi_objective) == (1, False)


@pytest.mark.parametrize("seed", [-1, 1.5, "x", True, 1 << 32])
def test_a_seed_is_a_whole_number(session, seed):
    with pytest.raises(OptwidgetsError, match="random_state must be a whole number"):
        session.set_config(random_state=seed)


def test_the_display_without_widgets_is_escaped_text(session):
    session.name = "<script>alert(1)</script>"
    fill(session, 2)
    page = session._repr_html_()
    assert "<script>" not in page
    assert "&lt;script&gt;" in page
    assert "temperature" in page


def test_sessions_are_known_while_they_live_and_not_after(session):
    assert _live.find(session.id) is session
    identity = session.id
    session.close()
    assert _live.find(identity) is None
    other = OptimizationSession()
    identity = other.id
    del other
    gc.collect()
    assert _live.find(identity) is None
