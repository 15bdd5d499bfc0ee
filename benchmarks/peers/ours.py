"""optwidgets as a user meets it: a session at its defaults, journal and all."""

from __future__ import annotations

from peers.base import Peer


class Ours(Peer):
    packages = ("optwidgets", "numpy", "scipy")

    def setup(self):
        from optwidgets import OptimizationSession

        session = self.session = OptimizationSession(name=f"run {self.seed}")
        session.set_config(random_state=self.seed)
        for v in self.variables:
            if v["kind"] == "categorical":
                session.add_variable(v["name"], "categorical", categories=v["values"])
            else:
                options = {"log": True} if v.get("log") else {}
                session.add_variable(v["name"], v["kind"], bounds=(v["low"], v["high"]), **options)
        for rule in self.spec["linear"]:
            session.add_input_constraint("inequality", rule["weights"], rule["most"])
        self.costs = [f"cost{i}" for i in range(self.spec["objectives"])]
        self.limits = [f"limit{i}" for i in range(self.spec["limits"])]
        for name in (*self.costs, *self.limits):
            session.add_objective(name, "minimize")
        for name in self.limits:
            session.add_outcome_constraint(name, "upper", 0.0)

    def learn(self, point, value):
        names = (*self.costs, *self.limits)
        outputs = dict(zip(names, (*value["cost"], *value["limits"]), strict=True))
        self.session.add_experiment(point, outputs)

    def ask(self):
        options = {}
        if self.several:
            options["ref_point"] = self.spec["reference"]
        if self.limits:
            options["objective"] = self.costs if self.several else self.costs[0]
        frame = self.session.suggest_next(deadline=None, **options)
        return self.plain(frame.iloc[0])
