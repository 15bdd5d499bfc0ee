"""A small campaign and its model, as figures are made from."""

from __future__ import annotations

import math

import pytest

from optwidgets import OptimizationSession

POINTS = [
    (65, 1.2, "A", 1), (80, 4.0, "B", 2), (95, 9.0, "C", 3), (110, 15.0, "A", 1),
    (125, 0.7, "B", 2), (138, 2.5, "C", 3), (100, 3.0, "B", 2), (72, 12.0, "A", 3),
]  # fmt: skip


def measured(t, f, c, n):
    return 80 - ((t - 105) / 10) ** 2 - 5 * math.log(f / 3) ** 2 + {"A": 0, "B": 4, "C": -3}[c] + n


@pytest.fixture
def campaign():
    """Return a session with eight results of a mixed space, and no more."""
    session = OptimizationSession(name="Reactor")
    session.add_variable("Temperature", "real", bounds=(60, 140), unit="°C")
    session.add_variable("Flow", "real", bounds=(0.5, 20), log=True, unit="mL/min")
    session.add_variable("Catalyst", "categorical", categories=["A", "B", "C"])
    session.add_variable("Stages", "integer", bounds=(1, 3))
    session.add_objective("Yield", "maximize", unit="%")
    for t, f, c, n in POINTS:
        inputs = {"Temperature": t, "Flow": f, "Catalyst": c, "Stages": n}
        session.add_experiment(inputs, output=measured(t, f, c, n))
    return session


@pytest.fixture
def fit(campaign):
    return campaign._work.fit_now()


@pytest.fixture
def model(fit):
    return fit.model
