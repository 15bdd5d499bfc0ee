"""From a fitted model to the next experiments."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Aim, aim_of
from optwidgets.acquisition.balance import weights
from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.limits import Limit, failed_points, feasibility_of, keeps_limits
from optwidgets.acquisition.naming import find_strategy
from optwidgets.acquisition.options import check_options, count_of, number, whole_number
from optwidgets.acquisition.problem import Problem
from optwidgets.acquisition.proposal import Proposal, explain
from optwidgets.acquisition.region import EXHAUSTIVE, Region, Taken, region_of
from optwidgets.acquisition.search import Effort
from optwidgets.acquisition.trust_region import side_after, trials_of, wanted, within_trust
from optwidgets.data.objective import Objective
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import Model, choose
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.tasks import Progress

Array = NDArray[np.float64]

MAX_BATCH = 1000
#: Options of every strategy.
SEARCH_OPTIONS = ("restarts", "raw_samples", "local_samples", "noisy_from")
#: Backend of the model to the module whose ``choose_batch`` searches its posterior, and
#: the options of every strategy there.
SEARCHES: dict[str, tuple[str, tuple[str, ...]]] = {
    "botorch": ("optwidgets.acquisition.strategies", (*SEARCH_OPTIONS, "trust_region")),
    "sklearn": ("optwidgets.acquisition.skopt_backend", (*SEARCH_OPTIONS, "batch_strategy")),
}  # fmt: skip
_BATCH_STRATEGIES = ["cl_min", "cl_mean", "cl_max"]

# Points of a batch, and pending ones, are kept this far apart in some column; repeats of
# a result only count when they are exact.
_APART, _EXACT = 1e-3, 1e-6
# From this noise variance (standardised) the best result may be luck, and repeating a
# point may teach something. Inferred noise has to be above what its prior alone says of a
# small table (mode 0.007, median 0.018).
_NOISY = {"infer": 0.02, "known": 1e-3}
_N_CENTRES = 3


def suggest(
    model: Model,
    space: Space,
    table: Table,
    *,
    strategy: str = "EI",
    n: int = 1,
    goal: str | Objective = "maximize",
    balance: float | None = None,
    options: Mapping[str, Any] | None = None,
    hold: Mapping[str, Any] | None = None,
    limits: Sequence[Limit] = (),
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Proposal]:
    """Propose the next experiments.

    Points that are suggested or running are pending: their results are anticipated and
    they are never proposed again. Measured points are not repeated, except where the
    results are noisy and a variable is real.

    Parameters
    ----------
    model
        Fitted to the results of `table`.
    space
        The space of the model.
    table
        Experiments, for the pending ones.
    strategy
        One of `STRATEGIES`.
    n
        Number of points, 1 to 1000. A finite space may have fewer that are left: then
        these are all.
    goal
        The objective, or only ``"maximize"`` or ``"minimize"``.
    balance
        0 to explore, 1 to exploit, None for the strategy's own (0.5); see
        `optwidgets.acquisition.balance`.
    options
        Those of the strategy, of every search, and of the backend, as `OPTIONS` lists them
        (in `optwidgets.acquisition.options`).
    hold
        Variables that are held at a value.
    limits
        Limits of outcomes. Every strategy weighs a point by the probability that it keeps
        them and, where rows have failed, that it does not fail.
    seed
        The same seed gives the same proposals.
    progress
        Called before each pricing of candidates, with None and what is being done.

    Returns
    -------
    list of Proposal
        Real points of the space, all different.

    Raises
    ------
    OptwidgetsError
        For an unknown strategy, one that does not fit the model's backend, an unknown goal or
        option, a value out of range, a held value that is not in the space, or a finite space
        of which everything is measured.
    InfeasibleRegionError
        When no point keeps the constraints of the space with the held values.
    """
    chosen = find_strategy(strategy, model.config.backend)
    module, common_options = SEARCHES[model.config.backend]
    settings = dict(options or {})
    check_options(chosen, settings, common_options)
    count = whole_number("Batch size", n, minimum=1, maximum=MAX_BATCH)
    objective = goal if isinstance(goal, Objective) else Objective(model.data.objective, goal)
    aim = aim_of(objective, model)
    if len(space) == 0:
        raise OptwidgetsError("Suggest needs at least one variable.")
    if space.modelled != model.data.encoding.space.modelled:
        raise OptwidgetsError(
            "The space has changed since the model was trained. Train the model again."
        )
    # The model does not know the constraints: they may be newer than its fit.
    region = region_of(Encoding(space), hold or {})
    pending = pending_points(region.encoding, table)
    failed = failed_points(region.encoding, table)
    noisy = is_noisy(model, settings)
    taken = taken_points(model, region, pending, failed, noisy=noisy)
    check_room(region, taken, table)
    feasibility = feasibility_of(model, limits, failed)
    kept = keeps_limits(model, table, limits, feasibility)
    best, centres = _incumbent(model, aim, kept, region, noisy=noisy)
    if wanted(settings.get("trust_region", False), len(space), len(model.data)):
        feasible = dict(zip(model.data.rows, kept.tolist(), strict=True))
        trials = trials_of(table, objective, feasible)
        region = within_trust(region, model, side_after(trials, len(space)), centres[0])
    balanced = weights(chosen, balance, settings, model.outcomes.scale)
    stage = f"Searching with {chosen.label}"

    def tick() -> None:
        if progress is not None:
            progress(None, stage)

    problem = Problem(
        posterior=model.posterior,
        aim=aim,
        best=best,
        weights=balanced,
        region=region,
        taken=taken,
        pending=pending,
        centres=centres,
        effort=effort_of(settings, Effort()),
        mc_samples=count_of("mc_samples", settings, 128),
        candidates=count_of("candidates", settings, 1024),
        seed=seed,
        tick=tick,
        batch_strategy=choose(
            "batch_strategy", settings.get("batch_strategy", "cl_min"), _BATCH_STRATEGIES
        ),
        feasibility=feasibility,
        floor=float(aim(model.standardised)[0].min()),
        measured=_attainable(model, kept, region),
        n_mc_points=count_of("n_mc_points", settings, 512),
    )
    choose_batch: Callable[..., tuple[Array, Array]] = import_module(module).choose_batch
    points, values = choose_batch(chosen, problem, count)
    inputs = region.values(points)
    return explain(
        model,
        chosen,
        points,
        inputs,
        _in_output_units(chosen, values, model, aim),
        objective=objective,
        aim=aim,
        best=best,
        weights=balanced,
        feasibility=feasibility,
    )


def pending_points(encoding: Encoding, table: Table) -> Array:
    """Encode the rows whose results are awaited, p x d."""
    rows = [row.inputs for row in table.pending() if encoding.can_encode(row.inputs)]
    return encoding.encode(rows) if rows else np.empty((0, len(encoding)))


def effort_of(settings: Mapping[str, Any], usual: Effort) -> Effort:
    """Return how hard to search, by the options or as usual."""
    return replace(
        usual,
        restarts=count_of("restarts", settings, usual.restarts),
        raw_samples=count_of("raw_samples", settings, usual.raw_samples),
        local_samples=count_of("local_samples", settings, usual.local_samples),
    )


def taken_points(
    model: Model, region: Region, pending: Array, failed: Array, *, noisy: bool
) -> Taken:
    """Find the points that are not to be proposed; what is noisy may be measured again."""
    if math.isfinite(region.size):
        return Taken(np.vstack([model.data.X, pending, failed]), _EXACT / 10)
    known = model.data.X[:0] if noisy else model.data.X
    done = Taken(np.vstack([known, failed]), _EXACT)
    return Taken(pending, _APART, done)


def is_noisy(model: Model, settings: Mapping[str, Any]) -> bool:
    """Whether the best result may be luck, and repeating a point may teach something."""
    usual = _NOISY[model.config.noise]
    return model.posterior.noise > number(
        "noisy_from", settings.get("noisy_from", usual), minimum=0.0
    )


def check_room(region: Region, taken: Taken, table: Table) -> None:
    """Raise the sentence that says that nothing is left to propose."""
    if region.size > EXHAUSTIVE or not bool(taken(region.points()).all()):
        return
    total = int(region.size)
    which = " with the held values" if region.held else ""
    measured = "measured or pending" if table.pending() else "measured"
    way_out = "Release a lock or widen the space." if region.held else (
        "Widen the space or repeat the best."
    )  # fmt: skip
    if total == 1:
        raise OptwidgetsError(f"The only combination{which} is {measured}. {way_out}")
    raise OptwidgetsError(f"All {total:,} combinations{which} are {measured}. {way_out}")


def _incumbent(
    model: Model,
    aim: Aim,
    feasible: NDArray[np.bool_] | None = None,
    region: Region | None = None,
    *,
    noisy: bool,
) -> tuple[float, Array]:
    """Find what the best standardised value is worth, and the best measured points, c x d.

    Where results are noisy, the best of them may be luck: the best predicted mean at a
    measured point counts instead (compare E. Vazquez, J. Bect, J. Phys. Conf. Ser. 2008,
    and noisy EI with plug-in; V. Picheny et al., Struct. Multidiscip. Optim. 48 (2013) 607).
    Results outside the bounds or the constraints of the space are not attainable any more
    and only count alone, as do infeasible ones: while all are infeasible, every gain over
    the worst counts, so that the probability of feasibility decides. With observed variables
    it is what the measured settings are predicted to give under the values of now (compare
    D. Ginsbourger et al., Bayesian adaptive reconstruction of profile optima, Comput. Stat.
    Data Anal. 2014: a point competes with those of its own context).
    """
    X = model.data.X
    z = model.standardised
    if region is not None and region.now:
        X = region.as_now(X)
    if noisy or X is not model.data.X:
        z = model.posterior.moments(X)[0]
    values = aim(z)[0]
    if region is None:
        inside = (X > -1e-9).all(axis=1) & (X < 1 + 1e-9).all(axis=1)
    else:
        inside = region.inside(X)
    if feasible is None:
        feasible = np.ones(len(X), dtype=bool)
    if not feasible.any():
        return float(values.min()), X[np.argsort(-values, kind="stable")[:_N_CENTRES]]
    inside &= feasible
    X, values = (X[inside], values[inside]) if inside.any() else (X[feasible], values[feasible])
    order = np.argsort(-values, kind="stable")[:_N_CENTRES]
    return float(values[order[0]]), X[order]


def _attainable(model: Model, feasible: NDArray[np.bool_], region: Region) -> Array:
    """Measured points that are feasible, within the bounds and the constraints, if there are any."""
    X = region.as_now(model.data.X)
    inside = region.inside(X)
    for chosen in (inside & feasible, feasible):
        if chosen.any():
            return X[chosen]
    return X


def _in_output_units(strategy: Strategy, values: Array, model: Model, aim: Aim) -> Array:
    if strategy.name in ("PI", "LogPI", "qPI"):
        return values
    if strategy.name == "qNIPV":
        with np.errstate(over="ignore"):  # a variance of results round 1e280
            return np.nan_to_num(values * model.outcomes.scale * model.outcomes.scale)
    # Improvements are of the scale of all results, also where these are modelled bent.
    if strategy.name in ("LogEI", "qLogEI", "qLogNEI"):
        return values + math.log(model.outcomes.scale)
    if strategy.name in ("EI", "qEI", "qNEI", "gp_hedge"):
        return values * model.outcomes.scale
    return aim.in_units(model.outcomes, values)
