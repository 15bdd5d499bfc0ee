"""What is special about a variable: read off and not chosen, seldom changed, not always there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.conditions import read_condition
from optwidgets.space.text import enumerate_words, short

if TYPE_CHECKING:
    from optwidgets.space.base import Variable

#: A controllable variable is chosen; an observed one is measured when an experiment is run.
ROLES = ("controllable", "observed")
#: How hard a variable is to change between two experiments, in ALchemist's words.
CHANGES = ("easy", "hard", "very_hard")

#: Options of `make_variable` that say it; the last two are short for values of the first ones.
ROLE_OPTIONS = ("role", "changes", "active_if", "observed", "hard_to_change")


def read_roles(name: str, given: dict[str, Any]) -> dict[str, Any]:
    """Take the options about roles out of those of a variable, as fields of it.

    Parameters
    ----------
    name
        Name of the variable, for the sentences.
    given
        Options as users write them; changed in place.

    Returns
    -------
    dict
        ``observed``, ``changes`` and ``active_if``, where they are not the usual ones.

    Raises
    ------
    OptwidgetsError
        For a role or difficulty that is not one of the choices, or two that differ.

    Examples
    --------
    >>> given = {"role": "observed", "unit": "%"}
    >>> read_roles("humidity", given), given
    ({'observed': True}, {'unit': '%'})
    >>> read_roles("oven", {"hard_to_change": True})
    {'changes': 'hard'}
    """
    fields: dict[str, Any] = {}
    role = _one_of(name, "role", given.pop("role", ROLES[0]), ROLES)
    if _flag(name, "observed", given.pop("observed", role == "observed")):
        fields["observed"] = True
    changes = _one_of(name, "changes", given.pop("changes", CHANGES[0]), CHANGES)
    hard = _flag(name, "hard_to_change", given.pop("hard_to_change", changes != "easy"))
    if hard:
        fields["changes"] = changes if changes != "easy" else "hard"
    elif changes != "easy":
        raise OptwidgetsError(
            f"{short(name)} changes {changes} and is not hard to change: say one of both.",
            field="changes",
        )
    condition = read_condition(name, given.pop("active_if", None))
    return fields if condition is None else fields | {"active_if": condition}


def check_roles(variable: Variable) -> None:
    """Raise a sentence where the roles of a variable are not possible, or not together."""
    _flag(variable.name, "observed", variable.observed)
    _one_of(variable.name, "changes", variable.changes, CHANGES)
    if variable.observed and variable.hard_to_change:
        raise OptwidgetsError(
            f"{short(variable.name)} is observed: nobody changes it, so it cannot be hard to "
            "change.",
            field="changes",
        )
    if variable.active_if is not None and variable.observed:
        raise OptwidgetsError(
            f"{short(variable.name)} is observed: what is measured cannot depend on a condition.",
            field="active_if",
        )


def roles_to_dict(variable: Variable) -> dict[str, Any]:
    """Plain form of the roles, in ALchemist's spelling; empty for the usual ones."""
    found: dict[str, Any] = {}
    if variable.observed:
        found["role"] = "observed"
    if variable.hard_to_change:
        found["changes"] = variable.changes
    if variable.active_if is not None:
        found["active_if"] = variable.active_if.to_dict()
    return found


def role_words(variable: Variable) -> tuple[str, ...]:
    """Say what is special about a variable, in a word or two each.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> role_words(Real("oven", 100, 300, changes="very_hard"))
    ('very hard to change',)
    """
    words = ["observed"] if variable.observed else []
    if variable.hard_to_change:
        words.append(f"{variable.changes.replace('_', ' ')} to change")
    if variable.active_if is not None:
        words.append(variable.active_if.describe())
    return tuple(words)


def _flag(name: str, option: str, value: object) -> bool:
    if value not in (False, True):
        raise OptwidgetsError(
            f"{option} of {short(name)} is either True or False, not {short(repr(value))}.",
            field=option,
        )
    return bool(value)


def _one_of(name: str, option: str, value: object, choices: tuple[str, ...]) -> str:
    folded = str(value).strip().lower().replace(" ", "_")
    if folded not in choices:
        raise OptwidgetsError(
            f"{option} of {short(name)} is {short(repr(value))}; use "
            f"{enumerate_words(choices).replace(' and ', ' or ')}.",
            field=option,
        )
    return folded
