"""Against botorch's own loop: time, quality of fit and of the suggestion, memory of the map.

Run with ``python benchmarks/against_botorch.py [repeats] [cases]``; with 0 repeats quality alone. Both sides take turns in
one process with one thread; times are CPU milliseconds. The peer is `SingleTaskGP` with
`fit_gpytorch_mll`, and `optimize_acqf` on `LogExpectedImprovement` with 10 restarts and 512
raw samples at default options. Quality is by botorch's own arithmetic: the objective of the
fit (per row) and LogEI, both computed by botorch for what either side has found.
"""

import os
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from botorch.acquisition import LogExpectedImprovement, qLogExpectedImprovement
from botorch.fit import fit_gpytorch_mll
from botorch.optim import optimize_acqf
from gpytorch.mlls import ExactMarginalLogLikelihood
from problems import make

from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Row, Table
from optwidgets.designs import design
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.models.botorch import unfitted

warnings.simplefilter("ignore")
torch.set_num_threads(1)
#: The default; and with outcomes as botorch has them, where both sides must find the same.
DEFAULT, SAME = ModelConfig(), ModelConfig(outcome="standardise")
SIZES = (20, 100, 300, 1000)


def table_of(name, n, seed):
    """A problem and a table of n results of it, evenly spread."""
    problem = make(name, seed)
    rng = np.random.default_rng(seed)
    rows = [
        Row(i + 1, point, {"Output": -problem.observe(point, rng)}, state="done")
        for i, point in enumerate(design(problem.space, "sobol", n, seed=seed))
    ]
    return problem.space, Table().with_rows(rows)


def timed(function, *args, **options):
    """CPU milliseconds of a call, and its result."""
    start = time.process_time()
    result = function(*args, **options)
    return 1e3 * (time.process_time() - start), result


def our_fit(space, table, config):
    model = fit_model(training_data(space, table, "Output"), config)
    assert model.posterior is not None
    return model


def their_fit(data):
    model = unfitted(SAME, data)
    fit_gpytorch_mll(ExactMarginalLogLikelihood(model.likelihood, model))
    return model


def their_search(model, best, q=1):
    d = model.train_inputs[0].shape[-1]
    bounds = torch.tensor([[0.0] * d, [1.0] * d], dtype=torch.double)
    kind = LogExpectedImprovement if q == 1 else qLogExpectedImprovement
    return optimize_acqf(
        kind(model, best_f=best), bounds, q=q, num_restarts=10, raw_samples=512, sequential=q > 1
    )


def their_map(model, points):
    with torch.no_grad():
        return model.posterior(torch.as_tensor(points)).variance.sqrt()


def objective(model):
    """Log likelihood plus log prior, per row, as botorch maximises it."""
    model.train()
    with torch.no_grad():
        mll = ExactMarginalLogLikelihood(model.likelihood, model)
        value = float(mll(model(*model.train_inputs), model.train_targets))
    model.eval()
    return value


def speed(repeats):
    """Train and suggest, d = 6, and the data of a 50 x 50 map."""
    print(
        "   n |  ours: fit + EI  | botorch: fit + LogEI | times faster | map 50 x 50, times faster"
    )
    for n in SIZES:
        count = repeats if n <= 300 else max(1, repeats // 3)
        ours, theirs, maps = [], [], []
        for seed in range(count + 1):
            space, table = table_of("hartmann6", n, seed)
            data = training_data(space, table, "Output")
            fit_a, model = timed(our_fit, space, table, DEFAULT)
            ask_a, _ = timed(suggest, model, space, table, strategy="EI", seed=seed)
            fit_b, peer = timed(their_fit, data)
            ask_b, _ = timed(their_search, peer, data.y.max())
            grid = np.random.default_rng(seed).random((2500, 6))
            map_a, _ = timed(model.predict, grid)
            map_b, _ = timed(their_map, peer, grid)
            if seed == 0:
                continue  # the first of a process is cold on both sides
            ours.append((fit_a, ask_a))
            theirs.append((fit_b, ask_b))
            maps.append(map_b / map_a)
        a, b = np.median(ours, axis=0), np.median(theirs, axis=0)
        print(
            f"{n:5d} | {a[0]:7.1f} + {a[1]:6.1f} | {b[0]:8.1f} + {b[1]:8.1f} ms | "
            f"{b.sum() / a.sum():8.1f} | {np.median(maps):8.1f}",
            flush=True,
        )


def batches(repeats):
    """Batch of five under qLogEI."""
    ours, theirs, gaps = [], [], []
    for seed in range(repeats):
        space, table = table_of("hartmann6", 40, seed)
        data = training_data(space, table, "Output")
        model = our_fit(space, table, SAME)
        a, found = timed(suggest, model, space, table, strategy="qLogEI", n=5, seed=seed)
        peer = model.botorch_model
        b, (candidates, _) = timed(their_search, peer, data.y.max(), q=5)
        points = torch.as_tensor(data.encoding.encode([p.inputs for p in found]))
        judge = qLogExpectedImprovement(peer, best_f=data.y.max())
        with torch.no_grad():
            gaps.append(float(judge(points) - judge(candidates)))
        ours.append(a)
        theirs.append(b)
    ratio = np.median(np.array(theirs) / np.array(ours))
    print(
        f"batch of 5, n = 40: ours {np.median(ours):.0f} ms, botorch {np.median(theirs):.0f} ms, "
        f"{ratio:.1f} times faster; joint qLogEI against botorch's: median {np.median(gaps):+.4f}, "
        f"worst {min(gaps):+.4f}"
    )


def quality(cases):
    """Objective of the fit and LogEI, over random cases, by botorch's arithmetic."""
    fit_gaps, ask_gaps = [], []
    rng = np.random.default_rng(0)
    names = ["branin", "hartmann6", "ackley5", "levy8", "griewank5", "styblinski4", "noisy_branin"]
    for case in range(cases):
        name, n = str(rng.choice(names)), int(rng.integers(8, 80))
        space, table = table_of(name, n, case)
        data = training_data(space, table, "Output")
        model = our_fit(space, table, SAME)
        mine, peer = model.botorch_model, their_fit(data)
        fit_gaps.append(objective(mine) - objective(peer))
        judge = LogExpectedImprovement(mine, best_f=data.y.max())
        point = suggest(model, space, table, strategy="LogEI", seed=case)[0].inputs
        candidate, _ = their_search(mine, data.y.max())
        with torch.no_grad():
            ours = judge(torch.as_tensor(data.encoding.encode([point])).unsqueeze(-2))
            ask_gaps.append(float(ours - judge(candidate.unsqueeze(-2))))
        if min(fit_gaps[-1], ask_gaps[-1]) < -1e-3:
            gaps = f"fit {fit_gaps[-1]:+.1e}, LogEI {ask_gaps[-1]:+.1e}"
            print(f"case {case}, {name}, {n} rows: {gaps}", flush=True)
    for name, gaps in (("fit", fit_gaps), ("LogEI", ask_gaps)):
        good = np.mean(np.array(gaps) > -1e-3)
        print(
            f"{name}: within 1e-3 of botorch's or better in {good:.0%} of {cases} cases; "
            f"better by more than 1e-3 in {np.mean(np.array(gaps) > 1e-3):.0%}; worst {min(gaps):+.1e}"
        )


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    repeats, cases = (*numbers, *(9, 100)[len(numbers) :])[:2]
    if repeats:
        speed(repeats)
        batches(max(3, repeats // 2))
    if cases:
        quality(cases)
