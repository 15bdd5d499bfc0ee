"""What the model expected of a point when it was suggested."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.checking import expect_object, expect_text
from optwidgets.space.text import short

#: States of a row, in the order of its life.
STATES = ("suggested", "running", "done", "failed", "excluded")

_SUGGESTION_NUMBERS = ("mean", "sd", "acquisition", "explore", "distance", "gain", "feasible")


@dataclass(frozen=True, slots=True)
class SuggestionInfo:
    """Why a point was suggested, and what the model expected of it.

    Parameters
    ----------
    strategy
        Name of the acquisition strategy or of the design.
    mean, sd
        Predicted mean and standard deviation, in the objective's unit.
    acquisition
        Acquisition value.
    explore
        Share of exploration, 0 to 1.
    nearest_row, distance
        Nearest experiment and its distance in the unit cube.
    gain
        Expected gain, in the objective's unit.
    gain_words
        What the strategy saw in the point, in its own word: "upper bound 83.4 %".
    fallback
        Whether no model could be used.
    made_at_revision
        Revision of the session that the suggestion was made from.
    feasible
        Probability that the point keeps all limits and does not fail, or None.
    predicted
        With several objectives: name, mean and standard deviation of each.

    Examples
    --------
    >>> SuggestionInfo.from_dict(SuggestionInfo("EI", mean=1.0, sd=0.1).to_dict()).mean
    1.0
    """

    strategy: str
    mean: float | None = None
    sd: float | None = None
    acquisition: float | None = None
    explore: float | None = None
    nearest_row: int | None = None
    distance: float | None = None
    gain: float | None = None
    fallback: bool = False
    made_at_revision: int | None = None
    gain_words: str | None = None
    feasible: float | None = None
    predicted: tuple[tuple[str, float, float], ...] = ()

    def __post_init__(self) -> None:
        put = object.__setattr__
        for name in _SUGGESTION_NUMBERS:
            value = getattr(self, name)
            if value is not None:
                number = float(value)
                # No NaN in a session: what is not finite is not known.
                put(self, name, number if math.isfinite(number) else None)
        for name in ("nearest_row", "made_at_revision"):
            value = getattr(self, name)
            if value is not None:
                put(self, name, int(value))
        put(self, "fallback", bool(self.fallback))
        lines = tuple((str(name), float(mean), float(sd)) for name, mean, sd in self.predicted)
        put(self, "predicted", lines)

    def to_dict(self) -> dict[str, Any]:
        """Plain form, without what is not known."""
        found = {item.name: getattr(self, item.name) for item in fields(self)}
        found["predicted"] = [list(line) for line in self.predicted] or None
        return {key: value for key, value in found.items() if value is not None}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SuggestionInfo:
        """Read the plain form; keys that we do not know are left out."""
        data = expect_object(data, "A suggestion")
        expect_text(data.get("strategy"), "The strategy of a suggestion")
        known = {item.name for item in fields(cls)}
        for name in (*_SUGGESTION_NUMBERS, "nearest_row", "made_at_revision"):
            value = data.get(name)
            if value is not None and (
                isinstance(value, bool) or not isinstance(value, (int, float))
            ):
                raise OptwidgetsError(
                    f"{name} of a suggestion must be a number, not {short(value)}."
                )
        if data.get("gain_words") is not None:
            expect_text(data["gain_words"], "The words of a suggestion")
        if not _are_predictions(data.get("predicted", [])):
            raise OptwidgetsError(
                "The predictions of a suggestion must be lists of a name and two numbers."
            )
        return cls(**{key: value for key, value in data.items() if key in known})


def _are_predictions(value: object) -> bool:
    return isinstance(value, (list, tuple)) and all(
        isinstance(line, (list, tuple))
        and len(line) == 3
        and isinstance(line[0], str)
        and all(isinstance(number, (int, float)) and math.isfinite(number) for number in line[1:])
        for line in value
    )
