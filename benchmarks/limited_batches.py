"""Batches under a limit of an outcome, against botorch's: what they are worth, and their price.

Run with ``python benchmarks/limited_batches.py [cases] [points]``. Two random smooth functions of three
variables, 25 results; one is maximised, the other has an upper limit that few or many of the results keep.
Both sides see the same fitted models. The peer is `qLogExpectedImprovement` with `constraints` on a
`ModelListGP`, by `optimize_acqf` with 10 restarts, 512 raw samples and 128 draws, point after point. Both
batches are judged by botorch's joint value, with 4,096 other draws. Times are CPU milliseconds, one thread.
"""

import os
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from botorch.acquisition import qLogExpectedImprovement
from botorch.acquisition.objective import GenericMCObjective
from botorch.models import ModelListGP
from botorch.optim import optimize_acqf
from botorch.sampling import SobolQMCNormalSampler

from optwidgets.acquisition.limits import Limit
from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Objective, Row, Table
from optwidgets.models import ModelConfig, fit_model, training_data
from optwidgets.space.space import Space
from optwidgets.space.variable import Real

warnings.simplefilter("ignore")
torch.set_num_threads(1)
D, ROWS = 3, 25
NAMES = [f"x{i}" for i in range(D)]
SAME = ModelConfig(outcome="standardise")
# Shares of the results that keep the limit.
FEW_TO_MANY = (0.02, 0.06, 0.15, 0.3, 0.5)


def smooth(rng):
    """Eight random waves."""
    W, b, a = rng.normal(size=(8, D)) * 3, rng.uniform(0, 2 * np.pi, 8), rng.normal(size=8)
    return lambda X: np.sin(X @ W.T + b) @ a


def problem(seed):
    """Space, table, models of objective and limited outcome, best feasible result, limit."""
    rng = np.random.default_rng(seed)
    objective, limited, X = smooth(rng), smooth(rng), rng.random((ROWS, D))
    y, c = ((v - v.mean()) / v.std(ddof=1) for v in (objective(X), limited(X)))
    upper = float(np.quantile(c, FEW_TO_MANY[seed % len(FEW_TO_MANY)]))
    space = Space(tuple(Real(name, 0, 1) for name in NAMES))
    rows = [
        Row(i + 1, dict(zip(NAMES, x.tolist(), strict=True)), {"Output": a, "C": b}, state="done")
        for i, (x, a, b) in enumerate(zip(X, y.tolist(), c.tolist(), strict=True))
    ]
    table = Table().with_rows(rows)
    models = [fit_model(training_data(space, table, name), SAME) for name in ("Output", "C")]
    return space, table, models, float(y[c <= upper].max()), upper


def joint(models, best, upper, draws, seed):
    """Botorch's joint value of a batch."""
    return qLogExpectedImprovement(
        ModelListGP(*(model.botorch_model for model in models)),
        best_f=best,
        sampler=SobolQMCNormalSampler(torch.Size([draws]), seed=seed),
        objective=GenericMCObjective(lambda Y, X=None: Y[..., 0]),
        constraints=[lambda Y: Y[..., 1] - upper],
    )


def measure(seed, q):
    """Worth of our batch and of botorch's, and what each has cost."""
    space, table, models, best, upper = problem(seed)
    limit = Limit(Objective("C", upper=upper), models[1])
    start = time.process_time()
    found = suggest(models[0], space, table, strategy="qLogEI", n=q, limits=[limit], seed=seed)
    ours = time.process_time() - start
    peer = joint(models, best, upper, 128, seed)
    box = torch.tensor([[0.0] * D, [1.0] * D], dtype=torch.double)
    start = time.process_time()
    candidates, _ = optimize_acqf(peer, box, q=q, num_restarts=10, raw_samples=512, sequential=True)
    theirs = time.process_time() - start
    judge = joint(models, best, upper, 4096, seed + 1000)
    points = torch.tensor([[p.inputs[name] for name in NAMES] for p in found], dtype=torch.double)
    with torch.no_grad():
        worth = float(judge(points).exp()), float(judge(candidates).exp())
    return *worth, 1e3 * ours, 1e3 * theirs


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    cases, q = (*numbers, *(25, 4)[len(numbers) :])[:2]
    measure(0, q)  # the first of a process is cold on both sides
    ours, theirs, our_time, their_time = np.array([measure(seed, q) for seed in range(cases)]).T
    shares = ours / theirs
    print(
        f"{cases} batches of {q} under a limit: worth {np.median(shares):.3f} times botorch's "
        f"(median; worst {shares.min():.3f}, below 0.98 in {np.sum(shares < 0.98)}); "
        f"{np.median(their_time / our_time):.1f} times faster ({np.median(our_time):.0f} ms)"
    )
