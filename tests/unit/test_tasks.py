from __future__ import annotations

import re
import sys
import threading
import time
from functools import partialmethod

import pytest
from tqdm.std import tqdm

from optwidgets.errors import OptwidgetsError
from optwidgets.tasks import Cancelled, DeadlineExceeded, Worker, no_progress
from optwidgets.waiting import CellLine, wait_with_bar


class Gate:
    """Work that reports, and goes on until it is let through."""

    def __init__(self, listens=True):
        self.entered = threading.Event()
        self.open = threading.Event()
        self.left = threading.Event()
        self.listens = listens

    def __call__(self, progress):
        self.entered.set()
        while not self.open.wait(0.01):
            if self.listens:
                progress(0.5, "waiting")
        self.left.set()
        return "through"


@pytest.fixture
def told():
    return []


@pytest.fixture
def worker(told):
    made = Worker(told.append)
    yield made
    made.cancel_all()


def test_the_result_comes_back(worker):
    task = worker.submit("Add", lambda progress: 1 + 1)
    assert task.result(5) == 2
    assert task.state == "done"


def test_an_error_belongs_to_the_task_and_the_worker_goes_on(worker):
    def fail(progress):
        raise OptwidgetsError("Too few results.")

    task = worker.submit("Fail", fail)
    with pytest.raises(OptwidgetsError, match="Too few results"):
        task.result(5)
    assert task.state == "failed"
    assert worker.submit("Next", lambda progress: 1).result(5) == 1


def test_tasks_run_one_after_the_other(worker):
    gate = Gate()
    first = worker.submit("First", gate)
    second = worker.submit("Second", lambda progress: gate.left.is_set())
    gate.entered.wait(5)
    assert (first.state, second.state) == ("running", "queued")
    assert worker.tasks == [first, second]
    gate.open.set()
    assert second.result(5) is True


def test_cancel_stops_at_the_next_progress(worker):
    gate = Gate()
    task = worker.submit("Wait", gate)
    gate.entered.wait(5)
    assert task.cancel()
    with pytest.raises(Cancelled, match="Nothing was changed"):
        task.result(5)
    assert task.state == "cancelled"
    assert not gate.left.is_set()
    assert not task.cancel()


def test_a_thread_that_does_not_listen_is_left_behind(worker):
    gate, kept = Gate(listens=False), []
    task = worker.submit("Hang", gate, then=kept.append)
    gate.entered.wait(5)
    task.cancel()
    with pytest.raises(Cancelled):
        task.result(0.9)  # the promise: under a second
    assert worker.submit("Next", lambda progress: "next").result(5) == "next"
    gate.open.set()
    gate.left.wait(5)
    time.sleep(0.05)
    assert kept == []
    assert task.state == "cancelled"


def test_a_waiting_task_is_cancelled_at_once(worker):
    gate = Gate()
    worker.submit("First", gate)
    second = worker.submit("Second", lambda progress: 1)
    gate.entered.wait(5)
    assert second.cancel()
    with pytest.raises(Cancelled):
        second.result(0.2)
    gate.open.set()


def test_what_follows_is_not_done_for_a_cancelled_task(worker):
    gate, kept = Gate(), []
    task = worker.submit("Wait", gate, then=kept.append)
    gate.entered.wait(5)
    task.cancel()
    with pytest.raises(Cancelled):
        task.result(5)
    assert kept == []


def test_what_follows_gives_the_result_and_cannot_be_cancelled(worker):
    entered, leave = threading.Event(), threading.Event()

    def keep(value):
        entered.set()
        leave.wait(5)
        return value * 10

    task = worker.submit("Count", lambda progress: 4, then=keep)
    entered.wait(5)
    assert not task.cancel()
    leave.set()
    assert task.result(5) == 40


def test_the_deadline_brings_the_fallback(worker):
    gate = Gate()
    task = worker.submit("Slow", gate, deadline=0.05, fallback=lambda progress: "quick")
    assert task.result(5) == "quick"
    assert task.fell_back
    assert task.state == "done"


def test_the_deadline_brings_the_fallback_also_when_nobody_listens(worker):
    gate = Gate(listens=False)
    task = worker.submit(
        "Hang", gate, deadline=0.05, fallback=lambda progress: "quick", then=str.upper
    )
    assert task.result(5) == "QUICK"
    gate.open.set()
    assert worker.submit("Next", lambda progress: "next").result(5) == "next"


def test_without_a_fallback_the_deadline_is_an_error(worker):
    with pytest.raises(DeadlineExceeded, match=r"Slow was not done within 0\.05 s"):
        worker.submit("Slow", Gate(), deadline=0.05).result(5)
    hanging = Gate(listens=False)
    with pytest.raises(DeadlineExceeded):
        worker.submit("Hang", hanging, deadline=0.05).result(5)
    hanging.open.set()


def test_a_task_that_is_in_time_does_not_fall_back(worker):
    task = worker.submit("Quick", lambda progress: 1, deadline=0.05, fallback=lambda progress: 2)
    assert task.result(5) == 1
    time.sleep(0.1)
    assert not task.fell_back


def test_other_threads_get_short_turns_while_a_task_or_its_fallback_computes(worker):
    before = sys.getswitchinterval()

    def look(progress):
        return sys.getswitchinterval()

    quick = worker.submit("Quick", look)
    late = worker.submit("Late", Gate(), deadline=0.05, fallback=look)
    assert [quick.result(5), late.result(5)] == pytest.approx([0.001, 0.001])
    assert late.fell_back
    assert sys.getswitchinterval() == before


