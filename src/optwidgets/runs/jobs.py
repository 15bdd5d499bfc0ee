"""A job: one training segment of an experiment, done by devices."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from immutables import Map

from optwidgets.errors import OptwidgetsError


class JobState(StrEnum):
    """Where a job is in its life.

    ``INITIALIZED`` (waits) -> ``IN_PROGRESS`` -> ``AGGREGATION_IN_PROGRESS`` ->
    ``COMPLETED``; from each of the first three also ``CANCELLED``.
    """

    INITIALIZED = "INITIALIZED"
    IN_PROGRESS = "IN_PROGRESS"
    AGGREGATION_IN_PROGRESS = "AGGREGATION_IN_PROGRESS"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"


RUNNING = frozenset({JobState.IN_PROGRESS, JobState.AGGREGATION_IN_PROGRESS})
FINISHED = frozenset({JobState.COMPLETED, JobState.CANCELLED})


@dataclass(frozen=True)
class ModelFile:
    """A stored model: who made it, what it is called, and where its bytes are.

    Parameters
    ----------
    entity_id
        Id of the experiment, job or device that it belongs to.
    name
        Its storage key, such as ``"<project>/<experiment>/start_model"``.
    size
        Number of bytes.
    blob
        Where the bytes are stored; unlike the name it is never used twice.
    sha256
        Hash of the bytes, 64 hexadecimal digits.
    """

    entity_id: str
    name: str
    size: int
    blob: str
    sha256: str


@dataclass(frozen=True)
class Submission:
    """The model of one device, and the number of samples it was trained on, if it said so."""

    model: ModelFile
    samples: int | None = None


@dataclass(frozen=True)
class DurationCriterion:
    """A running job is cancelled `max_seconds` after it started."""

    max_seconds: float


@dataclass(frozen=True)
class JobSetup:
    """What was asked for when a job was made."""

    num_devices: int
    num_buffer_devices: int = 0
    strategy: str = "RANDOM"
    criteria: tuple[DurationCriterion, ...] = ()

    @property
    def seconds(self) -> float:
        """How long the job may run; infinite without a criterion."""
        return min((criterion.max_seconds for criterion in self.criteria), default=math.inf)


@dataclass(frozen=True)
class Job:
    """One training segment: it starts from a model, and devices make the next one.

    Times are seconds since 1970. `started_at` is None while the job waits.

    Examples
    --------
    >>> job = Job("j1", JobSetup(num_devices=1), devices=("d1",), created_at=0.0)
    >>> job.state.value, job.is_open_for("d1")
    ('INITIALIZED', False)
    """

    id: str
    setup: JobSetup
    devices: tuple[str, ...]
    created_at: float
    state: JobState = JobState.INITIALIZED
    started_at: float | None = None
    start_model: ModelFile | None = None
    aggregate_model: ModelFile | None = None
    submissions: Map[str, Submission] = field(default_factory=Map)
    billable_size: int = 0
    metrics: Map[str, float] = field(default_factory=Map)

    def is_open_for(self, device: str) -> bool:
        """Return whether the device is in this job and still owes its model."""
        return (
            self.state is JobState.IN_PROGRESS
            and device in self.devices
            and device not in self.submissions
        )

    def seconds_left(self, now: float) -> float:
        """Return for how long a running job may go on; infinite for all others."""
        if self.state is not JobState.IN_PROGRESS or self.started_at is None:
            return math.inf
        # A wall clock that was set back must not make a job longer than was asked for.
        return min(max(0.0, self.started_at + self.setup.seconds - now), self.setup.seconds)

    def started(self, model: ModelFile, now: float) -> Job:
        """Return the job as it begins from a model; its clock begins too."""
        return replace(self, state=JobState.IN_PROGRESS, start_model=model, started_at=now)


def read_setup(body: Mapping[str, Any]) -> JobSetup:
    """Return the setup in a request, checked.

    Parameters
    ----------
    body
        With ``num_devices``, ``num_buffer_devices``, ``device_selection_strategy`` and
        ``termination_criteria``.

    Raises
    ------
    OptwidgetsError
        Names the field that is missing or not as it should be.

    Examples
    --------
    >>> body = {"num_devices": 2, "num_buffer_devices": 1, "termination_criteria": []}
    >>> read_setup({**body, "device_selection_strategy": "RANDOM"}).num_buffer_devices
    1
    """
    strategy = _required(body, "device_selection_strategy")
    if not isinstance(strategy, str) or strategy not in STRATEGIES:
        known = ", ".join(STRATEGIES)
        raise OptwidgetsError(
            f"device_selection_strategy is {strategy!r}; expected one of {known}.",
            field="device_selection_strategy",
        )
    criteria = _required(body, "termination_criteria")
    if not isinstance(criteria, Sequence) or isinstance(criteria, str) or len(criteria) > 16:
        raise OptwidgetsError(
            "termination_criteria must be a list of at most 16 criteria; it may be empty.",
            field="termination_criteria",
        )
    return JobSetup(
        num_devices=_count(body, "num_devices", at_least=1),
        num_buffer_devices=_count(body, "num_buffer_devices", at_least=0),
        strategy=strategy,
        criteria=tuple(_criterion(criterion) for criterion in criteria),
    )


#: How devices are drawn from those of a project, by the name on the wire; each function
#: takes the devices, how many are wanted, and a source of chance with `sample`.
STRATEGIES: dict[str, Callable[[Sequence[str], int, Any], list[str]]] = {
    "RANDOM": lambda devices, count, chance: list(chance.sample(list(devices), count)),
}


def choose_devices(setup: JobSetup, devices: Sequence[str], chance: Any) -> tuple[str, ...]:
    """Return the devices for a job, those in reserve included.

    Raises
    ------
    OptwidgetsError
        If the project has fewer devices than are asked for.
    """
    wanted = setup.num_devices + setup.num_buffer_devices
    if wanted > len(devices):
        raise OptwidgetsError(
            f"The job asks for {wanted} devices (num_devices + num_buffer_devices), the project "
            f"has {len(devices)}; register more devices or ask for fewer.",
            field="num_devices",
        )
    return tuple(STRATEGIES[setup.strategy](devices, wanted, chance))


def _required(body: Mapping[str, Any], name: str) -> Any:
    if name not in body:
        raise OptwidgetsError(f"{name} is missing; give it in the request.", field=name)
    return body[name]


def _count(body: Mapping[str, Any], name: str, *, at_least: int) -> int:
    value = _required(body, name)
    if isinstance(value, bool) or not isinstance(value, int) or not at_least <= value <= 1_000_000:
        raise OptwidgetsError(
            f"{name} must be a whole number of at least {at_least}, not {str(value)[:40]!r}.",
            field=name,
        )
    return value


def _criterion(body: Any) -> DurationCriterion:
    kind = body.get("type") if isinstance(body, Mapping) else None
    if kind != "DurationTerminationCriteria":
        raise OptwidgetsError(
            "A termination criterion is an object with the type DurationTerminationCriteria "
            f"and max_duration_sec; its type here is {str(kind)[:40]!r}.",
            field="termination_criteria",
        )
    seconds = body.get("max_duration_sec")
    if (
        isinstance(seconds, bool)
        or not isinstance(seconds, int | float)
        or not 0 < seconds <= MAX_SECONDS
    ):
        raise OptwidgetsError(
            "max_duration_sec must be a number of seconds above 0 and at most "
            f"{MAX_SECONDS}, not {str(seconds)[:40]!r}.",
            field="max_duration_sec",
        )
    return DurationCriterion(float(seconds))


#: Ten years: above that a criterion is a slip, and a timer could not be set.
MAX_SECONDS = 315_360_000
