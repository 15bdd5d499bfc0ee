"""Split-plot designs: variables that are hard to change stay as they are within a plot.

Sources
-------
F. Yates, J. R. Stat. Soc. Suppl. 2 (1935) 181 (split plots).
B. Jones, C. J. Nachtsheim, J. Qual. Technol. 41 (2009) 340 (what, why and how, in industry).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from optwidgets.designs.factors import centres
from optwidgets.designs.planning import Plan, plan
from optwidgets.designs.registry import find_design
from optwidgets.designs.split_plot_question import SplitPlotQuestion, check_question, levels_of
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.space import Space
from optwidgets.space.text import enumerate_words

METHOD = "split_plot"
DESIGN_REASON = "Initial DoE (split-plot)"
REFERENCE_REASON = "Reference (split-plot)"

_MAX_RUNS = 10_000
Row = dict[str, Any]


def split_plot_design(
    space: Space, question: SplitPlotQuestion, *, seed: int | None = None
) -> Plan:
    """Nest a design of the easy variables in each plot of a design of the hard ones.

    Parameters
    ----------
    space
        Variables; those called ``hard`` or ``very_hard`` in the question are changed between
        plots only, and a very hard one between whole plots only.
    question
        ``designs``: for each level a design, ``{"method": "full_factorial", "n_levels": 2}``
        with the options of `DESIGNS` (``n_center`` is 0 unless given). ``replicates``: how
        often each plot of a level is carried out. ``easy_mode`` and ``middle_mode``:
        ``fresh`` draws a new design in each plot, ``crossed`` uses one in all. ``reference``:
        ``{"position": "ends" | "start", "values": {...}}`` adds a run of the easy variables
        in the middle, or at the values, to each plot. ``order``: ``random`` or
        ``as_generated`` for each level.
    seed
        Seed; None takes a new one each time.

    Returns
    -------
    Plan
        Runs in order, with ``WholePlot``, ``Subplot`` (three levels only), ``RunOrder`` and
        ``Reason`` as labels; ``info`` with ``levels``, ``n_plots``, ``runs_per_plot``,
        ``n_runs``, ``warnings`` and what was asked.

    Raises
    ------
    OptwidgetsError
        When levels and designs do not fit, for an unknown word, or more than 10,000 runs.

    Examples
    --------
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("oven", 100, 300), Real("time", 1, 5)))
    >>> factorial = {"method": "full_factorial"}
    >>> question = SplitPlotQuestion({"hard": factorial, "easy": factorial}, hard=["oven"])
    >>> made = split_plot_design(space, question, seed=1)
    >>> [label["WholePlot"] for label in made.labels], made.info["n_plots"]
    ([1, 1, 2, 2], {'hard': 2})
    """
    if space.conditional:
        raise OptwidgetsError(
            f"A split plot needs every variable in every run, and {space.conditional[0].name} is "
            "not always there. Take its condition away, or plan with 'lhs'.",
            field="active_if",
        )
    levels = levels_of(space, question)
    check_question(levels, question)
    builder = _Builder(space, levels, question, np.random.default_rng(seed))
    builder.nest(0, {}, {})
    points = [{name: row[name] for name in space.names} for row in builder.runs]
    names = ("WholePlot", "Subplot", "Reason")
    labels = [
        {name: row[name] for name in names if name in row} | {"RunOrder": i}
        for i, row in enumerate(builder.runs, start=1)
    ]
    info = {
        "method": METHOD,
        "label": "Split plot",
        "levels": {level: list(of_level) for level, of_level in levels.items()},
        "n_plots": builder.n_plots,
        "runs_per_plot": sorted(builder.sizes),
        "n_runs": len(points),
        "random_seed": seed,
        "designs": {level: dict(question.designs[level]) for level in levels},
        "replicates": dict(question.replicates),
        "easy_mode": question.easy_mode,
        "middle_mode": question.middle_mode,
        "warnings": list(dict.fromkeys(builder.warnings)),
    }
    return Plan(METHOD, points, info, labels)


class _Builder:
    """Carries what the nested plots share while they are made."""

    def __init__(
        self,
        space: Space,
        levels: Mapping[str, tuple[str, ...]],
        question: SplitPlotQuestion,
        rng: np.random.Generator,
    ) -> None:
        self.runs: list[Row] = []
        self.sizes: set[int] = set()
        self.warnings: list[str] = []
        self.n_plots = {level: 0 for level in levels if level != "easy"}
        self._space = space
        self._levels = levels
        self._question = question
        self._rng = rng
        self._crossed: dict[str, list[Row]] = {}

    def nest(self, depth: int, fixed: Row, plots: dict[str, int]) -> None:
        """Carry out the design of a level inside a plot of the levels before it."""
        level = list(self._levels)[depth]
        rows = self._settings(level, fixed, depth)
        if level == "easy":
            self._emit(rows, fixed, plots)
            return
        plot = "WholePlot" if depth == 0 else "Subplot"
        for row in rows:
            self.n_plots[level] += 1
            self.nest(depth + 1, fixed | row, plots | {plot: self.n_plots[level]})

    def _settings(self, level: str, fixed: Row, depth: int) -> list[Row]:
        mode = self._question.easy_mode if level == "easy" else self._question.middle_mode
        if depth > 0 and mode == "crossed":
            if level not in self._crossed:
                self._crossed[level] = self._draw(level)
            rows = self._crossed[level]
        else:
            rows = self._draw(level)
        times = self._question.replicates.get(level, 1)
        rows = self._keep([dict(row) for row in rows] * times, fixed, level)
        if (
            level != "easy"
            and times == 1
            and len({tuple(row.values()) for row in rows}) == len(rows)
        ):
            self.warnings.append(
                "Each whole-plot setting appears once: the difference between plots cannot be "
                f"told from the effects of {enumerate_words(self._levels[level])}. Give "
                f"replicates={{'{level}': 2}}."
            )
        if self._question.order.get(level, "random") == "random":
            rows = [rows[i] for i in self._rng.permutation(len(rows))]
        return rows

    def _draw(self, level: str) -> list[Row]:
        names = set(self._levels[level])
        asked = dict(self._question.designs[level])
        method, n_points = asked.pop("method"), asked.pop("n_points", None)
        design = find_design(method)
        # What a level keeps to by itself, such as a mixture, is kept while its points are chosen;
        # a design with a structure of its own loses runs to it instead, as it does everywhere.
        own = tuple(rule for rule in self._space.constraints if names.issuperset(rule.variables))
        inside = Space(
            tuple(v for v in self._space if v.name in names),
            own if design.takes_n_points else (),
        )
        if "n_center" in design.options:
            asked.setdefault("n_center", 0)
        if design.family != "space-filling":
            asked["run_order"] = "standard"
        seed = int(self._rng.integers(1 << 31))
        return plan(inside, method, n_points, seed=seed, options=asked).points

    def _keep(self, rows: list[Row], fixed: Row, level: str) -> list[Row]:
        """Leave out what breaks a constraint together with the plot it is in."""
        if not self._space.constraints:
            return rows
        kept = [row for row in rows if not self._space.broken(fixed | row)]
        if not kept:
            where = enumerate_words(f"{name} = {value}" for name, value in fixed.items())
            raise OptwidgetsError(
                f"No {level} setting of this design keeps the constraints"
                f"{f' with {where}' if where else ''}. Use another design or relax them.",
                field="designs",
            )
        if len(kept) < len(rows):
            self.warnings.append(
                f"Settings of {enumerate_words(self._levels[level])} that break a constraint in "
                "their plot are left out there."
            )
        return kept

    def _emit(self, rows: list[Row], fixed: Row, plots: dict[str, int]) -> None:
        runs = [{**row, "Reason": DESIGN_REASON} for row in rows]
        if self._question.reference is not None:
            extra = {**self._reference(), "Reason": REFERENCE_REASON}
            if self._space.broken(fixed | {k: v for k, v in extra.items() if k != "Reason"}):
                where = enumerate_words(f"{name} = {value}" for name, value in fixed.items())
                raise OptwidgetsError(
                    f"The reference run breaks a constraint with {where}. Give reference values "
                    "that keep it.",
                    field="reference",
                )
            at_end = self._question.reference.get("position", "ends") == "ends"
            runs = [extra, *runs, *([extra] if at_end else [])]
        self.sizes.add(len(runs))
        self.runs += [{**fixed, **plots, **run} for run in runs]
        if len(self.runs) > _MAX_RUNS:
            raise OptwidgetsError(
                f"This split-plot design has more than {_MAX_RUNS:,} runs. Use fewer levels, "
                "replicates or points in each plot.",
                field="designs",
            )

    def _reference(self) -> Row:
        """Middle of the easy variables, or the values that are given."""
        easy = Space(tuple(v for v in self._space if v.name in self._levels["easy"]))
        encoding = Encoding(easy)
        middle = centres(encoding, 1)
        if len(middle) == 0:
            middle = np.zeros((1, len(encoding)))  # categories only: the first of each
        assert self._question.reference is not None
        given = easy.check_point(self._question.reference.get("values") or {}, partial=True)
        return {**encoding.decode(middle)[0], **given}
