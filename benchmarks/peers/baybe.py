"""BayBE: a campaign with its default recommender.

In hybrid spaces its default optimises the reals once for each discrete row, which takes minutes
beyond some 30 rows; there it gets a random sample of 24 rows for each suggestion.
"""

from __future__ import annotations

import math

from peers.base import Peer

DISCRETE_ROWS = 24


class BayBE(Peer):
    packages = ("baybe", "botorch", "torch")

    def setup(self):
        import torch
        from baybe import Campaign, active_settings
        from baybe.constraints import ContinuousLinearConstraint
        from baybe.objectives import ParetoObjective, SingleTargetObjective
        from baybe.searchspace import SearchSpace
        from baybe.targets import NumericalTarget

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        active_settings.random_seed = self.seed % 2**32
        rules = [
            ContinuousLinearConstraint(
                parameters=list(rule["weights"]),
                operator="<=",
                coefficients=[float(weight) for weight in rule["weights"].values()],
                rhs=float(rule["most"]),
            )
            for rule in self.spec["linear"]
        ]
        space = SearchSpace.from_product(list(map(_parameter, self.variables)), constraints=rules)
        targets = [
            NumericalTarget(f"cost{k}", minimize=True) for k in range(self.spec["objectives"])
        ]
        objective = ParetoObjective(targets) if self.several else SingleTargetObjective(targets[0])
        if self.spec["limits"]:
            self.note = "limits by penalty"
        self.campaign = Campaign(space, objective, **self._recommender())

    def _recommender(self):
        from baybe.recommenders import BotorchRecommender, TwoPhaseMetaRecommender

        sizes = [
            len(v["values"]) if v["kind"] == "categorical" else v["high"] - v["low"] + 1
            for v in self.variables
            if v["kind"] != "real"
        ]
        rows = math.prod(sizes)
        if not sizes or len(sizes) == len(self.variables) or rows <= DISCRETE_ROWS:
            return {}
        self.note = f"{DISCRETE_ROWS} of {rows} discrete rows sampled for each suggestion"
        sampled = BotorchRecommender(
            hybrid_sampler="Random", sampling_percentage=DISCRETE_ROWS / rows
        )
        return {"recommender": TwoPhaseMetaRecommender(recommender=sampled)}

    def learn(self, point, value):
        import pandas as pd

        costs = value["cost"]
        if self.spec["limits"]:
            costs = [self.penalised(costs[0], value["limits"])]
        row = {k: x if isinstance(x, str) else float(x) for k, x in point.items()}
        row.update({f"cost{k}": float(cost) for k, cost in enumerate(costs)})
        self.campaign.add_measurements(pd.DataFrame([row]))

    def ask(self):
        return self.plain(self.campaign.recommend(batch_size=1).to_dict("records")[0])


def _parameter(v):
    from baybe.parameters import (
        CategoricalParameter,
        NumericalContinuousParameter,
        NumericalDiscreteParameter,
    )

    if v["kind"] == "real":
        return NumericalContinuousParameter(v["name"], bounds=(v["low"], v["high"]))
    if v["kind"] == "integer":
        return NumericalDiscreteParameter(v["name"], values=list(range(v["low"], v["high"] + 1)))
    return CategoricalParameter(v["name"], values=v["values"])
