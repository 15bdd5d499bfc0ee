"""The life of an experiment, against a simple model of it."""

from __future__ import annotations

import json
import math

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from optwidgets.errors import OptwidgetsError
from optwidgets.runs.experiments import (
    Experiment,
    add_job,
    cancel,
    complete,
    submit,
    time_out,
    with_metrics,
    with_start_model,
)
from optwidgets.runs.jobs import DurationCriterion, Job, JobSetup, JobState, ModelFile, Submission
from optwidgets.runs.records import decode_experiment, encode_experiment


def model(name: str, size: int = 10) -> ModelFile:
    return ModelFile("x", name, size, blob=name, sha256="")


def job(name: str, *, devices: tuple[str, ...] = ("d1",), needed: int = 1, seconds: float = 0.0):
    criteria = (DurationCriterion(seconds),) if seconds else ()
    return Job(name, JobSetup(needed, criteria=criteria), devices, created_at=0.0)


def started(*jobs: Job) -> Experiment:
    experiment = with_start_model(Experiment("e"), model("start"))
    for one in jobs:
        experiment = add_job(experiment, one, now=1.0)
    return experiment


class Sequence(RuleBasedStateMachine):
    """The same events on an experiment and on a list of words."""

    def __init__(self):
        super().__init__()
        self.experiment = Experiment("e")
        self.words: list[str] = []  # state of each job
        self.current = None  # what the model of the experiment should be called
        self.began: dict[int, str] = {}  # job -> model that it started from
        self.handed: dict[int, set[str]] = {}
        self.running: int | None = None
        self.last = "NONE"
        self.now = 0.0

    def advance(self):
        self.running = None
        for place, word in enumerate(self.words):
            if word == "INITIALIZED":
                self.words[place] = "IN_PROGRESS"
                self.running, self.last = place, f"j{place}"
                self.began[place] = self.current
                return

    @rule()
    def start_model(self):
        if self.current is None:
            self.experiment = with_start_model(self.experiment, model("start"))
            self.current = "start"
        else:
            with pytest.raises(OptwidgetsError, match="not in initialization state"):
                with_start_model(self.experiment, model("other"))

    @rule(needed=st.integers(1, 2), seconds=st.sampled_from([0.0, 5.0]))
    def new_job(self, needed, seconds):
        new = job(f"j{len(self.words)}", devices=("d1", "d2", "d3"), needed=needed, seconds=seconds)
        if self.current is None:
            with pytest.raises(OptwidgetsError, match="no start model"):
                add_job(self.experiment, new, self.now)
            return
        self.experiment = add_job(self.experiment, new, self.now)
        self.words.append("INITIALIZED")
        if self.running is None:
            self.advance()

    @precondition(lambda self: self.words)
    @rule(data=st.data(), device=st.sampled_from(["d1", "d2", "d3", "stranger"]))
    def hand_in(self, data, device):
        place = data.draw(st.integers(0, len(self.words) - 1))
        given = Submission(model(f"{place}/{device}"))
        handed = self.handed.setdefault(place, set())
        if self.words[place] != "IN_PROGRESS" or device == "stranger" or device in handed:
            with pytest.raises(OptwidgetsError):
                submit(self.experiment, f"j{place}", device, given)
            return
        self.experiment = submit(self.experiment, f"j{place}", device, given)
        handed.add(device)
        if len(handed) == self.experiment.jobs[place].setup.num_devices:
            self.words[place] = "AGGREGATION_IN_PROGRESS"

    @precondition(lambda self: self.words)
    @rule(data=st.data())
    def averaged(self, data):
        place = data.draw(st.integers(0, len(self.words) - 1))
        if self.words[place] != "AGGREGATION_IN_PROGRESS":
            with pytest.raises(OptwidgetsError, match="not being averaged"):
                complete(self.experiment, f"j{place}", model("mean"), self.now)
            return
        self.experiment = complete(self.experiment, f"j{place}", model(f"mean{place}"), self.now)
        self.words[place], self.current = "COMPLETED", f"mean{place}"
        self.advance()

    @precondition(lambda self: self.words)
    @rule(data=st.data())
    def cancelled(self, data):
        place = data.draw(st.integers(0, len(self.words) - 1))
        if self.words[place] == "COMPLETED":
            with pytest.raises(OptwidgetsError, match="completed"):
                cancel(self.experiment, f"j{place}", self.now)
            return
        self.experiment = cancel(self.experiment, f"j{place}", self.now)
        self._after_cancel(place)

    def _after_cancel(self, place):
        self.words[place] = "CANCELLED"
        if self.running == place:
            self.current = self.began[place]
            self.advance()

    @rule(seconds=st.sampled_from([1.0, 5.0]))
    def time_passes(self, seconds):
        self.now += seconds
        place = self.running
        if place is None:
            return
        job = self.experiment.jobs[place]
        left = job.seconds_left(self.now)
        if left > 0:
            assert left <= job.setup.seconds or job.state is JobState.AGGREGATION_IN_PROGRESS
            return
        self.experiment = time_out(self.experiment, job.id, self.now)
        self._after_cancel(place)

    @invariant()
    def both_say_the_same(self):
        experiment = self.experiment
        assert [one.state.value for one in experiment.jobs] == self.words
        assert (experiment.current_job or "NONE") == self.last
        assert experiment.is_active == (self.running is not None)
        name = experiment.current_model and experiment.current_model.name
        assert name == self.current
        for place, began in self.began.items():
            assert experiment.jobs[place].start_model.name == began

    @invariant()
    def at_most_one_runs_and_waiting_ones_have_no_model(self):
        jobs = self.experiment.jobs
        running = [one for one in jobs if one.state.value.endswith("IN_PROGRESS")]
        assert len(running) <= 1
        waiting = [one for one in jobs if one.state is JobState.INITIALIZED]
        assert not waiting or running
        assert all(one.start_model is None and one.started_at is None for one in waiting)

    @invariant()
    def what_is_stored_comes_back(self):
        stored = json.dumps(encode_experiment(self.experiment))
        assert decode_experiment(json.loads(stored)) == self.experiment


