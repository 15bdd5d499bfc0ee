"""Suggestions, and the best point by the model."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, Field

from optwidgets.server.faces.alchemist.schemas.common import (
    NO_FLAG,
    Inputs,
    JsonObject,
    Number,
    Text,
)

Goal = Literal["maximize", "minimize"]


class AcquisitionRequest(BaseModel):
    """What to look for."""

    strategy: Text = "EI"
    goal: Goal = "maximize"
    n_suggestions: Annotated[int, Field(ge=1, le=10), NO_FLAG] = 1
    xi: Number | None = None
    kappa: Number | None = None
    hold: Inputs | None = None
    observed: Inputs | None = None


class AcquisitionResponse(BaseModel):
    """Points, and for each of them how much the model knows there."""

    suggestions: list[JsonObject]
    n_suggestions: int
    iteration: int | None = None
    diagnostics: list[JsonObject] = Field(default_factory=list)


class FindOptimumRequest(BaseModel):
    """Which way is better, and the values of what is observed."""

    goal: Goal = "maximize"
    observed: Inputs | None = None


class FindOptimumResponse(BaseModel):
    """The best point by the model."""

    optimum: JsonObject
    predicted_value: float
    predicted_std: float | None = None
    goal: str
