// The words of the status bar.

import { formatResult, plain } from "../../lib/numbers";
import { valueAt } from "../../lib/table";
import { shownObjective, plural } from "./columns";
import type { GridEdits } from "./edits";
import { sentenceName } from "./filters";
import type { GridView } from "./view-state";

/** "29 rows   2 selected, mean yield 62.9 %" */
export function leftWords(view: GridView): string {
  const all = view.store.table.rows;
  const words = [view.rows === all ? plural(all, "row") : `${plain(view.rows, 0)} of ${plural(all, "row")}`];
  if (view.extent.value) {
    const rows = view.selectedRows;
    const objective = shownObjective(view.columns.value);
    const values = objective ? rows.map((row) => valueAt(view.store.table, objective.key, view.store.place(row) ?? -1)).filter((value) => typeof value === "number") : [];
    let selected = `${plain(rows.length, 0)} selected`;
    if (objective && values.length > 0) {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
      const unit = objective.data?.unit ? ` ${objective.data.unit}` : "";
      selected += `, mean ${sentenceName(objective.name)} ${formatResult(mean, objective.data?.noise ?? null)}${unit}`;
    }
    words.push(selected);
  }
  return words.join(" · ");
}

const MAC = typeof navigator !== "undefined" && /Mac|iP(hone|ad)/.test(navigator.platform);

export function rightWords(view: GridView, edits: GridEdits, undo: string | null): string {
  if (edits.slow.value > 0) return `Saving, ${plural(edits.slow.value, "change")} on its way`;
  if (view.message.value) return view.message.value;
  return undo ? `${MAC ? "⌘" : "Ctrl+"}Z undoes “${undo}”` : "";
}
