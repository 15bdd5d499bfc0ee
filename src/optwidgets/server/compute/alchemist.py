"""What ALchemist's REST API has computed: training, prediction, suggestions, the optimum.

The answers have the names of the wire.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.observing import last_observed
from optwidgets.campaign.work import DEADLINE_SECONDS
from optwidgets.server.compute import campaign
from optwidgets.server.compute.computations import computation

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.session import OptimizationSession

Point = Mapping[str, Any]

#: Beyond this share of the prior's standard deviation a model knows next to nothing.
LITTLE_KNOWN = 0.9
_KERNEL_PARAMETERS = {"matern_nu": "nu"}  # the name that its scikit-learn backend reads


@computation("alchemist-train", "Training the model", records=True)
def train(
    session: OptimizationSession,
    backend: str = "sklearn",
    kernel: str = "Matern",
    kernel_params: Mapping[str, Any] | None = None,
    output_transform: str | None = None,
) -> dict[str, Any]:
    """Train and record: ``hyperparameters`` and ``metrics`` as `training_facts` has them."""
    given = kernel_params or {}
    parameters = {_KERNEL_PARAMETERS.get(name, name): value for name, value in given.items()}
    if output_transform is not None:
        parameters.setdefault("outcome", "standardise")
    session.train_model(backend, kernel, parameters)
    return training_facts(session.state)


def training_facts(state: SessionState) -> dict[str, Any]:
    """Return the last training with the names of the wire.

    Parameters
    ----------
    state
        Of a session with a trained model.

    Returns
    -------
    dict
        ``backend``, ``kernel``, ``hyperparameters`` (of each objective by name, where there are
        several), ``metrics`` (names to numbers; with several objectives ``rmse_Yield``).

    Examples
    --------
    >>> from optwidgets.journal.state import SessionState
    >>> from dataclasses import replace
    >>> record = {
    ...     "backend": "botorch",
    ...     "kernel": "RBF",
    ...     "hyperparameters": {"Yield": {"noise": 0.1}},
    ...     "metrics": {"Yield": {"rmse": 0.2, "r2": 0.9}},
    ... }
    >>> training_facts(replace(SessionState(), model=record))["metrics"]
    {'rmse': 0.2, 'r2': 0.9}
    """
    record = state.model or {}
    fitted = dict(record.get("hyperparameters") or {})
    quality = dict(record.get("metrics") or {})
    several = len(quality) > 1
    metrics = {
        f"{measure}_{name}" if several else measure: value
        for name, measured in quality.items()
        for measure, value in measured.items()
        if isinstance(value, int | float) and math.isfinite(value)
    }
    return {
        "backend": record.get("backend", "botorch"),
        "kernel": record.get("kernel", "Matern"),
        "hyperparameters": fitted if len(fitted) != 1 else dict(next(iter(fitted.values()))),
        "metrics": metrics,
    }


@computation("alchemist-predict", "Predicting")
def predict(session: OptimizationSession, inputs: Sequence[Point]) -> dict[str, Any]:
    """Predict the first objective: ``mean`` and ``std``, a number for each point."""
    if not inputs:
        return {"mean": [], "std": []}
    answer = session.predict(_points(session.state, inputs))
    mean, std = answer[session.objective_names[0]]
    return {"mean": mean, "std": std}


@computation(
    "alchemist-suggest",
    "Suggesting points",
    records=True,
    deadline=DEADLINE_SECONDS,
    fallback="alchemist-suggest-evenly",
)
def suggest(
    session: OptimizationSession,
    strategy: str | None = None,
    goal: str | None = None,
    n_suggestions: int = 1,
    xi: float | None = None,
    kappa: float | None = None,
    hold: Point | None = None,
    observed: Point | None = None,
    replaces: Sequence[int] = (),
) -> dict[str, Any]:
    """Propose points, which become rows; ``replaces`` names those that they stand in for.

    Returns
    -------
    dict
        That of the computation ``suggest``, and ``diagnostics``: for each point the ``held``
        names, the ``knowledge_ratio`` (see `knowledge`) and ``warnings``.
    """
    answer = campaign.suggest(
        session,
        strategy,
        goal=goal,
        n_suggestions=n_suggestions,
        hold=hold,
        observed=_measured(session.state, observed),
        replaces=replaces,
        **_options(session, strategy, {"xi": xi, "kappa": kappa}),
    )
    ratios = knowledge(session, [item["inputs"] for item in answer["suggestions"]])
    return {**answer, "diagnostics": _diagnostics(answer, ratios, hold, observed)}


@computation("alchemist-suggest-evenly", "Covering the space evenly", records=True)
def suggest_evenly(
    session: OptimizationSession,
    within: float = DEADLINE_SECONDS,
    hold: Point | None = None,
    observed: Point | None = None,
    **asked: Any,
) -> dict[str, Any]:
    """Propose points without a model, because there was none ``within`` so many seconds."""
    for option in ("xi", "kappa"):
        asked.pop(option, None)
    measured = _measured(session.state, observed)
    answer = campaign.suggest_evenly(session, within, hold=hold, observed=measured, **asked)
    unknown = [None] * len(answer["suggestions"])
    return {**answer, "diagnostics": _diagnostics(answer, unknown, hold, observed)}


def _diagnostics(
    answer: Mapping[str, Any],
    ratios: Sequence[float | None],
    hold: Point | None,
    observed: Point | None,
) -> list[dict[str, Any]]:
    found = []
    for ratio in ratios:
        warnings = [answer["message"]] if answer["message"] else []
        if (hold or observed) and ratio is not None and ratio > LITTLE_KNOWN:
            warnings.append(
                f"The model knows next to nothing at these values (knowledge ratio {ratio:.2f})."
            )
        found.append({"held": sorted(hold or {}), "knowledge_ratio": ratio, "warnings": warnings})
    return found


def knowledge(session: OptimizationSession, points: Sequence[dict[str, Any]]) -> list[float | None]:
    """Return how open the function still is at each point, from 0 (known) to 1 (as before).

    It is the standard deviation of the model over that of its prior, without noise; the
    largest one of several objectives; None for models that have no prior.
    """
    import numpy as np

    last = last_observed(session.state)
    complete = [{**last, **point} for point in points]
    largest = np.zeros(len(points))
    for name in session.objective_names:
        model = session.model_of(name)
        prior = getattr(model.posterior, "prior_variance", None) if model else None
        if model is None or not prior or not all(map(model.data.encoding.can_encode, complete)):
            return [None] * len(points)
        _, deviation = model.posterior.moments(model.data.encoding.encode(complete))
        largest = np.maximum(largest, np.clip(deviation / math.sqrt(prior), 0.0, 1.0))
    return [float(ratio) for ratio in largest]


@computation("alchemist-optimum", "Searching the optimum")
def optimum(
    session: OptimizationSession, goal: str | None = None, observed: Point | None = None
) -> dict[str, Any]:
    """Find the best point of the first objective: ``optimum``, ``predicted_value`` and more."""
    found = session.find_optimum(
        goal, objective=session.objective_names[0], observed=_measured(session.state, observed)
    )
    point = {str(name): value for name, value in found["x_opt"].to_dict("records")[0].items()}
    return {
        "optimum": {name: value for name, value in point.items() if value is not None},
        "predicted_value": found["value"],
        "predicted_std": found["std"],
        "goal": goal or session.state.table.objective().goal,
    }


# ---------------------------------------------------------------- inside


def _points(state: SessionState, inputs: Sequence[Point]) -> Any:
    """Return points as a table; a column that none of them has stays away."""
    import pandas as pd

    names = [name for name in state.space.names if any(name in point for point in inputs)]
    return pd.DataFrame(
        [{name: point.get(name) for name in names} for point in inputs], dtype=object
    )


def _measured(state: SessionState, observed: Point | None) -> dict[str, Any] | None:
    """Leave out what is no variable: ALchemist's clients send what their sensors have."""
    if observed is None:
        return None
    return {name: value for name, value in observed.items() if name in state.space}


def _options(
    session: OptimizationSession, strategy: str | None, given: Mapping[str, float | None]
) -> dict[str, Any]:
    """Keep the options that the strategy has: ALchemist's clients send both to all of them."""
    from optwidgets.acquisition.naming import find_strategy
    from optwidgets.campaign.fitting import config_of

    if session.is_multi_objective:
        return {}
    known = find_strategy(strategy or "EI", config_of(session.state).backend).options
    return {name: v for name, v in given.items() if v is not None and name in known}
