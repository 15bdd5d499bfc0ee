"""SMAC: its facade for black boxes (Gaussian process), by ask and tell."""

from __future__ import annotations

import tempfile

from peers.base import Peer, Pending, UnsupportedError


class SMAC(Peer):
    packages = ("smac", "scikit-learn")

    def setup(self):
        if self.several:
            raise UnsupportedError("SMAC's black-box facade is used for one objective here.")
        from ConfigSpace import Categorical, ConfigurationSpace, Float, Integer
        from smac import BlackBoxFacade, Scenario

        if self.spec["limits"] or self.spec["linear"]:
            self.note = "limits and rules on inputs by penalty"
        seed = self.seed % 2**31
        space = self.space = ConfigurationSpace(seed=seed)
        for v in self.variables:
            if v["kind"] == "categorical":
                space.add(Categorical(v["name"], v["values"]))
            elif v["kind"] == "integer":
                space.add(Integer(v["name"], (v["low"], v["high"])))
            else:
                space.add(Float(v["name"], (v["low"], v["high"]), log=bool(v.get("log"))))
        self.folder = tempfile.TemporaryDirectory(prefix="smac-")
        scenario = Scenario(
            space,
            deterministic=True,
            n_trials=10_000,
            seed=seed,
            output_directory=self.folder.name,
        )
        none = BlackBoxFacade.get_initial_design(scenario, n_configs=0, additional_configs=[])
        self.facade = BlackBoxFacade(
            scenario,
            lambda config, seed=0: 0.0,
            initial_design=none,
            overwrite=True,
            logging_level=False,
        )
        self.pending = Pending()

    def learn(self, point, value):
        from ConfigSpace import Configuration
        from smac.runhistory.dataclasses import TrialInfo, TrialValue

        trial = self.pending.take(point)
        if trial is None:
            trial = TrialInfo(Configuration(self.space, values=dict(point)), seed=0)
        cost = self.penalised(value["cost"][0], self.excesses(point, value))
        self.facade.tell(trial, TrialValue(cost=float(cost)))

    def ask(self):
        trial = self.facade.ask()
        return self.pending.add(trial, self.plain(dict(trial.config)))
