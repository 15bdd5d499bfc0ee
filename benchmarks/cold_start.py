"""CPU seconds of the first suggestion in a fresh process, imports included.

Run with ``python benchmarks/cold_start.py [processes]``: 20 results of 6 variables, EI. In turns
with it a process that imports numpy and pandas only: how busy the machine is, and the least that
an answer as a DataFrame can cost. Modules are compiled once beforehand, as an installation does.
"""

import os
import statistics
import subprocess
import sys
import tempfile

PROGRAM = """
import time
import random
import optwidgets
session = optwidgets.OptimizationSession()
for name in "abcdef":
    session.add_variable(name, "real", bounds=(0, 1))
draw = random.Random(1).random
for _ in range(20):
    point = {name: draw() for name in "abcdef"}
    session.add_experiment(point, output=sum(point.values()) - (point["a"] - 0.3) ** 2)
session.suggest_next("EI")
print(time.process_time())
"""


FLOOR = "import time, numpy, pandas; print(time.process_time())"


def seconds(program, environment):
    """CPU seconds of a program in a process of its own."""
    command = [sys.executable, "-c", program]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return float(done.stdout)


def main(processes=5):
    """Print medians and extremes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONDONTWRITEBYTECODE", None)
    with tempfile.TemporaryDirectory() as compiled:
        environment["PYTHONPYCACHEPREFIX"] = compiled
        ours, floor = [], []
        for _ in range(int(processes) + 1):
            ours.append(seconds(PROGRAM, environment))
            floor.append(seconds(FLOOR, environment))
    for name, found in (("first suggestion", ours[1:]), ("numpy and pandas", floor[1:])):
        print(
            f"{name} in a fresh process: median {statistics.median(found):.2f} s CPU "
            f"({min(found):.2f} to {max(found):.2f})"
        )


if __name__ == "__main__":
    main(*sys.argv[1:])
