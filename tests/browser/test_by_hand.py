"""What a hand does beside the loop: rename, reorder by keys, exclude, delete, save to the downloads."""

import json

from support.cells import SHOW, reactor
from support.grid import Grid


def test_rename_reorder_exclude_delete_and_save(notebook, page):
    opened = notebook(reactor(), SHOW)
    studio = opened.cell(1)
    grid = Grid(studio).wait()
    studio.locator("button.name").press("F2")
    studio.get_by_role("textbox", name="Session name").fill("Ester 7")
    page.keyboard.press("Enter")
    opened.wait_for("session.name", "Ester 7")

    studio.get_by_role("tab", name="Space").click()
    space = studio.get_by_role("region", name="Space")
    space.get_by_role("button", name="temperature, real").focus()
    page.keyboard.press("Alt+ArrowDown")
    opened.wait_for("list(session.state.space.names)", ["pressure", "temperature", "catalyst"])
    page.keyboard.press("Alt+ArrowDown")
    opened.wait_for("list(session.state.space.names)", ["pressure", "catalyst", "temperature"])

    studio.get_by_role("tab", name="Experiments").click()
    for row, answer in ((2, "Exclude"), (3, "Delete")):
        grid.root.get_by_role("rowheader", name=str(row), exact=True).click()
        page.keyboard.press("Delete")
        studio.get_by_role("button", name=answer, exact=True).click()
    opened.wait_for("session.state.table.row(2).state", "excluded")
    opened.wait_for("3 in session.state.table", False)

    for item, ending in (("Save as JSON…", ".json"), ("Export table (CSV)", ".csv")):
        studio.get_by_role("button", name="More").click()
        with page.expect_download() as waiting:
            studio.get_by_role("menuitem", name=item).click()
        assert waiting.value.suggested_filename == f"ester-7{ending}"
        text = waiting.value.path().read_text()
        if ending == ".json":
            assert json.loads(text)["metadata"]["name"] == "Ester 7"
        else:
            assert len(text.strip().splitlines()) == 8