TestSequence = Sequence.TestCase
TestSequence.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


def test_two_jobs_run_one_after_the_other_and_the_second_starts_from_the_mean():
    experiment = started(job("j1"), job("j2"))
    assert [one.state.value for one in experiment.jobs] == ["IN_PROGRESS", "INITIALIZED"]
    experiment = submit(experiment, "j1", "d1", Submission(model("m", size=7)))
    experiment = complete(experiment, "j1", model("mean", size=5), now=9.0)
    first, second = experiment.jobs
    assert (first.state, first.billable_size) == (JobState.COMPLETED, 12)
    assert (second.state, second.start_model.name) == (JobState.IN_PROGRESS, "mean")
    assert second.started_at == 9.0, "its clock begins when it starts, not when it was made"
    assert experiment.start_model.name == "start"


def test_cancelling_a_waiting_job_does_not_move_the_experiment_on():
    experiment = started(job("j1"), job("j2"), job("j3"))
    after = cancel(experiment, "j2", now=2.0)
    assert after.current_job == "j1"
    assert after.current_model == experiment.current_model
    assert [one.state.value for one in after.jobs] == ["IN_PROGRESS", "CANCELLED", "INITIALIZED"]
    assert cancel(after, "j1", now=3.0).current_job == "j3"


def test_a_mean_that_comes_after_the_cancel_is_refused():
    experiment = submit(started(job("j1")), "j1", "d1", Submission(model("m")))
    experiment = cancel(experiment, "j1", now=2.0)
    with pytest.raises(OptwidgetsError, match="not being averaged: its status is CANCELLED"):
        complete(experiment, "j1", model("mean"), now=3.0)


def test_a_job_that_is_being_averaged_or_over_is_not_late():
    experiment = started(job("j1", seconds=1.0))
    experiment = submit(experiment, "j1", "d1", Submission(model("m")))
    assert experiment.jobs[0].seconds_left(100.0) == math.inf
    assert time_out(experiment, "j1", now=100.0) == experiment
    done = complete(experiment, "j1", model("mean"), now=2.0)
    assert time_out(done, "j1", now=100.0) == done


def test_a_clock_that_is_set_back_makes_no_job_longer():
    assert started(job("j1", seconds=5.0)).jobs[0].seconds_left(-1000.0) == 5.0


def test_metrics_of_a_waiting_job_are_refused_and_later_ones_replace_earlier():
    experiment = started(job("j1"), job("j2"))
    with pytest.raises(OptwidgetsError, match="has not started"):
        with_metrics(experiment, "j2", {"loss": 1.0})
    experiment = with_metrics(experiment, "j1", {"loss": 1.0, "accuracy": 0.5})
    experiment = with_metrics(experiment, "j1", {"loss": 0.5})
    assert dict(experiment.jobs[0].metrics) == {"loss": 0.5, "accuracy": 0.5}
