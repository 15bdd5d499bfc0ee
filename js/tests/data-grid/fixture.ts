// A small campaign with every state, as the kernel would send it.

import { encodeTable, type Value } from "../../src/lib/table";
import { TestModel } from "../../src/lib/test-model";
import type { DataColumn } from "../../src/widgets/data-grid/columns";

const column = (key: string, name: string, role: DataColumn["role"], kind: DataColumn["kind"], more: Partial<DataColumn> = {}): DataColumn => ({
  key, name, role, kind, unit: "", low: null, high: null, log: false, categories: null, noise: null, goal: null, ...more,
});

export const COLUMNS: DataColumn[] = [
  column("in:Temperature", "Temperature", "variable", "real", { unit: "°C", low: 60, high: 140 }),
  column("in:Pressure", "Pressure", "variable", "real", { unit: "bar", low: 1, high: 10 }),
  column("in:Flow", "Flow", "variable", "real", { unit: "mL/min", low: 0.5, high: 20, log: true }),
  column("in:Catalyst", "Catalyst", "variable", "categorical", { categories: ["A", "B", "C"] }),
  column("in:Stir", "Stir", "variable", "integer", { unit: "rpm", low: 200, high: 1200 }),
  column("out:Yield", "Yield", "objective", "result", { unit: "%", noise: 0.9, goal: "maximize" }),
  column("note", "Note", "note", "text"),
];

export const STATE_WORDS = ["suggested", "running", "done", "failed", "excluded"];

/** id, state, T, P, F, C, S, yield, mean, sd, note, reason */
export type Line = [number, string, Value, Value, Value, string, Value, Value, Value, Value, string, string];

export const CAMPAIGN: Line[] = [
  [14, "failed", 113.5, 6.27, 1.91, "B", 940, null, null, null, "", "leak at pump"],
  [15, "done", 98, 9.34, 1.48, "B", 940, 78.01, 78.3, 3.3, "", ""],
  [16, "done", 138.5, 9.51, 0.51, "A", 1080, 43.8, 56, 10, "repeat of row 4", ""],
  [17, "done", 114, 6.48, 3, "B", 1150, 82.04, 80.8, 1.25, "", ""],
  [18, "excluded", 111, 2.05, 1.14, "B", 1150, 48.3, 72.7, 4.8, "", "Excluded by hand"],
  [19, "done", 110.5, 6.76, 2.27, "B", 770, 81.3, 81.1, 1.3, "", ""],
  [20, "done", 137, 1.54, 0.77, "C", 330, 48.1, 56.8, 9.1, "", ""],
  [21, "failed", 112, 7.72, 4.73, "B", 1120, null, null, null, "", "leak at pump"],
  [22, "done", 108, 6.36, 2.78, "B", 1110, 81.5, 82.5, 1, "", ""],
  [23, "done", 145.5, 5.95, 0.86, "B", 240, 74.5, 73, 4.4, "", ""],
  [24, "done", 62.5, 3.13, 18.7, "C", 320, 23, 27.7, 8.5, "", ""],
  [25, "running", 112, 8.72, 4.07, "B", 1180, null, 81.4, 2.5, "", ""],
  [26, "running", 124, 9.82, 6, "B", 1090, null, 77.6, 4.7, "", ""],
  [27, "suggested", 111, 6.55, 2.9, "B", 1110, null, 82, 0.6, "", ""],
  [28, "suggested", 114, 9.32, 5.56, "B", 810, null, 78.6, 3.5, "", ""],
  [29, "suggested", 98, 9.67, 4.88, "B", 1110, null, 77.6, 3.8, "", ""],
];

export function tableOf(lines: Line[], revision = 1): DataView {
  const at = (place: number) => lines.map((line) => line[place] as Value);
  return encodeTable(revision, [
    { key: "id", dtype: "i4", values: at(0) },
    { key: "state", dtype: "u1", values: lines.map((line) => STATE_WORDS.indexOf(line[1])) },
    { key: "outside", dtype: "u1", values: lines.map((line) => (Number(line[2]) > 140 ? 1 : 0)) },
    { key: "in:Temperature", dtype: "f8", values: at(2) },
    { key: "in:Pressure", dtype: "f8", values: at(3) },
    { key: "in:Flow", dtype: "f8", values: at(4) },
    { key: "in:Catalyst", dtype: "text", values: at(5) },
    { key: "in:Stir", dtype: "f8", values: at(6) },
    { key: "out:Yield", dtype: "f8", values: at(7) },
    { key: "mean:Yield", dtype: "f8", values: at(8) },
    { key: "sd:Yield", dtype: "f8", values: at(9) },
    { key: "note", dtype: "text", values: at(10) },
    { key: "reason", dtype: "text", values: at(11) },
  ]);
}

export function gridModel(lines: Line[] = CAMPAIGN, more: Record<string, unknown> = {}): TestModel {
  return new TestModel({
    table: tableOf(lines),
    columns: COLUMNS,
    best_rows: { Yield: 17 },
    loading: false,
    revision: 1,
    history: { undo: "Temperature in row 27: 110 to 111", redo: null },
    spotlight: 0,
    task: {},
    ...more,
  });
}

export const manyLines = (count: number): Line[] =>
  Array.from({ length: count }, (_, at): Line => [at + 1, "done", 60 + (at % 80), 5, 2, "B", 500, (at * 37) % 100, 50, 5, "", ""]);
