"""Batches under a limit of an outcome, against botorch's: what they are worth, and their price.

Run with ``python benchmarks/limited_batches.py [cases] [points]``. Random smooth functions of three variables,
25 results; one or two are maximised, another has an upper limit that few or many of the results keep. Both
sides see the same fitted models. The peers are `qLogExpectedImprovement` and, for two objectives,
`qLogExpectedHypervolumeImprovement` with `constraints` on a `ModelListGP`, by `optimize_acqf` with 10
restarts, 512 raw samples and 128 draws, point after point. Both batches are judged by botorch's joint value,
with 2,048 other draws. Times are CPU milliseconds, one thread.
"""

import os
import sys
import time
import warnings

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import torch
from botorch.acquisition import qLogExpectedImprovement
from botorch.acquisition.multi_objective.logei import qLogExpectedHypervolumeImprovement
from botorch.acquisition.multi_objective.objective import GenericMCMultiOutputObjective
from botorch.acquisition.objective import GenericMCObjective
from botorch.models import ModelListGP
from botorch.optim import optimize_acqf
from botorch.sampling import SobolQMCNormalSampler
from botorch.utils.multi_objective.box_decompositions.non_dominated import (
    FastNondominatedPartitioning,
)

from optwidgets.acquisition.limits import Limit
from optwidgets.acquisition.multi_objective.suggest import suggest_several
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
# Standardised results below this do not count.
REFERENCE = -2.0


def smooth(rng):
    """Eight random waves."""
    W, b, a = rng.normal(size=(8, D)) * 3, rng.uniform(0, 2 * np.pi, 8), rng.normal(size=8)
    return lambda X: np.sin(X @ W.T + b) @ a


class Problem:
    """Results of `m` objectives A, B and of a limited outcome C, and their models."""

    def __init__(self, seed, m):
        rng = np.random.default_rng(seed)
        functions, X = [smooth(rng) for _ in range(m + 1)], rng.random((ROWS, D))
        columns = [(y - y.mean()) / y.std(ddof=1) for y in (function(X) for function in functions)]
        self.upper = float(np.quantile(columns[-1], FEW_TO_MANY[seed % len(FEW_TO_MANY)]))
        self.Y = np.column_stack(columns[:-1])[columns[-1] <= self.upper]
        self.objectives = [Objective(name) for name in "AB"[:m]]
        limited = Objective("C", upper=self.upper)
        outputs = [
            dict(zip([*"AB"[:m], "C"], y, strict=True)) for y in np.transpose(columns).tolist()
        ]
        rows = [
            Row(i + 1, dict(zip(NAMES, x, strict=True)), y, state="done")
            for i, (x, y) in enumerate(zip(X.tolist(), outputs, strict=True))
        ]
        self.space = Space(tuple(Real(name, 0, 1) for name in NAMES))
        self.table = Table(objectives=(*self.objectives, limited)).with_rows(rows)
        names = [item.name for item in self.table.objectives]
        self.models = [
            fit_model(training_data(self.space, self.table, name), SAME) for name in names
        ]
        self.limits = [Limit(limited, self.models[-1])]

    def ours(self, q, seed):
        """Points of our batch, q x D."""
        asked = {"n": q, "limits": self.limits, "seed": seed}
        if len(self.objectives) == 1:
            found = suggest(self.models[0], self.space, self.table, strategy="qLogEI", **asked)
        else:
            found = suggest_several(
                self.models[:-1], self.objectives, self.space, self.table, strategy="qLogEHVI",
                options={"ref_point": [REFERENCE] * len(self.objectives)}, **asked,
            )  # fmt: skip
        points = [[proposal.inputs[name] for name in NAMES] for proposal in found]
        return torch.tensor(points, dtype=torch.double)

    def joint(self, draws, seed):
        """Botorch's joint value of a batch."""
        models = ModelListGP(*(model.botorch_model for model in self.models))
        options = {
            "sampler": SobolQMCNormalSampler(torch.Size([draws]), seed=seed),
            "constraints": [lambda Y: Y[..., -1] - self.upper],
        }
        if len(self.objectives) == 1:
            objective = GenericMCObjective(lambda Y, X=None: Y[..., 0])
            best = float(self.Y.max())
            return qLogExpectedImprovement(models, best_f=best, objective=objective, **options)
        reference = torch.full((len(self.objectives),), REFERENCE, dtype=torch.double)
        return qLogExpectedHypervolumeImprovement(
            models,
            ref_point=reference,
            partitioning=FastNondominatedPartitioning(reference, Y=torch.tensor(self.Y)),
            objective=GenericMCMultiOutputObjective(lambda Y, X=None: Y[..., :-1]),
            **options,
        )


def timed(function, *args, **options):
    """Return the result of a call, and its CPU milliseconds."""
    start = time.process_time()
    result = function(*args, **options)
    return result, 1e3 * (time.process_time() - start)


def measure(seed, m, q):
    """Worth of our batch and of botorch's, and what each has cost."""
    problem = Problem(seed, m)
    found, ours = timed(problem.ours, q, seed)
    peer = problem.joint(128, seed)
    torch.manual_seed(seed)
    box = torch.tensor([[0.0] * D, [1.0] * D], dtype=torch.double)
    (candidates, _), theirs = timed(
        optimize_acqf, peer, box, q=q, num_restarts=10, raw_samples=512, sequential=True
    )
    judge = problem.joint(2048, seed + 1000)
    with torch.no_grad():
        return float(judge(found).exp()), float(judge(candidates).exp()), ours, theirs


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    cases, q = (*numbers, *(25, 4)[len(numbers) :])[:2]
    for m, label in ((1, "one objective"), (2, "two objectives")):
        measure(0, m, q)  # the first of a process is cold on both sides
        ours, theirs, our_time, their_time = np.array(
            [measure(seed, m, q) for seed in range(cases)]
        ).T
        shares = ours / theirs
        print(
            f"{label}, {cases} batches of {q} under a limit: worth {np.median(shares):.3f} times "
            f"botorch's (median; worst {shares.min():.3f}, below 0.98 in {np.sum(shares < 0.98)}); "
            f"{np.median(their_time / our_time):.1f} times faster ({np.median(our_time):.0f} ms)",
            flush=True,
        )
