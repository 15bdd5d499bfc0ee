"""Recording results in a session, so that a suggested point is completed, not doubled."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.suggested_frame import extra_columns
from optwidgets.designs.labels import LABELS
from optwidgets.errors import OptwidgetsError

if TYPE_CHECKING:
    from optwidgets.data.row import Row
    from optwidgets.journal.state import SessionState
    from optwidgets.space.space import Space

# Share of a variable's range by which a point may differ from a suggested one and
# still be that one: more than a number loses in a text file, less than anybody sets.
TOLERANCE = 1e-6


def only_inputs(space: Space, targets: Sequence[str], inputs: Any) -> dict[str, Any]:
    """Return the inputs without what `suggest_next` and designs put beside the variables.

    So a row of their tables can be handed to `add_experiment` as it is. `targets` are the
    names of the objectives.
    """
    if not isinstance(inputs, Mapping):
        to_dict = getattr(inputs, "to_dict", None)  # a row of a DataFrame
        if not callable(to_dict):
            raise OptwidgetsError(
                "Give the inputs as a dict of variable to value, such as "
                '{"temperature": 60, "catalyst": "A"}.'
            )
        inputs = to_dict()
    beside = (*extra_columns(targets), *LABELS)
    return {name: value for name, value in inputs.items() if name in space or name not in beside}


def pending_row(
    state: SessionState, inputs: Mapping[str, Any], among: Sequence[Row] | None = None
) -> Row | None:
    """Return the suggested or running row at a point, the oldest if there are several.

    What is observed may differ: it was measured only when the row was run. With `among`, only
    these rows are looked at.
    """
    point = state.space.check_point(inputs, partial=True)
    if not len(state.space) or state.space.chosen.missing(point):
        return None
    for row in state.table.pending() if among is None else among:
        if _same_point(state.space, row.inputs, point):
            return row
    return None


def _same_point(space: Space, left: Mapping[str, Any], right: Mapping[str, Any]) -> bool:
    gone = space.inactive(right)
    for variable in space.chosen:
        a, b = left.get(variable.name), right.get(variable.name)
        if a == b or variable.name in gone:
            continue
        if isinstance(a, str) or isinstance(b, str) or a is None or b is None:
            return False
        scale = max(abs(float(a)), abs(float(b)))
        bounds = getattr(variable, "bounds", None)
        if bounds is not None and not getattr(variable, "log", False):
            scale = abs(float(bounds[1]) - float(bounds[0]))
        if not math.isclose(float(a), float(b), rel_tol=0.0, abs_tol=TOLERANCE * scale):
            return False
    return True
