"""The kinds of variables, one table, and how to make one from options or a file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Value, Variable
from optwidgets.space.checking import expect_object
from optwidgets.space.choices import Categorical, Discrete
from optwidgets.space.numeric import Integer, Real
from optwidgets.space.roles import ROLE_OPTIONS, read_roles
from optwidgets.space.text import enumerate_words, short

__all__ = [
    "KINDS",
    "Categorical",
    "Discrete",
    "Integer",
    "Real",
    "Value",
    "Variable",
    "make_variable",
    "variable_from_dict",
]

#: Kind, as users write it, to class. Documentation, error messages and the
#: choices of the widgets are read from here.
KINDS: dict[str, type[Variable]] = {
    Real.kind: Real,
    Integer.kind: Integer,
    Discrete.kind: Discrete,
    Categorical.kind: Categorical,
}

_SCALE = frozenset({"bounds", "min", "max", "low", "high", "scale", "log", "unit", "description"})
# Of an observed variable without bounds, until something is measured.
_NO_SCALE = (0, 1)
_OPTIONS: dict[str, frozenset[str]] = {
    "real": _SCALE,
    "integer": _SCALE,
    "discrete": frozenset({"allowed_values", "values", "unit", "description"}),
    "categorical": frozenset({"categories", "values", "description"}),
}


def make_variable(name: str, kind: str, **options: Any) -> Variable:
    """Make a variable from the spellings that users know.

    Parameters
    ----------
    name
        Name of the variable.
    kind
        ``"real"``, ``"integer"``, ``"discrete"`` or ``"categorical"``; capitals
        are ignored.
    **options
        ``bounds=(low, high)``, or ``min`` and ``max``; ``log``; ``categories``
        or ``values``; ``allowed_values`` or ``values``; ``unit``;
        ``description``; ``observed=True`` (or ``role="observed"``) for what is measured and
        not chosen, such as the humidity, which needs no bounds (kind ``"context"``, too); ``hard_to_change=True`` (or ``changes="hard"``,
        ``"very_hard"``) for what should stay as it is in a batch;
        ``active_if={"optimizer": ["sgd"]}`` for what is only there for some values of others.

    Raises
    ------
    OptwidgetsError
        Unknown kind or option, or a value that is not possible.

    Examples
    --------
    >>> make_variable("temperature", "real", bounds=(20, 100))
    Real(name='temperature', low=20.0, high=100.0, log=False, unit='', description='')
    >>> make_variable("catalyst", "Categorical", values=["A", "B"]).categories
    ('A', 'B')
    >>> make_variable("x", "reel", bounds=(0, 1))
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Kind "reel" is not one of real, integer, discrete and categorical.
    """
    folded = str(kind).strip().lower()
    if folded == "context":  # ALchemist's old name
        folded, options = "real", {**options, "role": "observed"}
    if folded not in KINDS:
        raise OptwidgetsError(
            f'Kind "{short(kind)}" is not one of {enumerate_words(KINDS)}.', field="Kind"
        )
    given = {key: value for key, value in options.items() if value is not None}
    roles = read_roles(name, given)
    unknown = [key for key in given if key not in _OPTIONS[folded]]
    if unknown:
        raise OptwidgetsError(
            f"{short(unknown[0])} is not an option of a variable of kind {folded}. "
            f"The options are {enumerate_words(_known_options(folded), limit=13)}.",
            field=unknown[0],
        )
    if folded in ("real", "integer"):
        scale = given.pop("scale", _NO_SCALE)
        given["low"], given["high"] = _bounds(name, given)
        if roles.get("observed") and given["low"] is None and given["high"] is None:
            given["low"], given["high"] = _bounds(name, {"bounds": scale})
            given["open_ended"] = True
    elif folded == "discrete":
        given["values"] = _one_of(given, ("allowed_values", "values"), ())
    else:
        given["categories"] = _one_of(given, ("categories", "values"), ())
    return KINDS[folded](name=name, **given, **roles)


def _known_options(kind: str) -> list[str]:
    return [*sorted(_OPTIONS[kind]), *ROLE_OPTIONS]


def _one_of(given: dict[str, Any], names: tuple[str, ...], default: Any) -> Any:
    found = [key for key in names if key in given]
    if len(found) > 1:
        raise OptwidgetsError(f"Give {found[0]} or {found[1]}, not both.", field=found[1])
    return given.pop(found[0]) if found else default


def _bounds(name: str, given: dict[str, Any]) -> tuple[Any, Any]:
    pair = given.pop("bounds", None)
    low, high = _one_of(given, ("min", "low"), None), _one_of(given, ("max", "high"), None)
    if pair is None:
        return low, high
    if low is not None or high is not None:
        raise OptwidgetsError("Give bounds, or minimum and maximum, not both.", field="bounds")
    values = list(pair) if isinstance(pair, Iterable) and not isinstance(pair, str) else []
    if len(values) != 2:
        raise OptwidgetsError(
            f"Bounds of {short(name)} must be two numbers, such as (0, 1).", field="bounds"
        )
    return values[0], values[1]


def variable_from_dict(data: Mapping[str, Any]) -> Variable:
    """Read a variable from its plain form (``Variable.to_dict``, or ALchemist's).

    Raises
    ------
    OptwidgetsError
        The form is not a variable, or not a possible one.

    Examples
    --------
    >>> variable_from_dict({"name": "T", "type": "real", "min": 300, "max": 500}).bounds
    (300.0, 500.0)
    """
    fields = {str(key): value for key, value in expect_object(data, "A variable").items()}
    name, kind = fields.pop("name", None), fields.pop("type", None)
    if not isinstance(name, str):
        raise OptwidgetsError("A variable needs a name.", field="Name")
    if not isinstance(kind, str):
        raise OptwidgetsError(f"{short(name)} has no type.", field="Kind")
    return make_variable(name, kind, **fields)
