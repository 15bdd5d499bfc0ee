"""The difference between a session and a session file leads from one to the other."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from optwidgets import OptimizationSession
from optwidgets.client.alchemist.news import Known, differences
from optwidgets.journal.state import apply_all

POINTS = [{"T": 30.0, "c": "A"}, {"T": 40.0, "c": "B"}, {"T": 50.0, "c": "A"}]


def begun():
    session = OptimizationSession(name="Reactor")
    session.add_variable("T", "real", bounds=(20, 100))
    session.add_variable("c", "categorical", categories=["A", "B"])
    return session


def point(session, number):
    return {**dict.fromkeys(session.search_space.names, 1), **POINTS[number % 3]}


def row(session, number):
    noise = 0.1 if number % 2 else None
    session.experiment_manager.add_experiment(point(session, number), float(number), noise)


def stage(session, number):
    session.add_staged_experiment(point(session, number))


def rule(session, number):
    if not session.state.space.constraints:
        session.add_input_constraint("inequality", {"T": 1}, rhs=90 + number, name="warm")


def label(session, number):
    if not session.state.table.objectives:
        session.experiment_manager.set_objectives("Output")
    session.change_objective("Output", label=f"Yield {number}")


def variable(session, _):
    if "n" not in session.search_space and not len(session.state.table):
        session.add_variable("n", "integer", bounds=(0, 5))


def with_item(act):
    def step(session, number):
        waiting = [row for row in session.state.table.pending() if row.state == "suggested"]
        if waiting:
            act(session.experiment_manager, waiting[number % len(waiting)].id, number)

    return step


#: What a client of ALchemist can do to a session.
ACTS = {
    "row": row,
    "stage": stage,
    "rule": rule,
    "label": label,
    "variable": variable,
    "bounds": lambda session, number: session.change_variable("T", max=100 + number),
    "event": lambda session, number: session.log_event("pump", {"n": number}),
    "name": lambda session, number: session.update_metadata(name=f"Reactor {number}"),
    "start": with_item(lambda manager, item, _: manager.accept(item)),
    "done": with_item(lambda manager, item, number: manager.record(item, float(number))),
    "fail": with_item(lambda manager, item, _: manager.fail(item, "leak")),
    "delete": with_item(lambda manager, item, _: manager.delete(item)),
}


STEPS = st.lists(st.tuples(st.sampled_from(sorted(ACTS)), st.integers(0, 5)), max_size=12)


def sent(session, *, ours):
    """Return the file as a server sends it; without our part, as ALchemist's has none."""
    document = json.loads(session.export_session_json())
    if not ours:
        del document["optwidgets"]
    return document


def content(state):
    rows = sorted(
        str([dict(row.inputs), dict(row.outputs), row.noise, row.state, row.reason,
             row.iteration if row.is_done else None])
        for row in state.table
    )  # fmt: skip
    return (
        dict(state.metadata) | {"session_id": "", "created_at": ""},
        state.space,
        rows,
        [(o.name, o.label, o.unit) for o in state.table.objectives],
        sorted(entry["hash"] for entry in state.decisions.values()),
    )


@pytest.mark.parametrize("ours", [True, False])
@settings(max_examples=40, deadline=None)
@given(first=STEPS, then=STEPS)
def test_what_others_do_is_followed_in_steps(ours, first, then):
    there, known = begun(), Known()
    here = OptimizationSession().state
    for steps in (first, then):
        for step in steps:
            ACTS[step[0]](there, step[1])
        changes = differences(here, sent(there, ours=ours), known)
        here = apply_all(here, changes)
        assert content(here)[1:] == content(there.state)[1:]
        assert here.name == there.name
        # and it is stable: the same again is no news
        assert differences(here, sent(there, ours=ours), known) == []


def test_a_row_keeps_its_number_when_it_gets_its_result():
    there, known = begun(), Known()
    first = there.add_staged_experiment(POINTS[0])
    there.add_staged_experiment(POINTS[1])
    here = apply_all(
        OptimizationSession().state,
        differences(OptimizationSession().state, sent(there, ours=True), known),
    )
    number = here.table.pending()[0].id
    there.experiment_manager.record(first, 2.0)
    after = apply_all(here, differences(here, sent(there, ours=True), known))
    assert after.table.row(number).outputs["Output"] == 2.0
    assert len(after.table) == 2
