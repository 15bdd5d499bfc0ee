"""Optimal designs: the runs that tell most about the effects one asks for."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.criteria import Criterion, find_criterion, inverse, rank
from optwidgets.designs.exchange import Choice, best_of_starts, find_algorithm
from optwidgets.designs.factors import even_levels
from optwidgets.designs.grid import product
from optwidgets.designs.model_terms import LinearModel, parse_terms
from optwidgets.designs.options import whole_number
from optwidgets.designs.region import evenly
from optwidgets.designs.tied import free_effects
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.feasible import FeasibleSet

Array = NDArray[np.float64]
# More combinations of levels than this are sampled, and the runs polished level by level.
_MAX_CANDIDATES = 20_000
_SAMPLED = 6_000
# Combinations of the other columns that corners of constraints are tried with.
_OTHERS = 64
# Combinations outside the constraints that are moved to the nearest place inside: there, on
# the edges of what is allowed, optimal runs lie.
_REPAIRED = 1_500
# Multiplications that the random starts together may cost, so that no question takes minutes.
_WORK = 2e9
_MAX_STARTS = 10
_MAX_RUNS = 2000
_SWEEPS = 12


@dataclass(frozen=True)
class OptimalQuestion:
    """What an optimal design is asked for; see `optimal_design`."""

    effects: Sequence[str] | None = None
    model_type: str | None = None
    n_points: int | None = None
    p_multiplier: float | None = None
    criterion: str = "D"
    algorithm: str = "fedorov"
    n_levels: int = 5
    max_iter: int = 200


def optimal_design_info(
    encoding: Encoding,
    *,
    effects: Sequence[str] | None = None,
    model_type: str | None = None,
    existing: Sequence[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """How many runs a model needs, before any is chosen.

    Returns
    -------
    dict
        ``model_terms``, ``p_columns`` (coefficients), ``n_points_minimum`` (new runs without
        which the model cannot be estimated) and ``n_points_recommended`` (two for each
        coefficient, those that are there counted in).

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> encoding = Encoding(Space((Real("A", 0, 1), Real("B", 0, 1))))
    >>> optimal_design_info(encoding, model_type="quadratic")["n_points_recommended"]
    12
    """
    if effects is None and model_type is not None:
        effects, _ = free_effects(encoding, model_type)
        model_type = model_type if effects is None else None
    model = LinearModel(encoding, parse_terms(encoding, effects=effects, model_type=model_type))
    p = len(model)
    known = _known(encoding, existing)
    least = max(1, p - rank(model.matrix(known)))
    return {
        "model_terms": model.names,
        "p_columns": p,
        "n_points_minimum": least,
        "n_points_recommended": max(least, 2 * p - len(known)),
    }


def optimal_design(
    encoding: Encoding,
    question: OptimalQuestion,
    *,
    seed: int | None = None,
    existing: Sequence[Mapping[str, Any]] = (),
) -> tuple[Array, dict[str, Any]]:
    """Choose the runs that tell most about the effects of a model.

    Parameters
    ----------
    encoding
        Encoding of the space, d variables.
    question
        ``effects`` or ``model_type``: the model. ``n_points`` (default: twice the number of
        coefficients) or ``p_multiplier``: the number of runs. ``criterion``: ``D``, ``A`` or
        ``I``. ``algorithm``: see `exchange.ALGORITHMS`. ``n_levels``: levels of the
        candidates in a continuous variable. ``max_iter``: exchanges at most.
    seed
        Seed of the random starts, of which the best is taken.
    existing
        Runs that are there; they count as runs of the design and stay as they are.

    Returns
    -------
    tuple
        Encoded runs, n x d, and ``info``: ``score`` (D: det(M)^(1/p); A, I: minus the mean
        variance; M the information per run), ``D_eff``, ``A_eff``, ``G_eff`` in per cent of
        an orthogonal design, ``p_columns``, ``n_runs``, ``model_terms`` and what was asked.

    Raises
    ------
    OptwidgetsError
        For an unknown effect, criterion or algorithm, too few runs, or a model that the
        candidates cannot tell apart.
    InfeasibleRegionError
        When no point keeps the constraints of the space.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> encoding = Encoding(Space((Real("A", 0, 1), Real("B", 0, 1))))
    >>> X, info = optimal_design(encoding, OptimalQuestion(["A", "B"], n_points=4), seed=1)
    >>> sorted(map(tuple, X.tolist())), info["D_eff"]
    ([(0.0, 0.0), (0.0, 1.0), (1.0, 0.0), (1.0, 1.0)], 100.0)
    """
    criterion_name = find_criterion(question.criterion)
    algorithm = find_algorithm(question.algorithm)
    terms = parse_terms(encoding, effects=question.effects, model_type=question.model_type)
    model = LinearModel(encoding, terms)
    known = _known(encoding, existing)
    rng = np.random.default_rng(seed)
    levels = [even_levels(encoding, i, question.n_levels) for i in range(len(encoding))]
    feasible = FeasibleSet(encoding, {}) if encoding.space.constraints else None
    candidates, sampled = _candidates(encoding, levels, rng, feasible)
    F, R = model.matrix(candidates), model.matrix(known)
    n = _n_runs(question, len(model))
    _check_estimable(model, F, R, n)
    inside = model.matrix(evenly(encoding))
    choice = Choice(F, R.T @ R, n, Criterion.of(criterion_name, inside), question.max_iter)
    starts = int(np.clip(_WORK / (n * F.size * n), 1, _MAX_STARTS))
    runs = best_of_starts(choice, algorithm, starts, rng)
    X = candidates[runs]
    if sampled:
        X = _polish(X, choice, model, levels, feasible)
    X = encoding.settled(_spread_unused(X, model, levels, rng)) if feasible is None else X
    everything = np.vstack([known, X])
    info = {
        "criterion": criterion_name,
        "algorithm": algorithm.name,
        **efficiencies(model.matrix(everything), F, inside),
        "p_columns": len(model),
        "n_runs": n,
        "n_existing": len(known),
        "model_terms": model.names,
        "n_candidates": len(candidates),
    }
    info["score"] = _score(criterion_name, model.matrix(everything), choice.criterion)
    return X, info


def efficiencies(R: Array, F: Array, inside: Array) -> dict[str, float]:
    """D, A and G efficiency of the model rows R (n x p), in per cent, over a region.

    D: 100 |M|^(1/p); A: 100 p / trace(M^-1); G: 100 p / (largest variance of a prediction),
    with M = R'R / n (A. C. Atkinson et al., 2007, chapter 11). Zero if M is singular. The largest
    variance is that over the points F (N x p). ``I_var`` is the mean variance of a prediction over
    the region, in units of the noise, taken over the points `inside` (K x p), evenly spread.

    Examples
    --------
    >>> import numpy as np
    >>> R = np.array([[1.0, a, b] for a in (-1, 1) for b in (-1, 1)])
    >>> efficiencies(R, R, R)
    {'D_eff': 100.0, 'A_eff': 100.0, 'G_eff': 100.0, 'I_var': 0.75}
    """
    n, p = R.shape
    M = R.T @ R / max(n, 1)
    if not np.isfinite(Criterion(None).score(M)):
        return {"D_eff": 0.0, "A_eff": 0.0, "G_eff": 0.0, "I_var": math.inf}
    D = inverse(M)
    largest = np.einsum("ij,jk,ik->i", F, D, F, optimize=True).max()
    mean = np.einsum("ij,jk,ik->", inside, D, inside, optimize=True) / len(inside)
    return {
        "D_eff": _percent(math.exp(np.linalg.slogdet(M)[1] / p)),
        "A_eff": _percent(p / float(np.trace(D))),
        "G_eff": _percent(p / float(largest)),
        "I_var": round(float(mean) / n, 10),
    }


def _percent(share: float) -> float:
    # Rounding keeps "100 %" from being 99.99999999999997.
    return round(100.0 * share, 9)


def _score(name: str, R: Array, criterion: Criterion) -> float:
    M = R.T @ R / len(R)
    if name == "D":
        return float(math.exp(np.linalg.slogdet(M)[1] / len(M)))
    return float(-math.exp(-criterion.score(M)) / (len(M) if name == "A" else 1.0))


def _known(encoding: Encoding, existing: Sequence[Mapping[str, Any]]) -> Array:
    return encoding.encode([point for point in existing if encoding.can_encode(point)])


def _n_runs(question: OptimalQuestion, p: int) -> int:
    if question.n_points is not None and question.p_multiplier is not None:
        raise OptwidgetsError("Give either n_points or p_multiplier, not both.", field="n_points")
    if question.n_points is not None:
        n = whole_number(1, 10**12)(question.n_points, "n_points")
    else:
        multiplier = 2.0 if question.p_multiplier is None else question.p_multiplier
        n = math.ceil(float(multiplier) * p)
    if n > _MAX_RUNS:
        raise OptwidgetsError(
            f"An optimal design has at most {_MAX_RUNS:,} runs, not {n:,}. Ask for fewer.",
            field="n_points",
        )
    return n


def _candidates(
    encoding: Encoding,
    levels: Sequence[Array],
    rng: np.random.Generator,
    feasible: FeasibleSet | None,
) -> tuple[Array, bool]:
    """Return encoded candidates N x d, and whether they are a sample of all combinations."""
    size = math.prod(len(axis) for axis in levels)
    sampled = size > _MAX_CANDIDATES
    if sampled:
        # Half of them from the lowest, middle and highest levels only: there optimal runs lie,
        # and in many dimensions a plain sample hardly ever meets a corner.
        ends = [axis[sorted({0, len(axis) // 2, len(axis) - 1})] for axis in levels]
        half = _SAMPLED // 2
        X = np.vstack([
            np.column_stack([axis[rng.integers(len(axis), size=half)] for axis in some])
            for some in (levels, ends)
        ])  # fmt: skip
        X = np.unique(X, axis=0)
    else:
        X = product(list(levels))
    if encoding.activity is not None:
        X = np.unique(encoding.settled(X), axis=0)
    if feasible is not None:
        inside = feasible.contains(X)
        outside = X[~inside]
        if len(outside) > _REPAIRED:
            outside = outside[np.sort(rng.choice(len(outside), size=_REPAIRED, replace=False))]
        moved, found = feasible.repair(outside)
        corners = _corners(encoding, levels, rng, feasible)
        X = np.unique(np.vstack([X[inside], moved[found], corners]).round(12), axis=0)
        X = X[feasible.contains(X)]
        if len(X) == 0:
            raise feasible.error()
    return X, sampled


def _corners(
    encoding: Encoding, levels: Sequence[Array], rng: np.random.Generator, feasible: FeasibleSet
) -> Array:
    """Corners of the linear rules, with levels of the other columns: there many optimal runs lie.

    R. A. McLean, V. L. Anderson, Technometrics 8 (1966) 447 (extreme vertices).
    """
    variables = encoding.space.variables
    if not feasible.linear or any(variables[dim].kind != "real" for dim in feasible.columns):
        return np.empty((0, len(encoding)))
    corners = feasible.polytope.vertices()
    rest = [dim for dim in range(len(encoding)) if dim not in feasible.columns]
    others = np.full((1, len(encoding)), 0.5)
    if rest:
        count = min(_OTHERS, math.prod(len(levels[dim]) for dim in rest))
        others = np.repeat(others, count, axis=0)
        if count < _OTHERS:
            others[:, rest] = product([levels[dim] for dim in rest])
        else:
            others[:, rest] = np.column_stack([rng.choice(levels[dim], count) for dim in rest])
    every = np.tile(corners, (len(others), 1))
    points = feasible.coordinates.from_linear(every, np.repeat(others, len(corners), axis=0))
    return np.asarray(encoding.settled(encoding.snap(points)))


def _check_estimable(model: LinearModel, F: Array, R: Array, n: int) -> None:
    p = len(model)
    together = np.vstack([R, F])
    if rank(together) < p:
        name = model.names[int(model.owners[_first_dependent(together)])]
        tied = bool(model.encoding.space.constraints)
        raise OptwidgetsError(
            f"The effect '{name}' cannot be told from the others with these levels"
            f"{' and constraints' if tied else ''}. Take it out, or raise n_levels.",
            field="effects",
        )
    known = rank(R)
    if n < p - known:
        beside = f" beside the {len(R)} there are" if len(R) else ""
        raise OptwidgetsError(
            f"The model has {p} coefficients: {n} runs{beside} are too few. Ask for at least "
            f"{p - known}, better {max(p - known, 2 * p - len(R))}.",
            field="n_points",
        )


def _first_dependent(F: Array) -> int:
    """First column that is a combination of those before it."""
    p = int(F.shape[1])
    return next((j for j in range(p) if rank(F[:, : j + 1]) <= j), p - 1)


def _polish(
    X: Array,
    choice: Choice,
    model: LinearModel,
    levels: Sequence[Array],
    feasible: FeasibleSet | None,
) -> Array:
    """Move one coordinate of one run at a time (R. K. Meyer, C. J. Nachtsheim,
    Technometrics 37 (1995) 60), for candidates that are only a sample.
    """  # noqa: D205
    X = X.copy()
    R = model.matrix(X)
    D = inverse(choice.fixed + R.T @ R)
    columns = np.repeat(np.arange(len(levels)), [len(axis) for axis in levels])
    values = np.concatenate(levels)
    for _ in range(_SWEEPS):
        moved = False
        for i in range(len(X)):
            trials = np.repeat(X[[i]], len(values), axis=0)
            trials[np.arange(len(values)), columns] = values
            trials = model.encoding.settled(trials)
            if feasible is not None:
                trials = trials[feasible.contains(trials)]
            if len(trials) == 0:
                continue
            F = model.matrix(trials)
            gains = choice.criterion.exchanged(D, R[[i]], F)[0]
            best = int(np.argmax(gains))
            if gains[best] > 1e-6:
                X[i], R[i], moved = trials[best], F[best], True
                D = inverse(choice.fixed + R.T @ R)
        if not moved:
            break
    return X


def _spread_unused(
    X: Array, model: LinearModel, levels: Sequence[Array], rng: np.random.Generator
) -> Array:
    """Variables in no term take all their levels evenly, in random order."""
    used = {i for term in model.terms for i, _ in term.factors}
    X = X.copy()
    for dim, axis in enumerate(levels):
        if dim not in used:
            X[:, dim] = rng.permutation(np.resize(rng.permutation(axis), len(X)))
    return X
