"""ALchemist 0.4: a session with the BoTorch backend and EI, as its documentation shows it.

Several objectives: it negates the reference point but not the model's outputs for minimised
objectives, so that its qNEHVI walks to the worst corner. For a fair run it gets negated costs and
"maximize".
"""

from __future__ import annotations

import numpy as np

from peers.base import Peer


class Alchemist(Peer):
    packages = ("alchemist-nrel", "botorch", "torch")

    def setup(self):
        import torch
        from alchemist_core import OptimizationSession

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        np.random.seed(self.seed % 2**32)  # noqa: NPY002
        session = self.session = OptimizationSession()
        for v in self.variables:
            if v["kind"] == "categorical":
                session.add_variable(v["name"], "categorical", categories=v["values"])
            else:
                session.add_variable(v["name"], v["kind"], bounds=(v["low"], v["high"]))
        for rule in self.spec["linear"]:
            session.add_input_constraint("inequality", rule["weights"], rule["most"])
        self.costs = [f"cost{k}" for k in range(self.spec["objectives"])]
        notes = []
        if self.several:
            session.experiment_manager.target_columns = list(self.costs)
            notes.append("costs negated and maximised")
        if self.spec["limits"]:
            notes.append("limits by penalty")
        self.note = "; ".join(notes)

    def learn(self, point, value):
        if self.several:
            output = {
                name: -float(cost) for name, cost in zip(self.costs, value["cost"], strict=True)
            }
        else:
            output = float(self.penalised(value["cost"][0], value["limits"]))
        self.session.add_experiment(dict(point), output)

    def ask(self):
        self.session.train_model(backend="botorch")
        options = {"strategy": "EI", "goal": "minimize"}
        if self.several:
            options = {
                "strategy": "qNEHVI",
                "goal": ["maximize"] * len(self.costs),
                "ref_point": [-worst for worst in self.spec["reference"]],
            }
        frame = self.session.suggest_next(n_suggestions=1, **options)
        return self.plain(frame.to_dict("records")[0])
