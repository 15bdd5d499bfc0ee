"""The constraints of a session file: linear ones in ALchemist's place, all of them in ours."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.constraints import Constraint, constraint_from_dict
from optwidgets.space.space import Space

#: Types of constraints that ALchemist knows; it refuses a file with others.
LINEAR = frozenset({"inequality", "equality"})


def read_constraints(
    document: Mapping[str, Any],
    space: Space,
    kept_space: dict[str, Any],
    messages: list[str],
) -> tuple[Constraint, ...]:
    """Constraints of a file; what does not fit the variables is only kept, and said so.

    Parameters
    ----------
    document
        The parsed JSON.
    space
        The variables of the file.
    kept_space
        What is kept of the file's space; changed in place.
    messages
        Sentences for the user; added to.
    """
    public = _list(document.get("search_space"))
    mine = _list(document.get("optwidgets"))
    # The linear ones count as another program may have edited them, the others are only ours.
    others = [item for item in mine if _type(item) not in LINEAR]
    linear = [item for item in mine if _type(item) in LINEAR]
    if linear == public[: len(linear)]:
        public, others = [*mine, *public[len(linear) :]], []
    kept_space.pop("constraints", None)
    kept: list[Any] = []
    for item in [*public, *others]:
        try:
            rule = constraint_from_dict(item)
            space = space.constrain(rule if rule.label else rule.with_label(space.next_label()))
        except OptwidgetsError as error:
            kept.append(item)
            messages.append(f"A constraint of the file is kept, but does not count: {error}")
    if kept:
        kept_space["constraints"] = kept
    return space.constraints


def _list(part: Any) -> list[Any]:
    value = part.get("constraints") if isinstance(part, Mapping) else None
    return list(value) if isinstance(value, list) else []


def _type(item: Any) -> Any:
    return item.get("type") if isinstance(item, Mapping) else None
