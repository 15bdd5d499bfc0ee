"""SigOpt's parameters and conditionals as variables, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from optwidgets.errors import OptwidgetsError
from optwidgets.server.sigopt.priors import check_prior
from optwidgets.server.sigopt.reading import MAX_NAME, Fields, is_number
from optwidgets.space.base import Value, Variable
from optwidgets.space.text import short
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

V = TypeVar("V", bound=Variable)

MAX_LABEL = 50
TYPES = ("double", "int", "categorical")
#: `object` and `precision` come back from clients that send what they have fetched.
KEYS = (
    "name",
    "type",
    "bounds",
    "grid",
    "categorical_values",
    "transformation",
    "prior",
    "default_value",
    "conditions",
    "object",
    "precision",
)


@dataclass(frozen=True)
class Parameter:
    """A variable, and what of a parameter has no place in one.

    Parameters
    ----------
    variable
        What the session varies.
    kept
        ``type`` (``int``, for a grid of whole numbers), ``transformation`` (``log``, for a
        grid), ``prior`` and ``default_value``, as far as they are given.
    """

    variable: Variable
    kept: Mapping[str, Any] = field(default_factory=dict)


def read_conditional(data: Any) -> Categorical:
    """Read a conditional, the switch that other parameters depend on.

    Examples
    --------
    >>> read_conditional({"name": "opt", "values": ["adam", "sgd"]}).categories
    ('adam', 'sgd')
    """
    fields = Fields(data, "A conditional", ("name", "values", "object"))
    name = _name(fields)
    labels = _labels(fields, "values", name)
    return _kept_as_written(Categorical(name, tuple(labels)), name, labels)


def read_parameter(data: Any, conditionals: Mapping[str, Categorical]) -> Parameter:
    """Read one parameter of an experiment.

    Parameters
    ----------
    data
        JSON object as SigOpt's clients send it.
    conditionals
        The experiment's conditionals by name.

    Raises
    ------
    OptwidgetsError
        A rule of SigOpt is broken; the sentence names the parameter and the field.

    Examples
    --------
    >>> read_parameter(
    ...     {"name": "x", "type": "double", "bounds": {"min": 0, "max": 1}}, {}
    ... ).variable.bounds
    (0.0, 1.0)
    >>> read_parameter({"name": "x", "type": "double"}, {})
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: The parameter x needs the key bounds.
    """
    plain = Fields(data, "A parameter", KEYS)
    name = _name(plain)
    fields = Fields(data, f"The parameter {short(name)}")
    if name in conditionals:
        raise OptwidgetsError(
            f"The parameter {short(name)} is named like a conditional. Use another name.",
            field="name",
        )
    fields.require("type")
    kind = fields.choice("type", TYPES, "")
    condition = _condition(fields, conditionals)
    kept: dict[str, Any] = {}
    variable: Variable
    if kind == "categorical":
        variable = _categorical(fields, name, condition)
    elif fields.has("grid"):
        variable = _grid(fields, name, kind, condition, kept)
    else:
        variable = _scale(fields, name, kind, condition)
    if fields.has("prior"):
        kept["prior"] = check_prior(fields, kind, variable)
    if fields.has("default_value"):
        kept["default_value"] = check_value(variable, kind, fields.data["default_value"])
    return Parameter(_kept_as_written(variable, name), kept)


def check_value(variable: Variable, kind: str, value: Any, *, inside: bool = True) -> Value:
    """Return a value as the variable keeps it; JSON of another type is refused.

    Raises
    ------
    OptwidgetsError
        For a value of another type or, with `inside`, one that the variable cannot have.

    Examples
    --------
    >>> check_value(Integer("n", 1, 5), "int", 3.0)
    3
    >>> check_value(Real("x", 0, 1), "double", "0.5")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: The value of x must be a number, not "0.5".
    """
    fields = Fields({"value": value}, short(variable.name))
    if kind == "categorical":
        if not isinstance(value, str):
            raise _wrong_value(fields, variable, "a text")
        checked: Value = variable.check(value)
    else:
        wanted = "a whole number" if kind == "int" else "a number"
        if not is_number(value) or (kind == "int" and int(value) != value):
            raise _wrong_value(fields, variable, wanted)
        checked = variable.check(value)
    if inside and not variable.contains(checked):
        raise OptwidgetsError(
            f"The value {value} of {short(variable.name)} lies outside {variable.describe()}.",
            field=variable.name,
        )
    return checked


def kind_of(variable: Variable, kept: Mapping[str, Any]) -> str:
    """SigOpt's type of a variable.

    Examples
    --------
    >>> kind_of(Discrete("n", (1, 2)), {"type": "int"}), kind_of(Real("x", 0, 1), {})
    ('int', 'double')
    """
    if isinstance(variable, Categorical):
        return "categorical"
    if isinstance(variable, Integer):
        return "int"
    return str(kept.get("type", "double")) if isinstance(variable, Discrete) else "double"


def value_json(variable: Variable | None, kept: Mapping[str, Any], value: Any) -> Any:
    """Value of an assignment as SigOpt writes it: whole numbers of an int are integers."""
    if variable is not None and kind_of(variable, kept) == "int" and is_number(value):
        return int(value)
    return value


def parameter_json(
    variable: Variable, kept: Mapping[str, Any], conditionals: Sequence[str]
) -> dict[str, Any]:
    """Write a variable as a parameter.

    Parameters
    ----------
    variable
        Of any kind, also of a session that was made in a notebook.
    kept
        What `read_parameter` could not put into the variable.
    conditionals
        Names of the variables that are conditionals of the experiment.

    Examples
    --------
    >>> parameter_json(Integer("n", 1, 5), {}, ())["bounds"]
    {'object': 'bounds', 'min': 1, 'max': 5}
    """
    kind = kind_of(variable, kept)
    found: dict[str, Any] = {
        "object": "parameter",
        "name": variable.name,
        "type": kind,
        "bounds": None,
        "categorical_values": None,
        "conditions": {},
        "default_value": kept.get("default_value"),
        "prior": kept.get("prior"),
        "transformation": None,
    }
    if isinstance(variable, Categorical):
        found["categorical_values"] = [
            {"object": "categorical_value", "name": label, "enum_index": place}
            for place, label in enumerate(variable.categories, start=1)
        ]
    else:
        low, high = (value_json(variable, kept, end) for end in variable.bounds)
        found["bounds"] = {"object": "bounds", "min": low, "max": high}
    if isinstance(variable, Discrete):
        found["grid"] = [value_json(variable, kept, value) for value in variable.values]
    if getattr(variable, "log", False) or kept.get("transformation") == "log":
        found["transformation"] = "log"
    if variable.active_if is not None:
        # A condition on what is no conditional (a notebook can have one) has no form here.
        found["conditions"] = {
            name: list(values)
            for name, values in variable.active_if.parents
            if name in conditionals
        }
    return found


def conditional_json(variable: Categorical) -> dict[str, Any]:
    """Write a categorical variable as a conditional."""
    return {"object": "conditional", "name": variable.name, "values": list(variable.categories)}


def _name(fields: Fields) -> str:
    fields.require("name")
    return fields.text("name", longest=MAX_NAME) or ""


def _kept_as_written(variable: V, name: str, labels: Sequence[str] = ()) -> V:
    # The table trims names and labels; a client would not find again what it sent.
    if variable.name != name or (labels and getattr(variable, "categories", ()) != tuple(labels)):
        raise OptwidgetsError(
            f'"{short(name)}" must not have blanks at the ends or twice in a row, nor control '
            "characters, and its labels neither.",
            field="name",
        )
    return variable


def _labels(fields: Fields, key: str, name: str) -> list[str]:
    fields.require(key)
    found: list[str] = []
    for item in fields.items(key) or ():
        label = item.get("name") if isinstance(item, Mapping) else item
        if not isinstance(label, str) or not 1 <= len(label) <= MAX_LABEL:
            raise OptwidgetsError(
                f"{key} of {short(name)} must be texts of 1 to {MAX_LABEL} characters, not "
                f"{short(item)}.",
                field=key,
            )
        found.append(label)
    if len(found) < 2 or len(set(found)) < len(found):
        raise OptwidgetsError(
            f"{key} of {short(name)} must be at least two different texts.", field=key
        )
    return found


def _condition(
    fields: Fields, conditionals: Mapping[str, Categorical]
) -> dict[str, list[str]] | None:
    found: dict[str, list[str]] = {}
    for name, given in (fields.object("conditions") or {}).items():
        values = given if isinstance(given, list) else [given]
        if name not in conditionals:
            raise OptwidgetsError(
                f"{fields.what} depends on the conditional {short(name)}, which the experiment "
                "does not have.",
                field="conditions",
            )
        unknown = [value for value in values if value not in conditionals[name].categories]
        if unknown or not values:
            raise OptwidgetsError(
                f"{fields.what} is there if {short(name)} is {short(unknown)}; it can be "
                f"{conditionals[name].describe()}.",
                field="conditions",
            )
        found[name] = [str(value) for value in values]
    return found or None


def _forbid(fields: Fields, keys: Sequence[str], why: str) -> None:
    for key in keys:
        if fields.has(key):
            raise OptwidgetsError(f"{fields.what} must not have {key}: {why}.", field=key)


def _categorical(fields: Fields, name: str, condition: Any) -> Categorical:
    _forbid(fields, ("bounds", "grid"), "it is categorical")
    if _transformation(fields) == "log":
        _forbid(fields, ("transformation",), "it is categorical")
    labels = _labels(fields, "categorical_values", name)
    return _kept_as_written(Categorical(name, tuple(labels), active_if=condition), name, labels)


def _transformation(fields: Fields) -> str:
    return fields.choice("transformation", ("none", "log"), "none")


def _grid(fields: Fields, name: str, kind: str, condition: Any, kept: dict[str, Any]) -> Discrete:
    _forbid(fields, ("categorical_values",), f"it is of type {kind}")
    values = fields.items("grid") or []
    whole = kind != "int" or all(is_number(value) and int(value) == value for value in values)
    if (
        not all(is_number(value) for value in values)
        or not whole
        or len(set(values)) < max(2, len(values))
    ):
        what = "whole numbers" if kind == "int" else "numbers"
        raise OptwidgetsError(
            f"grid of {short(name)} must be at least two different {what}.", field="grid"
        )
    bounds = fields.object("bounds")
    if bounds and (bounds.get("min"), bounds.get("max")) != (min(values), max(values)):
        _forbid(fields, ("bounds",), "it has a grid")
    if kind == "int":
        kept["type"] = "int"
    if _log(fields, kind, min(values)):
        kept["transformation"] = "log"
    return Discrete(name, tuple(values), active_if=condition)


def _scale(fields: Fields, name: str, kind: str, condition: Any) -> Real | Integer:
    _forbid(fields, ("categorical_values",), f"it is of type {kind}")
    fields.require("bounds")
    bounds = Fields(
        fields.data["bounds"], f"bounds of the parameter {short(name)}", ("min", "max", "object")
    )
    bounds.require("min")
    bounds.require("max")
    if kind == "int":
        low, high = bounds.integer("min"), bounds.integer("max")
        _log(fields, kind, low or 0)
        return Integer(name, low, high, active_if=condition)  # type: ignore[arg-type]
    minimum, maximum = bounds.number("min"), bounds.number("max")
    log = _log(fields, kind, minimum or 0.0)
    return Real(name, minimum, maximum, log=log, active_if=condition)  # type: ignore[arg-type]


def _log(fields: Fields, kind: str, low: float) -> bool:
    if _transformation(fields) != "log":
        return False
    if kind != "double":
        raise OptwidgetsError(
            f"{fields.what} must not have transformation: it is of type {kind}, not double.",
            field="transformation",
        )
    if low <= 0:
        raise OptwidgetsError(
            f"{fields.what} has the transformation log: its values must be above 0.",
            field="transformation",
        )
    return True


def _wrong_value(fields: Fields, variable: Variable, wanted: str) -> OptwidgetsError:
    error = fields.wrong("value", wanted)
    return OptwidgetsError(str(error).replace("value of", "The value of", 1), field=variable.name)
