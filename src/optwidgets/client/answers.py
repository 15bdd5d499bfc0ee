"""What a `Connection` returns: objects whose fields are attributes, and JSON if it is wanted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from optwidgets.space.text import did_you_mean


class ApiObject(Mapping[str, Any]):
    """An object of the API: ``object.name`` and ``object["name"]`` are the same.

    Parameters
    ----------
    body
        The object as JSON values.

    Examples
    --------
    >>> suggestion = Suggestion({"id": "3", "assignments": {"x": 0.5}, "state": "open"})
    >>> suggestion.id, suggestion.assignments["x"], suggestion.to_json()["state"]
    ('3', 0.5, 'open')
    >>> suggestion.assignmets
    Traceback (most recent call last):
    ...
    AttributeError: I don't know assignmets. Did you mean assignments?
    """

    #: Name of a field to the class of its value, or of the entries of its list.
    kinds: ClassVar[Mapping[str, str]] = {}

    def __init__(self, body: Mapping[str, Any]) -> None:
        self._body = dict(body)

    def __getitem__(self, name: str) -> Any:
        value = self._body[name]
        kind = _CLASSES.get(self.kinds.get(name, ""), ApiObject)
        if isinstance(value, list):
            return [kind(item) if isinstance(item, Mapping) else item for item in value]
        return kind(value) if isinstance(value, Mapping) else value

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        try:
            return self[name]
        except KeyError:
            raise AttributeError(did_you_mean(name, self._body)) from None

    def __iter__(self) -> Iterator[str]:
        return iter(self._body)

    def __len__(self) -> int:
        return len(self._body)

    def __dir__(self) -> list[str]:
        return sorted({*super().__dir__(), *self._body})

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._body!r})"

    def to_json(self) -> dict[str, Any]:
        """Return the object as JSON values."""
        return dict(self._body)


class Assignments(ApiObject):
    """Parameter to value: what to try, or what was tried."""


class Bounds(ApiObject):
    """Smallest and largest value of a parameter."""

    min: float
    max: float


class Parameter(ApiObject):
    """One parameter of an experiment."""

    kinds = {"bounds": "Bounds"}  # noqa: RUF012 - a ClassVar of the base
    name: str
    type: str
    bounds: Bounds | None
    transformation: str | None


class Metric(ApiObject):
    """What is measured."""

    name: str | None


class Experiment(ApiObject):
    """An experiment, which is a session on the server."""

    kinds = {"parameters": "Parameter", "metric": "Metric", "metrics": "Metric"}  # noqa: RUF012
    id: str
    name: str
    session: str
    parameters: list[Parameter]
    metric: Metric | None


class Suggestion(ApiObject):
    """Settings to try next."""

    kinds = {"assignments": "Assignments"}  # noqa: RUF012
    id: str
    assignments: Assignments
    expected_improvement: float | None


class Observation(ApiObject):
    """A result."""

    kinds = {"assignments": "Assignments"}  # noqa: RUF012
    id: str
    assignments: Assignments
    value: float | None
    value_stddev: float | None


class Paging(ApiObject):
    """Markers of the neighbouring pages; None at the ends."""

    before: str | None
    after: str | None


class Pagination(ApiObject):
    """A page of observations."""

    kinds = {"data": "Observation", "paging": "Paging"}  # noqa: RUF012
    count: int
    data: list[Observation]
    paging: Paging


class Worker(ApiObject):
    """Who holds which suggestion."""

    kinds = {"suggestion": "Suggestion"}  # noqa: RUF012
    id: str
    suggestion: Suggestion
    claimed_time: int


class Response(ApiObject):
    """The answer to a call: what it returns stands under a name of its own."""

    kinds = {  # noqa: RUF012
        "experiment": "Experiment",
        "experiments": "Experiment",
        "suggestion": "Suggestion",
        "suggestions": "Suggestion",
        "observation": "Observation",
        "observations": "Pagination",
        "workers": "Worker",
    }


_CLASSES: dict[str, type[ApiObject]] = {
    found.__name__: found
    for found in (
        Assignments,
        Bounds,
        Experiment,
        Metric,
        Observation,
        Pagination,
        Paging,
        Parameter,
        Suggestion,
        Worker,
    )
}
