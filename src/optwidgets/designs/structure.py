"""What a design with a structure is made of, before its runs get an order."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError

Array = NDArray[np.float64]
MAX_RUNS = 100_000


@dataclass(frozen=True, eq=False)
class Structure:
    """A design with a structure.

    Parameters
    ----------
    X
        Encoded runs in standard order, n x d.
    model_type
        The richest model that the design is made for.
    facts
        How it is made up: numbers of runs of each part, generators, distances.
    parts
        For designs that fall in two blocks by themselves (cube and star of a central
        composite design): 0 or 1 for each run; else None.
    warnings
        What a user should know.
    """

    X: Array
    model_type: str
    facts: Mapping[str, Any] = field(default_factory=dict)
    parts: NDArray[np.intp] | None = None
    warnings: tuple[str, ...] = ()


def check_size(runs: float, label: str) -> None:
    """Refuse a design that nobody could carry out, before it is built."""
    if runs > MAX_RUNS:
        raise OptwidgetsError(
            f"This {label} design has {int(runs):,} runs. Use fewer levels or variables, or a design "
            f"with at most {MAX_RUNS:,} runs such as 'lhs' or an optimal design.",
            field="method",
        )
