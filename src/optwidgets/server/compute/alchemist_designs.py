"""What ALchemist's REST API has planned: designs, with what constraints took from them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.designs.registry import find_design
from optwidgets.server.compute.computations import computation

if TYPE_CHECKING:
    from optwidgets.session import OptimizationSession
    from optwidgets.space.space import Space

Points = list[dict[str, Any]]

#: Counts of runs that a structure is the sum of.
_PARTS = (
    "factorial_runs",
    "axial_runs",
    "edge_runs",
    "screening_runs",
    "gsd_runs",
    "center_runs",
)
_NOT_ON_THE_WIRE = ("method", "label", "family", "points", "report")


@computation("alchemist-design", "Planning experiments")
def initial_design(
    session: OptimizationSession,
    method: str = "lhs",
    n_points: int | None = None,
    random_seed: int | None = None,
    *,
    allow_infeasible: bool = False,
    **options: Any,
) -> dict[str, Any]:
    """Plan experiments: ``points``, ``design_info`` and ``feasibility`` as on the wire.

    ALchemist's clients send the options of all methods with each; those that the method
    does not have are left out, as there.
    """
    design = find_design(method)
    own = {name: v for name, v in options.items() if name in design.all_options and v is not None}
    structured = design.structure is not None
    asked: dict[str, Any] = {"random_seed": random_seed, **own}
    if structured:
        asked["allow_infeasible"] = allow_infeasible
    else:
        asked["n_points"] = n_points
    state = session.state
    info = session.get_design_info(method, **asked)
    points = info["points"]
    return {
        "points": points,
        "design_info": _facts(info, own) if structured else None,
        "feasibility": _feasibility(state.space, info if structured else None, len(points))
        | {"estimability": _gate(structured=structured, waived=allow_infeasible)}
        if state.space.constraints
        else None,
    }


def _facts(info: Mapping[str, Any], options: Mapping[str, Any]) -> dict[str, Any]:
    """Return what a design is made of; ``alpha`` is the name there, its size beside it."""
    facts = {name: value for name, value in info.items() if name not in _NOT_ON_THE_WIRE}
    if "alpha" in facts:
        facts |= {"alpha": options.get("ccd_alpha", "orthogonal"), "alpha_value": facts["alpha"]}
    return facts | {"total_runs": _whole(info)}


def _whole(info: Mapping[str, Any]) -> int:
    """Return how many runs the structure has before constraints take any."""
    return sum(int(info.get(part) or 0) for part in _PARTS)


def _feasibility(space: Space, info: Mapping[str, Any] | None, kept: int) -> dict[str, Any]:
    # The candidates of an optimal design are counted on the wire; ours are not a list.
    return {
        "constraints_applied": [rule.to_dict().get("name", "") for rule in space.constraints],
        "n_candidates_total": None,
        "n_candidates_feasible": None,
        "n_boundary_added": None,
        "n_vertices_added": None,
        "vertex_enumeration_skipped": None,
        "n_points_dropped": None if info is None else max(0, _whole(info) - kept),
    }


def _gate(*, structured: bool, waived: bool) -> str:
    if not structured:
        return "not_applicable"
    return "waived" if waived else "passed"


@computation("alchemist-optimal-design", "Choosing the runs that tell most")
def optimal_design(session: OptimizationSession, **asked: Any) -> dict[str, Any]:
    """Choose runs for a model; takes what `generate_optimal_design` takes."""
    points, info = session.generate_optimal_design(**asked)
    space = session.state.space
    feasibility = None
    if space.constraints:
        feasibility = _feasibility(space, None, len(points)) | {"estimability": "not_applicable"}
    facts = {name: value for name, value in info.items() if name not in _NOT_ON_THE_WIRE}
    return {"points": points, "design_info": facts, "feasibility": feasibility}


@computation("alchemist-optimal-design-info", "Counting the coefficients")
def optimal_design_info(
    session: OptimizationSession,
    effects: Sequence[str] | None = None,
    model_type: str | None = None,
) -> dict[str, Any]:
    """Tell how many runs an optimal design needs; see `get_optimal_design_info`."""
    return session.get_optimal_design_info(effects=effects, model_type=model_type)


@computation("alchemist-split-plot", "Planning experiments in plots")
def split_plot(
    session: OptimizationSession, designs: Mapping[str, Mapping[str, Any]], **asked: Any
) -> dict[str, Any]:
    """Plan experiments in plots; takes what `generate_split_plot_design` takes."""
    points, info = session.generate_split_plot_design(designs, **asked)
    return {"points": points, "info": info}
