// Blocks to and from spreadsheets, by the browser's own clipboard events.

import { valueAt } from "../../lib/table";
import { formatTsv } from "../../lib/tsv";
import { rawText, stateAt } from "./columns";
import type { GridEdits } from "./edits";
import type { TableStore } from "./store";
import type { GridView } from "./view-state";

/** The selection as tab-separated text in full precision. Of whole rows only what can be pasted. */
function copyText(view: GridView, store: TableStore): string {
  const { left, right } = view.rect;
  const touched = view.columns.peek().slice(left, right + 1);
  const data = touched.filter((column) => column.data);
  const columns = data.length > 0 ? data : touched;
  const { table } = store;
  return formatTsv(
    view.selectedRows.map((row) => {
      const at = store.place(row);
      if (at === undefined) return [];
      return columns.map((column) => {
        if (column.role === "number") return String(row);
        if (column.role === "state") return stateAt(table, at);
        return rawText(valueAt(table, column.key, at));
      });
    }),
  );
}

const inEditor = (event: Event): boolean => (event.target as HTMLElement).closest?.("input, select, textarea") != null;

export function clipboardHandlers(view: GridView, store: TableStore, edits: GridEdits, live: () => boolean) {
  const copy = (event: ClipboardEvent): boolean => {
    if (inEditor(event) || view.selectedRows.length === 0) return false;
    event.clipboardData?.setData("text/plain", copyText(view, store));
    event.preventDefault();
    event.stopPropagation();
    return true;
  };
  return {
    onCopy: (event: ClipboardEvent) => {
      copy(event);
    },
    onCut: (event: ClipboardEvent) => {
      if (live() && copy(event)) edits.clear();
    },
    onPaste: (event: ClipboardEvent) => {
      if (!live() || inEditor(event)) return;
      event.preventDefault();
      event.stopPropagation();
      void edits.paste(event.clipboardData?.getData("text/plain") ?? "");
    },
  };
}

/** The paste button: browsers may keep the clipboard from a page, the keys always work. */
export async function pasteFromButton(view: GridView, edits: GridEdits): Promise<void> {
  try {
    await edits.paste(await navigator.clipboard.readText());
  } catch {
    edits.say("Press Ctrl+V to paste here.");
    view.focus();
  }
}
