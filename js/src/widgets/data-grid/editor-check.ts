// What can be said of a typed text before the kernel sees it.

import { display, type GridColumn, parseNumber } from "./columns";
import { readUnit } from "./units";
import type { Editor } from "./view-state";

export interface EditorCheck {
  /** The text that is sent. */
  text: string;
  message?: string;
  /** A value that would be right. */
  offer?: string;
}

export function checkTyped(editor: Pick<Editor, "text" | "before" | "reason">, column: GridColumn): EditorCheck {
  const text = editor.text.trim();
  if (editor.reason || !column.data || !column.numeric || text === "") return { text };
  if (parseNumber(text) !== null) return { text };
  const unit = readUnit(text, column.data.unit);
  if (unit?.text !== undefined) return { text: unit.text };
  if (unit?.message) return { text, message: unit.message, offer: unit.offer ?? "" };
  const back = display(parseNumber(editor.before), column);
  return { text, message: `${column.name} "${text}" is not a number. ${back ? `Press Escape to get ${back} back.` : "Press Escape to leave it empty."}` };
}
