import { afterEach, describe, expect, it } from "vitest";
import { all, get, settle } from "../panel-helpers";
import { encodeTable } from "../../src/lib/table";
import { MODEL } from "../../src/widgets/data-grid/columns";
import { CAMPAIGN, COLUMNS, gridModel, manyLines, tableOf } from "./fixture";
import { asked, cell, click, closeAll, draw, editor, focused, keys, shownRows, status, text } from "./helpers";

afterEach(closeAll);

describe("what the table shows", () => {
  it("is a grid with a head, numbers as row heads and one tab stop", async () => {
    const { root } = await draw();
    const grid = get(root, "grid", "Experiments");
    expect(grid.getAttribute("aria-rowcount")).toBe("18");
    expect(grid.getAttribute("aria-multiselectable")).toBe("true");
    expect(all(root, "columnheader").map((head) => head.dataset["key"])).toEqual(
      ["#", "state", "in:Temperature", "in:Pressure", "in:Flow", "in:Catalyst", "in:Stir", "out:Yield", "model", "note"],
    );
    expect(all(root, "rowheader").map((head) => head.textContent).slice(0, 3)).toEqual(["14", "15", "16"]);
    expect(grid.querySelectorAll("[tabindex='0']").length).toBe(1);
    const row = root.querySelector("[data-row='14']")!;
    expect(row.getAttribute("aria-rowindex")).toBe("2");
    expect(cell(root, 14, "in:Pressure").getAttribute("aria-colindex")).toBe("4");
  });

  it("shows values with their digits, states as words, and what is special of each state", async () => {
    const { root } = await draw();
    expect(text(root, 15, "in:Temperature")).toBe("98.0");
    expect(text(root, 17, "in:Flow")).toBe("3.00");
    expect(text(root, 17, "out:Yield")).toBe("best82.0");
    expect(text(root, 14, "out:Yield")).toBe("none");
    expect(text(root, 14, "model")).toBe("leak at pump");
    expect(text(root, 18, "state")).toBe("excluded");
    expect(cell(root, 18, "model").querySelector(".iv.ex")).not.toBeNull();
    expect(root.querySelector("[data-row='18']")!.classList.contains("is-excluded")).toBe(true);
  });

  it("shows a prediction in the slot of a row without a result, and says that it is one", async () => {
    const { root } = await draw();
    for (const row of [27, 25]) {
      const slot = cell(root, row, "out:Yield");
      expect(slot.classList.contains("slot")).toBe(true);
      expect(slot.querySelector(".ghost")).not.toBeNull();
    }
    expect(cell(root, 27, "out:Yield").getAttribute("aria-label")).toBe("Yield, row 27, predicted 82.0, no result yet");
  });

  it("marks and describes a value outside its bounds", async () => {
    const { root } = await draw();
    const outside = cell(root, 23, "in:Temperature");
    expect(outside.classList.contains("beyond")).toBe(true);
    expect(outside.getAttribute("aria-description")).toBe("above the maximum, 140.0");
    expect(cell(root, 22, "in:Temperature").classList.contains("beyond")).toBe(false);
  });

  it("puts all intervals on one scale with readable ends", async () => {
    const { root } = await draw();
    expect(cell(root, -1, "model").textContent).toBe("Model and result1090 %");
    const glyph = cell(root, 15, "model").querySelector("[role=img]")!;
    expect(glyph.getAttribute("aria-label")).toBe("predicted 78.3, 95 % interval 71.8 to 84.8, measured 78.0; best so far 82.0");
  });

  it("counts rows and says what undo would do", async () => {
    const { root } = await draw();
    expect(root.querySelector(".ph .cap")!.textContent).toBe("16 rows, 3 suggested, 2 running");
    expect(status(root)).toContain("16 rows");
    expect(status(root)).toMatch(/undoes “Temperature in row 27: 110 to 111”/);
  });

  it("lights the row that another panel points at, and tells of the one it points at itself", async () => {
    const { root, model } = await draw();
    model.fromKernel("spotlight", 28);
    await settle();
    expect(root.querySelector("[data-row='28']")!.classList.contains("is-lit")).toBe(true);
    cell(root, 27, "in:Flow").dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    cell(root, 29, "in:Flow").dispatchEvent(new PointerEvent("pointerover", { bubbles: true }));
    await settle(180);
    expect(asked(model, "spotlight").map((sent) => sent.args)).toEqual([{ row: 29 }]);
  });
});

