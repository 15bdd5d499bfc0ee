"""What every session can have computed: training, suggestions, predictions, designs, figures.

Each function takes a session and JSON values, and returns what `plain` makes JSON of.
Rows that a computation adds stand as ``rows`` (numbers) and ``suggestions`` (dicts with
``row``) in its answer: their numbers are corrected if others were quicker to add rows.
"""

# ruff: noqa: SLF001 - these are the session's own methods, run in another process

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.work import DEADLINE_SECONDS
from optwidgets.server.compute.computations import computation
from optwidgets.server.compute.plain import plain

if TYPE_CHECKING:
    import pandas as pd

    from optwidgets.session import OptimizationSession

Points = Sequence[Mapping[str, Any]]


@computation("train", "Training the model", records=True)
def train(
    session: OptimizationSession,
    backend: str | None = None,
    kernel: str | None = None,
    kernel_params: Mapping[str, Any] | None = None,
) -> Any:
    """Train and record; the session's own configuration where nothing is asked for."""
    if backend is None and kernel is None and kernel_params is None:
        return session.start_fit().result()
    return session.train_model(
        backend=backend or "botorch", kernel=kernel or "Matern", kernel_params=kernel_params
    )


@computation(
    "suggest",
    "Suggesting points",
    records=True,
    deadline=DEADLINE_SECONDS,
    fallback="suggest-evenly",
)
def suggest(
    session: OptimizationSession, strategy: str | None = None, **asked: Any
) -> dict[str, Any]:
    """Propose points, which become rows; takes what `suggest_next` takes, but the deadline.

    Each suggestion holds ``row``, ``inputs`` and what `suggest_next` tells of it: ``mean``,
    ``std`` (for several objectives ``mean_`` and ``std_`` of each), ``acquisition``, ``nearest``.
    """
    # The deadline is kept by whoever can end this process.
    asked.pop("deadline", None)
    frame = session.start_suggest(strategy, **asked, deadline=None).result()
    return _suggested(session, frame, fell_back=False)


@computation("suggest-evenly", "Covering the space evenly", records=True)
def suggest_evenly(
    session: OptimizationSession, within: float = DEADLINE_SECONDS, **asked: Any
) -> dict[str, Any]:
    """Propose points without a model, because there was none ``within`` so many seconds."""
    asked.pop("deadline", None)
    return _suggested(session, session._work.fill(within, **asked), fell_back=True)


def _suggested(
    session: OptimizationSession, frame: pd.DataFrame, *, fell_back: bool
) -> dict[str, Any]:
    staged = frame.index.name == "row"
    names = session.state.space.names
    suggestions = []
    for number, values in zip(frame.index, frame.to_dict("records"), strict=True):
        # A conditional variable that plays no part in a point has no value there.
        inputs = {name: values[name] for name in names if plain(values[name]) is not None}
        told = {str(name): value for name, value in values.items() if name not in names}
        suggestions.append({"row": int(number) if staged else None, "inputs": inputs, **told})
    return {
        "rows": [int(number) for number in frame.index] if staged else [],
        "suggestions": suggestions,
        "columns": [str(name) for name in frame.columns],
        "message": frame.attrs.get("message", ""),
        "reference_point": frame.attrs.get("reference_point"),
        "fell_back": fell_back,
    }


@computation("predict", "Predicting")
def predict(session: OptimizationSession, points: Points | Mapping[str, Any]) -> Any:
    """Predict each objective at points: name to ``mean`` and ``std``."""
    return {
        name: {"mean": mean, "std": sd}
        for name, (mean, sd) in session.predict(points).items()  # type: ignore[arg-type]
    }


@computation("optimum", "Searching the optimum")
def optimum(
    session: OptimizationSession,
    goal: str | Sequence[str] | None = None,
    objective: str | Sequence[str] | None = None,
    hold: Mapping[str, Any] | None = None,
    observed: Mapping[str, Any] | None = None,
) -> Any:
    """Find the best point by the model; tables as `plain` writes them."""
    return session.find_optimum(goal, objective=objective, hold=hold, observed=observed)


@computation("stop-advice", "Asking whether to stop")
def stop_advice(
    session: OptimizationSession,
    budget: int | None = None,
    goal: str | Sequence[str] | None = None,
    objective: str | Sequence[str] | None = None,
    ref_point: Sequence[float] | Mapping[str, float] | None = None,
) -> Any:
    """Tell whether more experiments are worth their cost."""
    return session.stop_advice(budget, goal=goal, objective=objective, ref_point=ref_point)


@computation("sensitivity", "Computing the sensitivity")
def sensitivity(
    session: OptimizationSession,
    method: str = "sobol",
    objective: str | None = None,
    **options: Any,
) -> Any:
    """Tell which variables matter, as a table."""
    return session.sensitivity(method, objective, **options)


@computation("calibration", "Checking the intervals")
def calibration(session: OptimizationSession, objective: str | None = None) -> Any:
    """Tell whether intervals hold as many results as they say, as a table."""
    return session.calibration(objective)


