import { afterEach, describe, expect, it, vi } from "vitest";
import { all, choose, get, settle } from "../panel-helpers";
import { CAMPAIGN, gridModel, type Line, tableOf } from "./fixture";
import { asked, cell, click, closeAll, draw, editor, fill, focused, keys, shownRows, status, text } from "./helpers";

afterEach(() => {
  vi.useRealTimers();
  closeAll();
});

const changed = (row: number, place: number, value: Line[number]): Line[] =>
  CAMPAIGN.map((line) => (line[0] === row ? (line.map((old, at) => (at === place ? value : old)) as Line) : line));

describe("moving", () => {
  it("goes by arrows, to ends and by pages, and to the head and the new row", async () => {
    const { root } = await draw();
    await click(root, 15, "in:Flow");
    await keys("ArrowDown", "ArrowRight");
    expect(focused()).toBe("16 in:Catalyst");
    await keys("Home");
    expect(focused()).toBe("16 #");
    await keys("End");
    expect(focused()).toBe("16 note");
    await keys(["Home", { ctrlKey: true }]);
    expect(focused()).toBe("14 #");
    await keys("ArrowUp");
    expect(focused()).toBe("-1 #");
    await keys(["End", { ctrlKey: true }]);
    expect(focused()).toBe("0 #");
    await keys("PageUp");
    expect(focused()).toBe("14 #");
  });

  it("selects with Shift while the cursor stays, and says the mean of the result", async () => {
    const { root } = await draw();
    await click(root, 16, "in:Flow");
    await keys(["ArrowDown", { shiftKey: true }], ["ArrowRight", { shiftKey: true }]);
    expect(focused()).toBe("16 in:Flow");
    expect(root.querySelectorAll(".sel").length).toBe(4);
    expect(status(root)).toContain("2 selected, mean yield 62.9 %");
    await keys("Escape");
    expect(root.querySelectorAll(".sel").length).toBe(0);
  });

  it("selects rows, columns and everything", async () => {
    const { root } = await draw();
    await click(root, 16, "in:Flow");
    await keys([" ", { shiftKey: true }]);
    expect(root.querySelector("[data-row='16']")!.getAttribute("aria-selected")).toBe("true");
    await click(root, 16, "in:Flow");
    await keys([" ", { ctrlKey: true }]);
    expect(root.querySelectorAll(".sel").length).toBe(16);
    await keys(["a", { ctrlKey: true }]);
    expect(root.querySelectorAll("[data-row][aria-selected=true]").length).toBe(16);
  });

  it("selects by dragging", async () => {
    const { root } = await draw();
    cell(root, 15, "in:Flow").dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, cancelable: true, button: 0 }));
    cell(root, 17, "in:Stir").dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    document.dispatchEvent(new PointerEvent("pointerup"));
    cell(root, 20, "in:Stir").dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    await settle();
    expect(root.querySelectorAll(".sel").length).toBe(9);
  });

  it("goes where a suggestion is edited, in its own Studio only", async () => {
    const [one, two] = [document.createElement("div"), document.createElement("div")];
    for (const studio of [one, two]) {
      studio.className = "ow-studio";
      document.body.append(studio);
    }
    const model = gridModel();
    await draw(model, one);
    const second = await draw(model, two);
    two.dispatchEvent(new CustomEvent("ow-edit-row", { bubbles: true, detail: { row: 28 } }));
    await settle();
    expect(focused()).toBe("28 in:Temperature");
    expect(second.root.contains(document.activeElement)).toBe(true);
    second.close();
    model.push({ event: "edit_row", row: 27 });
    await settle();
    expect(focused()).toBe("27 in:Temperature");
    expect(one.contains(document.activeElement)).toBe(true);
  });
});

