// Widths of the columns: as wide as their heads and values need, the rest shared.

import { display, type GridColumn } from "./columns";

/** Widths of a letter at 12 px, in a value and in a semi-bold head; wide fonts of notebooks included. */
const LETTER = 6.7;
const BOLD = 7.8;

export function template(columns: readonly GridColumn[], biggest: number): string {
  return columns.map((column) => width(column, biggest)).join(" ");
}

/** Width of the number column; the state column sticks to its right. */
export const numberWidth = (biggest: number): number => Math.max(32, 16 + 7 * String(biggest).length);

/** The least width of the whole grid, below which it scrolls. */
export function leastWidth(columns: readonly GridColumn[], biggest: number): number {
  return columns.reduce((sum, column) => sum + Number(/\d+/.exec(width(column, biggest))?.[0] ?? 0), 0);
}

function width(column: GridColumn, biggest: number): string {
  switch (column.role) {
    case "number": return `${numberWidth(biggest)}px`;
    case "state": return "94px";
    case "model": return "minmax(124px,1.5fr)";
    case "note": return "minmax(96px,1.2fr)";
    case "objective": return `minmax(${needed(column, 84)}px,1fr)`;
    default: return `minmax(${needed(column, 50)}px,${column.numeric ? 1 : 0.9}fr)`;
  }
}

function needed(column: GridColumn, least: number): number {
  const { data } = column;
  const texts = [data?.unit ?? "", ...(data?.categories ?? []), data?.low == null ? "" : display(data.low, column), data?.high == null ? "" : display(data.high, column)];
  const letters = Math.max(...texts.map((text) => text.length));
  return Math.round(Math.min(160, Math.max(least, 18 + LETTER * letters, 18 + BOLD * column.name.length)));
}
