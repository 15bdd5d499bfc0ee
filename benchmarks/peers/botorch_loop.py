"""BoTorch by hand, as its tutorials do it: `SingleTaskGP`, LogEI, `optimize_acqf`.

One cost: LogExpectedImprovement; with noise qLogNoisyExpectedImprovement; with limits
qLogExpectedImprovement with constraints; several costs qLogNoisyExpectedHypervolumeImprovement.
Spaces with integers or categories: `MixedSingleTaskGP` and `optimize_acqf_mixed_alternating`.
10 restarts and 512 raw samples throughout, options at their defaults.
"""

from __future__ import annotations

import numpy as np

from peers.base import Peer, from_unit, to_unit

RESTARTS, RAW = 10, 512


class BoTorch(Peer):
    packages = ("torch", "gpytorch", "botorch")

    def setup(self):
        import torch

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        torch.set_default_dtype(torch.float64)
        self.torch = torch
        kinds = [v["kind"] for v in self.variables]
        self.categories = [i for i, kind in enumerate(kinds) if kind == "categorical"]
        self.integers = [i for i, kind in enumerate(kinds) if kind == "integer"]

    def ask(self):
        t = self.torch
        X = t.tensor([self._encode(point) for point in self.points])
        Y = t.tensor([[-c for c in v["cost"]] + list(v["limits"]) for v in self.values])
        return self._decode(self._search(self._acquisition(self._model(X, Y), X, Y)))

    def _model(self, X, Y):
        from botorch.fit import fit_gpytorch_mll
        from botorch.models import MixedSingleTaskGP, ModelListGP, SingleTaskGP
        from gpytorch.mlls import ExactMarginalLogLikelihood, SumMarginalLogLikelihood

        def single(y):
            if self.categories:
                return MixedSingleTaskGP(X, y, cat_dims=self.categories)
            return SingleTaskGP(X, y)

        parts = [single(Y[:, [k]]) for k in range(Y.shape[1])]
        if len(parts) == 1:
            fit_gpytorch_mll(ExactMarginalLogLikelihood(parts[0].likelihood, parts[0]))
            return parts[0]
        model = ModelListGP(*parts)
        fit_gpytorch_mll(SumMarginalLogLikelihood(model.likelihood, model))
        return model

    def _acquisition(self, model, X, Y):
        from botorch.acquisition import LogExpectedImprovement, qLogExpectedImprovement
        from botorch.acquisition.logei import qLogNoisyExpectedImprovement
        from botorch.acquisition.multi_objective.logei import (
            qLogNoisyExpectedHypervolumeImprovement,
        )
        from botorch.acquisition.objective import GenericMCObjective

        count = self.spec["limits"]
        if self.several:
            reference = [-worst for worst in self.spec["reference"]]
            return qLogNoisyExpectedHypervolumeImprovement(
                model, ref_point=reference, X_baseline=X, prune_baseline=True
            )
        if count:
            kept = (Y[:, 1:] <= 0).all(1)
            best = Y[kept, 0].max() if kept.any() else Y[:, 0].min()
            return qLogExpectedImprovement(
                model,
                best_f=best,
                objective=GenericMCObjective(lambda Z, X=None: Z[..., 0]),
                constraints=[(lambda Z, k=k: Z[..., 1 + k]) for k in range(count)],
            )
        if self.spec["noisy"]:
            return qLogNoisyExpectedImprovement(model, X_baseline=X, prune_baseline=True)
        return LogExpectedImprovement(model, best_f=Y.max())

    def _search(self, acquisition):
        from botorch.optim import optimize_acqf
        from botorch.optim.optimize_mixed import optimize_acqf_mixed_alternating

        t = self.torch
        top = [len(v["values"]) - 1.0 if "values" in v else 1.0 for v in self.variables]
        bounds = t.tensor([[0.0] * len(top), top])
        common = {
            "q": 1,
            "num_restarts": RESTARTS,
            "raw_samples": RAW,
            "inequality_constraints": self._linear() or None,
        }
        if self.categories or self.integers:
            steps = {i: self.variables[i]["high"] - self.variables[i]["low"] for i in self.integers}
            candidate, _ = optimize_acqf_mixed_alternating(
                acquisition,
                bounds,
                discrete_dims={i: [k / n for k in range(n + 1)] for i, n in steps.items()},
                cat_dims={i: list(range(int(top[i]) + 1)) for i in self.categories},
                **common,
            )
        else:
            candidate, _ = optimize_acqf(acquisition, bounds, **common)
        return candidate.detach().numpy()[0]

    def _linear(self):
        """Return the rules in the unit cube, as botorch has them: a sum that is at least a bound."""
        rules = []
        for rule in self.spec["linear"]:
            index = [self.names.index(name) for name in rule["weights"]]
            weights = np.array(list(rule["weights"].values()))
            low = np.array([self.variables[i]["low"] for i in index])
            high = np.array([self.variables[i]["high"] for i in index])
            rest = rule["most"] - float(weights @ low)
            t = self.torch
            rules.append((t.tensor(index), t.tensor(-weights * (high - low)), -rest))
        return rules

    def _encode(self, point):
        return [
            float(v["values"].index(point[v["name"]])) if "values" in v
            else to_unit(v, point[v["name"]])
            for v in self.variables
        ]  # fmt: skip

    def _decode(self, shares):
        return self.plain({
            v["name"]: v["values"][round(float(u))] if "values" in v else from_unit(v, float(u))
            for v, u in zip(self.variables, shares, strict=True)
        })  # fmt: skip
