"""Variables and linear constraints."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, Discriminator, Field, Tag, model_validator
from pydantic_core import PydanticCustomError

from optwidgets.server.faces.alchemist.schemas.common import (
    Integer,
    JsonObject,
    Number,
    Text,
    addressable,
)

Name = Annotated[str, Field(max_length=256), AfterValidator(addressable)]


class _Variable(BaseModel):
    name: Name
    role: Literal["controllable", "observed"] = "controllable"
    changes: Literal["easy", "hard", "very_hard"] = "easy"
    unit: Text | None = None
    description: Text | None = None


class _Scale(_Variable):
    @model_validator(mode="after")
    def _bounded(self) -> Self:
        bounds = (getattr(self, "min", None), getattr(self, "max", None))
        if self.role == "controllable" and None in bounds:
            raise PydanticCustomError(
                "bounds_required", "min and max are required for a controllable variable."
            )
        return self


class AddRealVariableRequest(_Scale):
    """A real number between two bounds."""

    type: Literal["real"] = "real"
    min: Number | None = None
    max: Number | None = None


class AddIntegerVariableRequest(_Scale):
    """A whole number between two bounds."""

    type: Literal["integer"] = "integer"
    min: Integer | None = None
    max: Integer | None = None


class AddCategoricalVariableRequest(_Variable):
    """One of some labels."""

    type: Literal["categorical"] = "categorical"
    categories: list[Text]


class AddDiscreteVariableRequest(_Variable):
    """One of some numbers."""

    type: Literal["discrete"] = "discrete"
    allowed_values: Annotated[list[Number], Field(min_length=2)]


def _kind(value: Any) -> str:
    """Return which of the four a body is; one without a type goes by what it has."""
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    kind = given.get("type")
    if kind is None:
        kind = next((name for key, name in _TELLING.items() if key in given), "real")
    return kind if isinstance(kind, str) else repr(kind)


_TELLING = {"categories": "categorical", "allowed_values": "discrete"}

AddVariableRequest = Annotated[
    Annotated[AddRealVariableRequest, Tag("real")]
    | Annotated[AddIntegerVariableRequest, Tag("integer")]
    | Annotated[AddCategoricalVariableRequest, Tag("categorical")]
    | Annotated[AddDiscreteVariableRequest, Tag("discrete")],
    Discriminator(_kind),
]


class VariableResponse(BaseModel):
    """The variable as it is now."""

    message: str = "Variable added successfully"
    variable: JsonObject


class VariablesListResponse(BaseModel):
    """All variables."""

    variables: list[JsonObject]
    n_variables: int


class VariablesLoadedResponse(BaseModel):
    """What a file brought."""

    message: str
    n_variables: int
    n_constraints: int


class VariableDeletedResponse(BaseModel):
    """What is left."""

    message: str
    n_variables: int


class AddConstraintRequest(BaseModel):
    """A weighted sum of numeric variables that is at most, or is, a number."""

    constraint_type: Literal["inequality", "equality"]
    coefficients: Annotated[dict[str, Number], Field(min_length=1)]
    rhs: Number
    name: Name | None = None


class ConstraintResponse(BaseModel):
    """The constraint as it is now."""

    message: str
    constraint: JsonObject


class ConstraintsListResponse(BaseModel):
    """All linear constraints."""

    constraints: list[JsonObject]
    n_constraints: int
