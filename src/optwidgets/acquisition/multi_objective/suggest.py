"""From fitted models of several objectives to the next experiments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.aims import Worth
from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.feasibility import Feasibility
from optwidgets.acquisition.limits import Limit, failed_points, feasibility_of
from optwidgets.acquisition.multi_objective.boxes import boxes_above, stacked_boxes
from optwidgets.acquisition.multi_objective.conditional_feasibility import ConditionalFeasibility
from optwidgets.acquisition.multi_objective.draws import ConditionalDraws, base_of_objectives
from optwidgets.acquisition.multi_objective.hypervolume_improvement import (
    LogHypervolumeImprovement,
)
from optwidgets.acquisition.multi_objective.reasons import explain_several
from optwidgets.acquisition.multi_objective.scalarised import (
    Compromise,
    LogCompromiseImprovement,
    random_weights,
)
from optwidgets.acquisition.multi_objective.straight_aim import straight_aim_of
from optwidgets.acquisition.naming import find_several
from optwidgets.acquisition.options import check_options, count_of, number, whole_number
from optwidgets.acquisition.proposal import Proposal
from optwidgets.acquisition.region import Region, Taken, region_of
from optwidgets.acquisition.search import Effort, Score, Tick, find_best
from optwidgets.acquisition.suggest import (
    MAX_BATCH,
    SEARCH_OPTIONS,
    check_room,
    effort_of,
    is_noisy,
    pending_points,
    taken_points,
)
from optwidgets.data.objective import Objective
from optwidgets.data.outcomes import Outcomes, one_each, outcomes_of
from optwidgets.data.pareto import hypervolume, is_non_dominated
from optwidgets.data.table import Table
from optwidgets.errors import OptwidgetsError
from optwidgets.models.base import Model
from optwidgets.models.posterior import Posterior
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.tasks import Progress

Array = NDArray[np.float64]

# Draws by number of objectives: more objectives have more boxes for each draw.
_SAMPLES = {2: 64, 3: 32, 4: 32}
_RAW_SAMPLES = {2: 256, 3: 256, 4: 128}
# Points that have draws of their own: noisy results that may lie on the front, and
# results that are awaited. Older ones stand for their predicted means.
_MAX_BASELINE, _MAX_AWAITED = 32, 24
_MAX_DRAWN = 300
_MAX_CENTRES = 6
# Objectives up to which the hypervolume of the results is computed only to be told.
_MOST_FOR_SHARE = 3


@dataclass(frozen=True, eq=False)
class Several:
    """What a strategy for several objectives needs to choose.

    Parameters
    ----------
    posteriors, utilities
        Of m objectives: modelled outcomes, and what these are worth.
    observed
        Utilities of the feasible results, n x m; where results are noisy, as predicted.
    baseline
        Noisy measured points that may lie on the front, b x d; they have draws of their own.
    reference
        Utilities of the reference point, (m,).
    """

    posteriors: tuple[Posterior, ...]
    utilities: tuple[Worth, ...]
    observed: Array
    baseline: Array
    reference: Array
    region: Region
    taken: Taken
    pending: Array
    centres: Array
    effort: Effort
    feasibility: Feasibility
    samples: int
    weights: Array | None
    seed: int
    tick: Tick
    rng: np.random.Generator = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rng", np.random.default_rng(self.seed))

    def draws(self, known: Array) -> list[ConditionalDraws]:
        """Draws of all objectives, given points that have draws already."""
        m = len(self.posteriors)
        base = base_of_objectives(self.samples, m, len(known), self.seed)
        # Turned with the goal: a minimised objective is then the exact mirror of a
        # maximised one.
        return [
            ConditionalDraws(posterior, known, utility.direction * numbers)
            for posterior, utility, numbers in zip(
                self.posteriors, self.utilities, base, strict=True
            )
        ]

    def chances(self, known: Array) -> ConditionalFeasibility | None:
        """Chances of one more point; the measured ones of the known points are feasible."""
        if not self.feasibility:
            return None
        awaited = known[len(self.baseline) :]
        return ConditionalFeasibility(self.feasibility, awaited, self.samples, self.seed)

    def utilities_at_known(self, draws: Sequence[ConditionalDraws]) -> Array:
        """Utilities of the draws at the known points, S x c x m."""
        pairs = zip(self.utilities, draws, strict=True)
        return np.stack([utility(drawn.known)[0] for utility, drawn in pairs], axis=2)


def suggest_several(
    models: Sequence[Model],
    objectives: Sequence[Objective],
    space: Space,
    table: Table,
    *,
    strategy: str = "qLogNEHVI",
    n: int = 1,
    options: Mapping[str, Any] | None = None,
    hold: Mapping[str, Any] | None = None,
    limits: Sequence[Limit] = (),
    seed: int = 0,
    progress: Progress | None = None,
) -> list[Proposal]:
    """Propose the next experiments for several objectives at once.

    Points are chosen one after the other; those that are suggested, running or chosen
    before are integrated out.

    Parameters
    ----------
    models
        One for each objective, fitted to the results of `table`.
    objectives
        m objectives with their goals, m at least 2.
    space, table
        The space of the models; experiments.
    strategy
        One of `SEVERAL`.
    n
        Number of points, 1 to 1000.
    options
        Those of the strategy and of every search, as `optwidgets.acquisition.options` lists
        them.
    hold, limits, seed, progress
        As for `optwidgets.acquisition.suggest.suggest`.

    Returns
    -------
    list of Proposal
        Real points of the space, all different.

    Raises
    ------
    OptwidgetsError
        For a strategy or option that does not fit, a backend without joint predictions,
        or no row that has a result of every objective.
    """
    m = len(models)
    chosen = find_several(strategy, m)
    settings = dict(options or {})
    check_options(chosen, settings, SEARCH_OPTIONS)
    count = whole_number("Batch size", n, minimum=1, maximum=MAX_BATCH)
    stage = f"Searching with {chosen.label}"

    def tick() -> None:
        if progress is not None:
            progress(None, stage)

    problem = problem_for(
        models, objectives, space, table, chosen, settings, hold, limits, seed, tick
    )
    check_room(problem.region, problem.taken, table)
    points, values = choose_several(chosen, problem, count)
    inputs = problem.region.values(points)
    return explain_several(
        models, objectives, chosen, points, inputs, values, problem.feasibility, _volume(problem)
    )


def choose_several(strategy: Strategy, problem: Several, n: int) -> tuple[Array, Array]:
    """Choose up to n points of the region, and their log acquisition values."""
    by_compromise = strategy.name == "qLogNParEGO"
    awaited = problem.pending[-_MAX_AWAITED:]
    points: list[Array] = []
    values: list[float] = []
    taken = problem.taken
    for _ in range(n):
        recent = np.vstack([awaited, *points])[-_MAX_AWAITED:]
        known = np.vstack([problem.baseline, recent])
        score: Score = (_compromise if by_compromise else _hypervolume)(problem, known)
        point = find_best(
            score, problem.region, taken, problem.centres, problem.effort, problem.rng, problem.tick
        )
        if point is None:
            break
        points.append(point)
        values.append(float(score.value(point[None])[0]))
        taken = taken.plus(point)
    empty = np.empty((0, problem.pending.shape[1]))
    return (np.vstack(points) if points else empty), np.array(values)


def _hypervolume(problem: Several, known: Array) -> LogHypervolumeImprovement:
    draws, chances = problem.draws(known), problem.chances(known)
    if len(known):
        fronts = problem.utilities_at_known(draws)
        if chances is not None:
            # Where a point is not feasible it covers nothing.
            awaited = fronts[:, len(problem.baseline) :]
            awaited[:] = np.where(chances.kept[:, :, None], awaited, problem.reference)
        fixed = np.broadcast_to(problem.observed, (len(fronts), *problem.observed.shape))
        both = fronts if len(problem.baseline) else np.concatenate([fixed, fronts], axis=1)
        lower, upper = stacked_boxes(both, problem.reference)
    else:
        low, high = boxes_above(problem.observed, problem.reference)
        lower, upper = low[None], high[None]
    return LogHypervolumeImprovement(draws, problem.utilities, lower, upper, chances)


def _compromise(problem: Several, known: Array) -> LogCompromiseImprovement:
    m = len(problem.posteriors)
    weights = random_weights(m, problem.rng) if problem.weights is None else problem.weights
    front = problem.observed[is_non_dominated(problem.observed)]
    worst, best = np.zeros(m), np.zeros(m)
    if len(front):
        worst, best = front.min(axis=0), front.max(axis=0)
    # Where the front has no range, one standard deviation of the results stands for it.
    width = np.where(best > worst, best - worst, 1.0)
    compromise = Compromise(weights, best, width)
    draws, chances = problem.draws(known), problem.chances(known)
    # While nothing is feasible, everything above a poor result counts as a gain.
    poor = float(compromise(worst - 2.0 * width)[0])
    top = np.full(len(draws[0].known), poor)
    if not len(problem.baseline) and len(front):
        top = np.maximum(top, compromise(problem.observed)[0].max())
    if len(known):
        drawn = compromise(problem.utilities_at_known(draws))[0]
        if chances is not None:
            awaited = drawn[:, len(problem.baseline) :]
            awaited[:] = np.where(chances.kept, awaited, -np.inf)
        top = np.maximum(top, drawn.max(axis=1))
    return LogCompromiseImprovement(draws, problem.utilities, compromise, top, chances)


def problem_for(
    models: Sequence[Model],
    objectives: Sequence[Objective],
    space: Space,
    table: Table,
    strategy: Strategy,
    settings: Mapping[str, Any],
    hold: Mapping[str, Any] | None,
    limits: Sequence[Limit],
    seed: int,
    tick: Tick,
) -> Several:
    """Gather what a strategy needs; parameters as for `suggest_several`."""
    m, encoding = len(models), models[0].data.encoding
    if space.modelled != encoding.space.modelled:
        raise OptwidgetsError(
            "The space has changed since the model was trained. Train the model again."
        )
    posteriors = tuple(_joint(model) for model in models)
    utilities = tuple(
        straight_aim_of(item, model) for item, model in zip(objectives, models, strict=True)
    )
    outcomes = outcomes_of(table, objectives)
    rows = [row for row in outcomes.rows if encoding.can_encode(row.inputs)]
    outcomes = replace(outcomes, rows=tuple(rows))
    given = settings.get("ref_point")
    reference = outcomes.reference if given is None else outcomes.checked_reference(given)
    # The models do not know the constraints: they may be newer than their fits.
    region = region_of(Encoding(space), hold or {})
    # Results compete under the observed values of now.
    X = region.as_now(encoding.encode([row.inputs for row in rows])[outcomes.feasible])
    noisy = [model for model in models if is_noisy(model, settings)]
    observed = _observed(models, utilities, outcomes, X, plug_in=bool(noisy or region.now))
    draw_baseline = bool(noisy) and strategy.name in ("qNEHVI", "qLogNEHVI", "qLogNParEGO")
    pending = pending_points(encoding, table)
    failed = failed_points(encoding, table)
    # Points may repeat where any of the objectives is noisy.
    taken = taken_points(
        noisy[0] if noisy else models[0], region, pending, failed, noisy=bool(noisy)
    )
    few = min(m, 4)
    problem = Several(
        posteriors=posteriors,
        utilities=utilities,
        observed=observed,
        baseline=X[:0],
        reference=np.array([
            utility.of_value(float(value))
            for utility, value in zip(utilities, reference, strict=True)
        ]),
        region=region,
        taken=taken,
        pending=pending,
        centres=_centres(X, observed, models[0].data.X),
        effort=effort_of(settings, Effort(8, _RAW_SAMPLES[few], 40)),
        feasibility=feasibility_of(models[0], limits, failed),
        samples=count_of("mc_samples", settings, _SAMPLES[few]),
        weights=_weights(settings.get("weights"), [item.name for item in objectives]),
        seed=seed,
        tick=tick,
    )  # fmt: skip
    return _with_baseline(problem, X) if draw_baseline and len(X) else problem


def _joint(model: Model) -> Posterior:
    if not isinstance(model.posterior, Posterior):
        raise OptwidgetsError(
            f"Several objectives at once need backend 'botorch', not {model.config.backend!r}. "
            "Train the model with it, or name one objective.",
            field="backend",
        )
    return model.posterior


def _observed(
    models: Sequence[Model],
    utilities: Sequence[Worth],
    outcomes: Outcomes,
    X: Array,
    *,
    plug_in: bool,
) -> Array:
    """Utilities of the feasible results, n x m: noisy ones as they are predicted."""
    values = outcomes.values[outcomes.feasible]
    columns = []
    for k, (model, utility) in enumerate(zip(models, utilities, strict=True)):
        z = model.posterior.moments(X)[0] if plug_in else model.outcomes.forward(values[:, k])
        columns.append(utility(z)[0])
    return np.stack(columns, axis=1)


def _with_baseline(problem: Several, X: Array) -> Several:
    """Give draws to those measured points that may lie on the front."""
    if len(X) > _MAX_DRAWN:
        # The front of the predicted means, and what is best besides.
        order = np.argsort(-problem.observed.sum(axis=1) - 1e9 * is_non_dominated(problem.observed))
        X = X[np.sort(order[:_MAX_DRAWN])]
    draws = problem.draws(X)
    times = np.zeros(len(X))
    for drawn in problem.utilities_at_known(draws)[:64]:
        times += is_non_dominated(drawn)
    kept = np.sort(np.argsort(-times, kind="stable")[:_MAX_BASELINE])
    return replace(problem, baseline=X[kept[times[kept] > 0]])


def _centres(X: Array, observed: Array, every: Array) -> Array:
    """Promising points: some of the front, spread along it."""
    if not len(X):
        return every[:_MAX_CENTRES]
    front = np.flatnonzero(is_non_dominated(observed))
    front = front[np.argsort(observed[front, 0], kind="stable")]
    places = np.linspace(0, len(front) - 1, min(_MAX_CENTRES, len(front))).round().astype(int)
    return np.asarray(X[front[np.unique(places)]])


def _volume(problem: Several) -> float:
    """Hypervolume of the standardised results; 0 where it takes long and is not needed."""
    if len(problem.posteriors) > _MOST_FOR_SHARE or not len(problem.observed):
        return 0.0
    return hypervolume(problem.observed, problem.reference)


def _weights(given: Any, names: Sequence[str]) -> Array | None:
    if given is None:
        return None
    listed = one_each(given, names, "weights", "weights")
    values = np.array([number("weights", value, minimum=0.0) for value in listed])
    largest = float(values.max())
    if not largest > 0:
        raise OptwidgetsError(
            "weights are all 0. Give the objectives that count a larger one.", field="weights"
        )
    return np.asarray((values / largest) / (values / largest).sum())
