"""Plan experiments: from the name of a design and its options to points of a space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.blocks import assign_blocks, grouped_order, run_order
from optwidgets.designs.labels import BLOCK
from optwidgets.designs.model_terms import LinearModel, parse_terms
from optwidgets.designs.optimal import OptimalQuestion, optimal_design
from optwidgets.designs.options import ORDERING, check_options
from optwidgets.designs.registry import Design, find_design
from optwidgets.designs.space_filling import design as fill
from optwidgets.designs.structure import check_size
from optwidgets.designs.tied import free_effects
from optwidgets.errors import DesignNotEstimableError, InfeasibleRegionError, OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.text import enumerate_words

Array = NDArray[np.float64]
Points = Sequence[Mapping[str, Any]]

DEFAULT_POINTS = 10
# Designs that are the combinations of levels, whatever a model needs.
_OF_ANY_RUNS = ("full_factorial", "gsd")


@dataclass(frozen=True)
class Plan:
    """Planned experiments and what is known of them.

    Parameters
    ----------
    method
        Name of the design.
    points
        Value of each variable for each run, in the order in which they are carried out.
    info
        What the design is made of; JSON values.
    labels
        For each run what is not a variable, such as ``{"Block": 1}``; empty without any.
    model
        ``model_type`` or ``effects`` of the model that the runs are for; empty if for none.
    """

    method: str
    points: list[dict[str, Any]]
    info: dict[str, Any]
    labels: list[dict[str, Any]] = field(default_factory=list)
    model: dict[str, Any] = field(default_factory=dict)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Points together with their labels, as they are shown."""
        if not self.labels:
            return [dict(point) for point in self.points]
        # A variable comes before a label of its name.
        return [
            {**point, **{name: value for name, value in label.items() if name not in point}}
            for point, label in zip(self.points, self.labels, strict=True)
        ]


def plan(
    space: Space,
    method: str = "lhs",
    n_points: int | None = None,
    *,
    seed: int | None = None,
    existing: Points = (),
    options: Mapping[str, Any] | None = None,
) -> Plan:
    """Plan experiments by any of `DESIGNS`.

    Parameters
    ----------
    space
        Variables of any kind.
    method
        Name of the design.
    n_points
        Number of points, where it is free: 10 for a space-filling design if not given,
        twice the number of coefficients for an optimal one.
    seed
        Seed; None takes a new one each time.
    existing
        Points that are in the table. Space-filling designs count them in, an optimal one
        with ``augment=True``.
    options
        Options of the design by name; see `options.OPTIONS`.

    Returns
    -------
    Plan
        Points in the order in which they are to be carried out.

    Raises
    ------
    OptwidgetsError
        For an unknown design or option, a value that is not possible, or a space that the
        design is not made for.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("T", 20, 100), Real("P", 1, 5)))
    >>> made = plan(space, "full_factorial", options={"n_center": 0, "run_order": "standard"})
    >>> made.points[:2], made.info["factorial_runs"]
    ([{'T': 20.0, 'P': 1.0}, {'T': 20.0, 'P': 5.0}], 4)
    """
    design = find_design(method)
    chosen = check_options(
        options or {}, design.all_options, f"Design '{design.name}'", design.defaults
    )
    encoding = Encoding(space)
    if len(encoding) == 0:
        raise OptwidgetsError("A design needs at least one variable. Add one first.")
    head = {"method": design.name, "label": design.label, "family": design.family}
    if design.family == "space-filling":
        count = DEFAULT_POINTS if n_points is None else n_points
        criterion = chosen.get("lhs_criterion", "maximin")
        points = fill(space, design.name, count, seed=seed, existing=existing, criterion=criterion)
        facts = {**head, **chosen, "n_runs": len(points)}
        if space.hard_to_change:
            settings = _hard_settings(encoding, encoding.encode(points))
            points = [points[i] for i in grouped_order(np.arange(len(points)), settings)]
            facts["grouped_by"] = list(space.hard_to_change)
        return Plan(design.name, points, facts)
    rng = np.random.default_rng(seed)
    own = {name: chosen[name] for name in design.options}
    X, facts, effects, parts = _runs(encoding, design, own, n_points, rng, existing)
    model = LinearModel(encoding, parse_terms(encoding, **effects))
    full = X
    X = _each_once(encoding, X, model, design)
    made = _ordered(encoding, design, X, head | facts, chosen, model, parts, rng)
    # Runs in which variables are missing may not be for any model of all variables.
    return made if _lost(model, full, X) else replace(made, model=effects)


def _runs(
    encoding: Encoding,
    design: Design,
    own: Mapping[str, Any],
    n_points: int | None,
    rng: np.random.Generator,
    existing: Points,
) -> tuple[Array, dict[str, Any], dict[str, Any], NDArray[np.intp] | None]:
    """Return encoded runs, facts, the model that they are made for, and blocks by themselves."""
    if design.structure is None:
        asked = {name: value for name, value in own.items() if name != "augment"}
        if asked["effects"] is None and asked["model_type"] is None:
            asked["model_type"] = "quadratic"
        words = ""
        if asked["effects"] is None:
            free, words = free_effects(encoding, asked["model_type"])
            if free is not None:
                asked |= {"effects": free, "model_type": None}
        X, info = optimal_design(
            encoding,
            OptimalQuestion(n_points=n_points, **asked),
            seed=int(rng.integers(1 << 31)),
            existing=existing if own["augment"] else (),
        )
        if words:
            info["warnings"] = [words]
        model = {name: asked[name] for name in ("effects", "model_type")}
        return X, info, model, None
    if n_points is not None:
        raise OptwidgetsError(
            f"The number of runs of a {design.label} design follows from its structure. Leave "
            "n_points out; levels, centre runs and replicates change it.",
            field="n_points",
        )
    made = design.structure(encoding, **own)
    facts = dict(made.facts) | {"model_type": made.model_type, "warnings": list(made.warnings)}
    return made.X, facts, {"model_type": made.model_type}, made.parts