describe("editing", () => {
  it("types over, shows at once, sends one edit and goes down", async () => {
    const { root, model } = await draw();
    await click(root, 15, "in:Temperature");
    await keys("9");
    expect(editor(root).value).toBe("9");
    await fill(root, "99,5");
    await keys("Enter");
    expect(asked(model, "edit").map((sent) => sent.args)).toEqual([{ cells: [{ row: 15, column: "in:Temperature", text: "99,5" }] }]);
    expect(text(root, 15, "in:Temperature")).toBe("99.5");
    expect(focused()).toBe("16 in:Temperature");
    model.fromKernel("table", tableOf(changed(15, 2, 99.5), 2));
    model.reply({ rows: [15] });
    await settle();
    expect(text(root, 15, "in:Temperature")).toBe("99.5");
  });

  it("opens with every digit by F2, and Escape brings the old value back", async () => {
    const { root, model } = await draw();
    await click(root, 17, "out:Yield");
    await keys("F2");
    expect(editor(root).value).toBe("82.04");
    await fill(root, "3");
    await keys("Escape");
    expect(text(root, 17, "out:Yield")).toBe("best82.0");
    expect(focused()).toBe("17 out:Yield");
    expect(asked(model, "edit")).toEqual([]);
  });

  it("sends nothing when nothing was changed; Tab goes right", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Flow");
    await keys("Enter", "Tab");
    expect(focused()).toBe("17 in:Catalyst");
    expect(asked(model, "edit")).toEqual([]);
  });

  it("keeps a bad value open with the sentence, until it is right", async () => {
    const { root, model } = await draw();
    await click(root, 27, "in:Temperature");
    await keys("1");
    await fill(root, "1o5");
    await keys("Enter");
    expect(get(root, "alert").textContent).toBe('Temperature "1o5" is not a number. Press Escape to get 111.0 back.');
    const box = editor(root);
    expect(box.getAttribute("aria-invalid")).toBe("true");
    expect(root.querySelector(`#${box.getAttribute("aria-describedby")}`)).not.toBeNull();
    box.dispatchEvent(new FocusEvent("blur"));
    await settle();
    expect(editor(root).value).toBe("1o5");
    await fill(root, "105");
    expect(all(root, "alert")).toEqual([]);
    await keys("Enter");
    expect(asked(model, "edit")[0]!.args).toEqual({ cells: [{ row: 27, column: "in:Temperature", text: "105" }] });
  });

  it("offers the value of another unit, and drops the column's own", async () => {
    const { root, model } = await draw();
    await click(root, 27, "in:Temperature");
    await keys("3");
    await fill(root, "310 K");
    await keys("Enter");
    expect(get(root, "alert").textContent).toBe("Type °C. 310 K would be 36.9 °C.");
    get(root, "button", "Use 36.85 °C").click();
    await settle();
    await click(root, 28, "in:Temperature");
    await keys("9");
    await fill(root, "90 °C");
    await keys("Enter");
    expect(asked(model, "edit").map((sent) => (sent.args["cells"] as { text: string }[])[0]!.text)).toEqual(["36.85", "90"]);
  });

  it("returns a refused cell and opens it again with what was typed", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Stir");
    await keys("1");
    await fill(root, "1000.5");
    await keys("Enter");
    model.refuse("Stir must be a whole number.", { row: 17, column: "in:Stir" });
    await settle();
    expect(editor(root).value).toBe("1000.5");
    expect(get(root, "alert").textContent).toBe("Stir must be a whole number.");
    await keys("Escape");
    expect(text(root, 17, "in:Stir")).toBe("1150");
  });

  it("gives way to who was quicker: theirs is in the cell, and the choice above", async () => {
    const { root, model } = await draw();
    model.fromKernel("seen", "0.29");
    await click(root, 17, "in:Stir");
    await keys("1");
    model.fromKernel("seen", "0.30");
    await fill(root, "1000");
    await keys("Enter");
    expect(model.sent.at(-1)!.seen).toBe("0.29");
    model.refuse("Noor edited rows.", { row: 17, column: "in:Stir", aside: 3 });
    const choices = [["theirs", "Keep theirs"], ["mine", "Use mine"]];
    model.fromKernel("aside", [{ number: 3, title: "Set aside: Stir.", text: "Noor edited rows.", choices, panel: "data", name: "" }]);
    await settle();
    expect(root.querySelector("input.ce")).toBeNull();
    expect(text(root, 17, "in:Stir")).toBe("1150");
    get(root, "button", "Use mine").click();
    expect(model.sent.at(-1)).toMatchObject({ intent: "resolve", args: { number: 3, choice: "mine" } });
  });

  it("does not take the place of what is typed meanwhile: the refusal waits in the banner", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Stir");
    await keys("1");
    await fill(root, "1000.5");
    await keys("Enter", "7");
    model.refuse("Stir must be a whole number.", { row: 17, column: "in:Stir" });
    await settle();
    expect(editor(root).value).toBe("7");
    expect(get(root, "alert").textContent).toContain("Stir must be a whole number.");
    await keys("Escape");
    get(root, "button", "Go to value").click();
    await settle();
    expect(editor(root).value).toBe("1000.5");
  });

  it("completes a suggestion by a result", async () => {
    const { root, model } = await draw();
    await click(root, 27, "out:Yield");
    await keys("8");
    await fill(root, "81.9");
    await keys("Enter");
    expect(asked(model, "edit")[0]!.args).toEqual({ cells: [{ row: 27, column: "out:Yield", text: "81.9" }] });
    expect(text(root, 27, "out:Yield")).toBe("81.9");
  });

  it("chooses categories from a list; a letter takes the first that begins so", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Catalyst");
    await keys("c");
    const list = root.querySelector("select.ce") as HTMLSelectElement;
    expect([...list.options].map((option) => option.value)).toEqual(["", "A", "B", "C"]);
    expect(list.value).toBe("C");
    await keys("Enter");
    expect(asked(model, "edit")[0]!.args).toEqual({ cells: [{ row: 17, column: "in:Catalyst", text: "C" }] });
  });

  it("types into the new row, and goes on in the row that it became", async () => {
    const { root, model } = await draw();
    await click(root, 0, "in:Temperature");
    await keys("9");
    await fill(root, "95");
    await keys("Tab", "4");
    const first = asked(model, "edit")[0]!;
    expect(first.args).toEqual({ cells: [{ row: 0, column: "in:Temperature", text: "95" }] });
    await fill(root, "4.2");
    model.fromKernel("table", tableOf([...CAMPAIGN, [30, "running", 95, null, null, "", null, null, null, null, "", ""]], 2));
    model.reply({ rows: [30] }, first.id);
    await settle();
    expect(editor(root).value).toBe("4.2");
    await keys("Enter");
    expect(asked(model, "edit")[1]!.args).toEqual({ cells: [{ row: 30, column: "in:Pressure", text: "4.2" }] });
  });

  it("sends the second cell of a new row to it, though the first is still on its way", async () => {
    const { root, model } = await draw();
    await click(root, 0, "in:Temperature");
    await keys("9", "Tab", "4", "Enter");
    expect(asked(model, "edit").length).toBe(1);
    model.reply({ rows: [30] });
    await settle();
    expect(asked(model, "edit")[1]!.args).toEqual({ cells: [{ row: 30, column: "in:Pressure", text: "4" }] });
  });

  it("says that a change is on its way once a second has passed", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Flow");
    await keys("5", "Enter");
    expect(status(root)).not.toContain("Saving");
    await settle(1050);
    expect(status(root)).toContain("Saving, 1 change on its way");
    model.reply({ rows: [17] });
    await settle();
    expect(status(root)).not.toContain("Saving");
  });

  it("undoes by Ctrl+Z, but not while a text is typed", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Flow");
    await keys(["z", { ctrlKey: true }]);
    expect(asked(model, "undo").length).toBe(1);
    await keys("F2", ["z", { ctrlKey: true }]);
    expect(asked(model, "undo").length).toBe(1);
  });
});

