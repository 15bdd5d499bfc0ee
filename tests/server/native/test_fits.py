"""What an attached session shows is fitted by the server, and is the same as if it were fitted here."""

from __future__ import annotations

import asyncio
import base64
import subprocess
import sys
import threading

import numpy as np
import pytest

from optwidgets import FigureView, OptimizationSession
from optwidgets.client.address import TOKEN_VARIABLE
from optwidgets.errors import OptwidgetsError
from optwidgets.models import base, forget_kernel, register_kernel
from optwidgets.server import fits
from support.waiting import until


@pytest.fixture(autouse=True)
def own_settings(monkeypatch, server):
    monkeypatch.setenv(TOKEN_VARIABLE, server.token("write"))
    monkeypatch.setattr("optwidgets.campaign.live_model.DEBOUNCE_SECONDS", 0.02)


@pytest.fixture
def fitted_here(monkeypatch):
    """Names of the objectives that this process has fitted a model for."""
    names = []
    fit_model = base.fit_model

    def counting(data, *arguments, **options):
        names.append(data.objective)
        return fit_model(data, *arguments, **options)

    monkeypatch.setattr(base, "fit_model", counting)
    return names


def campaign(**options):
    made = OptimizationSession(name="Reactor", actor="maya", **options)
    made.add_variable("x", "real", bounds=(0, 1))
    made.add_variable("c", "categorical", categories=["A", "B"])
    for place in range(9):
        x, c = (place * 0.37) % 1, "AB"[place % 2]
        made.add_experiment({"x": x, "c": c}, output=-((x - 0.4) ** 2) + 0.1 * (c == "A"))
    return made


@pytest.fixture
def session(server):
    made = campaign()
    made.persist(server.url)
    yield made
    made.close()


def fresh(session):
    report = session.model_report
    return report["state"] == "ready" and not report["stale"] and not report["fitting"]


def numbers(value):
    """Return every number in a figure, in order."""
    if isinstance(value, dict) and "bdata" in value:
        raw = base64.b64decode(value["bdata"])
        return np.frombuffer(raw, value["dtype"]).astype(float).tolist()
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return [number for inner in value for number in numbers(inner)]
    return [float(value)] if isinstance(value, int | float) else []


POINTS = [{"x": x / 7, "c": "AB"[x % 2]} for x in range(8)]


def test_what_the_views_show_is_fitted_by_the_server_and_the_same(session, fitted_here):
    view = FigureView(session, ["slices", "contour", "parity", "sensitivity"])
    until(lambda: fresh(session))
    assert view.draw_now()
    there, report = session.predict(POINTS), session.model_report
    figures = [numbers(figure["json"]["data"]) for figure in view.figures]
    calibration = session.calibration().to_numpy().astype(float)
    assert fitted_here == []
    session.compute = "kernel"
    session._work.models._fits.clear()
    here = session.predict(POINTS)
    assert fitted_here == ["Output"]
    for ours, theirs in zip(here["Output"], there["Output"], strict=True):
        assert ours == pytest.approx(theirs, abs=1e-6)
    view._memo.clear()
    assert view.draw_now()
    for figure, before in zip(view.figures, figures, strict=True):
        assert numbers(figure["json"]["data"]) == pytest.approx(before, abs=1e-6)
    again = session.model_report
    for name in ("r2", "rmse", "coverage"):
        assert again[name] == pytest.approx(report[name], abs=1e-6)
    assert session.calibration().to_numpy().astype(float) == pytest.approx(calibration, abs=1e-6)


def test_a_new_result_makes_the_server_fit_again(session, fitted_here):
    session.request_live_model()
    until(lambda: fresh(session))
    session.add_experiment({"x": 0.55, "c": "B"}, output=0.3)
    until(lambda: session.model_report["n_used"] == 10 and fresh(session))
    session.undo()
    until(lambda: session.model_report["n_used"] == 9 and fresh(session))
    assert fitted_here == []


