import { describe, expect, it } from "vitest";
import { applyPatch, decodeTable, EMPTY, encodeTable, indexRows, valueAt } from "../../src/lib/table";

const bytes = () =>
  encodeTable(7, [
    { key: "id", dtype: "i4", values: [1, 2, 5] },
    { key: "state", dtype: "u1", values: [2, 0, 4] },
    { key: "in:Temperature °C", dtype: "f8", values: [110.5, null, -0.25] },
    { key: "note", dtype: "text", values: ["", "two\nlines", "µ"] },
  ]);

describe("the binary table", () => {
  it("comes back with its columns; missing is null", () => {
    const table = decodeTable(bytes());
    expect([table.revision, table.rows]).toEqual([7, 3]);
    expect([0, 1, 2].map((at) => valueAt(table, "in:Temperature °C", at))).toEqual([110.5, null, -0.25]);
    expect([0, 1, 2].map((at) => valueAt(table, "note", at))).toEqual([null, "two\nlines", "µ"]);
    expect(valueAt(table, "unknown", 0)).toBeNull();
    expect(indexRows(table).get(5)).toBe(2);
  });

  it("may lie anywhere in a larger message", () => {
    const whole = bytes();
    const shifted = new Uint8Array(whole.byteLength + 3);
    shifted.set(new Uint8Array(whole.buffer), 3);
    expect(valueAt(decodeTable(new DataView(shifted.buffer, 3)), "in:Temperature °C", 0)).toBe(110.5);
  });

  it("leaves out columns without a value", () => {
    const sent = encodeTable(1, [
      { key: "id", dtype: "i4", values: [1, 2] },
      { key: "mean:Yield", dtype: "f8", values: [] },
      { key: "note", dtype: "text", values: ["", ""] },
    ]);
    const table = decodeTable(sent);
    expect([0, 1].map((at) => valueAt(table, "mean:Yield", at))).toEqual([null, null]);
    expect(valueAt(table, "note", 1)).toBeNull();
    const after = applyPatch(table, { base: 1, revision: 2, rows: [{ id: 2, "mean:Yield": 3, note: "now" }] });
    expect([valueAt(after, "mean:Yield", 1), valueAt(after, "note", 1)]).toEqual([3, "now"]);
  });

  it("is empty for no bytes", () => {
    expect(decodeTable(new DataView(new ArrayBuffer(0)))).toBe(EMPTY);
  });

  it("is refused when it is cut off, in words", () => {
    const whole = new Uint8Array(bytes().buffer);
    expect(() => decodeTable(new DataView(whole.slice(0, 3).buffer))).toThrow("The table has no header.");
    expect(() => decodeTable(new DataView(whole.slice(0, 40).buffer))).toThrow("cut off");
    expect(() => decodeTable(new DataView(whole.slice(0, whole.length - 40).buffer))).toThrow("Column");
  });

  it("a hundred thousand rows are read without a loop over them", () => {
    const n = 100_000;
    const table = decodeTable(encodeTable(1, [{ key: "id", dtype: "i4", values: Int32Array.from({ length: n }, (_, at) => at + 1) }]));
    expect([table.rows, valueAt(table, "id", n - 1)]).toEqual([n, n]);
  });
});

describe("patches", () => {
  it("change cells in place", () => {
    const table = decodeTable(bytes());
    const after = applyPatch(table, { base: 7, revision: 8, rows: [{ id: 2, state: 2, "in:Temperature °C": 99, note: null }] });
    expect([after.revision, after.rows]).toEqual([8, 3]);
    expect(valueAt(after, "in:Temperature °C", 1)).toBe(99);
    expect(valueAt(after, "note", 1)).toBeNull();
    expect(valueAt(after, "in:Temperature °C", 0)).toBe(110.5);
  });

  it("add rows at the end and take rows away", () => {
    const table = decodeTable(bytes());
    const after = applyPatch(table, { base: 7, revision: 8, rows: [{ id: 6, state: 1, note: "new" }], removed: [1] });
    expect([0, 1, 2].map((at) => valueAt(after, "id", at))).toEqual([2, 5, 6]);
    expect([0, 1, 2].map((at) => valueAt(after, "note", at))).toEqual(["two\nlines", "µ", "new"]);
    // What the patch does not say of a new row is missing, not zero.
    expect(valueAt(after, "in:Temperature °C", 2)).toBeNull();
    // The earlier table is what it was.
    expect(table.rows).toBe(3);
  });
});
