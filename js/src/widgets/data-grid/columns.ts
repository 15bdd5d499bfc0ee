// The columns of the grid, those of the data and its own, and what stands in their cells.

import type { RowState } from "../../lib/icons";
import { formatResult, formatVariable, plain } from "../../lib/numbers";
import { type Table, type Value, valueAt } from "../../lib/table";

export const STATES: readonly RowState[] = ["suggested", "running", "done", "failed", "excluded"];

/** A column as the kernel describes it. */
export interface DataColumn {
  key: string;
  name: string;
  role: "variable" | "objective" | "note";
  kind: "real" | "integer" | "discrete" | "categorical" | "text" | "result";
  unit: string;
  low: number | null;
  high: number | null;
  log: boolean;
  categories: string[] | null;
  noise: number | null;
  goal: string | null;
}

export interface GridTraits {
  table: DataView | null;
  columns: DataColumn[];
  /** Objective to the row with its best result. */
  best_rows: Record<string, number>;
  loading: boolean;
}

export const GRID_TRAITS: GridTraits = { table: null, columns: [], best_rows: {}, loading: false };

/** A column as it stands in the grid: number, state and model are its own. */
export interface GridColumn {
  key: string;
  name: string;
  role: DataColumn["role"] | "number" | "state" | "model";
  data: DataColumn | null;
  /** Right-aligned, sorted as numbers. */
  numeric: boolean;
  /** Key of the objective that the Model column shows. */
  of?: string;
  /** The objective of the Model column: it wears the badge of the best, and stays in sight in a narrow grid. */
  shown?: true;
}

export const NUMBER = "#";
export const STATE = "state";
export const MODEL = "model";

export function gridColumns(columns: readonly DataColumn[], chosen = ""): GridColumn[] {
  const own = (key: string, name: string, role: GridColumn["role"]): GridColumn => ({ key, name, role, data: null, numeric: role === "number" });
  const ofRole = (role: DataColumn["role"]) =>
    columns.filter((column) => column.role === role).map((data): GridColumn => ({
      key: data.key,
      name: data.name,
      role,
      data,
      numeric: data.kind !== "categorical" && data.kind !== "text",
    }));
  const objectives = ofRole("objective");
  const model = objectives.find(({ key }) => key === chosen) ?? objectives[0];
  // Only one: several that stay in sight would lie on each other.
  if (model) model.shown = true;
  return [
    own(NUMBER, "#", "number"),
    own(STATE, "State", "state"),
    ...ofRole("variable"),
    ...objectives,
    ...(model ? [{ ...own(MODEL, "Model and result", "model"), of: model.key }] : []),
    ...ofRole("note"),
  ];
}

/** The objective that the Model column and the status bar speak of. */
export function shownObjective(columns: readonly GridColumn[]): GridColumn | null {
  return columns.find((column) => column.shown) ?? null;
}

export const stateAt = (table: Table, at: number): RowState => STATES[Number(table.columns.get(STATE)?.[at] ?? 0)] ?? "suggested";

export const predictionKey = (which: "mean" | "sd", objective: string): string => objective.replace(/^out:/, `${which}:`);

/** A value as it is read on the screen. */
export function display(value: Value, column: GridColumn): string {
  if (value === null) return "";
  if (typeof value === "string") return value;
  const { data } = column;
  if (!data) return String(value);
  return data.kind === "result" ? formatResult(value, data.noise) : formatVariable(value, data);
}

/** A value as it is copied and edited: every digit it has. */
export const rawText = (value: Value): string => (value === null ? "" : String(value));

/** A number as people type it: decimal comma, real minus, thin gaps; null for what is none. */
export function parseNumber(text: string): number | null {
  const plain = text.trim().replaceAll("−", "-").replace(/(\d)[\u202f\u00a0 ](?=\d{3}(\D|$))/g, "$1").replace(/^([^.,]*),([^.,]*)$/, "$1.$2");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(plain)) return null;
  const value = Number(plain);
  return Number.isFinite(value) ? value : null;
}

/** What a cell shows for a text that the kernel has not yet answered. */
export function displayTyped(text: string, column: GridColumn): string {
  const value = column.numeric ? parseNumber(text) : null;
  return value === null ? text : display(value, column);
}

/** Where a value lies beyond its bounds, in words; empty when it does not. */
export function outsideWords(value: Value, column: GridColumn): string {
  const { data } = column;
  if (!data || data.role !== "variable" || value === null) return "";
  if (typeof value === "string") {
    return data.categories && !data.categories.includes(value) ? `not among ${data.categories.join(", ")}` : "";
  }
  if (data.low !== null && value < data.low) return `below the minimum, ${display(data.low, column)}`;
  if (data.high !== null && value > data.high) return `above the maximum, ${display(data.high, column)}`;
  return "";
}

/** Everything of a row that somebody could look for, in small letters. */
export function searchText(table: Table, at: number, columns: readonly GridColumn[]): string {
  const parts = [String(valueAt(table, "id", at)), stateAt(table, at), rawText(valueAt(table, "reason", at))];
  for (const column of columns) if (column.data) parts.push(display(valueAt(table, column.key, at), column));
  return parts.join("\n").toLowerCase();
}

export const plural = (count: number, word: string): string => `${plain(count, 0)} ${word}${count === 1 ? "" : "s"}`;
