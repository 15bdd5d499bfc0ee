"""The search space, built with mouse and keyboard."""

from playwright.sync_api import expect

from support.cells import reactor

EMPTY = "import optwidgets; session = optwidgets.OptimizationSession()"
SHOW = "optwidgets.SpaceBuilder(session)"
VARIABLES = (
    "[[v.name, v.kind, getattr(v, 'low', None), getattr(v, 'high', None), getattr(v, 'unit', '')]"
    " for v in session.state.space.variables]"
)


def test_a_space_is_built_with_the_keyboard(notebook, page, picture):
    opened = notebook(EMPTY, SHOW)
    space = opened.cell(1).get_by_role("region", name="Space")
    space.get_by_role("button", name="Add variable").first.click()
    # The new variable's first field has the focus: no mouse from here on.
    expect(space.get_by_role("textbox", name="Name")).to_be_focused()
    page.keyboard.type("Temperature")
    page.keyboard.press("Tab")
    expect(space.get_by_role("combobox", name="Kind")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.type("60")
    page.keyboard.press("Tab")
    page.keyboard.type("140")
    page.keyboard.press("Tab")
    page.keyboard.type("°C")
    page.keyboard.press("Enter")
    opened.wait_for(VARIABLES, [["Temperature", "real", 60, 140, "°C"]])
    expect(space.get_by_role("button", name="Temperature, real, 60 to 140 °C")).to_be_visible()
    picture("space-builder")


def test_bad_bounds_are_told_at_the_field_and_the_last_good_ones_stay(notebook, page):
    opened = notebook(reactor(), SHOW)
    space = opened.cell(1).get_by_role("region", name="Space")
    space.get_by_role("button", name="temperature, real, 20 to 100 °C").click()
    editor = space.get_by_role("group", name="temperature")
    editor.get_by_role("textbox", name="Maximum").fill("20")
    page.keyboard.press("Enter")
    sentence = editor.get_by_text("Maximum must be above the minimum, 20.")
    expect(sentence).to_be_visible()
    expect(editor.get_by_role("textbox", name="Maximum")).to_have_value("20")
    assert opened.ask("session.state.space['temperature'].high") == 100

    editor.get_by_role("textbox", name="Maximum").fill("120")
    page.keyboard.press("Enter")
    opened.wait_for("session.state.space['temperature'].high", 120)
    expect(sentence).to_be_hidden()


def test_rows_outside_new_bounds_are_counted_and_kept(notebook, page):
    opened = notebook(reactor(), SHOW)
    space = opened.cell(1).get_by_role("region", name="Space")
    space.get_by_role("button", name="temperature, real, 20 to 100 °C").click()
    space.get_by_role("textbox", name="Maximum").fill("80")
    page.keyboard.press("Enter")
    expect(space.get_by_text("2 rows outside").first).to_be_visible()
    assert opened.ask("len(session.state.table.done())") == 8


def test_markup_in_a_name_stays_text(notebook, page):
    opened = notebook(EMPTY, SHOW)
    evil = "<img src=x onerror=window.hurt=1>"
    opened.do(f"session.add_variable({evil!r}, 'real', bounds=(0, 1))")
    space = opened.cell(1).get_by_role("region", name="Space")
    expect(space.get_by_text(evil).first).to_be_visible()
    assert page.evaluate("window.hurt") is None
