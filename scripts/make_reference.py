"""Write docs/reference.md from the registries, so that it cannot say what is not so.

.venv/bin/python scripts/make_reference.py          # writes the file
.venv/bin/python scripts/make_reference.py --check  # fails if the file is out of date
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from optwidgets.acquisition import SEVERAL, STRATEGIES
from optwidgets.acquisition.options import OPTIONS as ASKED
from optwidgets.acquisition.suggest import SEARCHES
from optwidgets.campaign.constraining import CampaignConstraints
from optwidgets.data.goals import GOALS
from optwidgets.designs import DESIGNS
from optwidgets.designs.exchange import ALGORITHMS
from optwidgets.designs.options import OPTIONS
from optwidgets.models import KERNELS
from optwidgets.models.sensitivity import SENSITIVITIES
from optwidgets.plots.registry import FIGURES
from optwidgets.space.variable import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

TARGET = Path(__file__).parents[1] / "docs" / "reference.md"

HEAD = """\
# Reference

Made by `scripts/make_reference.py` from the registries of the package; a test fails when it is out of date.
The options of each method stand in its docstring.
"""


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(
        "| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines
    )


def first_line(thing: object) -> str:
    return (thing.__doc__ or "").strip().splitlines()[0]


def code(names: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)


def takers(option: str) -> str:
    """Return the strategies that take an option, or the backends of which all do."""
    backends = [name for name, (_, common) in SEARCHES.items() if option in common]
    if backends:
        every = len(backends) == len(SEARCHES)
        return "all" if every else f"backend {code(backends)}"
    every_strategy = (STRATEGIES | SEVERAL).values()
    return code(s.name for s in every_strategy if option in s.options)


def reference() -> str:
    parts = {
        "Kinds of variables, `session.add_variable(name, kind, ...)`": table(
            ["kind", "what it is"],
            [[f"`{name}`", first_line(kind)] for name, kind in KINDS.items()],
        ),
        "Constraints between variables": table(
            ["method of a session", "what it does"],
            [
                [f"`{name}`", first_line(method)]
                for name, method in vars(CampaignConstraints).items()
                if name.startswith("add_")
            ],
        ),
        "Designs, `session.generate_initial_design(method, n_points, ...)`": table(
            ["method", "what it is", "what it is for", "number of points", "options", "source"],
            [
                [
                    f"`{d.name}`",
                    f"{d.label} ({d.family})",
                    d.shows,
                    "free" if d.takes_n_points else "from its structure",
                    code(d.all_options),
                    d.source,
                ]
                for d in DESIGNS.values()
            ],
        ),
        "Options of designs": table(
            ["option", "what it sets", "default"],
            [
                [f"`{o.name}`", o.words, "none" if o.default is None else str(o.default)]
                for o in OPTIONS.values()
            ],
        ),
        "Algorithms of optimal designs, `session.generate_optimal_design(algorithm=...)`": table(
            ["algorithm", "what it does", "source"],
            [[f"`{a.name}`", first_line(a.improve), a.source] for a in ALGORITHMS.values()],
        ),
        "Kernels, `session.train_model(kernel=...)`": table(
            ["kernel", "backends", "orders `nu`", "source"],
            [
                [
                    f"`{k.name}`",
                    code(k.backends),
                    ", ".join(f"{nu:g}" for nu in k.orders) or "none",
                    k.source,
                ]
                for k in KERNELS.values()
            ],
        ),
        "Strategies, `session.suggest_next(strategy, ...)`": table(
            [
                "strategy",
                "what it is",
                "what it maximises, and when to take it",
                "the balance sets",
                "batch scored as a whole",
                "options",
                "backends",
                "source",
            ],
            [
                [
                    f"`{s.name}`",
                    s.label,
                    s.words,
                    f"`{s.balance}`" if s.balance else "nothing",
                    "yes" if s.monte_carlo else "no",
                    code(s.options),
                    code(s.backends),
                    s.source,
                ]
                for s in STRATEGIES.values()
            ],
        ),
        "Goals, `session.add_objective(name, goal, ...)`": table(
            ["goal", "better results", "option that it needs"],
            [
                [f"`{g.name}`", g.shows, code([g.option] if g.option else [])]
                for g in GOALS.values()
            ],
        ),
        "Strategies for several objectives, `session.suggest_next(strategy, ...)`": table(
            [
                "strategy",
                "what it is",
                "what it maximises, and when to take it",
                "options",
                "source",
            ],
            [
                [f"`{s.name}`", s.label, s.words, code(s.options), s.source]
                for s in SEVERAL.values()
            ],
        ),
        "Options of strategies and of every search, `session.suggest_next(..., option=value)`": table(
            ["option", "what it sets", "default", "works with"],
            [[f"`{o.name}`", o.words, o.default, takers(o.name)] for o in ASKED.values()],
        ),
        "Sensitivity, `session.sensitivity(method, ...)`": table(
            ["method", "what it tells", "options", "source"],
            [[f"`{m.name}`", m.label, code(m.options), m.source] for m in SENSITIVITIES.values()],
        ),
        "Figures, `session.plot_...()` and `FigureView(session, [...])`": table(
            ["figure", "title", "what it shows", "needs a model"],
            [
                [f"`{f.id}`", f.title, f.shows, "yes" if f.needs_model else "no"]
                for f in FIGURES.values()
            ],
        ),
    }
    return HEAD + "".join(f"\n## {title}\n\n{text}\n" for title, text in parts.items())


def main(arguments: Sequence[str]) -> int:
    text = reference()
    if "--check" not in arguments:
        TARGET.write_text(text, encoding="utf-8")
        return 0
    if TARGET.exists() and TARGET.read_text(encoding="utf-8") == text:
        return 0
    print("docs/reference.md is out of date. Run .venv/bin/python scripts/make_reference.py.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
