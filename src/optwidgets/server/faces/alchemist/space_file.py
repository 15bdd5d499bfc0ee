"""A search space as a file: a list of variables, or an object with variables and constraints."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter, ValidationError

from optwidgets.errors import OptwidgetsError
from optwidgets.server.faces.alchemist.schemas.variables import Name
from optwidgets.space.constraints import LinearConstraint
from optwidgets.space.space import Space
from optwidgets.space.variable import Variable, variable_from_dict

_NAME = TypeAdapter(Name)


@dataclass(frozen=True)
class SpaceFile:
    """What a file of a search space says.

    Parameters
    ----------
    variables
        Its variables, in order.
    constraints
        Its linear constraints.
    replaces
        Whether it stands for the whole space, and is not to be added to it.
    """

    variables: tuple[Variable, ...]
    constraints: tuple[LinearConstraint, ...]
    replaces: bool

    def space(self) -> Space:
        """Return the space, checked as a whole."""
        return Space(self.variables, self.constraints)


def read_space_file(content: bytes) -> SpaceFile:
    """Read and check the content of a file.

    Raises
    ------
    OptwidgetsError
        Names the entry that is at fault.

    Examples
    --------
    >>> found = read_space_file(b'[{"name": "T", "type": "real", "min": 0, "max": 1}]')
    >>> found.variables[0].name, found.replaces
    ('T', False)
    """
    document = parse_json(content, "The file of variables")
    if isinstance(document, Mapping) and "variables" in document:
        variables = _list(document, "variables")
        rules = _list(document, "constraints")
    elif isinstance(document, list):
        variables, rules = document, []
    else:
        raise OptwidgetsError(
            "The file must hold a list of variables, or an object with 'variables'."
        )
    found = SpaceFile(
        tuple(_variable(place, item) for place, item in enumerate(variables)),
        tuple(_constraint(place, item) for place, item in enumerate(rules)),
        isinstance(document, Mapping),
    )
    found.space()
    return found


def parse_json(content: bytes, what: str) -> Any:
    """Return the values of a JSON text, or raise the sentence that says what is wrong.

    Examples
    --------
    >>> parse_json(b"{", "The file")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: The file is no JSON: Expecting property name enclosed in \
double quotes in line 1, column 2.
    """
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=lambda _: None)
    except UnicodeDecodeError as error:
        raise OptwidgetsError(f"{what} is no text: byte {error.start} is none.") from error
    except json.JSONDecodeError as error:
        raise OptwidgetsError(
            f"{what} is no JSON: {error.msg} in line {error.lineno}, column {error.colno}."
        ) from error
    except (RecursionError, ValueError) as error:
        raise OptwidgetsError(f"{what} is nested too deeply, or has a number too long.") from error


def _list(document: Mapping[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise OptwidgetsError(f"'{name}' of the file must be a list.")
    return value


def _variable(place: int, item: Any) -> Variable:
    data = _named(f"variables[{place}]", item, ("name", "type"))
    _addressable(f"variables[{place}]", data["name"])
    # As the REST bodies spell them; the session file says "values".
    options = {"values" if key == "categories" else key: value for key, value in data.items()}
    return variable_from_dict(options)


def _constraint(place: int, item: Any) -> LinearConstraint:
    data = _named(f"constraints[{place}]", item, ("type", "coefficients", "rhs"))
    if data.get("name") is not None:
        _addressable(f"constraints[{place}]", data["name"])
    coefficients = data["coefficients"]
    if not isinstance(coefficients, Mapping):
        raise OptwidgetsError(f"The coefficients of constraints[{place}] must be an object.")
    label = str(data.get("name") or f"constraint_{place}")
    return LinearConstraint(str(data["type"]), dict(coefficients), data["rhs"], label)


def _named(where: str, item: Any, required: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(item, Mapping):
        raise OptwidgetsError(f"{where} of the file must be an object.")
    missing = [name for name in required if name not in item]
    if missing:
        raise OptwidgetsError(f"{where} of the file has no {missing[0]!r}.")
    return item


def _addressable(where: str, name: Any) -> None:
    try:
        _NAME.validate_python(name, strict=True)
    except ValidationError as error:
        words = error.errors()[0]["msg"]
        raise OptwidgetsError(f"{where} of the file: {words}") from error
