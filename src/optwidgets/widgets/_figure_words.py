"""What the Model panel says around its figures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from optwidgets.plots.words import plural
from optwidgets.space.text import enumerate_words

#: So many rows that disagree are named.
_NAMED = 2


def empty_view(report: dict[str, Any], n_variables: int) -> dict[str, Any]:
    """Return what stands in the place of the figures as long as there is no model.

    Parameters
    ----------
    report
        The session's report on its model.
    n_variables
        How many variables there are.

    Returns
    -------
    dict
        ``title``, ``text``, ``have`` and ``need``, and ``busy`` while it is being fitted; empty
        when there is a model.

    Examples
    --------
    >>> view = empty_view({"n_used": 0, "n_missing": 4, "n_needed": 10, "n_results": 6}, 9)
    >>> view["title"], view["have"], view["need"]
    ('4 more results until the first model', 6, 10)
    """
    if report["n_used"]:
        return {}
    if not n_variables:
        return {
            "title": "No model yet",
            "text": "A model needs variables and results. Add a variable first.",
            "have": 0,
            "need": 0,
        }
    missing = report["n_missing"]
    if missing:
        return {
            "title": f"{missing} more {'result' if missing == 1 else 'results'} until the first model",
            "text": "Until then, Suggest gives points that cover the space evenly.",
            "have": report["n_needed"] - missing,
            "need": report["n_needed"],
        }
    if report["state"] == "failed":
        return {"title": "No model", "text": report["message"], "have": 0, "need": 0}
    return {
        "title": "Fitting the first model",
        "text": f"From {plural(report['n_results'], 'result')}. The figures appear when it is ready.",
        "have": 0,
        "need": 0,
        "busy": True,
    }


def head_words(report: dict[str, Any]) -> str:
    """Return the words beside the panel's name.

    Examples
    --------
    >>> report = {
    ...     "n_used": 19,
    ...     "n_results": 21,
    ...     "stale": True,
    ...     "fitting": True,
    ...     "state": "ready",
    ...     "words": "Explains 90 %, trust intervals",
    ...     "message": "",
    ... }
    >>> head_words(report)
    'Gaussian process, from 19 of 21 results, explains 90 %, improving'
    """
    used = report["n_used"]
    if not used:
        return ""
    n = report["n_results"]
    source = (
        f"from {used} of {n} results" if report["stale"] and used != n else plural(used, "result")
    )
    quality = str(report["words"]).partition(", ")[0]
    words = ["Gaussian process", source, quality[:1].lower() + quality[1:]]
    if report["fitting"]:
        words.append("improving")
    return ", ".join(filter(None, words))


def weak_view(report: dict[str, Any], measured: dict[int, float]) -> dict[str, Any]:
    """Return the warning about intervals that miss too many held-out results, or nothing.

    Fewer hits than chance allows, two standard deviations of a binomial share below
    95 %, are too few.

    Parameters
    ----------
    report
        The session's report, with ``held_out``.
    measured
        Row number to the result.

    Returns
    -------
    dict
        ``text`` and ``rows``, the ones that disagree most; or an empty dict.
    """
    held = {
        int(row): (mean, sd)
        for row, (mean, sd) in report["held_out"].items()
        if int(row) in measured
    }
    n = len(held)
    scores = {row: abs(measured[row] - mean) / sd for row, (mean, sd) in held.items() if sd > 0}
    missed = sorted((row for row, z in scores.items() if z > 1.96), key=lambda row: -scores[row])
    if n < 5 or n - len(missed) >= n * (0.95 - 2 * math.sqrt(0.95 * 0.05 / n)):
        return {}
    worst = sorted(missed[:_NAMED])
    return {
        "text": (
            f"Intervals miss {len(missed)} of {n} held-out results. Add results, or look at "
            f"{_rows(worst)}, which {'disagrees' if len(worst) == 1 else 'disagree'} most."
        ),
        "rows": worst,
    }


def _rows(rows: Sequence[int]) -> str:
    return f"{'row' if len(rows) == 1 else 'rows'} {enumerate_words([str(row) for row in rows])}"
