import { afterEach, describe, expect, it } from "vitest";
import { all, get, settle, type } from "../panel-helpers";
import { CAMPAIGN, gridModel, manyLines } from "./fixture";
import { asked, cell, click, closeAll, draw, editor, focused, keys, shownRows, status, text } from "./helpers";

afterEach(closeAll);

describe("sorting", () => {
  it("goes up, down and off by the head, missing values last", async () => {
    const { root } = await draw();
    await click(root, -1, "out:Yield");
    expect(shownRows(root).slice(0, 3)).toEqual([24, 16, 20]);
    expect(cell(root, -1, "out:Yield").getAttribute("aria-sort")).toBe("ascending");
    await keys("Enter");
    expect(shownRows(root).slice(0, 3)).toEqual([17, 22, 19]);
    expect(cell(root, -1, "out:Yield").getAttribute("aria-sort")).toBe("descending");
    expect(shownRows(root).slice(-7)).toEqual([14, 21, 25, 26, 27, 28, 29]);
    await keys("Enter");
    expect(shownRows(root)).toEqual(CAMPAIGN.map((line) => line[0]));
    expect(cell(root, -1, "out:Yield").getAttribute("aria-sort")).toBeNull();
  });

  it("adds a column with Shift", async () => {
    const { root } = await draw();
    await click(root, -1, "state");
    await click(root, -1, "in:Temperature", { shiftKey: true });
    expect(shownRows(root)).toEqual([29, 27, 28, 25, 26, 24, 15, 22, 19, 17, 20, 16, 23, 21, 14, 18]);
  });

  it("sorts texts, and keeps a row where it is edited until it is sorted again", async () => {
    const { root, model } = await draw();
    await click(root, -1, "in:Temperature");
    const before = shownRows(root);
    model.push({ event: "patch", base: 1, revision: 2, rows: [{ id: before[0], "in:Temperature": 139 }], removed: [] });
    await settle();
    expect(shownRows(root)).toEqual(before);
    expect(text(root, before[0]!, "in:Temperature")).toBe("139.0");
    await click(root, -1, "in:Temperature");
    expect(shownRows(root).slice(0, 2)).toEqual([23, before[0]]);
  });
});

