"""Plans of experiments."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StrictBool

from optwidgets.server.faces.alchemist.schemas.common import (
    NO_FLAG,
    Inputs,
    Integer,
    JsonObject,
    Text,
)

Method = Literal[
    "random",
    "lhs",
    "sobol",
    "halton",
    "hammersly",
    "full_factorial",
    "fractional_factorial",
    "ccd",
    "box_behnken",
    "plackett_burman",
    "gsd",
]
Criterion = Annotated[str, Field(pattern="^(maximin|correlation|ratio)$")]
Runs = Annotated[int, Field(ge=1, le=1000), NO_FLAG]
Levels = Annotated[int, Field(ge=2, le=5), NO_FLAG]
Centre = Annotated[int, Field(ge=0, le=10), NO_FLAG]
Reduction = Annotated[int, Field(ge=2, le=10), NO_FLAG]
Alpha = Literal["orthogonal", "rotatable"]
Face = Literal["circumscribed", "inscribed", "faced"]
ModelType = Literal["linear", "interaction", "quadratic"]
Effects = Annotated[list[Text], Field(max_length=1000)]
Plot = Literal["very_hard", "hard"]
Level = Literal["very_hard", "hard", "easy"]
Nesting = Literal["fresh", "crossed"]


class InitialDesignRequest(BaseModel):
    """A design; each method takes the options that it has and leaves the others."""

    method: Method = "lhs"
    n_points: Runs | None = None
    random_seed: Integer | None = None
    lhs_criterion: Criterion = "maximin"
    n_levels: Levels = 2
    n_center: Centre = 1
    generators: Text | None = None
    ccd_alpha: Alpha = "orthogonal"
    ccd_face: Face = "circumscribed"
    gsd_reduction: Reduction = 2
    allow_infeasible: StrictBool = False


class InitialDesignResponse(BaseModel):
    """Points in the order of the runs, and what constraints took from the design."""

    points: list[JsonObject]
    method: str
    n_points: int
    design_info: JsonObject | None = None
    feasibility: JsonObject | None = None


class OptimalDesignInfoRequest(BaseModel):
    """A model: a type, or its effects."""

    model_type: ModelType | None = None
    effects: Effects | None = None


class OptimalDesignInfoResponse(BaseModel):
    """How many runs the model needs."""

    model_terms: list[str]
    p_columns: int
    n_points_minimum: int
    n_points_recommended: int


class OptimalDesignRequest(OptimalDesignInfoRequest):
    """A model, how many runs, and how they are chosen."""

    n_points: Annotated[int, Field(ge=1, le=10_000), NO_FLAG] | None = None
    p_multiplier: Annotated[float, Field(ge=1.0, le=10.0), NO_FLAG] | None = None
    criterion: Literal["D", "A", "I"] = "D"
    algorithm: Literal["sequential", "simple_exchange", "fedorov", "modified_fedorov", "detmax"] = (
        "fedorov"
    )
    n_levels: Annotated[int, Field(ge=2, le=20), NO_FLAG] = 5
    max_iter: Annotated[int, Field(ge=10, le=10_000), NO_FLAG] = 200
    random_seed: Integer | None = None


class OptimalDesignResponse(BaseModel):
    """The runs that tell most about the model."""

    points: list[JsonObject]
    n_points: int
    design_info: JsonObject
    feasibility: JsonObject | None = None


class SplitPlotLevelDesign(BaseModel):
    """The design of one level of a split plot."""

    model_config = ConfigDict(extra="forbid")

    method: Method
    n_points: Runs | None = None
    lhs_criterion: Literal["maximin", "correlation", "ratio"] | None = None
    n_levels: Levels | None = None
    n_center: Centre | None = None
    generators: Text | None = None
    ccd_alpha: Alpha | None = None
    ccd_face: Face | None = None
    gsd_reduction: Reduction | None = None


class SplitPlotReference(BaseModel):
    """A run that each plot begins, and ends, with."""

    model_config = ConfigDict(extra="forbid")

    position: Literal["ends", "start"] = "ends"
    values: Inputs | None = None


class SplitPlotDesignRequest(BaseModel):
    """A design for each level of a split plot."""

    model_config = ConfigDict(extra="forbid")

    designs: dict[Level, SplitPlotLevelDesign]
    replicates: dict[Plot, Integer] = Field(default_factory=dict)
    easy_mode: Nesting = "fresh"
    middle_mode: Nesting = "fresh"
    reference: SplitPlotReference | None = None
    order: dict[Level, Literal["random", "as_generated"]] = Field(default_factory=dict)
    random_seed: Integer | None = None

    def arguments(self) -> dict[str, Any]:
        """Return what the session's method takes."""
        asked = self.model_dump()
        asked["designs"] = {
            level: design.model_dump(exclude_none=True) for level, design in self.designs.items()
        }
        return asked


class SplitPlotDesignResponse(BaseModel):
    """Points with ``WholePlot``, ``Subplot`` and ``RunOrder``, and how they came about."""

    points: list[JsonObject]
    n_points: int
    info: JsonObject