def test_turns_are_as_before_once_the_last_of_two_tasks_has_ended():
    before, gate = sys.getswitchinterval(), Gate()
    first, second = Worker().submit("First", gate), Worker().submit("Second", lambda _: 1)
    gate.entered.wait(5)
    second.result(5)
    assert sys.getswitchinterval() < before
    gate.open.set()
    first.result(5)
    assert sys.getswitchinterval() == before


def test_events_tell_the_whole_life_in_order(worker, told):
    gate = Gate()
    task = worker.submit("Wait", gate)
    gate.entered.wait(5)
    gate.open.set()
    task.result(5)
    states = [news["state"] for news in told]
    assert states[0] == "queued"
    assert states[1] == "running"
    assert states[-1] == "done"
    assert set(told[-1]) == {"id", "label", "stage", "fraction", "elapsed_s", "state"}


def test_progress_is_told_at_most_ten_times_a_second(worker, told):
    def chatter(progress):
        end = time.monotonic() + 0.35
        while time.monotonic() < end:
            progress(0.5, "busy")

    worker.submit("Chatter", chatter).result(5)
    assert 2 <= sum(news["stage"] == "busy" for news in told[:-1]) <= 6


def test_fractions_stay_between_nothing_and_all(worker):
    seen = []

    def work(progress):
        for fraction in (-1, 0.25, 7, None):
            progress(fraction, "x")
            seen.append(task.fraction)

    started = threading.Event()
    task = worker.submit("Work", lambda progress: (started.wait(5), work(progress)))
    started.set()
    task.result(5)
    assert seen == [0.0, 0.25, 1.0, None]


def test_quiet_tasks_are_not_told(worker, told):
    worker.submit("Live", lambda progress: progress(0.5, "x"), quiet=True).result(5)
    assert told == []


def test_a_subscriber_may_take_a_lock_whose_holder_submits():
    """The session's lock and the worker's must not wait for each other."""
    lock, worker = threading.RLock(), None

    def listen(news):
        with lock:
            pass

    worker = Worker(listen)
    done = []

    def submit():
        for _ in range(50):
            with lock:
                done.append(worker.submit("Work", lambda progress: progress(0.5, "x")))

    threads = [threading.Thread(target=submit, daemon=True) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
        assert not thread.is_alive()
    for task in done:
        task.result(10)


def test_no_thread_is_kept_when_there_is_nothing_to_do(worker):
    worker.submit("Work", lambda progress: 1).result(5)
    for _ in range(100):
        if not any(thread.name == "optwidgets-task" for thread in threading.enumerate()):
            return
        time.sleep(0.02)
    pytest.fail("the worker's thread goes on")


def test_waiting_shows_a_bar_only_when_it_takes_long(worker, capsys):
    assert wait_with_bar(worker.submit("Quick", lambda progress: 1)) == 1
    assert capsys.readouterr().err == ""
    gate = Gate()
    threading.Timer(0.3, gate.open.set).start()
    assert wait_with_bar(worker.submit("Slow work", gate), after=0.05) == "through"
    assert "Slow work" in capsys.readouterr().err


def test_waiting_goes_on_where_bars_are_switched_off(worker, monkeypatch):
    # What TQDM_DISABLE=1 does, which tqdm reads when it is imported.
    switched_off = partialmethod(tqdm.__init__, disable=True)
    monkeypatch.setattr(tqdm, "__init__", switched_off)
    gate = Gate()
    threading.Timer(0.2, gate.open.set).start()
    assert wait_with_bar(worker.submit("Slow work", gate), after=0.05) == "through"


def test_control_c_cancels_and_is_raised_again(worker, monkeypatch):
    gate = Gate()
    task = worker.submit("Wait", gate)
    gate.entered.wait(5)
    real = task.future.result

    def interrupted(timeout=None):
        monkeypatch.setattr(task.future, "result", real)
        raise KeyboardInterrupt

    monkeypatch.setattr(task.future, "result", interrupted)
    with pytest.raises(KeyboardInterrupt):
        wait_with_bar(task)
    assert task.state == "cancelled"


def test_result_says_when_it_is_not_ready(worker):
    gate = Gate()
    task = worker.submit("Wait", gate)
    with pytest.raises(OptwidgetsError, match=r"Wait is not done after 0\.01 s"):
        task.result(0.01)
    gate.open.set()


def test_no_progress_is_silent():
    assert no_progress(0.1, "x") is None


def test_in_a_cell_the_bar_is_one_line_that_ends_in_words(worker, monkeypatch):
    written = []

    def show(text):
        written.append(text)
        return written.append

    monkeypatch.setattr("optwidgets.waiting._line_of_the_cell", lambda: CellLine(show))

    def slow(progress):
        for step in range(5):
            progress(step / 5, "Counting")
            time.sleep(0.1)
        return "through"

    assert wait_with_bar(worker.submit("Slow work", slow), after=0.05) == "through"
    assert all(line.startswith("Slow work: ") for line in written)
    assert any("%" in line and "Counting" in line for line in written)
    assert re.fullmatch(r"Slow work: done in \d\.\d s", written[-1])
