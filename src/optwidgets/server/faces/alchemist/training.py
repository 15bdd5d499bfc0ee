"""Training a model right after results came in: ``auto_train=true``."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import Depends, Query

from optwidgets.errors import OptwidgetsError
from optwidgets.journal.state import SessionState
from optwidgets.server.faces.alchemist.access import Writing

log = logging.getLogger(__name__)
MIN_ROWS = 5


@dataclass(frozen=True)
class AutoTrain:
    """Whether, and with what, a model is trained after a result.

    Parameters
    ----------
    wanted
        Whether at all; from five rows with results on.
    backend, kernel
        In place of those of the last training.
    """

    wanted: bool
    backend: str | None = None
    kernel: str | None = None

    async def run(self, writes: Writing) -> dict[str, Any]:
        """Train if it is wanted; a training that fails does not fail the request.

        Returns
        -------
        dict
            ``model_trained`` and ``training_metrics`` of the answer.
        """
        untrained: dict[str, Any] = {"model_trained": False, "training_metrics": None}
        if not self.wanted:
            return untrained
        state = await writes.state()
        if len(state.table.done()) < MIN_ROWS:
            return untrained
        asked = self.arguments(state)
        try:
            computed = await writes.compute("alchemist-train", asked)
        except OptwidgetsError as error:
            log.warning("No model was trained after a result: %s", error)
            return untrained
        metrics = computed.result["metrics"]
        found = {"rmse": metrics.get("rmse"), "r2": metrics.get("r2")}
        return {
            "model_trained": True,
            "training_metrics": {**found, "backend": computed.result["backend"]},
        }

    def arguments(self, state: SessionState) -> dict[str, Any]:
        """Return what is asked of the training: the model of the last one, or the usual one."""
        record = state.model or {}
        kernel = self.kernel or str(record.get("kernel") or "Matern")
        asked: dict[str, Any] = {
            "backend": self.backend or str(record.get("backend") or "botorch"),
            "kernel": {"rbf": "RBF", "matern": "Matern", "ibnn": "IBNN"}.get(
                kernel.lower(), kernel
            ),
        }
        if asked["kernel"] == "Matern" == record.get("kernel") and "nu" in record:
            asked["kernel_params"] = {"nu": record["nu"]}
        return asked


def _asked(
    auto_train: Annotated[bool, Query()] = False,
    training_backend: Annotated[str | None, Query(max_length=100)] = None,
    training_kernel: Annotated[str | None, Query(max_length=100)] = None,
) -> AutoTrain:
    return AutoTrain(auto_train, training_backend, training_kernel)


Trains = Annotated[AutoTrain, Depends(_asked)]
