"""What several areas share."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, Field, StrictFloat, StrictInt
from pydantic_core import PydanticCustomError


def no_flag(value: Any) -> Any:
    """Return a value that is meant to be a number, or raise: true is no 1, and false no 0.

    Examples
    --------
    >>> no_flag(1), no_flag("1.5")
    (1, '1.5')
    """
    if isinstance(value, bool):
        raise PydanticCustomError("number_type", "Input should be a number, not true or false")
    return value


#: Stands behind the limits of a number, which the document would not show otherwise.
NO_FLAG = BeforeValidator(no_flag)
Integer = Annotated[int, NO_FLAG]
Number = Annotated[float, NO_FLAG]
#: One value of a variable, as JSON writes it: texts stay what they are, and true is none.
InputValue = StrictFloat | StrictInt | str
Inputs = dict[str, InputValue]
MAX_TEXT = 10_000
MAX_ITEMS = 100_000
Text = Annotated[str, Field(max_length=MAX_TEXT)]
JsonObject = dict[str, Any]


class ErrorResponse(BaseModel):
    """Every error: a sentence, its name and the status."""

    detail: str
    error_type: str | None = None
    status_code: int | None = None


class Message(BaseModel):
    """A sentence for people."""

    message: str


def addressable(name: str | None) -> str | None:
    """Return a name that can stand in a URL as one segment, or raise.

    A client resolves ``..`` before it sends: ``DELETE .../variables/..`` would reach the
    session and delete it.

    Examples
    --------
    >>> addressable("temperature (°C)")
    'temperature (°C)'
    """
    if name is None:
        return None
    if name in {"", ".", ".."} or "/" in name or "\\" in name:
        raise PydanticCustomError(
            "name_not_addressable",
            "The name {name} cannot stand in a URL. Use one without a slash that is not empty, "
            "'.' or '..'.",
            {"name": repr(name[:80])},
        )
    return name
