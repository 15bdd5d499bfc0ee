"""What the next experiment could gain, over two variables, or along the only one.

The expectations are taken over the quantiles of the posterior in the units of the results:
so goals, limits and bent outcomes enter as they are, with any backend.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.plots import style
from optwidgets.plots.lines import draw_line
from optwidgets.plots.map_grid import make_grid
from optwidgets.plots.maps import draw_map
from optwidgets.plots.reference import objective_of, place_of, reference_point
from optwidgets.plots.words import objective_name, result_text, share_text
from optwidgets.space.text import plain_key

if TYPE_CHECKING:
    from optwidgets.data.table import Objective
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

Array = NDArray[np.float64]

# Quantiles of the posterior at each point.
_QUANTILES = 256
# Weight of the standard deviation in an upper bound, as the strategy UCB has it.
_KAPPA = 0.5**0.5


@dataclass(frozen=True)
class Criterion:
    """One entry of `CRITERIA`.

    Parameters
    ----------
    label
        What it is called.
    compute
        From utilities of the quantiles (m x k), whether they keep the limits, and the best
        utility so far to values (m,).
    share
        Whether it is a probability and not in the unit of the results.
    source
        Literature source.
    """

    label: str
    compute: Callable[[Array, NDArray[np.bool_], float], Array]
    share: bool
    source: str


def _expected(utility: Array, kept: NDArray[np.bool_], best: float) -> Array:
    gain = np.maximum(utility - best, 0.0)
    return np.asarray(np.where(kept, gain, 0.0).mean(axis=1))


def _probable(utility: Array, kept: NDArray[np.bool_], best: float) -> Array:
    return np.asarray(((utility > best) & kept).mean(axis=1))


def _upper(utility: Array, kept: NDArray[np.bool_], best: float) -> Array:  # noqa: ARG001
    from scipy.special import ndtr  # only who looks at this figure needs it

    return np.asarray(np.quantile(utility, float(ndtr(_KAPPA)), axis=1))


#: What a map of the acquisition can show.
CRITERIA: Mapping[str, Criterion] = {
    "EI": Criterion(
        "expected improvement",
        _expected,
        share=False,
        source="D. R. Jones, M. Schonlau, W. J. Welch, J. Global Optim. 13 (1998) 455",
    ),
    "PI": Criterion(
        "probability of improvement",
        _probable,
        share=True,
        source="H. J. Kushner, J. Basic Eng. 86 (1964) 97",
    ),
    "UCB": Criterion(
        "upper confidence bound",
        _upper,
        share=False,
        source="N. Srinivas et al., ICML 2010, arXiv 0912.3995",
    ),
}


#: Strategy to what is drawn of it: the logarithm of a value has the same landscape, and a
#: batch is judged by one point of it.
_DRAWN: Mapping[str, str] = {
    **dict.fromkeys(("ei", "logei", "qei", "qlogei", "qnei", "qlognei"), "EI"),
    **dict.fromkeys(("pi", "logpi", "qpi"), "PI"),
    **dict.fromkeys(("ucb", "qucb", "lcb"), "UCB"),
}


def acquisition(
    state: SessionState,
    model: Model,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
    *,
    strategy: str = "EI",
    models: Mapping[str, Model] | None = None,
) -> Any:
    """Draw what the next experiment could gain over two variables: the darker, the more.

    A space of one variable gets a curve, or a bar for each of its values.

    Results that break a limit gain nothing; suggested points are not counted as known, so
    that one sees why they were chosen.

    Parameters
    ----------
    state
        Gives objectives and limits.
    model
        Fitted to n results.
    x, y, at
        As for `optwidgets.plots.maps.contour`.
    strategy
        One of `CRITERIA`, or a strategy that has one of them: of LogEI the expected
        improvement is drawn, of a batch strategy the value of a single point.
    models
        Objective to its model: those with limits are taken into account.

    Returns
    -------
    plotly.graph_objects.Figure
        As `optwidgets.plots.maps.contour`, in the colour of suggestions; of one variable
        traces ``value``, ``results`` and those of awaited points.

    Raises
    ------
    OptwidgetsError
        For another strategy, or as for a contour.
    """
    criterion = _criterion(strategy)
    return _draw(state, model, (x, y), at, criterion, "Acquisition", models or {})


def probability_of_improvement(
    state: SessionState,
    model: Model,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
    *,
    models: Mapping[str, Model] | None = None,
) -> Any:
    """Draw how probable it is to beat the best so far, over two variables.

    Parameters, errors and figure as for `acquisition`.
    """
    return _draw(
        state, model, (x, y), at, CRITERIA["PI"], "Probability of improvement", models or {}
    )


def _criterion(strategy: str) -> Criterion:
    key = plain_key(strategy)
    if key in _DRAWN:
        return CRITERIA[_DRAWN[key]]
    # What a strategy that learns everywhere takes away is drawn elsewhere.
    other = ", or look at the uncertainty" if key in ("qnipv", "qipv", "ipv") else ""
    raise OptwidgetsError(
        f"Strategy {str(strategy)[:60]!r} has no map. Choose one of {', '.join(CRITERIA)}{other}.",
        field="strategy",
    )


def _draw(
    state: SessionState,
    model: Model,
    names: tuple[str | None, str | None],
    at: Mapping[str, Any] | None,
    criterion: Criterion,
    title: str,
    models: Mapping[str, Model],
) -> Any:
    target = objective_of(state, model)
    # A bound is a result: as large as it is, also where less is better.
    turned = criterion is CRITERIA["UCB"] and target.sign < 0

    def value(points: Array) -> Array:
        results = _quantiles(model, points)
        found = criterion.compute(
            _utility(target, results), _keeps(target, results), best_believed(state, model)
        )
        if criterion is not CRITERIA["UCB"]:
            found = found * _chance(state, model, models, points)
        return np.asarray((-1.0 if turned else 100.0 if criterion.share else 1.0) * found)

    def text(number: float) -> str:
        return (
            share_text(number / 100.0) if criterion.share else result_text(number, unit=target.unit)
        )

    words: dict[str, Any] = {
        "what": f"{criterion.label} of {objective_name(target)}",
        "title": title,
        "best": (np.negative, "lowest") if turned else (np.asarray, "highest"),
        "text": text,
        "note": criterion.label if title == "Acquisition" else "",
    }
    if len(model.data.encoding) == 1:
        for name in names:
            if name is not None:
                place_of(model.data.encoding.space, name)
        reference_point(state, model, at)
        return draw_line(state, model, value, unit="%" if criterion.share else target.unit, **words)
    grid = make_grid(state, model, names, at)
    return draw_map(
        state,
        model,
        grid,
        value(grid.points).reshape(grid.shape),
        color=style.SUGGESTED_DEEP,
        reverse=turned,
        **words,
    )


def best_believed(state: SessionState, model: Model) -> float:
    """Best utility that the model believes a measured point to have.

    Its own mean counts and not the result, which may be luck where results are noisy;
    points that break a limit or a bound count only while there is nothing else.
    """
    target = objective_of(state, model)
    X = model.data.X
    mean, _ = model.posterior.moments(X)
    results = np.asarray(model.outcomes.backward(mean), dtype=float)
    good = _keeps(target, results) & ((X > -1e-9) & (X < 1 + 1e-9)).all(axis=1)
    chosen = results[good] if good.any() else results
    return float(_utility(target, chosen).max())


def _quantiles(model: Model, points: Array) -> Array:
    """Quantiles of the posterior in the units of the results, m x k."""
    from scipy.special import ndtri  # as above

    mean, deviation = model.posterior.moments(points)
    z = ndtri((np.arange(_QUANTILES) + 0.5) / _QUANTILES)
    drawn = mean[:, None] + deviation[:, None] * z
    return np.asarray(model.outcomes.backward(drawn.ravel()), dtype=float).reshape(drawn.shape)


def _utility(target: Objective, results: Array) -> Array:
    return np.asarray(target.utility(results.ravel()), dtype=float).reshape(results.shape)


def _keeps(target: Objective, results: Array) -> NDArray[np.bool_]:
    kept = np.ones(results.shape, dtype=bool)
    if target.lower is not None:
        kept &= results >= target.lower
    if target.upper is not None:
        kept &= results <= target.upper
    return kept


def _chance(state: SessionState, model: Model, models: Mapping[str, Model], points: Array) -> Array:
    """Probability that the limits of the other objectives are kept, (m,)."""
    chance = np.ones(len(points))
    target = objective_of(state, model)
    for item in state.table.objectives:
        other = models.get(item.name)
        if item.name == target.name or not item.is_limited or other is None:
            continue
        if other.data.encoding.space.variables != model.data.encoding.space.variables:
            continue
        chance *= _keeps(item, _quantiles(other, points)).mean(axis=1)
    return chance