def test_many_who_look_cost_one_fit(session, server, monkeypatch):
    computed = []
    compute = server.host.compute

    async def counting(session_id, name, arguments, **options):
        computed.append(name)
        await asyncio.sleep(0.2)
        return await compute(session_id, name, arguments, **options)

    monkeypatch.setattr(server.host, "compute", counting)
    path = f"/api/v1/sessions/{session.id}/fit"
    query = {"objective": "Output", "revision": session.revision, "wait": 20}
    answers = []
    # Who may only read may look.
    with server.client("read") as client:
        threads = [
            threading.Thread(target=lambda: answers.append(client.get(path, params=query)))
            for _ in range(4)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    assert [answer.status_code for answer in answers] == [200] * 4
    assert len({answer.text for answer in answers}) == 1
    assert computed == ["fit"]
    assert server.client().get(f"/api/v1/sessions/{session.id}/tasks").json() == {"tasks": []}


def test_an_earlier_revision_is_fitted_as_it_was(session, server):
    earlier = session.revision
    session.add_experiment({"x": 0.55, "c": "B"}, output=0.3)
    with server.client("read") as client:
        path = f"/api/v1/sessions/{session.id}/fit?objective=Output&wait=20&revision="
        assert len(client.get(f"{path}{earlier}").json()["fit"]["rows"]) == 9
        assert len(client.get(f"{path}{earlier + 1}").json()["fit"]["rows"]) == 10
        later = client.get(f"{path}{earlier + 2}")
        few = client.get(f"{path}4")
    assert (later.status_code, later.json()["field"]) == (400, "revision")
    assert "The model needs 3 results" in few.json()["detail"]


def test_a_fit_that_nobody_waits_for_ends(session, server, monkeypatch):
    monkeypatch.setattr(fits, "FORGET_SECONDS", -0.9)
    ended = threading.Event()

    async def for_ever(*_arguments, **_options):
        try:
            await asyncio.sleep(60)
        finally:
            ended.set()

    monkeypatch.setattr(server.host, "compute", for_ever)
    with server.client("read") as client:
        path = f"/api/v1/sessions/{session.id}/fit"
        told = client.get(path, params={"objective": "Output", "revision": session.revision})
    assert told.json() == {"fit": None, "progress": {"fraction": None, "stage": ""}}
    assert ended.wait(5)


def test_what_the_server_cannot_fit_is_fitted_here(session, fitted_here):
    session.add_derived("r", lambda v: v["x"] ** 2, ["x"])
    assert len(session.predict(POINTS)["Output"][0]) == 8
    assert fitted_here == ["Output"]


def test_a_kernel_that_was_registered_here_is_trained_and_searched_here(session, fitted_here):
    from gpytorch.kernels import RBFKernel

    register_kernel("Mine", lambda count: RBFKernel(ard_num_dims=count))
    try:
        assert session.train_model(kernel="Mine")["kernel"] == "Mine"
        assert len(session.suggest_next("EI")) == 1
        assert fitted_here == ["Output"]
    finally:
        forget_kernel("Mine")
    # Whoever does not know it is told so, and trains another.
    with pytest.raises(OptwidgetsError, match=r"'Mine' is not known.*has to be registered first"):
        session.suggest_next("EI")
    session.train_model(kernel="RBF")
    assert len(session.suggest_next("EI")) == 1


def test_without_the_line_it_is_fitted_here(session, fitted_here):
    session.remote.line.down("the cable", for_good=True)
    assert len(session.predict(POINTS)["Output"][0]) == 8
    assert fitted_here == ["Output"]


THIN = """
import sys, time
from optwidgets import FigureView, OptimizationSession
view = FigureView(OptimizationSession.attach(sys.argv[1]))
end = time.monotonic() + 60
while view.session.model_report["state"] != "ready" or view.session.model_report["fitting"]:
    assert time.monotonic() < end
    time.sleep(0.02)
assert view.draw_now() and all(figure["json"] for figure in view.figures)
heavy = {"torch", "botorch", "scipy", "sklearn", "skopt"}
print(sorted(heavy & {name.partition(".")[0] for name in sys.modules}))
"""


def test_to_show_a_session_a_notebook_needs_neither_torch_nor_scipy(session):
    command = [sys.executable, "-c", THIN, session.url]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert (done.stdout.strip(), done.returncode) == ("[]", 0), done.stderr


def test_processes_of_scikit_learn_are_fitted_there_and_forests_are_grown_here(
    session, fitted_here
):
    session.train_model(backend="sklearn", kernel="RBF")
    there = session.predict(POINTS)["Output"]
    assert fitted_here == []
    session.compute = "kernel"
    session._work.models._fits.clear()
    here = session.predict(POINTS)["Output"]
    assert here[0] == pytest.approx(there[0], abs=1e-6)
    assert here[1] == pytest.approx(there[1], abs=1e-6)
    session.compute = "server"
    session.train_model(backend="sklearn", kernel="RandomForest")
    session.predict(POINTS)
    assert fitted_here == ["Output", "Output"]