describe("rows and states", () => {
  it("asks in place before a row goes", async () => {
    const { root, model } = await draw();
    await click(root, 17, "#");
    await keys("Delete");
    expect((document.activeElement as HTMLElement).textContent).toBe("Exclude");
    await keys("Escape");
    expect(all(root, "button", "Exclude")).toEqual([]);
    expect(focused()).toBe("17 #");
    await keys("Delete");
    get(root, "button", "Delete").click();
    expect(asked(model, "delete")[0]!.args).toEqual({ rows: [17] });
    model.fromKernel("table", tableOf(CAMPAIGN.filter((line) => line[0] !== 17), 2));
    model.reply({});
    await settle();
    expect(shownRows(root)).not.toContain(17);
    expect(focused()).toBe("18 #");
  });

  it("excludes all selected rows, and restores an excluded one", async () => {
    const { root, model } = await draw();
    await click(root, 15, "#");
    await click(root, 17, "#", { shiftKey: true });
    await keys("Delete");
    get(root, "button", "Exclude").click();
    await settle();
    expect(asked(model, "set_state")[0]!.args).toEqual({ rows: [15, 16, 17], state: "excluded", reason: "" });
    await click(root, 18, "#");
    await keys("Delete");
    get(root, "button", "Restore").click();
    expect(asked(model, "set_state")[1]!.args).toEqual({ rows: [18], state: "restore", reason: "" });
  });

  it("accepts by the state's list, and asks a failed row for its reason where it will stand", async () => {
    const { root, model } = await draw();
    await click(root, 27, "state");
    await keys(["ArrowDown", { altKey: true }]);
    choose(root.querySelector("select.ce") as HTMLSelectElement, "accept");
    await settle();
    expect(asked(model, "accept")[0]!.args).toEqual({ rows: [27] });
    await click(root, 26, "state");
    await keys("Enter");
    choose(root.querySelector("select.ce") as HTMLSelectElement, "failed");
    await settle();
    model.fromKernel("table", tableOf(changed(26, 1, "failed"), 2));
    model.reply({});
    await settle();
    expect(editor(root).getAttribute("aria-label")).toBe("Reason, row 26");
    await fill(root, "leak");
    await keys("Enter");
    expect(asked(model, "set_state").at(-1)!.args).toEqual({ rows: [26], state: "failed", reason: "leak" });
  });

  it("adds a row and puts the cursor into it", async () => {
    const { root, model } = await draw();
    get(root, "button", "Add row").click();
    model.fromKernel("table", tableOf([...CAMPAIGN, [30, "running", null, null, null, "", null, null, null, null, "", ""]], 2));
    model.reply({ row: 30 });
    await settle();
    expect(focused()).toBe("30 in:Temperature");
    expect(root.querySelector("[data-row='30']")!.classList.contains("is-new")).toBe(true);
  });
});
