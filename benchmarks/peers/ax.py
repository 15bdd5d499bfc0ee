"""Ax through its client, at its default generation strategy.

The start is told as attached trials, which count against Ax's own initialisation budget. Without
"initialize_with_center" switched off it would still draw one Sobol point more.
"""

from __future__ import annotations

from peers.base import Peer, Pending


class Ax(Peer):
    packages = ("ax-platform", "botorch", "torch")

    def setup(self):
        import torch
        from ax.api.client import Client
        from ax.api.configs import ChoiceParameterConfig, RangeParameterConfig

        torch.set_num_threads(1)
        torch.manual_seed(self.seed)
        client = self.client = Client(random_seed=self.seed)
        parameters = []
        for v in self.variables:
            if v["kind"] == "categorical":
                parameters.append(
                    ChoiceParameterConfig(
                        name=v["name"], values=v["values"], parameter_type="str", is_ordered=False
                    )
                )
            else:
                parameters.append(
                    RangeParameterConfig(
                        name=v["name"],
                        bounds=(v["low"], v["high"]),
                        parameter_type="float" if v["kind"] == "real" else "int",
                        scaling="log" if v.get("log") else "linear",
                    )
                )
        rules = [
            " + ".join(f"{weight}*{name}" for name, weight in rule["weights"].items())
            + f" <= {rule['most']}"
            for rule in self.spec["linear"]
        ]
        client.configure_experiment(parameters=parameters, parameter_constraints=rules or None)
        limits = [f"limit{k} <= 0" for k in range(self.spec["limits"])]
        if self.several:
            limits += [f"cost{k} <= {worst}" for k, worst in enumerate(self.spec["reference"])]
        client.configure_optimization(
            objective=", ".join(f"-cost{k}" for k in range(self.spec["objectives"])),
            outcome_constraints=limits or None,
        )
        client.configure_generation_strategy(
            initialization_budget=self.spec["start"],
            initialization_random_seed=self.seed,
            initialize_with_center=False,
        )
        self.pending = Pending()

    def learn(self, point, value):
        trial = self.pending.take(point)
        if trial is None:
            trial = self.client.attach_trial(parameters=point)
        data = {f"cost{k}": float(cost) for k, cost in enumerate(value["cost"])}
        data.update({f"limit{k}": float(limit) for k, limit in enumerate(value["limits"])})
        self.client.complete_trial(trial_index=trial, raw_data=data)

    def ask(self):
        ((trial, parameters),) = self.client.get_next_trials(max_trials=1).items()
        return self.pending.add(trial, self.plain(parameters))
