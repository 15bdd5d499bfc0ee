from __future__ import annotations

import threading
import time

import pytest

from optwidgets import OptimizationSession
from support.waiting import until


@pytest.fixture
def session(monkeypatch):
    monkeypatch.setattr("optwidgets.campaign.live_model.DEBOUNCE_SECONDS", 0.02)
    made = OptimizationSession(actor="maya")
    made.add_variable("x", "real", bounds=(0, 1))
    yield made
    made.close()


def record(session, count, start=0):
    for place in range(start, start + count):
        session.add_experiment({"x": (place * 0.37) % 1}, output=float(place % 3))


def fresh(session):
    report = session.model_report
    return report["state"] == "ready" and not report["stale"] and not report["fitting"]


def test_before_the_first_model_it_says_how_many_results_are_missing(session):
    assert session.model_report["words"] == "3 more results until the first model"
    record(session, 2)
    report = session.model_report
    assert report["words"] == "1 more result until the first model"
    assert (report["state"], report["n_needed"], report["n_missing"]) == ("none", 3, 1)


def test_a_model_is_fitted_by_itself_and_never_recorded(session):
    record(session, 6)
    heard = []
    session.on("model_updated", heard.append)
    session.request_live_model()
    session.request_live_model()
    until(lambda: fresh(session))
    report = session.model_report
    assert report["n_used"] == 6
    assert set(report["held_out"]) == {1, 2, 3, 4, 5, 6}
    assert report["words"]
    assert 0 <= report["coverage"] <= 1
    assert session.state.model is None
    until(lambda: heard)
    assert heard[0] == {"session_id": session.id}


def test_new_results_make_it_stale_and_then_fresh_again(session):
    record(session, 5)
    session.request_live_model()
    until(lambda: fresh(session))
    record(session, 1, start=5)
    until(lambda: fresh(session) and session.model_report["n_used"] == 6)
    session.undo()
    until(lambda: fresh(session) and session.model_report["n_used"] == 5)


def test_a_stale_model_says_how_many_results_it_knows(session):
    record(session, 5)
    session.train_model()
    assert session.model_report["stale"] is False
    record(session, 2, start=5)
    report = session.model_report
    assert (report["stale"], report["n_used"], report["n_results"]) == (True, 5, 7)


def test_what_a_model_does_not_read_starts_no_fit(session):
    record(session, 5)
    session.request_live_model()
    until(lambda: fresh(session))
    model = session.model
    session.update_metadata(description="words")
    session.experiment_manager.edit(1, note="words")
    time.sleep(0.1)
    assert not session.model_report["fitting"]
    assert session.model is model


def test_a_fit_that_fails_is_a_sentence_and_the_next_one_may_succeed(session, monkeypatch):
    def broken(*args, **kwargs):
        raise RuntimeError("singular")

    monkeypatch.setattr("optwidgets.models.base.fit_model", broken)
    record(session, 5)
    session.request_live_model()
    until(lambda: session.model_report["state"] == "failed")
    assert "singular" in session.model_report["message"]
    monkeypatch.undo()
    monkeypatch.setattr("optwidgets.campaign.live_model.DEBOUNCE_SECONDS", 0.02)
    record(session, 1, start=5)
    until(lambda: fresh(session))
    assert session.model_report["message"] == ""


def test_the_latest_data_win(session, monkeypatch):
    """A fit of old data is given up as soon as there are newer ones."""
    from optwidgets.models import base

    record(session, 5)
    real, sizes, gate = base.fit_model, [], threading.Event()

    def slow(data, config, *, seed=0, progress=None):
        sizes.append(len(data))
        while not gate.wait(0.005):
            progress(None, "fitting")
        return real(data, config, seed=seed, progress=progress)

    monkeypatch.setattr(base, "fit_model", slow)
    session.request_live_model()
    until(lambda: sizes == [5])
    record(session, 1, start=5)
    until(lambda: sizes[-1] == 6)
    gate.set()
    until(lambda: fresh(session))
    assert session.model_report["n_used"] == 6


def test_a_suggestion_uses_the_model_that_is_there(session, monkeypatch):
    record(session, 5)
    session.request_live_model()
    until(lambda: fresh(session))
    monkeypatch.setattr("optwidgets.models.base.fit_model", None)
    frame = session.suggest_next("EI")
    assert "message" not in frame.attrs
    assert frame["mean"].notna().all()


def test_background_fits_do_not_show_as_tasks(session):
    heard = []
    session.on("task", heard.append)
    record(session, 5)
    session.request_live_model()
    until(lambda: fresh(session))
    assert heard == []


def test_a_closed_session_fits_no_more(session):
    session.request_live_model()
    record(session, 2)
    session.close()
    time.sleep(0.1)
    assert session.worker.tasks == []
