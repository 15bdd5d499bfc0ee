"""Cells that several tests run: small campaigns, as a user would write them."""

from __future__ import annotations

# A reactor with eight results: enough for a model, small enough for a quick fit.
REACTOR = """
import optwidgets
session = optwidgets.OptimizationSession({where})
session.add_variable("temperature", "real", bounds=(20, 100), unit="°C")
session.add_variable("pressure", "real", bounds=(1, 10), unit="bar")
session.add_variable("catalyst", "categorical", categories=["A", "B", "C"])
for n, (t, p, c, y) in enumerate([
    (25, 2, "A", 41.0), (40, 5, "B", 55.5), (55, 8, "C", 60.2), (70, 3, "A", 66.1),
    (85, 6, "B", 58.9), (95, 9, "C", 38.4), (60, 4, "B", 71.3), (75, 5, "B", 69.8),
]):
    session.add_experiment({{"temperature": t, "pressure": p, "catalyst": c}}, output=y)
"""


def reactor(path: str | None = None) -> str:
    """Return the cell of a reactor campaign, in memory or opened on a file."""
    cell = REACTOR.format(where="")
    if path is not None:
        cell = cell.replace("OptimizationSession()", f"OptimizationSession.open({path!r})")
    return cell


SHOW = "session"
