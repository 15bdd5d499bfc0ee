"""Peak memory of our loop and of botorch's, each in a process of its own.

Run with ``python benchmarks/memory.py [results] [suggestions]`` (100 and 10): a table of so many
results of six variables, then fit, suggest and tell in turns, EI on both sides. Prints the largest
resident size in MB, what the imports alone take, and their ratio.
"""

import os
import subprocess
import sys

COMMON = """
import resource
import sys
import numpy as np
n, steps = int(sys.argv[1]), int(sys.argv[2])
rng = np.random.default_rng(0)
def cost(x):
    return float(np.sin(5 * x[0]) + ((x - 0.4) ** 2).sum())
def peak():
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
"""
OURS = """
from optwidgets import OptimizationSession
names = "abcdef"
session = OptimizationSession()
for name in names:
    session.add_variable(name, "real", bounds=(0, 1))
for x in rng.random((n, 6)):
    session.add_experiment(dict(zip(names, x.tolist())), output=cost(x))
loaded = peak()
for _ in range(steps):
    frame = session.suggest_next("EI", goal="minimize")
    x = frame[list(names)].iloc[0].to_numpy(dtype=float)
    session.add_experiment(dict(zip(names, x.tolist())), output=cost(x))
print(loaded, peak())
"""
BOTORCH = """
import torch
from botorch.acquisition import LogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from botorch.optim import optimize_acqf
from gpytorch.mlls import ExactMarginalLogLikelihood
torch.set_num_threads(1)
X = torch.as_tensor(rng.random((n, 6)))
y = torch.tensor([[-cost(x.numpy())] for x in X], dtype=torch.double)
bounds = torch.tensor([[0.0] * 6, [1.0] * 6], dtype=torch.double)
loaded = peak()
for _ in range(steps):
    model = SingleTaskGP(X, y)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    found, _ = optimize_acqf(
        LogExpectedImprovement(model, y.max()), bounds, q=1, num_restarts=10, raw_samples=512
    )
    X = torch.vstack([X, found])
    y = torch.vstack([y, torch.tensor([[-cost(found[0].numpy())]], dtype=torch.double)])
print(loaded, peak())
"""


def peak_of(program, words):
    """Megabytes after the imports and at the peak."""
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-W", "ignore", "-c", COMMON + program, *words]
    done = subprocess.run(command, env=environment, capture_output=True, check=True)
    return [float(word) for word in done.stdout.split()]


def main(results=100, suggestions=10):
    """Print both sides."""
    words = [str(results), str(suggestions)]
    found = {
        name: peak_of(program, words) for name, program in (("ours", OURS), ("botorch", BOTORCH))
    }
    for name, (loaded, peak) in found.items():
        print(f"{name}: {peak:.0f} MB at the peak, {loaded:.0f} MB before the first fit")
    print(f"ours needs {found['ours'][1] / found['botorch'][1]:.0%} of botorch's, n = {results}")


if __name__ == "__main__":
    main(*sys.argv[1:])
