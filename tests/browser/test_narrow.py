"""Narrow places, 300 to 360 px: nothing is cut and nothing leaves its figure."""

import pytest

from support.cells import SHOW

FLOW = """
import optwidgets
session = optwidgets.OptimizationSession()
session.add_variable("Temperature", "real", bounds=(60, 140), unit="°C")
session.add_variable("Pressure", "real", bounds=(1, 20), unit="bar")
session.add_variable("Residence", "real", bounds=(1, 30), unit="min")
session.add_variable("Flow", "real", bounds=(0.5, 20), unit="mL/min")
session.add_variable("Catalyst", "categorical", categories=["A", "B", "C"])
for n, point in enumerate(session.generate_initial_design("lhs", 8)):
    session.add_experiment(point, output=50 + 3 * n)
session.suggest_next(n_suggestions=2)
"""

# What is wider than its place, of the heads and units on the cards.
CUT = """root => [...root.querySelectorAll(".cd dt .trunc, .cd dt .pu")]
  .filter(node => node.scrollWidth > node.clientWidth + 1 && node.getClientRects().length)
  .map(node => node.textContent)"""
OVER = """tag => {
  const area = tag.parentElement.querySelector(".nsewdrag").getBoundingClientRect();
  const own = tag.getBoundingClientRect();
  return [area.left - own.left, own.right - area.right].filter(by => by > 1);
}"""


@pytest.mark.parametrize("width", [300, 360])
def test_cards_and_contour_fit_a_narrow_column(notebook, page, picture, width):
    opened = notebook(FLOW, SHOW)
    studio = opened.cell(1)
    opened.set_output_width(width)
    root = studio.locator(".ow-studio")
    studio.get_by_role("tab", name="Suggest").click()
    studio.get_by_role("article").first.wait_for()
    picture(f"narrow-{width}-cards", root)
    assert root.evaluate(CUT) == []
    studio.get_by_role("tab", name="Model").click()
    tag = studio.locator(".tag").first
    tag.scroll_into_view_if_needed(timeout=60_000)
    picture(f"narrow-{width}-contour", studio.locator(".fig", has=page.locator(".tag")).first)
    assert tag.evaluate(OVER) == []
    assert tag.evaluate("tag => tag.scrollWidth - tag.clientWidth") <= 1
