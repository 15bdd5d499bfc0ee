// Filters that people type over a column: "> 80", "= B", "60 to 80", or a part of the text.

import { type Table, valueAt } from "../../lib/table";
import { display, type GridColumn, outsideWords, parseNumber, rawText, shownObjective } from "./columns";

export type Test = (at: number) => boolean;

/** Key of the filter that the Space panel's link sets; it is about all variables. */
export const OUTSIDE = "outside";

/** Whether any variable of a row lies beyond its bounds. */
export const outsideTest = (table: Table, columns: readonly GridColumn[]): Test => (at) =>
  columns.some((column) => column.role === "variable" && outsideWords(valueAt(table, column.key, at), column) !== "");

/** The test of a typed filter, or the sentence that refuses it. */
export function columnTest(table: Table, column: GridColumn, text: string): Test | { message: string } {
  const parts = /^\s*(>=|<=|≥|≤|!=|≠|>|<|=)?\s*(.*?)\s*$/.exec(text);
  const sign = parts?.[1] ?? "";
  const rest = parts?.[2] ?? "";
  const key = column.key === "#" ? "id" : column.key;
  if (!column.numeric) {
    const wanted = rest.toLowerCase();
    const read = (at: number) => rawText(valueAt(table, key, at)).toLowerCase();
    if (sign === "=") return (at) => read(at) === wanted;
    if (sign === "!=" || sign === "≠") return (at) => read(at) !== wanted;
    return (at) => read(at).includes(text.trim().toLowerCase());
  }
  const values = table.columns.get(key);
  const number = (at: number) => Number(values?.[at] ?? Number.NaN);
  const range = /^(.+?)\s*(?:to|–|\.\.)\s*(.+)$/.exec(rest);
  if (!sign && range) {
    const low = parseNumber(range[1]!);
    const high = parseNumber(range[2]!);
    if (low !== null && high !== null) return (at) => number(at) >= low && number(at) <= high;
  }
  if (rest === "" && sign === "=") return (at) => Number.isNaN(number(at));
  const limit = parseNumber(rest);
  if (limit === null) return { message: `"${text.trim()}" is no filter. Type > 80, = 80, or 60 to 80.` };
  switch (sign) {
    case ">": return (at) => number(at) > limit;
    case "<": return (at) => number(at) < limit;
    case ">=": case "≥": return (at) => number(at) >= limit;
    case "<=": case "≤": return (at) => number(at) <= limit;
    case "!=": case "≠": return (at) => number(at) !== limit;
    case "=": return (at) => number(at) === limit;
    // What is read is what is meant: 82 finds 82.0 and not 82.4.
    default: return (at) => number(at) === limit || display(number(at), column) === rest;
  }
}

/** The chip of a filter. */
export function filterWords(column: GridColumn, text: string): string {
  const plain = text.trim();
  return /^(>=|<=|≥|≤|!=|≠|>|<|=)/.test(plain) ? `${column.name} ${plain}` : column.numeric ? `${column.name} ${plain}` : `${column.name}: ${plain}`;
}

/** "The highest yield is 82.0 %.": what there is instead of what was looked for. */
export function extremeWords(table: Table, columns: readonly GridColumn[], filtered: readonly GridColumn[]): string {
  const column = filtered.find((item) => item.numeric && item.data) ?? shownObjective(columns);
  if (!column) return "";
  const values = table.columns.get(column.key);
  const lowest = column.data?.goal?.startsWith("min") ?? false;
  let best = Number.NaN;
  for (let at = 0; at < table.rows; at += 1) {
    const value = Number(values?.[at] ?? Number.NaN);
    if (!Number.isNaN(value) && (Number.isNaN(best) || (lowest ? value < best : value > best))) best = value;
  }
  if (Number.isNaN(best)) return "";
  const unit = column.data?.unit ? ` ${column.data.unit}` : "";
  return `The ${lowest ? "lowest" : "highest"} ${sentenceName(column.name)} is ${display(best, column)}${unit}.`;
}

/** A name within a sentence: "Yield" becomes "yield", "pH" and "TON" stay. */
export const sentenceName = (name: string): string => (/^[A-Z][a-z]+( |$)/.test(name) ? name[0]!.toLowerCase() + name.slice(1) : name);