describe("a long table", () => {
  it("keeps under 80 rows in the page and reaches the last", async () => {
    const { root } = await draw(gridModel(manyLines(100_000)));
    expect(shownRows(root).length).toBeLessThan(80);
    expect(get(root, "grid", "Experiments").getAttribute("aria-rowcount")).toBe("100002");
    await click(root, 3, "in:Flow");
    await keys(["End", { ctrlKey: true }], "ArrowUp");
    expect(focused()).toBe("100000 in:Flow");
    expect(shownRows(root).length).toBeLessThan(80);
    expect(shownRows(root).at(-1)).toBe(100_000);
  });

  it("keeps the focused cell when it is scrolled away, with the room of the rows between", async () => {
    const { root } = await draw(gridModel(manyLines(1000)));
    await click(root, 3, "in:Flow");
    const scroller = root.querySelector<HTMLElement>(".gw")!;
    scroller.scrollTop = 500 * 28;
    scroller.dispatchEvent(new Event("scroll"));
    await settle();
    expect(shownRows(root)).toContain(3);
    expect(shownRows(root)).toContain(505);
    expect(shownRows(root)).not.toContain(100);
    const gaps = [...root.querySelectorAll<HTMLElement>(".gap")].reduce((sum, gap) => sum + Number.parseFloat(gap.style.height), 0);
    expect(gaps).toBe((1000 - shownRows(root).length) * 28);
    await keys("ArrowDown");
    expect(focused()).toBe("4 in:Flow");
  });
});

describe("without rows", () => {
  it("offers a plan and a row", async () => {
    const { root, model } = await draw(gridModel([]));
    expect(root.textContent).toContain("No experiments yet");
    get(root, "button", "Plan 12 experiments").click();
    expect(asked(model, "plan")[0]!.args).toEqual({ n: 12 });
    get(root, "button", "Add row").click();
    expect(asked(model, "add_row").length).toBe(1);
  });

  it("says why there can be no plan without a variable", async () => {
    const { root } = await draw(gridModel([], { columns: [] }));
    expect(get<HTMLButtonElement>(root, "button", "Plan 12 experiments").disabled).toBe(true);
    expect(root.textContent).toContain("Add a variable in Space first.");
  });

  it("stands in grey while it loads", async () => {
    const { root, model } = await draw(gridModel([], { loading: true }));
    expect(root.querySelectorAll(".sk").length).toBeGreaterThan(10);
    expect(root.textContent).not.toContain("No experiments yet");
    model.fromKernel("table", tableOf(CAMPAIGN));
    model.fromKernel("loading", false);
    await settle();
    expect(text(root, 15, "in:Stir")).toBe("940");
  });

  it("says that a damaged table cannot be read, and stays alive", async () => {
    const model = gridModel();
    const whole = tableOf(CAMPAIGN);
    const { root } = await draw(model);
    model.fromKernel("table", new DataView(whole.buffer, 0, whole.byteLength - 80));
    await settle();
    expect(get(root, "alert").textContent).toMatch(/cannot be read/);
    expect(text(root, 15, "in:Stir")).toBe("940");
  });
});

