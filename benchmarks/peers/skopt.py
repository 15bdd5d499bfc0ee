"""scikit-optimize: `Optimizer` with its Gaussian process and gp_hedge."""

from __future__ import annotations

from peers.base import Peer, UnsupportedError, linear_excess


class Skopt(Peer):
    packages = ("scikit-optimize", "scikit-learn")

    def setup(self):
        if self.several:
            raise UnsupportedError("scikit-optimize has no way to several objectives.")
        from skopt import Optimizer

        options = {}
        if self.spec["limits"]:
            self.note = "limits by penalty"
        if self.spec["linear"]:
            options["space_constraint"] = self._allowed
        self.optimizer = Optimizer(
            list(map(_dimension, self.variables)),
            base_estimator="GP",
            n_initial_points=self.spec["start"],
            acq_func="gp_hedge",
            random_state=self.seed % 2**32,
            **options,
        )

    def _allowed(self, x):
        point = dict(zip(self.names, x, strict=True))
        return all(linear_excess(rule, point) <= 0 for rule in self.spec["linear"])

    def learn(self, point, value):
        cost = self.penalised(value["cost"][0], value["limits"])
        self.optimizer.tell([point[name] for name in self.names], float(cost))

    def ask(self):
        return self.plain(dict(zip(self.names, self.optimizer.ask(), strict=True)))


def _dimension(v):
    from skopt.space import Categorical, Integer, Real

    if v["kind"] == "categorical":
        return Categorical(v["values"], name=v["name"])
    if v["kind"] == "integer":
        return Integer(v["low"], v["high"], name=v["name"])
    prior = "log-uniform" if v.get("log") else "uniform"
    return Real(v["low"], v["high"], prior=prior, name=v["name"])
