"""SIGKILL of the kernel between edits: how many acknowledged changes are lost?

Run with ``python benchmarks/kill_kernel.py [kills]`` (50). Each round makes one to three edits of
every kind, takes the state that the kernel acknowledged, kills the process, starts another one and
compares.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from support.cells import reactor
from support.kernels import Kernel
from support.state import EDITS, WHOLE_STATE

REOPEN = "import optwidgets; session = optwidgets.OptimizationSession.open('reactor.db')"


def main(kills=50):
    choose = random.Random(1)
    lost = edits = 0
    reopened = []
    with tempfile.TemporaryDirectory() as folder:
        kernel = Kernel(Path(folder))
        try:
            kernel.run(reactor("reactor.db"))
            for n in range(int(kills)):
                for edit in choose.sample(EDITS[:5], choose.randint(1, 3)):
                    kernel.run(f"n = {n}; {edit}")
                    edits += 1
                before = kernel.ask(WHOLE_STATE)
                kernel.kill()
                kernel.restart()
                start = time.perf_counter()
                kernel.run(REOPEN)
                reopened.append(time.perf_counter() - start)
                after = kernel.ask(WHOLE_STATE)
                lost += len(set(before["hashes"]) - set(after["hashes"]))
                if after != before:
                    print(f"kill {n}: the reopened state differs")
            kernel.run("session.verify()")
            revision = kernel.ask("session.revision")
        finally:
            kernel.close()
    reopened.sort()
    print(
        f"{kills} kills, {edits} edits, {revision} entries: {lost} acknowledged changes lost; "
        f"reopened in {reopened[len(reopened) // 2]:.2f} s (median)"
    )
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
