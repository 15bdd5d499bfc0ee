"""What a change must not do to the rest of a session, checked before it is recorded.

Rules that concern one part stand in that part. These are the ones between parts,
such as an output that is named like a variable. They are no part of `apply`, so that
a rule that is added later never makes an old journal unreadable.
"""

from __future__ import annotations

from collections.abc import Iterable

from optwidgets.data.edits import ObjectivesSet
from optwidgets.data.frame import BOOKKEEPING
from optwidgets.data.table import check_objectives, check_variable_name
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.changes import Change
from optwidgets.journal.state import SessionState, apply
from optwidgets.space.derived_edits import DerivedAdded
from optwidgets.space.edits import VariableAdded, VariableChanged


def check(before: SessionState, changes: Iterable[Change]) -> SessionState:
    """Return the state after the changes, or raise the sentence that says why not."""
    state = before
    for change in changes:
        after = apply(state, change)
        if isinstance(change, VariableAdded | VariableChanged):
            old = change.name if isinstance(change, VariableChanged) else None
            _check_variable_name(state, change.variable.name, old)
        if isinstance(change, DerivedAdded):
            _check_variable_name(state, change.derived.name)
        if isinstance(change, ObjectivesSet):
            _check_objective_names(after)
        state = after
    return state


def _check_variable_name(before: SessionState, name: str, old: str | None = None) -> None:
    if name == old:
        return
    if name in BOOKKEEPING:
        raise OptwidgetsError(
            f"{name} is a column of the table already. Use another name.", field="Name"
        )
    check_variable_name(name, before.table)


def _check_objective_names(after: SessionState) -> None:
    check_objectives(after.table.objectives, after.space)
    for name in after.table.target_names:
        if name in BOOKKEEPING:
            raise OptwidgetsError(
                f"{name} is a column of the table already. Use another name.", field="Name"
            )
