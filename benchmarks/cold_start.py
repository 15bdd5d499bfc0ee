"""CPU seconds of the first suggestion in a fresh process, imports included.

Run with ``python benchmarks/cold_start.py [processes]``: 20 results of 6 variables, EI.
"""

import os
import statistics
import subprocess
import sys

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


def main(processes=5):
    """Print median and extremes."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-c", PROGRAM]
    seconds = [
        float(subprocess.run(command, env=environment, capture_output=True, check=True).stdout)
        for _ in range(int(processes))
    ]
    print(
        f"first suggestion in a fresh process: median {statistics.median(seconds):.2f} s CPU "
        f"({min(seconds):.2f} to {max(seconds):.2f})"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
