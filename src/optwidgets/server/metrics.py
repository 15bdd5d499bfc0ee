"""What a server counts, in the form that Prometheus reads."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from optwidgets.server.faces import spoken_at

if TYPE_CHECKING:
    from prometheus_client.metrics_core import Metric

    from optwidgets.server.host import Host

_SECONDS = (0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 15, 60)


class Metrics:
    """The counts of one server; each has its own, so that a process may run several.

    Examples
    --------
    >>> metrics = Metrics()
    >>> metrics.count("native", "GET", 200, 0.003)
    >>> b'optwidgets_requests_total{face="native",method="GET",status="200"} 1.0' in metrics.text()
    True
    """

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._requests = Counter(
            "optwidgets_requests",
            "Requests that were answered.",
            ("face", "method", "status"),
            registry=self._registry,
        )
        self._seconds = Histogram(
            "optwidgets_request_seconds",
            "Time until the whole answer was sent.",
            ("face",),
            buckets=_SECONDS,
            registry=self._registry,
        )

    def watch(self, host: Host, tasks: Callable[[], dict[str, int]]) -> None:
        """Tell of the writer and the processes of a host, and of tasks by their state."""
        self._registry.register(_Inside(host, tasks))

    def count(self, face: str, method: str, status: int, seconds: float) -> None:
        """Count a request."""
        self._requests.labels(face, method, str(status)).inc()
        self._seconds.labels(face).observe(seconds)

    def saw(self, scope: Any, status: int, seconds: float) -> None:
        """Count a request that has been served."""
        # Methods are told as they are known: a client could make up any number of words.
        method = scope["method"] if scope["method"] in _METHODS else "other"
        self.count(spoken_at(scope["path"]).name, method, status, seconds)

    def text(self) -> bytes:
        """Return all counts in the text format of Prometheus."""
        return generate_latest(self._registry)


class _Inside(Collector):
    """What is looked up when somebody asks."""

    def __init__(self, host: Host, tasks: Callable[[], dict[str, int]]) -> None:
        self._host = host
        self._tasks = tasks

    def collect(self) -> Iterable[Metric]:
        writer = self._host.writer
        yield GaugeMetricFamily(
            "optwidgets_writer_waiting", "Operations that wait to be written.", writer.waiting
        )
        yield CounterMetricFamily(
            "optwidgets_writer_operations", "Operations that were committed.", writer.operations
        )
        # Operations by commits is how many of them share one wait for the disk.
        yield CounterMetricFamily("optwidgets_writer_commits", "Commits.", writer.commits)
        yield GaugeMetricFamily(
            "optwidgets_children", "Processes that compute.", len(self._host.children)
        )
        tasks = GaugeMetricFamily("optwidgets_tasks", "Tasks by their state.", labels=("state",))
        for state, count in self._tasks().items():
            tasks.add_metric((state,), count)
        yield tasks
        yield from self._of_the_file()

    def _of_the_file(self) -> Iterable[Metric]:
        caretaker = self._host.caretaker
        if caretaker.space is not None and caretaker.space.free is not None:
            yield GaugeMetricFamily(
                "optwidgets_free_bytes",
                "Space beside the database, looked at once a minute.",
                caretaker.space.free,
            )
            yield GaugeMetricFamily(
                "optwidgets_low_space",
                "1 while less than 5 % or 200 MB are free there.",
                caretaker.space.problem is not None,
            )
        if caretaker.backups is not None:
            yield CounterMetricFamily(
                "optwidgets_backups", "Backups that were made.", caretaker.backups.made
            )
            yield GaugeMetricFamily(
                "optwidgets_backup_failed",
                "1 while the last backup could not be made.",
                caretaker.backups.problem is not None,
            )


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
