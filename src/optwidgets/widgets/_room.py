"""Whether there is anything left to suggest, told before it is asked for."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.designs.grid import axis_length
from optwidgets.space.encoding import Encoding

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState

_TAKEN = frozenset({"suggested", "running", "done", "failed"})


def reason_against(state: SessionState, locks: Mapping[str, Any]) -> str:
    """Return why nothing can be suggested now; empty when something can.

    Parameters
    ----------
    state
        State of the session.
    locks
        Variables that are held, with their values.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> reason_against(session.state, {})
    'Suggest needs at least one variable.'
    >>> session.add_variable("catalyst", "categorical", categories=["A", "B"])
    >>> for n, name in enumerate("AB"):
    ...     row = session.add_experiment({"catalyst": name}, output=n)
    >>> reason_against(session.state, {})
    'All 2 combinations are measured. Widen the space or repeat the best.'
    """
    space = state.space
    if not len(space):
        return "Suggest needs at least one variable."
    # With constraints only the search itself knows how many combinations there are, and what
    # is observed takes the value of the day; conditions make some combinations the same.
    if space.constraints or space.observed or space.conditional:
        return ""
    encoding = Encoding(space)
    free = [dim for dim, name in enumerate(space.names) if name not in locks]
    total = math.prod((axis_length(encoding, dim) for dim in free), start=1.0)
    # Fewer rows cannot have taken them all: the usual case costs no more than this.
    if total > len(state.table):
        return ""
    rows = [
        row
        for row in state.table
        if row.state in _TAKEN
        and encoding.can_encode(row.inputs)
        and all(row.inputs[name] == value for name, value in locks.items())
        and all(variable.contains(row.inputs[variable.name]) for variable in space)
    ]
    taken = {tuple(row.inputs[name] for name in space.names) for row in rows}
    if len(taken) < total:
        return ""
    pending = any(row.state in {"suggested", "running"} for row in rows)
    measured = "measured or pending" if pending else "measured"
    which = " with the held values" if locks else ""
    whole = (
        f"The only combination{which} is"
        if total == 1
        else f"All {total:,.0f} combinations{which} are"
    )
    way_out = (
        "Release a lock or widen the space." if locks else "Widen the space or repeat the best."
    )
    return f"{whole} {measured}. {way_out}"
