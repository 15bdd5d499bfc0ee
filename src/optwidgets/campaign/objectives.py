"""What is measured: adding, renaming and changing the objectives of a session."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from optwidgets.data.edits import ObjectivesSet
from optwidgets.data.goals import find_goal
from optwidgets.data.table import DEFAULT_TARGET, Objective
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

CHANGEABLE = tuple(item.name for item in fields(Objective))
#: Options of a new objective beside those with a place of their own.
ADDED = tuple(name for name in CHANGEABLE if name not in {"name", "goal", "unit", "label"})


def added(
    state: SessionState,
    name: str,
    goal: str = "maximize",
    unit: str = "",
    label: str = "",
    **options: Any,
) -> ObjectivesSet:
    """Return the change that adds an objective, or gives the only, unnamed one its name.

    Results that were recorded before under the default name ``Output`` go with it.
    """
    objective = Objective(name, goal, unit, label, **_checked(options, ADDED))
    table = state.table
    renames: dict[str, str] = {}
    if not table.objectives and any(DEFAULT_TARGET in row.outputs for row in table):
        renames = {DEFAULT_TARGET: objective.name}
    return ObjectivesSet((*table.objectives, objective), renames)


def changed(state: SessionState, name: str, /, **options: Any) -> ObjectivesSet:
    """Return the change that alters an objective; ``name=`` in the options renames it."""
    old = state.table.objective(name)
    checked = _checked(options, CHANGEABLE)
    if find_goal(checked.get("goal", old.goal)).name != old.goal:
        # What another goal wanted goes with it.
        checked = {"target": None, "band": None} | checked
    new = replace(old, **checked)
    known = state.table.objectives or (old,)
    renames = {old.name: new.name} if new.name != old.name else {}
    return ObjectivesSet(tuple(new if item == old else item for item in known), renames)


def _checked(options: Mapping[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
    unknown = sorted(set(options) - set(known))
    if unknown:
        raise OptwidgetsError(
            f"{unknown[0]} is not an option of an objective. The options are "
            f"{', '.join(known[:-1])} and {known[-1]}."
        )
    return dict(options)


def removed(state: SessionState, name: str) -> ObjectivesSet:
    """Return the change that removes an objective; its results stay in the rows."""
    gone = state.table.objective(name)
    return ObjectivesSet(tuple(item for item in state.table.objectives if item != gone))
