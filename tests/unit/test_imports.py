"""What is loaded when: `import optwidgets` must be quick in every kernel."""

from __future__ import annotations

import subprocess
import sys

import pytest

import optwidgets

HEAVY = {
    "torch", "botorch", "gpytorch", "plotly", "sklearn", "skopt", "pandas", "numpy", "scipy",
    "ipywidgets", "anywidget", "sqlalchemy", "tqdm",
}  # fmt: skip


def loaded_by(code):
    script = f"import sys\n{code}\nprint(' '.join(sorted(m for m in sys.modules if '.' not in m)))"
    result = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert result.returncode == 0, result.stderr
    return set(result.stdout.split())


def test_importing_the_package_loads_no_library():
    assert not loaded_by("import optwidgets") & HEAVY


def test_a_session_loads_no_torch_and_no_plots():
    code = (
        "from optwidgets import OptimizationSession\n"
        "s = OptimizationSession()\n"
        "s.add_variable('x', 'real', bounds=(0, 1))\n"
        "s.add_experiment({'x': 0.5}, output=1.0)\n"
        "s.undo()"
    )
    found = loaded_by(code)
    assert not found & {"torch", "botorch", "plotly", "sklearn", "skopt", "ipywidgets", "anywidget"}


def test_a_first_suggestion_loads_only_what_it_needs():
    code = """
from optwidgets import OptimizationSession
session = OptimizationSession()
session.add_variable("x", "real", bounds=(0, 1))
for x in (0.1, 0.4, 0.6, 0.9):
    session.add_experiment({"x": x}, output=x * (1 - x))
session.suggest_next("EI")
acquisition = "optwidgets.acquisition."
others = ("joint_batch", "thompson", "near_aim", "constrained_region", "active_learning")
assert not [name for name in others if acquisition + name in sys.modules]
changes = [entry.change for entry in session._store.journal.read()]
assert sorted(changes[-1].record["versions"]) == ["numpy", "optwidgets", "scipy"]
"""
    assert not loaded_by(code) & {"torch", "botorch", "plotly", "sklearn", "skopt"}


def test_every_public_name_has_a_home_and_is_listed():
    assert set(optwidgets._HOMES) == set(optwidgets.__all__)
    assert set(optwidgets.__all__) <= set(dir(optwidgets))


@pytest.mark.parametrize("name", sorted(optwidgets._HOMES))
def test_every_public_name_can_be_loaded(name):
    assert getattr(optwidgets, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="has no attribute 'Optimiser'"):
        _ = optwidgets.Optimiser


def test_there_is_a_version():
    assert optwidgets.__version__
