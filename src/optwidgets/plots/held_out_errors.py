"""Whether a model's intervals hold what they say: errors of results predicted without themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.models.validation import Validation, calibrate, cross_validate
from optwidgets.plots import style
from optwidgets.plots.reference import objective_of
from optwidgets.plots.words import escape, objective_name, plural, result_text, share_text

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.models.base import Model

Array = NDArray[np.float64]

# Errors beyond this many standard deviations stand at the edge of the figure.
_FARTHEST = 6.0


def qq(state: SessionState, model: Model, validation: Validation | None = None) -> Any:
    """Errors over their predicted standard deviations, against a normal distribution.

    Each order statistic of n normal numbers lies in the grey band with 95 %; a result
    outside it has the warn colour. Steeper than the line: the model is too sure of itself.

    Parameters
    ----------
    state
        Gives the objective's label and unit.
    model
        Fitted to n results.
    validation
        Its cross-validation; computed if not given.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``band``, ``inside`` and, if there are any, ``outside``; the dashed line is
        what a calibrated model has.

    Sources
    -------
    M. B. Wilk, R. Gnanadesikan, Biometrika 55 (1968) 1 (probability plots); H. A. David, H. N.
    Nagaraja, Order Statistics, 3rd edition, Wiley 2003 (their beta distributions).
    """
    from scipy.special import betaincinv, ndtri  # only who looks at this figure needs it

    checked = cross_validate(model) if validation is None else validation
    data = model.data
    z = calibrate(checked, data.y).z
    order = np.argsort(z, kind="stable")
    n = len(z)
    ranks = np.arange(1, n + 1)
    expected = ndtri((ranks - 0.5) / n)
    low, high = (ndtri(betaincinv(ranks, n + 1 - ranks, share)) for share in (0.025, 0.975))
    shown = np.clip(z[order], -_FARTHEST, _FARTHEST)
    outside = (z[order] < low) | (z[order] > high)
    target = objective_of(state, model)
    traces: list[dict[str, Any]] = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "band",
            "x": np.concatenate([expected, expected[::-1]]).tolist(),
            "y": np.concatenate([low, high[::-1]]).tolist(),
            "fill": "toself",
            "fillcolor": style.BAND,
            "line": {"width": 0},
            "hoverinfo": "skip",
        }
    ]
    for name, chosen, colour in (("inside", ~outside, style.INK), ("outside", outside, style.WARN)):
        if not chosen.any() and name == "outside":
            continue
        rows = [int(data.rows[order[i]]) for i in np.flatnonzero(chosen)]
        traces.append(
            {
                "type": "scatter",
                "mode": "markers",
                "name": name,
                "x": expected[chosen].tolist(),
                "y": shown[chosen].tolist(),
                "customdata": rows,
                "marker": {"size": 6, "color": colour},
                "hovertext": [
                    f"row {row}: {_deviations(float(value))}"
                    f" ({escape(result_text(float(data.y[order[i]]), unit=target.unit))})"
                    for row, i, value in zip(
                        rows, np.flatnonzero(chosen), z[order][chosen], strict=True
                    )
                ],
                "hoverinfo": "text",
            }
        )
    reach = max(2.0, float(np.abs(shown).max()), float(np.abs(expected).max()))
    ends = [-1.08 * reach, 1.08 * reach]
    name = objective_name(target)
    far = int(np.argmax(np.abs(z)))
    count = int(outside.sum())
    verdict = "all lie in their 95 % band" if not count else f"{count} lie outside the 95 % band"
    return style.make_figure(
        traces,
        {
            "xaxis": style.axis(title="Expected of a normal distribution", range=ends, nticks=6),
            "yaxis": style.axis(title="Error in predicted deviations", range=ends, nticks=6),
            "shapes": [_diagonal(*ends)],
        },
        title="Residual Q-Q",
        alt=(
            f"Errors of {plural(n, 'held-out prediction')} of {name} against a normal "
            f"distribution: {verdict}; row {data.rows[far]} is farthest off, "
            f"{_deviations(float(z[far]))}."
        ),
        note="held-out rows",
        outside=[int(data.rows[order[i]]) for i in np.flatnonzero(outside)],
    )


def calibration(state: SessionState, model: Model, validation: Validation | None = None) -> Any:
    """Share of held-out results inside intervals, against the share that they should hold.

    The grey band is what chance allows a calibrated model of n results, with 95 %. Below
    it the intervals are too narrow, above it too wide.

    Parameters
    ----------
    state
        Gives the objective's label.
    model
        Fitted to n results.
    validation
        Its cross-validation; computed if not given.

    Returns
    -------
    plotly.graph_objects.Figure
        Traces ``band`` and ``observed``, both in per cent.

    Sources
    -------
    V. Kuleshov, N. Fenner, S. Ermon, ICML 2018, arXiv 1807.00263.
    """
    checked = cross_validate(model) if validation is None else validation
    found = calibrate(checked, model.data.y)
    n = len(model.data)
    shares = np.linspace(0.02, 0.98, 49)
    low, high = (_binomial(n, shares, level) for level in (0.025, 0.975))
    percent = 100.0 * found.observed
    traces = [
        {
            "type": "scatter",
            "mode": "lines",
            "name": "band",
            "x": (100.0 * np.concatenate([shares, shares[::-1]])).round(3).tolist(),
            "y": (100.0 * np.concatenate([low, high[::-1]])).round(3).tolist(),
            "fill": "toself",
            "fillcolor": style.BAND,
            "line": {"width": 0},
            "hoverinfo": "skip",
        },
        {
            "type": "scatter",
            "mode": "lines+markers",
            "name": "observed",
            "x": (100.0 * found.nominal).tolist(),
            "y": percent.tolist(),
            "line": {"color": style.INK, "width": 1.5},
            "marker": {"size": 5, "color": style.INK},
            "hovertext": [
                f"{share_text(float(nominal))} intervals hold {share_text(float(held))}"
                for nominal, held in zip(found.nominal, found.observed, strict=True)
            ],
            "hoverinfo": "text",
        },
    ]
    ends = [-3.0, 103.0]
    ticks = {"tickvals": [0, 25, 50, 75, 100], "range": ends}
    inside = {
        share: float(found.observed[np.argmin(np.abs(found.nominal - share))])
        for share in (0.5, 0.95)
    }
    name = objective_name(objective_of(state, model))
    return style.make_figure(
        traces,
        {
            "xaxis": style.axis(title="Interval should hold %", **ticks),
            "yaxis": style.axis(title="Results inside %", **ticks),
            "shapes": [_diagonal(0.0, 100.0)],
        },
        title="Calibration",
        alt=(
            f"Intervals of {plural(n, 'held-out prediction')} of {name}: those of 50 % hold "
            f"{share_text(inside[0.5])}, those of 95 % hold {share_text(inside[0.95])} of the "
            f"results; {_factor_words(found.factor)}."
        ),
        note="held-out rows",
        factor=found.factor,
    )


def _binomial(n: int, shares: Array, level: float) -> Array:
    """Quantile of the share that n results reach, for each true share."""
    from scipy.special import bdtr  # only who looks at this figure needs it

    counts = np.arange(n + 1)
    return np.array(
        [float(counts[np.argmax(bdtr(counts, n, share) >= level)]) / n for share in shares]
    )


def _deviations(z: float) -> str:
    """Write an error in standard deviations.

    Examples
    --------
    >>> _deviations(-2.13), _deviations(3e5)
    ('2.1 deviations below its prediction', 'over 99 deviations above its prediction')
    """
    size = "over 99" if abs(z) > 99 else f"{abs(z):.1f}"
    return f"{size} deviations {'above' if z > 0 else 'below'} its prediction"


def _factor_words(factor: float) -> str:
    """Say what the calibration's factor means.

    Examples
    --------
    >>> _factor_words(1.04), _factor_words(1.6), _factor_words(0.5)
    ('the intervals are about right', 'the intervals are 1.6 times too narrow', \
'the intervals are 2.0 times too wide')
    """
    if 0.85 <= factor <= 1.15:
        return "the intervals are about right"
    if factor > 1.0:
        return f"the intervals are {min(factor, 99.0):.1f} times too narrow"
    return f"the intervals are {min(1.0 / max(factor, 1e-9), 99.0):.1f} times too wide"


def _diagonal(low: float, high: float) -> dict[str, Any]:
    return {
        "type": "line",
        "layer": "below",
        "x0": low,
        "y0": low,
        "x1": high,
        "y1": high,
        "line": {"color": style.INK, "width": 1, "dash": "dash"},
    }
