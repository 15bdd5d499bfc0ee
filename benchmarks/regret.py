"""Sample efficiency of our engine: regret over whole campaigns, variants side by side.

Run with ``python benchmarks/regret.py [seeds] [budget] [variant ...] [--problems=a,b]``. A
variant is ``name:option=value,...`` with the options of `ModelConfig`, ``strategy``,
``balance`` and ``trust_region``; without any, the default. Each row gives, for each variant,
the median final regret, the median over seeds of the mean log10 regret after the start, and
milliseconds of CPU time per suggestion.
"""

import os
import sys
import time

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
import problems

from optwidgets.acquisition.suggest import suggest
from optwidgets.data.table import Row, SuggestionInfo, Table
from optwidgets.designs import design
from optwidgets.models import ModelConfig, fit_model, training_data

FLOOR = 1e-4
FIRST_SEED = 100


def campaign(problem, seed, budget, config, strategy="EI", balance=None, options=None):
    """Final regret, mean log10 regret after the start, milliseconds per suggestion."""
    space = problem.space
    initial = min(10, max(5, len(space) + 2))
    rng = np.random.default_rng(seed)
    rows, regrets, spent, best = [], [], 0.0, np.inf
    plan = design(space, "sobol", initial, seed=seed)
    for i in range(budget):
        suggestion = None
        if i < initial:
            point = plan[i]
        else:
            start = time.process_time()
            table = Table().with_rows(rows)
            model = fit_model(training_data(space, table, "Output"), config, seed=seed)
            found = suggest(
                model, space, table, strategy=strategy, balance=balance, goal="minimize",
                seed=1000 * seed + i, options=options,
            )  # fmt: skip
            point, suggestion = found[0].inputs, SuggestionInfo(strategy)
            spent += time.process_time() - start
        output = {"Output": problem.observe(point, rng)}
        rows.append(Row(i + 1, point, output, state="done", suggestion=suggestion))
        best = min(best, problem.cost(point))
        regrets.append(max(best - problem.least, FLOOR))
    area = float(np.log10(regrets[initial:]).mean())
    return regrets[-1], area, 1e3 * spent / (budget - initial)


def variant(text):
    """Parse ``name:option=value,...`` into a name and keyword arguments of `campaign`."""
    name, _, rest = text.partition(":")
    options = dict(pair.split("=") for pair in rest.split(",") if pair)
    balance = options.pop("balance", None)
    trust = {"true": True, "false": False, "auto": "auto"}
    keywords = {
        "options": {"trust_region": trust[options.pop("trust_region", "false")]},
        "strategy": options.pop("strategy", "EI"),
        "balance": None if balance is None else float(balance),
        "config": ModelConfig(**options),
    }
    return name, keywords


def main(words):
    """Print one row for each problem, and how often each variant beats the first."""
    chosen = next((w.split("=")[1].split(",") for w in words if w.startswith("--problems=")), None)
    words = [word for word in words if not word.startswith("--")]
    numbers = [int(word) for word in words if word.isdigit()]
    seeds, budget = (*numbers, *(5, 25)[len(numbers) :])[:2]
    variants = dict(map(variant, [word for word in words if not word.isdigit()] or ["default"]))
    areas = {name: [] for name in variants}
    for problem_name in chosen or problems.NAMES:
        line = f"{problem_name:16s}"
        for name, keywords in variants.items():
            runs = np.array([
                campaign(problems.make(problem_name, seed), seed, budget, **keywords)
                for seed in range(FIRST_SEED, FIRST_SEED + seeds)
            ])  # fmt: skip
            final, area = np.median(runs[:, :2], axis=0)
            line += f" | {name} {final:.1e} {area:+.2f} {runs[:, 2].mean():.0f} ms"
            areas[name].append(runs[:, 1])
        print(line, flush=True)
    first, *others = variants
    for name in others:
        gap = np.concatenate(areas[name]) - np.concatenate(areas[first])
        print(
            f"{name} against {first}: better in {(gap < 0).mean():.0%}, median {np.median(gap):+.2f}"
        )


if __name__ == "__main__":
    main(sys.argv[1:])
