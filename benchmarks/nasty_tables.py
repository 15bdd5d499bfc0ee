"""Numerical trouble: random tables that break careless arithmetic, and what comes back.

Run with ``python benchmarks/nasty_tables.py [tables] [first]`` (1,000 from 0). Each table is
asked the way a session asks, so that points which only cover the space because the model broke
down count as failures. Counts finite suggestions inside the space (those by the model, and those
that cover the space because there are too few results), sentences for spaces of which everything
is measured, and failures, of which each is printed with what is in its table.
"""

import os
import sys
import time
import warnings
from collections import Counter
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np
from nasty import nasty_state

from optwidgets.acquisition.base import SEVERAL, STRATEGIES
from optwidgets.campaign.asking import make_ask
from optwidgets.campaign.fitting import Models
from optwidgets.campaign.suggesting import propose
from optwidgets.errors import OptwidgetsError

SINGLE = [name for name, strategy in STRATEGIES.items() if "botorch" in strategy.backends]
_USED_UP = ("combination", "are measured", "is measured")
# Sentences that refuse what was asked for; the points that cover the space are then right.
_RIGHTLY = ("Noise from replicates needs",)


def ask_of(state, seed):
    """A question for a state: any strategy that fits, one to three points."""
    rng = np.random.default_rng([seed, 1])
    several = len(state.table.objectives) > 1
    strategy = str(rng.choice(list(SEVERAL) if several else SINGLE))
    return make_ask(state, strategy=strategy, n_suggestions=int(rng.integers(1, 4)))


def numbers_of(info):
    """Whatever a suggestion says in numbers."""
    own = [
        info.mean, info.sd, info.acquisition, info.explore, info.distance, info.gain, info.feasible
    ]  # fmt: skip
    several = [number for _, *numbers in info.predicted for number in numbers]
    return np.array([number for number in (*own, *several) if number is not None], dtype=float)


def verdict(state, ask):
    """What became of a question: a word, and for a failure what happened."""
    try:
        suggested = propose(state, ask, Models())
    except OptwidgetsError as error:
        used_up = any(words in str(error) for words in _USED_UP)
        return ("used up", "") if used_up else ("failure", str(error))
    except Exception as error:
        return "failure", f"{type(error).__name__}: {error}"
    wrong = "; ".join(faults(state.space, suggested))
    if wrong:
        return "failure", wrong
    return ("by the model" if suggested.record["kind"] == "model" else "even"), ""


def faults(space, suggested):
    """What is wrong with an answer, one text for each fault."""
    message = suggested.message
    if "gave no suggestion" in message and not any(words in message for words in _RIGHTLY):
        yield message
    if not suggested.points:
        yield "no point"
    for inputs, info in suggested.points:
        if not all(v.contains(inputs[v.name]) for v in space):
            yield f"outside the space: {inputs}"
        if not np.isfinite(numbers_of(info)).all():
            yield f"not finite: {info}"


def main(tables=1000, first=0):
    """Print the counts."""
    counts, start, told = Counter(), time.process_time(), Counter()
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        for seed in range(int(first), int(first) + int(tables)):
            state, story = nasty_state(seed)
            ask = ask_of(state, seed)
            heard.clear()
            word, what = verdict(state, ask)
            counts[word] += 1
            if what:
                print(f"table {seed}, {ask.strategy} x {ask.n}, {story}: {what[:300]}", flush=True)
            for warning in heard:
                place = f"{Path(warning.filename).name}:{warning.lineno}"
                told[f"{place} {str(warning.message)[:60]}"] += 1
    for text, count in told.most_common(20):
        print(f"warned {count} times: {text}")
    good = counts["by the model"] + counts["even"]
    print(
        f"{good} finite suggestions inside the space ({counts['by the model']} by the model, "
        f"{counts['even']} even for want of results), {counts['used up']} spaces used up (a sentence "
        f"each), {counts['failure']} failures; "
        f"{1e3 * (time.process_time() - start) / int(tables):.0f} ms CPU a table"
    )


if __name__ == "__main__":
    main(*sys.argv[1:])
