"""The interface of a peer: `ask` for a point, `tell` what came out. All costs are minimised.

A task reaches a peer as plain data, without anything about where the optimum is::

    {
        "variables": [
            {"name": "x", "kind": "real", "low": 0.0, "high": 1.0, "log": False},
            {"name": "n", "kind": "integer", "low": 0, "high": 10},
            {"name": "c", "kind": "categorical", "values": ["A", "B"]},
        ],
        "objectives": 1,  # how many costs
        "limits": 0,  # how many outcomes must be at most 0
        "linear": [{"weights": {"x": 1.0, "y": 2.0}, "most": 1.5}],
        "reference": None,  # worst costs that count, for several objectives
        "noisy": False,
        "start": 8,
    }  # how many results are told before the first ask

A value is ``{"cost": [...], "limits": [...]}``. Only the standard library and numpy are needed
here: the module is also loaded in environments that know nothing of optwidgets.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar

Point = dict[str, Any]
Value = dict[str, list[float]]
Spec = dict[str, Any]


class UnsupportedError(Exception):
    """The peer has no way of its own to do such a task."""


class Peer:
    """A library's documented default path. Subclasses fill in `setup`, `ask` and `learn`."""

    #: Packages whose versions are recorded.
    packages: ClassVar[tuple[str, ...]] = ()
    #: What is not the library's own way, such as a penalty in place of limits.
    note = ""

    def __init__(self, spec: Spec, seed: int) -> None:
        self.spec, self.seed = spec, int(seed)
        self.variables = spec["variables"]
        self.names = [variable["name"] for variable in self.variables]
        self.several = spec["objectives"] > 1
        self.points: list[Point] = []
        self.values: list[Value] = []
        self.setup()

    def setup(self) -> None:
        """Build the library's objects."""

    def ask(self) -> Point:
        """Return the next point."""
        raise NotImplementedError

    def tell(self, point: Point, value: Value) -> None:
        """Take in a result; of a point that was asked for, or of another."""
        self.points.append(dict(point))
        self.values.append(value)
        self.learn(point, value)

    def learn(self, point: Point, value: Value) -> None:
        """Hand a result to the library."""

    # ---- what adapters share

    def plain(self, point: Any) -> Point:
        """Return Python numbers inside the bounds, whatever types the library gave back."""
        out: Point = {}
        for variable in self.variables:
            value = point[variable["name"]]
            if variable["kind"] == "categorical":
                out[variable["name"]] = str(value)
                continue
            inside = min(max(float(value), variable["low"]), variable["high"])
            out[variable["name"]] = round(inside) if variable["kind"] == "integer" else inside
        return out

    def excesses(self, point: Point, value: Value) -> list[float]:
        """Return by how much each limit, of outcomes and of inputs, is exceeded (at most 0: kept)."""
        return [*value["limits"], *(linear_excess(rule, point) for rule in self.spec["linear"])]

    def penalised(self, cost: float, excesses: list[float]) -> float:
        """Return a cost for libraries without limits: a step of the observed range, and a slope."""
        over = sum(max(0.0, excess) for excess in excesses)
        if over <= 0:
            return cost
        costs = [value["cost"][0] for value in self.values] or [cost]
        return cost + (max(costs) - min(costs) + 1e-3) * (1.0 + over)


def linear_excess(rule: dict[str, Any], point: Point) -> float:
    """Return by how much a weighted sum is above what is allowed.

    >>> linear_excess({"weights": {"a": 1.0, "b": 2.0}, "most": 3.0}, {"a": 1.0, "b": 1.5})
    1.0
    """
    return sum(weight * point[name] for name, weight in rule["weights"].items()) - rule["most"]


class Pending:
    """Finds the library's own object for a point that it proposed, when the result arrives."""

    def __init__(self) -> None:
        self._open: list[tuple[Any, Point]] = []

    def add(self, handle: Any, point: Point) -> Point:
        self._open.append((handle, point))
        return point

    def take(self, point: Point) -> Any | None:
        for i, (handle, asked) in enumerate(self._open):
            if asked == point:
                del self._open[i]
                return handle
        return None


def to_unit(variable: dict[str, Any], value: float) -> float:
    """Return where a number lies between its bounds, on its own scale."""
    low, high = variable["low"], variable["high"]
    if variable.get("log"):
        return math.log(value / low) / math.log(high / low)
    return (value - low) / (high - low)


def from_unit(variable: dict[str, Any], share: float) -> float:
    """Return the number at a share of the way between the bounds, on its own scale."""
    low, high = variable["low"], variable["high"]
    if variable.get("log"):
        return low * (high / low) ** share
    return low + share * (high - low)
