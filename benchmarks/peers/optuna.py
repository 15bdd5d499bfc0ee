"""Optuna's samplers TPE and GP. Linear rules on inputs reach them as outcomes that are observed."""

from __future__ import annotations

from peers.base import Peer, Pending

CONSTRAINTS = "constraints"


class _Optuna(Peer):
    packages = ("optuna",)
    sampler = ""

    def setup(self):
        import optuna

        optuna.logging.set_verbosity(optuna.logging.ERROR)
        self.optuna = optuna
        options = {}
        if self.spec["limits"] or self.spec["linear"]:
            options["constraints_func"] = lambda trial: trial.user_attrs[CONSTRAINTS]
        if self.spec["linear"]:
            self.note = "rules on inputs as observed outcomes"
        sampler = getattr(optuna.samplers, self.sampler)(
            seed=self.seed % 2**31, n_startup_trials=self.spec["start"], **options
        )
        self.study = optuna.create_study(
            directions=["minimize"] * self.spec["objectives"], sampler=sampler
        )
        self.distributions = {v["name"]: self._distribution(v) for v in self.variables}
        self.pending = Pending()

    def _distribution(self, v):
        kinds = self.optuna.distributions
        if v["kind"] == "categorical":
            return kinds.CategoricalDistribution(v["values"])
        if v["kind"] == "integer":
            return kinds.IntDistribution(v["low"], v["high"])
        return kinds.FloatDistribution(v["low"], v["high"], log=bool(v.get("log")))

    def learn(self, point, value):
        over = self.excesses(point, value)
        costs = [float(cost) for cost in value["cost"]]
        trial = self.pending.take(point)
        if trial is not None:
            trial.set_user_attr(CONSTRAINTS, over)
            self.study.tell(trial, costs)
            return
        self.study.add_trial(
            self.optuna.trial.create_trial(
                params=point,
                distributions=self.distributions,
                values=costs,
                user_attrs={CONSTRAINTS: over},
                system_attrs={CONSTRAINTS: over} if over else {},
            )
        )

    def ask(self):
        trial = self.study.ask(self.distributions)
        return self.pending.add(trial, self.plain(trial.params))


class OptunaTPE(_Optuna):
    sampler = "TPESampler"


class OptunaGP(_Optuna):
    packages = ("optuna", "torch")
    sampler = "GPSampler"

    def setup(self):
        import torch

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        super().setup()
