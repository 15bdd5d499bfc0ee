"""What `import optwidgets` loads: seen in `sys.modules`, not on a clock."""

import json
import subprocess
import sys

import pytest

# Each takes between a tenth of a second and three.
HEAVY = ["torch", "botorch", "gpytorch", "plotly", "sklearn", "skopt", "scipy", "pandas", "IPython"]


def loaded_after(code):
    """Return which of the heavy libraries a fresh process has loaded after the code."""
    code = f"import sys, json\n{code}\nprint(json.dumps(sorted(set({HEAVY}) & set(sys.modules))))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_the_import_loads_no_library():
    assert loaded_after("import optwidgets") == []


def test_a_session_is_made_and_filled_without_torch():
    code = """
import optwidgets
session = optwidgets.OptimizationSession()
session.add_variable("temperature", "real", bounds=(20, 100))
session.add_experiment({"temperature": 60}, output=1.0)
session.undo()
"""
    assert not {"torch", "botorch", "plotly", "sklearn", "skopt"} & set(loaded_after(code))


@pytest.mark.parametrize("name", ["OptimizationSession", "SearchSpace", "sessions", "Studio"])
def test_public_names_are_found_on_first_use(name):
    import optwidgets

    assert name in dir(optwidgets)
    assert getattr(optwidgets, name).__name__ == name


def test_an_unknown_name_is_an_attribute_error():
    import optwidgets

    with pytest.raises(AttributeError, match="no attribute 'Optimiser'"):
        _ = optwidgets.Optimiser