describe("filtering", () => {
  it("shows one state, and counts", async () => {
    const { root } = await draw();
    get(root, "button", "suggested 3").click();
    await settle();
    expect(shownRows(root)).toEqual([27, 28, 29]);
    expect(status(root)).toContain("3 of 16 rows");
    expect(get(root, "button", "suggested 3").getAttribute("aria-pressed")).toBe("true");
    get(root, "button", "all 16").click();
    await settle();
    expect(shownRows(root).length).toBe(16);
  });

  it.each([
    ["out:Yield", "> 80", [17, 19, 22]],
    ["out:Yield", "<=43,8", [16, 24]],
    ["in:Temperature", "110 to 112", [18, 19, 21, 25, 27]],
    ["out:Yield", "82.0", [17]],
    ["in:Catalyst", "= C", [20, 24]],
    ["note", "REPEAT", [16]],
    ["#", "> 27", [28, 29]],
  ])("by %s %s", async (key, filter, rows) => {
    const { root } = await draw();
    await click(root, -1, key);
    // The click sorted: back to the order of the numbers.
    await keys("Enter", "Enter", ["ArrowDown", { altKey: true }]);
    type(document.activeElement as HTMLInputElement, filter);
    await keys("Enter");
    expect(shownRows(root)).toEqual(rows);
    expect(focused()).toBe(`-1 ${key}`);
  });

  it("says what there is when nothing matches, and clears", async () => {
    const { root } = await draw();
    await click(root, -1, "out:Yield");
    await keys(["ArrowDown", { altKey: true }]);
    type(document.activeElement as HTMLInputElement, "> 85");
    await keys("Enter");
    expect(root.textContent).toContain("No row matches");
    expect(root.textContent).toContain("The highest yield is 82.0 %.");
    expect(get(root, "button", "Remove filter Yield > 85")).toBeTruthy();
    get(root, "button", "Clear filter").click();
    await settle();
    expect(shownRows(root).length).toBe(16);
  });

  it("shows the rows outside their bounds alone when the Space panel of its Studio asks", async () => {
    const studio = document.createElement("div");
    studio.className = "ow-studio";
    const elsewhere = document.createElement("div");
    document.body.append(studio, elsewhere);
    const model = gridModel();
    const { root } = await draw(model, studio);
    model.push({ event: "patch", base: 1, revision: 2, rows: [{ id: 19, "in:Temperature": 150 }], removed: [] });
    await settle();
    const ask = (from: Element) => from.dispatchEvent(new CustomEvent("ow-show-outside", { bubbles: true }));
    ask(elsewhere);
    await settle();
    expect(shownRows(root)).toHaveLength(CAMPAIGN.length);
    ask(studio);
    await settle();
    expect(shownRows(root)).toEqual([19, 23]);
    get(root, "button", "Remove filter outside the bounds").click();
    await settle();
    expect(shownRows(root)).toHaveLength(CAMPAIGN.length);
  });

  it("keeps the field open with a sentence for what is no filter", async () => {
    const { root } = await draw();
    await click(root, -1, "out:Yield");
    await keys(["ArrowDown", { altKey: true }]);
    type(document.activeElement as HTMLInputElement, "> many");
    await keys("Enter");
    expect(get(root, "alert").textContent).toBe('"> many" is no filter. Type > 80, = 80, or 60 to 80.');
    await keys("Escape");
    expect(all(root, "textbox", "Filter Yield")).toEqual([]);
    expect(shownRows(root).length).toBe(16);
  });

  it("keeps the row that is being edited though it no longer matches", async () => {
    const { root, model } = await draw();
    get(root, "button", "suggested 3").click();
    await settle();
    await click(root, 27, "in:Flow");
    await keys("F2");
    model.push({ event: "patch", base: 1, revision: 2, rows: [{ id: 27, state: "running" }, { id: 28, state: "running" }] });
    await settle();
    expect(shownRows(root)).toEqual([27, 29]);
    expect(editor(root).value).toBe("2.9");
  });

  it("finds the next row with a text, around the end", async () => {
    const { root } = await draw(gridModel(manyLines(3000).map((line) => (line[0] === 2500 ? [...line.slice(0, 10), "needle", ""] : line) as typeof line)));
    await click(root, 3, "in:Flow");
    await keys(["f", { ctrlKey: true }]);
    const box = document.activeElement as HTMLInputElement;
    expect(box.getAttribute("aria-label")).toBe("Find");
    box.value = "Needle";
    await keys("Enter");
    expect(document.activeElement).toBe(box);
    expect(shownRows(root)).toContain(2500);
    await keys("Enter", "Escape");
    expect(focused()).toBe("2500 in:Flow");
  });
});

describe("news of the kernel", () => {
  it("patches rows, adds and removes them, in every view of the model", async () => {
    const model = gridModel();
    const one = await draw(model);
    const two = await draw(model);
    model.push({ event: "patch", base: 1, revision: 2, rows: [{ id: 25, state: "done", "out:Yield": 79 }, { id: 30, state: "suggested", "in:Temperature": 100 }], removed: [14] });
    await settle();
    for (const { root } of [one, two]) {
      expect(text(root, 25, "out:Yield")).toBe("79.0");
      expect(text(root, 25, "state")).toBe("done");
      expect(text(root, 30, "in:Temperature")).toBe("100.0");
      expect(shownRows(root)).not.toContain(14);
    }
    expect(asked(model, "refresh")).toEqual([]);
  });

  it("asks once for the whole table when it missed a patch", async () => {
    const { root, model } = await draw();
    model.push({ event: "patch", base: 5, revision: 6, rows: [{ id: 25, "out:Yield": 79 }] });
    model.push({ event: "patch", base: 6, revision: 7, rows: [{ id: 26, "out:Yield": 79 }] });
    await settle();
    expect(asked(model, "refresh").length).toBe(1);
    expect(cell(root, 25, "out:Yield").classList.contains("slot")).toBe(true);
  });

  it("asks for it, too, when it comes late", async () => {
    const { model } = await draw(gridModel(CAMPAIGN, { revision: 4 }));
    expect(asked(model, "refresh").length).toBe(1);
  });
});
