"""Tables and figures of the comparison with peers, from its raw results.

Run with ``python benchmarks/report_compare.py [--results FILE] [--out docs/benchmarks.md]``. It
measures nothing: what it writes follows from the records of `compare.py` alone.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from compare import RESULTS

from comparison import svg
from comparison.markdown import page, title
from comparison.store import Store
from comparison.summary import Summary

OUT = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
FIGURES = "images"


def write(results: Path, out: Path) -> None:
    """Write the page, and its figures into `images/` beside it."""
    store = Store(results)
    header = store.header()
    if header is None:
        sys.exit(f"{results} holds no comparison. Make one with benchmarks/compare.py.")
    summary = Summary(store.runs())
    folder = out.parent / FIGURES
    folder.mkdir(parents=True, exist_ok=True)
    titles = {peer: title(peer) for peer in summary.peers}
    panels = {
        problem: {
            peer: curve for peer in summary.peers if (curve := summary.median_curve(problem, peer))
        }
        for problem in summary.problems
    }
    (folder / "compare-regret.svg").write_text(svg.curves(panels, titles, summary.ours))
    figures = [(f"{FIGURES}/compare-regret.svg", "Median regret against evaluations")]
    ranks = summary.ranks(summary.field())
    seconds = {peer: summary.seconds(peer) for peer in ranks}
    points = {
        peer: (value, ranks[peer]) for peer, value in seconds.items() if value and peer != "sobol"
    }
    if points:
        (folder / "compare-speed.svg").write_text(
            svg.scatter(points, titles, summary.ours, ("CPU seconds a suggestion", "mean rank"))
        )
        figures.insert(0, (f"{FIGURES}/compare-speed.svg", "Mean rank against CPU seconds"))
    out.write_text(page(summary, header, figures), encoding="utf-8")
    print(f"{len(summary.runs)} runs, {out}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Tables and figures of the comparison.")
    parser.add_argument("--results", type=Path, default=RESULTS)
    parser.add_argument("--out", type=Path, default=OUT)
    chosen = parser.parse_args()
    write(chosen.results, chosen.out)
