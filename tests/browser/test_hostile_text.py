"""Text is shown as text: two hundred texts that would run as code, wherever a user can put one."""

import json
import re

import pytest
from playwright.sync_api import expect

from support.hostile import payloads

CAMPAIGN = """
import json, optwidgets
texts = json.loads(open("payloads.json").read())
taken = iter(texts)
session = optwidgets.OptimizationSession(name=next(taken))
session.update_metadata(description=next(taken), author=next(taken))
for _ in range(2):
    session.add_variable(next(taken)[:64], "real", bounds=(0, 1), unit=next(taken)[:20],
                         description=next(taken))
groups = [[next(taken) for _ in range(12)] for _ in range(2)]
for group in groups:
    session.add_variable(next(taken)[:64], "categorical", categories=group)
session.add_objective(next(taken)[:64], "maximize", unit=next(taken)[:20])
session.add_objective(next(taken)[:64], "minimize")
names, targets = session.search_space.names, session.state.table.target_names
for number in range(100):
    point = {names[0]: number / 100, names[1]: (number * 7 % 100) / 100,
             names[2]: groups[0][number % 12], names[3]: groups[1][number * 5 % 12]}
    output = {targets[0]: point[names[0]] ** 2, targets[1]: 1 - point[names[1]]}
    session.add_experiment(point, output=output, note=next(taken), reason=next(taken, texts[number]))
"""
RAN = "window.__xss || 0"


def test_nothing_that_is_text_runs(notebook, lab, page, picture):
    texts = payloads()
    assert len(texts) == len(set(texts)) >= 200
    (lab.folder / "payloads.json").write_text(json.dumps(texts))
    opened = notebook(CAMPAIGN, "session")
    studio = opened.cell(1)
    studio.get_by_role("grid").first.wait_for()
    # The names are there, as they were written.
    expect(studio.get_by_text(texts[3][:64]).first).to_be_attached()
    picture("hostile-studio", studio)
    assert page.evaluate(RAN) == 0


def figures_of(notebook, lab):
    (lab.folder / "payloads.json").write_text(json.dumps(payloads()))
    opened = notebook(CAMPAIGN, "optwidgets.FigureView(session)")
    panel = opened.cell(1).get_by_role("region", name="Model")
    panel.locator("svg.main-svg").first.wait_for()
    return opened, panel, panel.get_by_role("combobox", name="Figure").first


def open_what_is_saved(panel, page, folder):
    """Save the figure in every form that a browser opens, and open it."""
    for kind in ("SVG", "HTML"):
        panel.get_by_role("button", name=re.compile("Save|Download")).last.click()
        with page.expect_download() as download:
            panel.get_by_role("button", name=kind, exact=True).click()
        saved = folder / f"saved.{kind.lower()}"
        download.value.save_as(saved)
        other = page.context.new_page()
        other.goto(saved.as_uri())
        other.wait_for_timeout(500)
        assert other.evaluate(RAN) == 0, kind
        other.close()


def test_nothing_runs_in_any_figure(notebook, lab, page, picture):
    opened, panel, choice = figures_of(notebook, lab)
    box = panel.locator("figure").first
    for label in choice.locator("option").all_inner_texts():
        choice.select_option(label=label)
        if label == "Design":
            continue
        expect(box.get_by_role("button", name=f"Download {label}")).to_be_visible()
        drawn = box.locator("svg.main-svg").first
        if drawn.is_visible() and (place := drawn.bounding_box()):
            for share in (0.3, 0.5, 0.7):  # labels come up under the mouse
                page.mouse.move(
                    place["x"] + share * place["width"], place["y"] + 0.5 * place["height"]
                )
        assert page.evaluate(RAN) == 0, label
    picture("hostile-figure", panel)
    assert page.evaluate(RAN) == 0
    open_what_is_saved(panel, page, lab.folder)
    fallback = lab.folder / "fallback.html"
    fallback.write_text(opened.ask("session._repr_html_() or ''") or "")
    other = page.context.new_page()
    other.goto(fallback.as_uri())
    assert other.evaluate(RAN) == 0
    other.close()


@pytest.mark.slow
def test_nothing_runs_in_what_is_saved_of_any_figure(notebook, lab, page):
    _, panel, choice = figures_of(notebook, lab)
    saved = []
    for label in choice.locator("option").all_inner_texts():
        choice.select_option(label=label)
        save = panel.locator("figure").first.get_by_role("button", name=f"Download {label}")
        page.wait_for_timeout(2000)
        if not save.is_visible() or not save.is_enabled():
            continue  # there is nothing to draw, such as a design that nobody planned
        open_what_is_saved(panel, page, lab.folder)
        saved.append(label)
    print(f"\n{len(saved)} figures saved twice: {', '.join(saved)}")
    assert len(saved) > 10
