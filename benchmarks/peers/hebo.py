"""HEBO, by suggest and observe. Its declared pins don't fit together: see its requirements."""

from __future__ import annotations

import numpy as np

from peers.base import Peer, UnsupportedError


class HEBO(Peer):
    packages = ("hebo", "torch")

    def setup(self):
        if self.several:
            raise UnsupportedError("HEBO is used for one objective here.")
        import pandas as pd
        import torch
        from hebo.design_space.design_space import DesignSpace
        from hebo.optimizers import hebo

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        np.random.seed(self.seed % 2**32)  # noqa: NPY002
        if self.spec["limits"] or self.spec["linear"]:
            self.note = "limits and rules on inputs by penalty"
        self.frame = pd.DataFrame
        space = DesignSpace().parse(list(map(_parameter, self.variables)))
        self.optimizer = hebo.HEBO(
            space, rand_sample=self.spec["start"], scramble_seed=self.seed % 2**31
        )

    def learn(self, point, value):
        cost = self.penalised(value["cost"][0], self.excesses(point, value))
        self.optimizer.observe(self.frame([point])[self.names], np.array([[cost]], float))

    def ask(self):
        return self.plain(self.optimizer.suggest(n_suggestions=1).to_dict("records")[0])


def _parameter(v):
    if v["kind"] == "categorical":
        return {"name": v["name"], "type": "cat", "categories": v["values"]}
    kind = "int" if v["kind"] == "integer" else "num"
    return {"name": v["name"], "type": kind, "lb": v["low"], "ub": v["high"]}
