import { describe, expect, it } from "vitest";
import { decodeTable } from "../../src/lib/table";
import { gridColumns, outsideWords, parseNumber } from "../../src/widgets/data-grid/columns";
import { extremeWords, sentenceName } from "../../src/widgets/data-grid/filters";
import { modelScale } from "../../src/widgets/data-grid/scale";
import { moved } from "../../src/widgets/data-grid/selection";
import { readUnit } from "../../src/widgets/data-grid/units";
import { CAMPAIGN, COLUMNS, tableOf } from "./fixture";

describe("numbers as people type them", () => {
  it.each([
    ["82,5", 82.5],
    ["82.5", 82.5],
    ["−3", -3],
    ["1e-3", 0.001],
    ["12\u202f500", 12500],
    ["12 500,5", 12500.5],
    [" 7 ", 7],
    [".5", 0.5],
    ["1,5,2", null],
    ["1o5", null],
    ["", null],
    ["Infinity", null],
    ["0x10", null],
    ["1e999", null],
  ])("%j is %j", (text, value) => {
    expect(parseNumber(text)).toBe(value);
  });
});

describe("units", () => {
  it("drops the column's own", () => {
    expect(readUnit("90 °C", "°C")).toEqual({ text: "90" });
  });

  it.each([
    ["310 K", "°C", "36.85"],
    ["212 °F", "°C", "100"],
    ["650 kPa", "bar", "6.5"],
    ["1,5 h", "min", "90"],
  ])("offers %s in %s", (text, unit, offer) => {
    expect(readUnit(text, unit)?.offer).toBe(offer);
  });

  it("knows nothing of other quantities", () => {
    expect(readUnit("310 bar", "°C")).toBeNull();
    expect(readUnit("310 parsec", "°C")).toBeNull();
    expect(readUnit("310 K", "")).toBeNull();
  });
});

describe("words about the table", () => {
  const columns = gridColumns(COLUMNS);
  const table = decodeTable(tableOf(CAMPAIGN));

  it("names the extreme of what is looked for", () => {
    expect(extremeWords(table, columns, [])).toBe("The highest yield is 82.0 %.");
    expect(extremeWords(table, columns, columns.filter((column) => column.name === "Flow"))).toBe("The highest flow is 18.7 mL/min.");
    const lowest = gridColumns(COLUMNS.map((column) => (column.role === "objective" ? { ...column, goal: "minimize" } : column)));
    expect(extremeWords(table, lowest, [])).toBe("The lowest yield is 23.0 %.");
    expect(["Yield", "Stir speed", "pH", "TON"].map(sentenceName)).toEqual(["yield", "stir speed", "pH", "TON"]);
  });

  it("says where a value lies beyond its bounds", () => {
    const [temperature, catalyst] = ["in:Temperature", "in:Catalyst"].map((key) => columns.find((column) => column.key === key)!);
    expect(outsideWords(59, temperature!)).toBe("below the minimum, 60.0");
    expect(outsideWords(60, temperature!)).toBe("");
    expect(outsideWords("D", catalyst!)).toBe("not among A, B, C");
  });

  it("has no scale without a prediction", () => {
    const objective = columns.find((column) => column.role === "objective")!;
    expect(modelScale(table, objective, undefined)).toMatchObject({ low: 10, high: 90, best: null });
    const bare = decodeTable(tableOf(CAMPAIGN.map((line) => [...line.slice(0, 8), null, null, "", ""] as typeof line)));
    expect(modelScale(bare, objective, undefined)).toBeNull();
  });
});

it("never moves out of the lattice", () => {
  const lattice = { rows: 2, keys: ["a", "b"], rowIndex: (row: number) => (row === -1 ? -1 : row === 0 ? 2 : row - 1), rowAt: (at: number) => (at < 0 ? -1 : at >= 2 ? 0 : at + 1) };
  for (const key of ["ArrowUp", "ArrowDown", "ArrowLeft", "ArrowRight", "Home", "End", "PageUp", "PageDown"]) {
    for (const ctrl of [false, true]) {
      for (const row of [-1, 0, 1, 2]) {
        const to = moved(lattice, { row, key: "a" }, key, ctrl, 10)!;
        expect([-1, 0, 1, 2]).toContain(to.row);
        expect(lattice.keys).toContain(to.key);
      }
    }
  }
});
