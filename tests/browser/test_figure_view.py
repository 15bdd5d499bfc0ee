"""The figures of the model: drawn, explored, tried, saved."""

import re

from playwright.sync_api import expect

from support.cells import reactor

SHOW = "optwidgets.FigureView(session)"
POINT = "dict(list(session.state.table)[-1].inputs)"


def model_of(opened):
    panel = opened.cell(1).get_by_role("region", name="Model")
    panel.locator("svg.main-svg").first.wait_for()
    return panel


def test_every_figure_is_drawn_light_and_dark(notebook, page, picture):
    opened = notebook(reactor(), SHOW)
    panel = model_of(opened)
    choice = panel.get_by_role("combobox", name="Figure").first
    labels = choice.locator("option").all_inner_texts()
    assert len(labels) >= 15
    box = panel.locator("figure").first
    for label in labels:
        choice.select_option(label=label)
        if label == "Design":
            expect(box).to_contain_text("There are no planned points to show.")
        else:
            # Only a figure that is there can be saved, and by its own name.
            expect(box.get_by_role("button", name=f"Download {label}")).to_be_visible()
            expect(box.locator("svg.main-svg").first).to_be_visible()
        expect(choice.locator("option:checked")).to_have_text(label)
    choice.select_option(label="Surface")
    expect(box.get_by_role("button", name="Download Surface")).to_be_visible()
    picture("figures-light", panel)
    ink = "getComputedStyle(document.querySelector('.ow .model text')).fill"
    light = page.evaluate(ink)
    opened.set_theme("dark")
    page.wait_for_function(f"light => {ink} !== light", arg=light)
    picture("figures-dark", panel)
    opened.set_theme("light")


def test_a_point_of_the_map_becomes_a_row(notebook, page):
    opened = notebook(reactor(), SHOW)
    panel = model_of(opened)
    panel.get_by_role("combobox", name="Figure").first.select_option(label="Contour")
    cross = panel.get_by_role("application").first
    expect(cross).to_have_accessible_name(re.compile("^Cross-hair at "))
    before = cross.get_attribute("aria-label")
    box = cross.locator(".nsewdrag").first.bounding_box()
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.25 * box["height"])
    expect(cross).not_to_have_attribute("aria-label", before)
    cross.get_by_role("button", name="Try this point").click()
    opened.wait_for("len(session.state.table)", 9)
    point = opened.ask(POINT)
    assert 30 < point["temperature"] < 50
    assert 6 < point["pressure"] < 9


def test_a_figure_is_saved_in_each_form(notebook, page):
    opened = notebook(reactor(), SHOW)
    panel = model_of(opened)
    for kind, start in (("PNG", b"\x89PNG"), ("SVG", b"<svg"), ("HTML", b"<")):
        panel.get_by_role("button", name=re.compile("Save|Download")).last.click()
        with page.expect_download() as download:
            panel.get_by_role("button", name=kind, exact=True).click()
        assert download.value.path().read_bytes().startswith(start), kind


# As on a slow machine: nothing is drawn, or fitted, as long as the test looks.
UNDRAWN = """
from optwidgets.widgets.figure_view import FigureView
FigureView._draw = lambda self: None
"""
UNFITTED = """
import time
from optwidgets.campaign.live_model import LiveModel
LiveModel._fit = lambda self, progress: time.sleep(600)
"""


def model_panel(opened):
    opened.set_output_width(360)
    studio = opened.cell(2)
    studio.get_by_role("tab", name="Model").click()
    return studio.get_by_role("region", name="Model")


def test_the_places_of_figures_are_kept_until_they_are_drawn(notebook, picture):
    opened = notebook(UNDRAWN, reactor(), "session")
    panel = model_panel(opened)
    panel.get_by_text("Drawing the figures.").wait_for()
    expect(panel.locator(".wait")).to_have_count(4)
    pictures(opened, picture, "drawing")


def test_the_first_model_is_said_to_be_on_its_way(notebook, picture):
    opened = notebook(UNFITTED, reactor(), "session")
    panel = model_panel(opened)
    expect(panel.get_by_role("progressbar", name="Fitting the first model")).to_be_visible()
    pictures(opened, picture, "fitting")


def pictures(opened, picture, name):
    root = opened.cell(2).locator(".ow-studio")
    for width in (1400, 700, 360):
        opened.set_output_width(width)
        picture(f"model-{name}-{width}-light", root)
    opened.set_theme("dark")
    picture(f"model-{name}-360-dark", root)
    opened.set_output_width(1400)
    picture(f"model-{name}-1400-dark", root)
    opened.set_theme("light")