@computation("report", "Checking the model")
def report(session: OptimizationSession, objective: str | None = None) -> Any:
    """Fit where that is needed, and tell what `OptimizationSession.report_of` tells."""
    name = session.state.table.objective(objective).name
    session._work.fit_now(name)
    return session.report_of(name)


@computation("cross-validation", "Leaving one out at a time")
def cross_validation(session: OptimizationSession, objective: str | None = None) -> Any:
    """Predict each result from the others, beside the result itself."""
    fit = session._work.fit_now(objective)
    data, quality = fit.model.data, fit.validation
    return {
        "objective": session.state.table.objective(objective).name,
        "rows": list(data.rows),
        "actual": data.y,
        "mean": quality.mean,
        "std": quality.sd,
        "metrics": quality.metrics(),
    }


@computation("hyperparameters", "Reading the model")
def hyperparameters(session: OptimizationSession, objective: str | None = None) -> Any:
    """Tell the hyperparameters of each objective's model, or of one."""
    names = session.state.table.target_names if objective is None else [objective]
    return {name: session._work.fit_now(name).model.hyperparameters for name in names}


@computation("design", "Planning experiments", records=True)
def design(
    session: OptimizationSession,
    method: str = "lhs",
    n_points: int | None = None,
    random_seed: int | None = None,
    *,
    stage: bool = False,
    **options: Any,
) -> Any:
    """Plan experiments by a design, and make them rows if they are to be staged."""
    points = session.generate_initial_design(
        method, n_points, random_seed=random_seed, stage=stage, **options
    )
    return {"points": points, "info": {}, "rows": _staged(session, stage=stage)}


@computation("design-info", "Previewing a design")
def design_info(
    session: OptimizationSession,
    method: str = "lhs",
    n_points: int | None = None,
    random_seed: int | None = None,
    **options: Any,
) -> Any:
    """Preview a design: runs, points, warnings, and what it can tell."""
    return session.get_design_info(method, n_points, random_seed=random_seed, **options)


@computation("optimal-design", "Choosing the runs that tell most", records=True)
def optimal_design(session: OptimizationSession, *, stage: bool = False, **asked: Any) -> Any:
    """Choose runs for a model; takes what `generate_optimal_design` takes."""
    points, info = session.generate_optimal_design(stage=stage, **asked)
    return {"points": points, "info": info, "rows": _staged(session, stage=stage)}


@computation("optimal-design-info", "Counting the coefficients")
def optimal_design_info(session: OptimizationSession, **asked: Any) -> Any:
    """Tell how many runs an optimal design needs."""
    return session.get_optimal_design_info(**asked)


@computation("split-plot-design", "Planning experiments in plots", records=True)
def split_plot_design(
    session: OptimizationSession,
    designs: Mapping[str, Mapping[str, Any]],
    *,
    stage: bool = False,
    **asked: Any,
) -> Any:
    """Plan experiments in plots; takes what `generate_split_plot_design` takes."""
    points, info = session.generate_split_plot_design(designs, stage=stage, **asked)
    return {"points": points, "info": info, "rows": _staged(session, stage=stage)}


@computation("design-report", "Judging a design")
def design_report(session: OptimizationSession, points: Points | None = None, **asked: Any) -> Any:
    """Tell what planned or done experiments can say about a model."""
    return session.evaluate_design(points, **asked)


@computation("hypervolume", "Measuring the compromises")
def hypervolume(
    session: OptimizationSession, ref_point: Sequence[float] | Mapping[str, float] | None = None
) -> Any:
    """Tell the hypervolume of the results, and the reference point it counts from."""
    return {
        "hypervolume": session.hypervolume(ref_point),
        "reference_point": ref_point or session.reference_point(),
    }


@computation("replay", "Computing the suggestions again")
def replay(session: OptimizationSession) -> Any:
    """Compute every recorded suggestion again and compare, as a table."""
    return session.replay()


@computation("figure", "Drawing a figure")
def figure(
    session: OptimizationSession,
    name: str,
    *,
    x: str | None = None,
    y: str | None = None,
    at: Mapping[str, Any] | None = None,
    objective: str | None = None,
    points: Points | None = None,
    variables: Sequence[str] | None = None,
    strategy: str | None = None,
    measure: str | None = None,
) -> Any:
    """Draw a figure of `optwidgets.plots.registry.FIGURES`, as the JSON that Plotly reads."""
    from optwidgets.plots.registry import find_figure

    asked = {
        "x": x,
        "y": y,
        "at": at,
        "objective": objective,
        "points": points,
        "variables": variables,
        "strategy": strategy,
        "measure": measure,
    }
    given = {option: value for option, value in asked.items() if value is not None}
    return json.loads(session._plot(find_figure(name).id, **given).to_json())


def _staged(session: OptimizationSession, *, stage: bool) -> list[int]:
    """Return the numbers of the rows that were just added."""
    if not stage:
        return []
    return [row.id for entry in session._store.last_commit for row in entry.change.rows]  # type: ignore[union-attr]
