"""How each strategy chooses a batch of points; what a strategy does not need is not loaded.

Analytic strategies choose one point after the other, each at its own predicted mean for
the next (kriging believer); Monte Carlo strategies begin from the batch of their analytic
counterpart and move all its points together; Thompson sampling takes the best of one draw for each point.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module

import numpy as np
from numpy.typing import NDArray

from optwidgets.acquisition.base import Strategy
from optwidgets.acquisition.one_by_one import one_by_one
from optwidgets.acquisition.problem import Problem
from optwidgets.models.posterior import Posterior

Array = NDArray[np.float64]

#: Strategies that choose in a way of their own: module and function.
_OWN_WAYS = {
    "TS": ("optwidgets.acquisition.thompson", "draw_best"),
    "qNIPV": ("optwidgets.acquisition.active_learning", "explore"),
}


def choose_batch(strategy: Strategy, problem: Problem[Posterior], n: int) -> tuple[Array, Array]:
    """Up to n points of the region, and their acquisition values in standardised units.

    Returns
    -------
    tuple
        Points, m x d with m less than n when the region has no more; values (m,).
    """
    if strategy.name in _OWN_WAYS:
        module, function = _OWN_WAYS[strategy.name]
        own: Callable[..., tuple[Array, Array]] = getattr(import_module(module), function)
        return own(problem, n)
    if strategy.monte_carlo:
        from optwidgets.acquisition.joint_batch import together

        return together(strategy, problem, n)
    return one_by_one(strategy, problem, n)
