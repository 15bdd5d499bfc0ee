"""Spaces and tables that break careless arithmetic, drawn at random from registries of kinds.

`nasty_state` draws one: variables of any kind and scale, rows that repeat or lie on a line,
results that are constant, huge or absurd, everything failed, everything still awaited, one to
three objectives with and without limits.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from optwidgets.data.table import Objective, Row, Table
from optwidgets.journal.state import SessionState
from optwidgets.space.space import Space
from optwidgets.space.variable import Categorical, Discrete, Integer, Real

#: Kind to a variable of it, from a name and a source of randomness.
VARIABLES = {
    "real": lambda name, rng: Real(name, 0, 10 ** float(rng.uniform(-6, 6))),
    "unit": lambda name, rng: Real(name, 0, 1),
    "tiny": lambda name, rng: Real(name, 0, 1e-12),
    "narrow": lambda name, rng: Real(name, 5.0, 5.0 + 1e-10),
    "far": lambda name, rng: Real(name, 1e9, 1e9 + 1),
    "enormous": lambda name, rng: Real(name, -1e300, 1e300 / 4),
    "log": lambda name, rng: Real(name, 1e-3, 1e3, log=True),
    "huge log": lambda name, rng: Real(name, 1e-150, 1e150, log=True),
    "integer": lambda name, rng: Integer(name, 0, int(rng.integers(1, 2000))),
    "huge integer": lambda name, rng: Integer(name, 0, 2**50),
    "log integer": lambda name, rng: Integer(name, 1, 10_000, log=True),
    "discrete": lambda name, rng: Discrete(
        name, tuple(np.unique(rng.lognormal(0, 5, int(rng.integers(2, 8)))).tolist())
    ),
    "category": lambda name, rng: Categorical(name, tuple("ABCDE"[: int(rng.integers(2, 6))])),
    "many categories": lambda name, rng: Categorical(name, tuple(f"c{i}" for i in range(200))),
}


def _free(n, d, rng):
    return rng.random((n, d))


def _repeated(n, d, rng):
    units = rng.random((n, d))
    for i in range(1, n):
        if rng.random() < 0.4:
            units[i] = units[rng.integers(i)]
    return units


def _collinear(n, d, rng):
    return np.clip(rng.random((n, 1)) * rng.uniform(0.3, 1.0, d), 0, 1)


#: Kind to unit coordinates of rows, n x d.
POINTS = {
    "free": _free,
    "repeated": _repeated,
    "collinear": _collinear,
    "all the same": lambda n, d, rng: np.tile(rng.random(d), (n, 1)),
    "corners": lambda n, d, rng: rng.integers(0, 2, (n, d)).astype(float),
    "nearly the same": lambda n, d, rng: np.clip(0.5 + 1e-9 * rng.normal(size=(n, d)), 0, 1),
    "one column constant": lambda n, d, rng: np.where(np.arange(d) == 0, 0.5, rng.random((n, d))),
}

#: Kind to results, from standard normal ones (n,).
RESULTS = {
    "plain": lambda y: y,
    "constant": lambda y: np.full(len(y), 7.0),
    "zero": np.zeros_like,
    "1e12": lambda y: 1e12 * y,
    "1e-200": lambda y: 1e-200 * y,
    "1e280": lambda y: 1e280 * y,
    "log-normal": lambda y: np.exp(8 * y),
    "cancelling": lambda y: 1e12 + 1e-6 * y,
    "one absurd": lambda y: np.where(np.arange(len(y)) == 0, 1e15, y),
    "two values": lambda y: np.where(y > 0, 1.0, 0.0),
    "rounded": lambda y: np.round(y, 1),
}

#: Kind to the states of rows, from whether each row has a result in the first place.
STATES = {
    "done": lambda n, rng: ["done"] * n,
    "half failed": lambda n, rng: rng.choice(["done", "failed"], n).tolist(),
    "all failed": lambda n, rng: ["failed"] * n,
    "half awaited": lambda n, rng: rng.choice(["done", "suggested"], n).tolist(),
    "all awaited": lambda n, rng: ["suggested"] * n,
    "every state": lambda n, rng: rng.choice(
        ["done", "done", "failed", "suggested", "running", "excluded"], n
    ).tolist(),
}
_STATE_SHARES = (0.5, 0.1, 0.05, 0.15, 0.05, 0.15)

#: Kind to noise variances of rows, or None.
NOISES = {
    "none": lambda n, rng: None,
    "tiny": lambda n, rng: np.full(n, 1e-30),
    "zero": lambda n, rng: np.zeros(n),
    "wild": lambda n, rng: 10 ** rng.uniform(-20, 20, n),
}
_NOISE_SHARES = (0.85, 0.05, 0.05, 0.05)

MODELS = (
    *[{}] * 6,
    {"kernel": "RBF"},
    {"kernel": "RationalQuadratic"},
    {"kernel": "Linear"},
    {"kernel": "IBNN"},
    {"kernel": "Matern", "nu": 0.5},
    {"noise": "replicates"},
    {"outcome": "yeo-johnson"},
    {"mixture": "product"},
)


def _pick(registry, rng, shares=None):
    return str(rng.choice(list(registry), p=shares))


def nasty_state(seed):
    """State of a session, and in words what is wrong with it."""
    rng = np.random.default_rng(seed)
    # Many tables are of one kind throughout: mixed kinds soften each other.
    same = _pick(VARIABLES, rng) if rng.random() < 0.3 else None
    kinds = [same or _pick(VARIABLES, rng) for _ in range(int(rng.integers(1, 7)))]
    variables = tuple(VARIABLES[kind](f"x{i}", rng) for i, kind in enumerate(kinds))
    n = int(rng.choice([1, 2, 3, 5, 8, 10, 15, 20, 30, 40]))
    where, how = _pick(POINTS, rng), _pick(STATES, rng, _STATE_SHARES)
    units = POINTS[where](n, len(variables), rng)
    outside = rng.random() < 0.1  # people widen and narrow their bounds
    states = STATES[how](n, rng)
    noisy = _pick(NOISES, rng, _NOISE_SHARES)
    noises = NOISES[noisy](n, rng)
    count = int(rng.choice([1, 1, 1, 1, 2, 3]))
    results = [_pick(RESULTS, rng) for _ in range(count)]
    outputs = [RESULTS[kind](rng.normal(size=n)) for kind in results]
    objectives = tuple(_objective(place, y, rng) for place, y in enumerate(outputs))
    rows = []
    for i, (unit, state) in enumerate(zip(units, states, strict=True)):
        inputs = {v.name: v.from_unit(v.snap([u]))[0] for v, u in zip(variables, unit, strict=True)}
        if outside and i % 3 == 0:
            inputs |= {v.name: 3.0 * inputs[v.name] for v in variables if v.kind == "real"}
            inputs = {
                k: v if not isinstance(v, float) or np.isfinite(v) else 0.0
                for k, v in inputs.items()
            }
        known = {o.name: float(y[i]) for o, y in zip(objectives, outputs, strict=True)}
        rows.append(
            Row(
                i + 1, inputs, known if state in ("done", "excluded") else {}, state=state,
                noise=None if noises is None else float(noises[i]),
            )
        )  # fmt: skip
    table = replace(Table().with_rows(rows), objectives=objectives)
    config = MODELS[int(rng.integers(len(MODELS)))]
    state = SessionState(
        space=Space(variables), table=table, model=config or None, revision=seed + 1
    )
    story = (
        f"{'+'.join(kinds)}; {n} rows {where}, {how}, noise {noisy}; {'+'.join(results)}; {config}"
    )
    return state, story


def _objective(place, y, rng):
    limit = rng.random()
    limits = {}
    if limit < 0.1:
        limits = {"lower": float(np.median(y))}
    elif limit < 0.2:
        limits = {"upper": float(y.min()) - 1.0}  # nothing keeps it
    goal = str(rng.choice(["maximize", "minimize"]))
    return Objective(f"y{place}", goal, **limits)
