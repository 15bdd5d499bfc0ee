import { afterEach, describe, expect, it } from "vitest";
import { get, settle } from "../panel-helpers";
import { CAMPAIGN, gridModel, manyLines, tableOf } from "./fixture";
import { asked, clip, click, closeAll, draw, editor, fill, focused, keys, status, text } from "./helpers";

afterEach(closeAll);

describe("copying and pasting", () => {
  it("copies plain numbers in full precision", async () => {
    const { root } = await draw();
    await click(root, 16, "in:Catalyst");
    await click(root, 17, "note", { shiftKey: true });
    expect(clip("copy").text()).toBe("A\t1080\t43.8\trepeat of row 4\r\nB\t1150\t82.04\t");
  });

  it("copies of whole rows what can be pasted again", async () => {
    const { root } = await draw();
    await click(root, 17, "#");
    expect(clip("copy").text()).toBe("114\t6.48\t3\tB\t1150\t82.04\t");
  });

  it("leaves the clipboard to the text that is being typed", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Flow");
    await keys("F2");
    expect(clip("copy").event.defaultPrevented).toBe(false);
    expect(clip("paste", "1\t2").event.defaultPrevented).toBe(false);
    expect(asked(model, "paste")).toEqual([]);
  });

  it("cuts: copies and clears", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Flow");
    expect(clip("cut").text()).toBe("3");
    expect(asked(model, "clear")[0]!.args).toEqual({ cells: [{ row: 17, column: "in:Flow" }] });
    await settle();
    expect(text(root, 17, "in:Flow")).toBe("");
  });

  it("pastes from the cursor over what is in view there, and reports", async () => {
    const { root, model } = await draw();
    await click(root, 28, "in:Catalyst");
    clip("paste", "A\t900\r\nB\tn/a\r\nC\t2000\r\n");
    expect(asked(model, "paste")[0]!.args).toEqual({
      text: "A\t900\r\nB\tn/a\r\nC\t2000\r\n",
      row: 28,
      column: "in:Catalyst",
      columns: ["in:Catalyst", "in:Stir", "out:Yield", "note"],
      rows: [28, 29],
    });
    model.fromKernel("table", tableOf([...CAMPAIGN, [30, "running", null, null, null, "C", 2000, null, null, null, "", ""]], 2));
    model.reply({
      rows: [28, 29, 30],
      words: "Pasted 3 rows, 2 columns. 1 value needs you: row 29, Stir “n/a”.",
      first_bad: { row: 29, column: "in:Stir", text: "n/a", message: "Stir “n/a” is not a number." },
      outside: 1,
    });
    await settle();
    expect(root.querySelector(".ban")!.textContent).toContain("Pasted 3 rows, 2 columns. 1 value needs you: row 29, Stir “n/a”.");
    expect(status(root)).toContain("1 value needs you");
    expect(root.querySelectorAll(".sel").length).toBe(6);
    get(root, "button", "Go to value").click();
    await settle();
    expect(editor(root).value).toBe("n/a");
    expect(get(root, "alert").textContent).toBe("Stir “n/a” is not a number.");
    await keys("Escape");
    get(root, "button", "Undo").click();
    expect(asked(model, "undo").length).toBe(1);
    model.reply({});
    await settle();
    expect(root.querySelector(".ban")).toBeNull();
  });

  it("takes the notice of a paste down when the paste is undone elsewhere", async () => {
    const { root, model } = await draw();
    await click(root, 28, "in:Catalyst");
    clip("paste", "A\t900\r\n");
    model.fromKernel("history", { undo: "1 row edited", redo: null });
    model.reply({ rows: [28], words: "Pasted 1 row, 2 columns.", first_bad: null, outside: 0 });
    await settle();
    expect(root.querySelector(".ban")!.textContent).toContain("Pasted 1 row");
    model.fromKernel("history", { undo: "Temperature in row 27: 110 to 111", redo: "1 row edited" });
    await settle();
    expect(root.querySelector(".ban")).toBeNull();
  });

  it("pastes new rows from the new line, and into an empty table", async () => {
    const { root, model } = await draw();
    await click(root, 0, "#");
    clip("paste", "90\t5\n91\t6");
    expect(asked(model, "paste")[0]!.args).toMatchObject({ row: 0, column: "in:Temperature", rows: [] });
    const empty = await draw(gridModel([]));
    empty.root.querySelector<HTMLElement>("section")!.focus();
    clip("paste", "90\t5");
    expect(asked(empty.model, "paste")[0]!.args).toMatchObject({ row: 0, column: "in:Temperature", rows: [] });
  });

  it("names no more rows than lines are pasted", async () => {
    const { root, model } = await draw(gridModel(manyLines(5000)));
    await click(root, 3, "in:Flow");
    clip("paste", "1\n2\n");
    expect(asked(model, "paste")[0]!.args["rows"]).toEqual([3, 4]);
  });
});

describe("blocks", () => {
  it("clears what is there, and shows it again when that is refused", async () => {
    const { root, model } = await draw();
    await click(root, 16, "in:Stir");
    await click(root, 17, "note", { shiftKey: true });
    await keys("Delete");
    expect(asked(model, "clear")[0]!.args).toEqual({
      cells: [
        { row: 16, column: "in:Stir" }, { row: 16, column: "out:Yield" }, { row: 16, column: "note" },
        { row: 17, column: "in:Stir" }, { row: 17, column: "out:Yield" },
      ],
    });
    expect(text(root, 17, "in:Stir")).toBe("");
    model.refuse("The disk is full, free some space.");
    await settle();
    expect(text(root, 17, "in:Stir")).toBe("1150");
    expect(get(root, "alert").textContent).toContain("The disk is full");
  });

  it("fills down", async () => {
    const { root, model } = await draw();
    await click(root, 17, "in:Flow");
    await keys(["ArrowDown", { shiftKey: true }], ["ArrowDown", { shiftKey: true }], ["ArrowRight", { shiftKey: true }], ["d", { ctrlKey: true }]);
    expect(asked(model, "edit")[0]!.args).toEqual({
      cells: [
        { row: 18, column: "in:Flow", text: "3" }, { row: 18, column: "in:Catalyst", text: "B" },
        { row: 19, column: "in:Flow", text: "3" }, { row: 19, column: "in:Catalyst", text: "B" },
      ],
    });
  });

  it("takes what is above into one cell", async () => {
    const { root, model } = await draw();
    await click(root, 18, "in:Flow");
    await keys(["d", { ctrlKey: true }]);
    expect(asked(model, "edit")[0]!.args).toEqual({ cells: [{ row: 18, column: "in:Flow", text: "3" }] });
  });

  it("puts one value into the whole selection by Ctrl+Enter", async () => {
    const { root, model } = await draw();
    await click(root, 15, "in:Flow");
    await keys(["ArrowDown", { shiftKey: true }], "7");
    await fill(root, "7.5");
    await keys(["Enter", { ctrlKey: true }]);
    expect(asked(model, "edit")[0]!.args).toEqual({
      cells: [{ row: 15, column: "in:Flow", text: "7.5" }, { row: 16, column: "in:Flow", text: "7.5" }],
    });
    expect(focused()).toBe("15 in:Flow");
  });
});
