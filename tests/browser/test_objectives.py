"""Several objectives: table and figures show the one that is chosen."""

from playwright.sync_api import expect

from support.cells import SHOW
from support.grid import Grid

TWO = """
import optwidgets
session = optwidgets.OptimizationSession()
session.add_variable("temperature", "real", bounds=(20, 100), unit="°C")
session.add_variable("pressure", "real", bounds=(1, 10), unit="bar")
session.add_objective("Yield", "maximize", unit="%")
session.add_objective("Cost", "minimize", unit="EUR")
for n, point in enumerate(session.generate_initial_design("lhs", 8)):
    t, p = point["temperature"], point["pressure"]
    session.add_experiment(point, output={"Yield": 80 - (t - 60)**2 / 40, "Cost": 300 + 10 * p})
"""


def test_table_and_figures_show_the_objective_that_is_chosen(notebook, page, picture):
    opened = notebook(TWO, SHOW)
    studio = opened.cell(1)
    opened.set_output_width(700)
    root = studio.locator(".ow-studio")
    Grid(studio).wait()
    glyph = studio.locator("[role=gridcell][data-key=model] [role=img]").first
    glyph.wait_for(timeout=60_000)
    before = glyph.get_attribute("aria-label")
    studio.get_by_role("combobox", name="Model of").select_option("Cost")
    expect(glyph).not_to_have_attribute("aria-label", before)
    picture("objectives-grid", root)
    studio.get_by_role("tab", name="Model").click()
    model = studio.get_by_role("region", name="Model")
    model.get_by_role("combobox", name="Objective").select_option("Cost")
    model.get_by_text("Cost here").wait_for(timeout=60_000)
    page.wait_for_timeout(1500)
    picture("objectives-model-light", root)
    opened.set_theme("dark")
    page.wait_for_timeout(500)
    picture("objectives-model-dark", root)
    opened.set_theme("light")
