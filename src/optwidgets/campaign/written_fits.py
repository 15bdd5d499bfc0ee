"""Fits as JSON values: made by a server, looked at here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from optwidgets.campaign.fitting import Fit, Wanted
from optwidgets.errors import OptwidgetsError


def write_fit(fit: Fit, seed: int) -> dict[str, Any]:
    """Return a fit as JSON values: what was found, and what it was found for."""
    from optwidgets.models.written import write_model

    return {
        "seed": seed,
        "config": asdict(fit.model.config),
        "rows": list(fit.model.data.rows),
        "model": write_model(fit.model),
        "mean": fit.validation.mean.tolist(),
        "sd": fit.validation.sd.tolist(),
    }


def read_fit(written: Mapping[str, Any], wanted: Wanted) -> Fit:
    """Return the fit that `write_fit` wrote in another process; nothing is fitted.

    Raises
    ------
    OptwidgetsError
        When it is another one than the one that is wanted, or of a kind that cannot be read.
    """
    from optwidgets.models.base import settled_noise
    from optwidgets.models.validation import validated
    from optwidgets.models.written import numbers, read_model

    known = asdict(settled_noise(wanted.data, wanted.config)[1])
    found = (written.get("seed"), written.get("config"), written.get("rows"))
    if found != (wanted.seed, known, list(wanted.data.rows)) or not written.get("model"):
        raise OptwidgetsError("This is another fit than the one that is wanted. Fit it here.")
    model = read_model(written["model"], wanted.data, wanted.config)
    try:
        mean, sd = (numbers(written[name], wanted.data.y.shape) for name in ("mean", "sd"))
    except (KeyError, TypeError, ValueError) as error:
        raise OptwidgetsError("The fit was written by another version. Fit it here.") from error
    return Fit(model, validated(wanted.data.y, mean, sd), wanted.mark)