def _ordered(
    encoding: Encoding,
    design: Design,
    X: Array,
    info: dict[str, Any],
    chosen: Mapping[str, Any],
    model: LinearModel,
    parts: NDArray[np.intp] | None,
    rng: np.random.Generator,
) -> Plan:
    """Repeat the runs, divide them into blocks and put them in order."""
    replicates, n_blocks = chosen["replicates"], chosen["blocks"]
    check_size(len(X) * replicates, design.label)
    X = np.tile(X, (replicates, 1))
    X, warning = _keep_allowed(
        encoding, X, model, design, waived=chosen.get("allow_infeasible", False)
    )
    if warning:
        info.setdefault("warnings", []).append(warning)
    labels = None
    if n_blocks > 1:
        own = parts if replicates == 1 and parts is not None and len(parts) == len(X) else None
        labels, lost = assign_blocks(model, encoding.snap(X), n_blocks, rng, own)
        info["block_sizes"] = np.bincount(labels, minlength=n_blocks).tolist()
        info["lost_to_blocks"] = lost
        if lost > 1e-6:
            info.setdefault("warnings", []).append(
                f"Differences between the blocks hide {100 * lost:.3g} % of what the runs tell "
                "about the model; fewer blocks hide less."
            )
    order = run_order(len(X), labels, rng if chosen["run_order"] == "random" else None)
    if chosen["run_order"] == "random" and encoding.space.hard_to_change:
        order = grouped_order(order, _hard_settings(encoding, encoding.snap(X)), labels)
        _tell_of_groups(info, encoding.space.hard_to_change)
    points = [dict(point) for point in encoding.decode(encoding.snap(X[order]))]
    given = {name: value for name, value in chosen.items() if name in ORDERING}
    info |= given | {"n_runs": len(points), "total_runs": len(points)}
    if labels is None:
        return Plan(design.name, points, info)
    return Plan(design.name, points, info, [{BLOCK: int(block) + 1} for block in labels[order]])


def _lost(model: LinearModel, X: Array, kept: Array) -> bool:
    """Whether fewer runs tell less about the model."""
    if kept is X or len(kept) == len(X):
        return False
    ranks = (np.linalg.matrix_rank(model.matrix(runs)) for runs in (kept, X))
    return bool(next(ranks) < next(ranks))


def _each_once(encoding: Encoding, X: Array, model: LinearModel, design: Design) -> Array:
    """Leave out runs that differ only in variables that are not there, if that can be."""
    if encoding.activity is None or design.structure is None:
        return X
    settled = encoding.settled(encoding.snap(X))
    _, first = np.unique(settled.round(9), axis=0, return_index=True)
    kept: Array = settled[np.sort(first)]
    if design.name not in _OF_ANY_RUNS and _lost(model, X, kept):
        raise OptwidgetsError(
            f"A {design.label} design needs every variable in every run, and "
            f"{encoding.space.conditional[0].name} is not always there. Use a space-filling design "
            "such as 'lhs', or an optimal one.",
            field="method",
        )
    return kept


def _hard_settings(encoding: Encoding, X: Array) -> Array:
    """Columns of what is hard to change, the hardest first, n x h."""
    space = encoding.space
    hard = sorted(space.hard_to_change, key=lambda name: space[name].changes != "very_hard")
    return X[:, [space.index(name) for name in hard]]


def _tell_of_groups(info: dict[str, Any], names: Sequence[str]) -> None:
    info["grouped_by"] = list(names)
    info.setdefault("warnings", []).append(
        f"Runs are grouped by {enumerate_words(names)}, hard to change: an effect of it is told "
        "less exactly than in random order. A split plot plans for that."
    )


def _allowed(encoding: Encoding) -> Any:
    """Which encoded points keep the constraints; None without any."""
    if not encoding.space.constraints:
        return None

    def allowed(X: Array) -> NDArray[np.bool_]:
        points = encoding.decode(encoding.snap(X))
        numbers = {name for rule in encoding.space.constraints for name in rule.variables}
        columns = {name: np.array([point[name] for point in points]) for name in numbers}
        for rule in encoding.space.constraints:
            if not rule.is_known:
                rule.excess(columns)  # raises the sentence that asks for its function
        return encoding.space.met(columns)

    return allowed


def _keep_allowed(
    encoding: Encoding, X: Array, model: LinearModel, design: Design, *, waived: bool
) -> tuple[Array, str]:
    """Leave out the runs that break a constraint, if the rest still carries the model or it is waived.

    There is a sentence about what is left out; it is empty where nothing is.
    """
    allowed = _allowed(encoding)
    if allowed is None or len(X) == 0:
        return X, ""
    kept: Array = X[allowed(X)]
    if len(kept) == len(X):
        return X, ""
    rank = np.linalg.matrix_rank(model.matrix(kept)) if len(kept) else 0
    broken = f"{len(X) - len(kept)} of the {len(X)} runs of this {design.label} design break a constraint"
    if rank == np.linalg.matrix_rank(model.matrix(X)):
        return kept, f"{broken} and were left out; the others still estimate its model."
    broken += ", and the rest cannot estimate its model."
    if waived and not len(kept):
        raise InfeasibleRegionError(
            f"No run of this {design.label} design keeps the constraints. Use a space-filling or an "
            "optimal design."
        )
    if not waived:
        raise DesignNotEstimableError(
            f"{broken} Use an optimal design, which chooses among the points that are allowed.",
            field="method",
        )
    return kept, broken
