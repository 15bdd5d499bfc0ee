"""Sessions and files of which targets make their seeds."""

from __future__ import annotations

import atexit
import functools
import shutil
import tempfile
from pathlib import Path

from optwidgets.session import OptimizationSession

FIXTURES = Path(__file__).parents[2] / "fixtures"


@functools.cache
def workplace() -> Path:
    """Return a folder for the files of this process."""
    folder = tempfile.mkdtemp(prefix="optwidgets-fuzz-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def small() -> OptimizationSession:
    """Return a session with a variable of each kind and two outputs, without rows."""
    session = OptimizationSession(name="Reäktor")
    session.add_variable("T", "real", bounds=(0, 100), unit="°C")
    session.add_variable("n", "integer", bounds=(1, 9))
    session.add_variable("c", "categorical", categories=["A", "B"])
    session.add_objective("Yield")
    session.add_objective("Cost", "minimize")
    return session


def full() -> OptimizationSession:
    """Return a session in which there is one of everything that a file holds."""
    session = small()
    session.add_variable("d", "discrete", allowed_values=[0.1, 0.5, 2])
    session.add_nonlinear_constraint("T * n <= 500")
    session.add_input_constraint("inequality", {"T": 1.0, "n": 2.0}, 110.0, name="sum")
    session.add_derived("load", "T / n")
    for number in range(3):
        inputs = {"T": 10.0 * number, "n": number + 1, "c": "AB"[number % 2], "d": 0.5}
        session.add_experiment(inputs, {"Yield": float(number), "Cost": 2.0}, note="hm, so")
    session.add_staged_experiment({"T": 50.0, "n": 3, "c": "B", "d": 2.0})
    session.lock_data("written down")
    return session
