"""An experiment: one start model, one configuration, and jobs done one after the other.

All functions are pure: an experiment goes in, the changed one comes out, and what is not
allowed raises a sentence. The order of events is that of Internet SmokeAlarm's VergeAI
server (2020), without its fault that cancelling a *waiting* job moved the experiment on.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

from immutables import Map

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.jobs import FINISHED, RUNNING, Job, JobState, ModelFile, Submission


@dataclass(frozen=True)
class Experiment:
    """One trial: what it began with, what it came to, and its jobs in their order.

    Parameters
    ----------
    id
        Its id.
    hyperparameters
        Name to value, fixed for all jobs.
    jobs
        In order of creation, which is the order of execution; finished ones stay.
    current_job
        Id of the job that runs, or ran last.
    start_model, current_model
        What was uploaded first, and what the last finished job left.
    row
        Number of the row of the linked session that holds the results, if there is one.

    Examples
    --------
    >>> from optwidgets.runs.jobs import JobSetup
    >>> model = ModelFile("e1", "p1/e1/start_model", 2, blob="b1", sha256="")
    >>> experiment = with_start_model(Experiment("e1"), model)
    >>> job = Job("j1", JobSetup(num_devices=1), devices=("d1",), created_at=0.0)
    >>> experiment = add_job(experiment, job, now=1.0)
    >>> experiment.is_active, experiment.current_job
    (True, 'j1')
    """

    id: str
    hyperparameters: Map[str, Any] = field(default_factory=Map)
    jobs: tuple[Job, ...] = ()
    current_job: str | None = None
    start_model: ModelFile | None = None
    current_model: ModelFile | None = None
    row: int | None = None

    @property
    def is_active(self) -> bool:
        """Whether a job of the sequence runs."""
        return any(job.state in RUNNING for job in self.jobs)

    @property
    def models(self) -> frozenset[ModelFile]:
        """All its models: those it starts from, and those of its jobs and their devices."""
        found = [self.start_model, self.current_model]
        for job in self.jobs:
            found += [job.start_model, job.aggregate_model]
            found += [submission.model for submission in job.submissions.values()]
        return frozenset(file for file in found if file is not None)

    def job(self, job_id: str) -> Job:
        """Return a job; an unknown id raises a sentence."""
        for job in self.jobs:
            if job.id == job_id:
                return job
        raise OptwidgetsError("There is no job with this id; list those of the experiment.")

    def with_job(self, job: Job) -> Experiment:
        """Return the experiment with one job replaced."""
        return replace(self, jobs=tuple(job if job.id == old.id else old for old in self.jobs))


def check_no_start_model(experiment: Experiment) -> None:
    """Raise unless the experiment still waits for its start model."""
    if experiment.start_model is not None:
        raise OptwidgetsError(
            "Cannot submit model to this experiment because it is not in initialization state"
        )


def with_start_model(experiment: Experiment, model: ModelFile) -> Experiment:
    """Return the experiment with its start model, which never changes afterwards."""
    check_no_start_model(experiment)
    return replace(experiment, start_model=model, current_model=model)


def add_job(experiment: Experiment, job: Job, now: float) -> Experiment:
    """Return the experiment with a job at its end; it starts at once if none runs.

    Raises
    ------
    OptwidgetsError
        If the experiment has no start model yet.
    """
    if experiment.current_model is None:
        raise OptwidgetsError(
            "The experiment has no start model yet; submit one before you create a job."
        )
    active = experiment.is_active
    longer = replace(experiment, jobs=(*experiment.jobs, job))
    return longer if active else _start_next(longer, now)


def check_open(job: Job, device: str) -> None:
    """Raise unless the device may hand in its model for the job."""
    if job.is_open_for(device):
        return
    if device not in job.devices:
        raise OptwidgetsError("The device is not part of this job; only chosen devices submit.")
    if device in job.submissions:
        raise OptwidgetsError("The device has already submitted its model for this job.")
    raise OptwidgetsError(f"The job takes no models: its status is {job.state}.")


def submit(experiment: Experiment, job_id: str, device: str, submission: Submission) -> Experiment:
    """Return the experiment with the model of a device in its job.

    With `num_devices` models the job's state becomes ``AGGREGATION_IN_PROGRESS``.
    """
    job = experiment.job(job_id)
    check_open(job, device)
    job = replace(job, submissions=job.submissions.set(device, submission))
    if len(job.submissions) >= job.setup.num_devices:
        job = replace(job, state=JobState.AGGREGATION_IN_PROGRESS)
    return experiment.with_job(job)


def complete(experiment: Experiment, job_id: str, aggregate: ModelFile, now: float) -> Experiment:
    """Return the experiment after a job was averaged; the next one starts from the mean.

    Raises
    ------
    OptwidgetsError
        If the job is not being averaged, such as when it was cancelled meanwhile.
    """
    job = experiment.job(job_id)
    if job.state is not JobState.AGGREGATION_IN_PROGRESS:
        raise OptwidgetsError(f"The job is not being averaged: its status is {job.state}.")
    size = sum(submission.model.size for submission in job.submissions.values())
    done = replace(
        job,
        state=JobState.COMPLETED,
        aggregate_model=aggregate,
        billable_size=size + aggregate.size,
    )
    return _start_next(replace(experiment.with_job(done), current_model=aggregate), now)


def cancel(experiment: Experiment, job_id: str, now: float) -> Experiment:
    """Return the experiment with a job cancelled; cancelling it twice changes nothing.

    The next job starts only if the cancelled one was running, from the model that the
    cancelled one started from.

    Raises
    ------
    OptwidgetsError
        If the job is completed.
    """
    job = experiment.job(job_id)
    if job.state is JobState.COMPLETED:
        raise OptwidgetsError("The job is completed; only waiting and running jobs are cancelled.")
    if job.state in FINISHED:
        return experiment
    cancelled = experiment.with_job(replace(job, state=JobState.CANCELLED))
    if job.state not in RUNNING:
        return cancelled
    return _start_next(replace(cancelled, current_model=job.start_model), now)


def time_out(experiment: Experiment, job_id: str, now: float) -> Experiment:
    """Return the experiment with a job cancelled because its time is over.

    Only a job that still waits for its devices is; who keeps the clock knows when. A job that
    is being averaged has what it needs.
    """
    if experiment.job(job_id).state is not JobState.IN_PROGRESS:
        return experiment
    return cancel(experiment, job_id, now)


def with_metrics(experiment: Experiment, job_id: str, metrics: dict[str, float]) -> Experiment:
    """Return the experiment with what was measured in a job; later values replace earlier."""
    job = experiment.job(job_id)
    if job.state is JobState.INITIALIZED:
        raise OptwidgetsError("The job has not started; report its metrics when it has.")
    return experiment.with_job(replace(job, metrics=job.metrics.update(metrics)))


def _start_next(experiment: Experiment, now: float) -> Experiment:
    for job in experiment.jobs:
        if job.state is JobState.INITIALIZED:
            assert experiment.current_model is not None  # the first job asks for it
            started = job.started(experiment.current_model, now)
            return replace(experiment.with_job(started), current_job=job.id)
    return experiment
