"""No optimiser: a scrambled Sobol sequence, what every peer must beat."""

from __future__ import annotations

import math
import warnings

from peers.base import Peer, from_unit, linear_excess


class Sobol(Peer):
    packages = ("scipy",)

    def setup(self):
        from scipy.stats import qmc

        self.sequence = qmc.Sobol(len(self.variables), scramble=True, seed=self.seed)

    def ask(self):
        while True:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                shares = self.sequence.random(1)[0]
            point = dict(zip(self.names, map(_value, self.variables, shares), strict=True))
            if all(linear_excess(rule, point) <= 0 for rule in self.spec["linear"]):
                return point


def _value(variable, share):
    if variable["kind"] == "categorical":
        values = variable["values"]
        return values[min(int(share * len(values)), len(values) - 1)]
    if variable["kind"] == "integer":
        low, high = variable["low"], variable["high"]
        return int(min(high, low + math.floor(share * (high - low + 1))))
    return from_unit(variable, float(share))
