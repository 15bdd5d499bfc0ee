"""How much each parameter matters for each metric, from a model of the results."""

from __future__ import annotations

from typing import Any

from optwidgets.campaign.fitting import results_missing
from optwidgets.server.errors import Unprocessable
from optwidgets.server.sigopt.desk import Desk
from optwidgets.server.sigopt.experiment import Experiment
from optwidgets.server.sigopt.standing import importances_json

SECONDS = 60.0


class Importances(Desk):
    """Importances of the parameters of experiments."""

    async def of_metrics(self, number: str) -> list[dict[str, Any]]:
        """Return the importances for each metric, as clients read them.

        Shares of the variance of the model (Sobol's total indices), from 0 to 1; 1 for the only
        parameter.

        Raises
        ------
        Unprocessable
            While there are too few observations for a model.
        """
        experiment = await self.experiment(number)
        missing = max(results_missing(experiment.state, item) for item in experiment.objectives)
        if missing:
            raise Unprocessable(
                f"Importances need {missing} more observation{'s' if missing > 1 else ''}."
            )
        return [
            importances_json(
                await self._shares(experiment, item.name),
                None if experiment.unnamed else item.name,
            )
            for item in experiment.objectives
        ]

    async def _shares(self, experiment: Experiment, objective: str) -> dict[str, float | None]:
        names = [variable.name for variable in experiment.variables()]
        if len(names) == 1:
            return {names[0]: 1.0}
        computed = await self.host.compute(
            experiment.session_id,
            "sensitivity",
            {"method": "sobol", "objective": objective},
            principal=self.principal,
            timeout=SECONDS,
        )
        found = _column(computed.result, "total")
        return {name: _share(found.get(name)) for name in names}


def _column(table: Any, name: str) -> dict[str, Any]:
    """Read one column of a table in its plain form: index to value."""
    place = list(table["columns"]).index(name)
    return {
        str(label): line[place] for label, line in zip(table["index"], table["rows"], strict=True)
    }


def _share(value: Any) -> float | None:
    return None if value is None else min(1.0, max(0.0, float(value)))