describe("with several objectives", () => {
  const twoObjectives = (predicted: boolean) => {
    const cost = { ...COLUMNS[5]!, key: "out:Cost", name: "Cost", unit: "EUR", goal: "minimize" as const };
    const columns = [...COLUMNS.slice(0, 6), cost, COLUMNS[6]!];
    const table = encodeTable(1, [
      { key: "id", dtype: "i4", values: [1, 2] },
      { key: "state", dtype: "u1", values: [2, 2] },
      { key: "outside", dtype: "u1", values: [0, 0] },
      ...COLUMNS.slice(0, 5).map(({ key }) => ({ key, dtype: "f8" as const, values: [1, 2] })),
      { key: "out:Yield", dtype: "f8", values: [70, 80] },
      ...(predicted ? [{ key: "mean:Yield", dtype: "f8" as const, values: [71, 79] }, { key: "sd:Yield", dtype: "f8" as const, values: [2, 2] }] : []),
      { key: "out:Cost", dtype: "f8", values: [7, 9] },
      ...(predicted ? [{ key: "mean:Cost", dtype: "f8" as const, values: [7.5, 8.5] }, { key: "sd:Cost", dtype: "f8" as const, values: [0.5, 0.5] }] : []),
      { key: "note", dtype: "text", values: ["", ""] },
      { key: "reason", dtype: "text", values: ["", ""] },
    ]);
    return gridModel([], { columns, table, best_rows: { Yield: 2, Cost: 1 } });
  };
  const choose = async (root: HTMLElement, key: string) => {
    const choice = root.querySelector<HTMLSelectElement>("[aria-label='Model of']")!;
    choice.value = key;
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    await settle();
  };

  it("the Model column shows the one that is chosen", async () => {
    const { root } = await draw(twoObjectives(true));
    const words = () => cell(root, 1, MODEL).querySelector("[role=img]")?.getAttribute("aria-label");
    expect(words()).toMatch(/^predicted 71.*best so far 80/);
    const choice = root.querySelector<HTMLSelectElement>("[aria-label='Model of']")!;
    expect([...choice.options].map((option) => option.text)).toEqual(["Yield", "Cost"]);
    await choose(root, "out:Cost");
    expect(words()).toMatch(/^predicted 7\.5.*best so far 7/);
    expect(text(root, 1, "out:Cost")).toContain("best");
  });

  it.each([true, false])("one column stays in sight, under its own head (model: %s)", async (predicted) => {
    const { root } = await draw(twoObjectives(predicted));
    const inSight = () => [...root.querySelectorAll("[role=row]")].map((row) => [...row.querySelectorAll(".yc")].map((node) => node.getAttribute("data-key")));
    const everywhere = (key: string) => [[key], [key], [key], [key]]; // head, two rows, the new one
    expect(inSight()).toEqual(everywhere("out:Yield"));
    await choose(root, "out:Cost");
    expect(inSight()).toEqual(everywhere("out:Cost"));
    for (const key of ["out:Yield", "out:Cost"]) {
      await click(root, 1, key);
      await keys("Enter");
      expect(editor(root).closest("[role=gridcell]")?.getAttribute("data-key")).toBe(key);
      expect(inSight()).toEqual(everywhere("out:Cost"));
      await keys("Escape");
    }
  });
});

describe("the widget's life", () => {
  it("leaves no listener behind and saves nothing", async () => {
    const model = gridModel();
    const first = await draw(model);
    const second = await draw(model);
    const before = model.listenerCount;
    first.close();
    expect(model.listenerCount).toBeLessThan(before);
    expect(text(second.root, 15, "in:Stir")).toBe("940");
    second.close();
    expect(model.listenerCount).toBe(0);
    expect(model.saves).toBe(0);
  });

  it("is read only without a kernel", async () => {
    const { root, model } = await draw();
    model.kernelGone();
    await settle();
    expect(root.textContent).toContain("Kernel not running.");
    expect(root.querySelector("[data-row='0']")).toBeNull();
    await click(root, 15, "in:Flow");
    await keys("F2", "5", "Delete");
    expect(root.querySelector(".ce")).toBeNull();
    expect(asked(model, "clear")).toEqual([]);
  });
});
