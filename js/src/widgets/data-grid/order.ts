// Which rows are shown, and in which order.

import type { RowState } from "../../lib/icons";
import { type Table, valueAt } from "../../lib/table";
import { type GridColumn, MODEL, NUMBER, predictionKey, shownObjective, STATE, stateAt, STATES } from "./columns";
import { columnTest, OUTSIDE, outsideTest, type Test } from "./filters";

export interface Sort {
  key: string;
  descending: boolean;
}

export type Filters = ReadonlyMap<string, string>;

/** Numbers of the rows that pass, in their order. */
export function orderRows(
  table: Table,
  columns: readonly GridColumn[],
  { sorts, filters, state, keep }: { sorts: readonly Sort[]; filters: Filters; state: RowState | null; keep: number },
): Int32Array {
  const tests: Test[] = [];
  if (state) tests.push((at) => stateAt(table, at) === state);
  if (filters.has(OUTSIDE)) tests.push(outsideTest(table, columns));
  for (const [key, text] of filters) {
    const column = columns.find((item) => item.key === key);
    const test = column && columnTest(table, column, text);
    if (typeof test === "function") tests.push(test);
  }
  const ids = table.columns.get("id");
  const places: number[] = [];
  for (let at = 0; at < table.rows; at += 1) {
    // The row that is worked on stays until the work is done.
    if (Number(ids?.[at]) === keep || tests.every((test) => test(at))) places.push(at);
  }
  const compare = sorts.map((sort) => comparison(table, columns, sort));
  if (compare.length > 0) {
    places.sort((a, b) => {
      for (const by of compare) {
        const order = by(a, b);
        if (order !== 0) return order;
      }
      return a - b;
    });
  }
  return Int32Array.from(places, (at) => Number(ids?.[at]));
}

/** The rows that pass now in the order that was: sorted rows do not move until they are sorted again. */
export function keepOrder(before: Int32Array, now: Int32Array): Int32Array {
  const present = new Set(now);
  const kept = before.filter((id) => present.has(id));
  const known = new Set(kept);
  const more = now.filter((id) => !known.has(id));
  const all = new Int32Array(kept.length + more.length);
  all.set(kept);
  all.set(more, kept.length);
  return all;
}

function comparison(table: Table, columns: readonly GridColumn[], { key, descending }: Sort): (a: number, b: number) => number {
  const sign = descending ? -1 : 1;
  const objective = shownObjective(columns);
  const source = key === NUMBER ? "id" : key === MODEL && objective ? predictionKey("mean", objective.key) : key;
  if (key === STATE) {
    const rank = (at: number) => STATES.indexOf(stateAt(table, at));
    return (a, b) => sign * (rank(a) - rank(b));
  }
  const column = table.columns.get(source);
  if (!column) return () => 0;
  if (Array.isArray(column)) {
    return (a, b) => missingLast(valueAt(table, source, a), valueAt(table, source, b), () => sign * collate.compare(column[a]!, column[b]!));
  }
  return (a, b) => {
    const left = column[a]!;
    const right = column[b]!;
    return missingLast(Number.isNaN(left) ? null : left, Number.isNaN(right) ? null : right, () => sign * (left - right));
  };
}

const collate = new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });

function missingLast(a: unknown, b: unknown, otherwise: () => number): number {
  if (a === null || b === null) return a === b ? 0 : a === null ? 1 : -1;
  return otherwise();
}

export function countStates(table: Table): Record<RowState, number> {
  const counts: Record<RowState, number> = { suggested: 0, running: 0, done: 0, failed: 0, excluded: 0 };
  for (let at = 0; at < table.rows; at += 1) counts[stateAt(table, at)] += 1;
  return counts;
}
