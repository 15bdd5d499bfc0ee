"""What may be asked of a job, and who may do what in a project."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from immutables import Map

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.jobs import JobSetup, choose_devices, read_setup
from optwidgets.runs.projects import Project, Role, read_role, with_member

BODY = {
    "num_devices": 1,
    "num_buffer_devices": 0,
    "device_selection_strategy": "RANDOM",
    "termination_criteria": [{"type": "DurationTerminationCriteria", "max_duration_sec": 60}],
}


def test_a_setup_is_read():
    setup = read_setup(BODY)
    assert (setup.num_devices, setup.strategy, setup.seconds) == (1, "RANDOM", 60.0)


@pytest.mark.parametrize("name", BODY)
def test_a_missing_field_is_named(name):
    with pytest.raises(OptwidgetsError, match=name) as caught:
        read_setup({key: value for key, value in BODY.items() if key != name})
    assert caught.value.field == name


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("num_devices", 0),
        ("num_devices", "1"),
        ("num_devices", True),
        ("num_devices", 1.5),
        ("num_buffer_devices", -1),
        ("num_devices", 10**30),
        ("device_selection_strategy", "ROUND_ROBIN"),
        ("device_selection_strategy", ["RANDOM"]),
        ("termination_criteria", "none"),
        ("termination_criteria", {"type": "DurationTerminationCriteria"}),
        ("termination_criteria", [None]),
        ("termination_criteria", [{"type": "Loss"}]),
        ("termination_criteria", [{"type": "DurationTerminationCriteria"}]),
        *(
            (
                "termination_criteria",
                [{"type": "DurationTerminationCriteria", "max_duration_sec": bad}],
            )
            for bad in (0, -1, True, "60", float("nan"), float("inf"), 1e300)
        ),
    ],
)
def test_a_bad_field_is_refused(name, value):
    with pytest.raises(OptwidgetsError):
        read_setup({**BODY, name: value})


@given(st.integers(0, 8), st.integers(1, 6), st.integers(0, 6), st.integers(0, 99))
def test_devices_are_drawn_without_repetition_or_refused(count, wanted, spare, seed):
    devices = [f"d{number}" for number in range(count)]
    setup = JobSetup(wanted, spare)
    if wanted + spare > count:
        with pytest.raises(OptwidgetsError, match=f"asks for {wanted + spare} devices"):
            choose_devices(setup, devices, random.Random(seed))
        return
    chosen = choose_devices(setup, devices, random.Random(seed))
    assert len(set(chosen)) == wanted + spare
    assert set(chosen) <= set(devices)


def project(**members: Role) -> Project:
    return Project("p", "P", Map(members))


ROLES = st.sampled_from([None, *Role])


@given(ROLES, ROLES, ROLES)
def test_nobody_gives_or_takes_more_than_they_have(own, before, new):
    members = {"owner": Role.OWNER, "me": own, "you": before}
    given_project = project(**{name: role for name, role in members.items() if role})
    allowed = (own or 0) >= Role.ADMIN and max(before or 0, new or 0) <= own
    if not allowed:
        with pytest.raises(OptwidgetsError, match="permission level"):
            with_member(given_project, "me", "you", new)
        return
    assert with_member(given_project, "me", "you", new).role("you") == new


def test_a_project_keeps_an_owner():
    with pytest.raises(OptwidgetsError, match="no owner"):
        with_member(project(ann=Role.OWNER), "ann", "ann", Role.READ)
    two = project(ann=Role.OWNER, bob=Role.OWNER)
    assert with_member(two, "ann", "ann", None).role("ann") is None


@pytest.mark.parametrize("value", [0, 2, "10", None, True, [], 1.5])
def test_an_unknown_level_is_refused(value):
    with pytest.raises(OptwidgetsError, match="expected one of 1 \\(read\\), 5 \\(write\\)"):
        read_role(value)
