"""The Studio: the widgets of one session together, at three widths, light and dark."""

import pytest
from playwright.sync_api import expect

from support.cells import SHOW, reactor
from support.grid import Grid


def test_the_loop_by_hand(notebook, page, picture):
    """What the project is for: a suggestion, its result typed in, the next suggestion."""
    opened = notebook(reactor(), SHOW)
    studio = opened.cell(1)
    grid = Grid(studio).wait()
    suggest = studio.get_by_role("button", name="Suggest", exact=True)
    to_suggest, to_data = (studio.get_by_role("tab", name=n) for n in ("Suggest", "Experiments"))
    to_suggest.click()
    suggest.click()
    cards = studio.get_by_role("article")
    expect(cards).to_have_count(3)
    to_data.click()
    grid.edit("Output", 9, "74,5")
    opened.wait_for(
        "[session.state.table.row(9).state, dict(session.state.table.row(9).outputs)]",
        ["done", {"Output": 74.5}],
    )
    to_suggest.click()
    expect(cards).to_have_count(2)
    suggest.click()
    # The two that were left stand, and three more join them.
    expect(cards).to_have_count(5)
    opened.wait_for("session.state.table.row(12).state", "suggested")
    picture("studio-loop")


def test_undo_and_redo_are_the_journals(notebook):
    opened = notebook(reactor(), SHOW)
    studio = opened.cell(1)
    grid = Grid(studio).wait()
    grid.edit("temperature", 1, "47")
    opened.wait_for("session.state.table.row(1).inputs['temperature']", 47)
    studio.get_by_role("button", name="Undo").first.click()
    grid.reads("temperature", 1, "25")
    studio.get_by_role("button", name="Redo").first.click()
    grid.reads("temperature", 1, "47")
    opened.do("session.undo()")
    grid.reads("temperature", 1, "25")


def test_python_and_the_page_see_one_session(notebook):
    opened = notebook(reactor(), SHOW)
    studio = opened.cell(1)
    grid = Grid(studio).wait()
    opened.do(
        "session.add_experiment({'temperature': 33, 'pressure': 3, 'catalyst': 'A'}, output=5)"
    )
    grid.reads("temperature", 9, "33")
    opened.do("session.rename_variable('temperature', 'Heat')")
    grid.reads("Heat", 9, "33")


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_its_width(notebook, page, picture, theme):
    opened = notebook(reactor(), "session.suggest_next(n_suggestions=2)", SHOW)
    opened.set_theme(theme)
    studio = opened.cell(2)
    # One page for all widths: a user drags the border, too.
    for width in (360, 700, 1400):
        opened.set_output_width(width)
        _check_width(studio, page, picture, width, theme)
    opened.set_theme("light")


def _check_width(studio, page, picture, width, theme):
    root = studio.locator(".ow-studio")
    root.wait_for()
    tabs = studio.get_by_role("tab")
    if width >= 1080:
        expect(tabs.first).to_be_hidden()
        for name in ("Space", "Suggest"):
            expect(studio.get_by_role("region", name=name, exact=True)).to_be_visible()
    else:
        for name in ("Experiments", "Suggest", "Space", "Model"):
            studio.get_by_role("tab", name=name).click()
            page.wait_for_timeout(150)
            picture(f"studio-{width}-{theme}-{name.lower()}", root)
        studio.get_by_role("tab", name="Experiments").click()
    expect(studio.get_by_role("grid", name="Experiments")).to_be_visible()
    wide = root.evaluate("node => [node.scrollWidth, node.clientWidth]")
    assert wide[0] <= wide[1] + 1, f"{wide[0]} px of content in {wide[1]} px"
    page.wait_for_timeout(500)
    picture(f"studio-{width}-{theme}", root)


def test_a_screen_reader_finds_everything_by_its_name(notebook, page):
    """The names that stay: users of assistive technology, and scripts, know the Studio by them."""
    opened = notebook(reactor(), SHOW)
    opened.set_output_width(1400)
    studio = opened.cell(1)
    Grid(studio).wait()

    def there(role, *names):
        for name in names:
            found = studio.get_by_role(role, name=name, exact=True).filter(visible=True)
            expect(found.first, f"{role} {name}").to_be_visible()

    there("grid", "Experiments")
    there("button", "Add variable", "Suggest", "Undo", "Redo")
    there("combobox", "Strategy", "Goal")
    there("spinbutton", "Batch size")
    assert studio.get_by_role("status").count() > 0
    studio.get_by_role("button", name="Suggest", exact=True).click()
    there("button", "Accept all")
    studio.get_by_role("button", name="Add variable", exact=True).click()
    there("textbox", "Name", "Minimum", "Maximum", "Unit")
    there("combobox", "Kind")
    # What was refused is told where a screen reader listens.
    studio.get_by_role("textbox", name="Name", exact=True).fill("x" * 10_000)
    studio.get_by_role("textbox", name="Minimum", exact=True).fill("1")
    studio.get_by_role("textbox", name="Maximum", exact=True).fill("0")
    page.keyboard.press("Enter")
    expect(studio.get_by_text("10000 characters").first).to_be_visible()
    assert opened.ask("len(session.state.space)") == 3
    root = studio.locator(".ow-studio")
    wide = root.evaluate("node => [node.scrollWidth, node.clientWidth]")
    assert wide[0] <= wide[1] + 1


def test_what_comes_out_of_the_page_is_text(notebook, page):
    evil = "<img src=x onerror=window.hurt=1>"
    opened = notebook(
        f"""
import optwidgets
session = optwidgets.OptimizationSession(name={evil!r})
session.add_variable({evil!r}, "categorical", categories=[{evil!r}, "b"])
session.add_experiment({{{evil!r}: {evil!r}}}, output=1.0, note={evil!r})
""",
        SHOW,
    )
    Grid(opened.cell(1)).wait()
    page.wait_for_timeout(500)
    assert page.evaluate("window.hurt") is None
