"""What is inferred of the noise, and how well the function is known then.

Run with ``python benchmarks/noise.py [seeds] [rows]`` (6 and 50): problems moved at run time, with noise of half the
spread of the results, at points of a Sobol design. For our default, for the wider prior of lengthscales
(``kernel_params={"prior": "lognormal"}``) and for botorch's `SingleTaskGP` it prints the median of the
inferred standard deviation as a share of the true one, and of the error of predictions as a share of the spread.
"""

import os
import sys
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from botorch.fit import fit_gpytorch_mll
from botorch.models import SingleTaskGP
from gpytorch.mlls import ExactMarginalLogLikelihood
from problems import make

from optwidgets.designs import design
from optwidgets.models import ModelConfig, TrainingData, fit_model
from optwidgets.space.encoding import Encoding

warnings.simplefilter("ignore")
PROBLEMS = ("branin", "hartmann6", "levy8", "rosenbrock4")
SHARE = 0.5
OURS = {"default": ModelConfig(), "lognormal": ModelConfig(prior="lognormal")}


def by_botorch(data, X):
    """Inferred noise and predictions of a `SingleTaskGP`."""
    inputs, y = torch.as_tensor(data.X), torch.as_tensor(data.y)[:, None]
    model = SingleTaskGP(inputs, y)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    scale = float(data.y.std(ddof=1))
    with torch.no_grad():
        mean = model.posterior(torch.as_tensor(X)).mean.numpy().ravel()
        return scale * float(model.likelihood.noise.sqrt()), mean


def one(name, seed, n):
    """Share of the noise and error, for each model."""
    problem = make(name, seed)
    encoding = Encoding(problem.space)
    rng = np.random.default_rng(seed)
    X, others = (
        encoding.encode(design(problem.space, "sobol", count, seed=s))
        for count, s in ((n, seed), (500, seed + 1))
    )
    true = np.array([problem.cost(point) for point in encoding.decode(others)])
    spread = float(true.std())
    cost = np.array([problem.cost(point) for point in encoding.decode(X)])
    y = cost + SHARE * spread * rng.standard_normal(n)
    data = TrainingData(encoding, X, y, None, tuple(range(1, n + 1)))
    found = {}
    for label, config in OURS.items():
        model = fit_model(data, config, seed=seed)
        found[label] = model.hyperparameters["noise_sd"], model.predict(others)[0]
    found["botorch"] = by_botorch(data, others)
    return {
        label: (noise / (SHARE * spread), float(np.sqrt(np.mean((mean - true) ** 2))) / spread)
        for label, (noise, mean) in found.items()
    }


def main():
    seeds, n = (int(word) for word in (*sys.argv[1:3], *("6", "50")[len(sys.argv) - 1 :]))
    print(f"{n} results each, {seeds} seeds: inferred noise / true noise, error / spread")
    for name in PROBLEMS:
        runs = [one(name, seed, n) for seed in range(seeds)]
        cells = []
        for label in runs[0]:
            noise, error = np.median([run[label] for run in runs], axis=0)
            cells.append(f"{label} {noise:.2f}, {error:.2f}")
        print(f"{name:12} " + " | ".join(cells), flush=True)


if __name__ == "__main__":
    main()
