"""First points that follow what a user expects of a parameter."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from optwidgets.space.space import Space


def with_priors(
    point: Mapping[str, Any], priors: Mapping[str, Mapping[str, Any]], space: Space
) -> dict[str, Any]:
    """Move the values of a point to where their priors expect good ones.

    A uniform place in the range becomes the same quantile of the prior, cut at the bounds:
    points that cover a range evenly then cover the prior evenly.

    Parameters
    ----------
    point
        Name to value.
    priors
        Name to prior, as `optwidgets.server.sigopt.priors.check_prior` gives it.
    space
        Its variables give the bounds.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> prior = {"name": "normal", "mean": 0.2, "scale": 0.01}
    >>> found = with_priors({"x": 0.5}, {"x": prior}, Space((Real("x", 0, 1),)))
    >>> round(found["x"], 6)
    0.2
    """
    found = dict(point)
    for name, prior in priors.items():
        if name in found and space[name].kind == "real":
            low, high = (float(end) for end in space[name].bounds)
            share = (float(found[name]) - low) / (high - low)
            found[name] = min(high, max(low, _quantile(prior, share, low, high)))
    return found


def _quantile(prior: Mapping[str, Any], share: float, low: float, high: float) -> float:
    from scipy import stats

    share = min(1.0, max(0.0, share))
    if prior["name"] == "beta":
        unit = stats.beta.ppf(share, prior["shape_a"], prior["shape_b"])
        return low + float(unit) * (high - low)
    mean, scale = float(prior["mean"]), float(prior["scale"])
    cut = stats.truncnorm((low - mean) / scale, (high - mean) / scale, loc=mean, scale=scale)
    return float(cut.ppf(share))
