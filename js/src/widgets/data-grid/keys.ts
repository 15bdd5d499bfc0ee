// Keys of the grid, outside the editors.

import { MODEL, NUMBER, STATE } from "./columns";
import type { GridEdits } from "./edits";
import { HEAD, moved, NEW } from "./selection";
import type { GridView } from "./view-state";

/** Whether the key was one of the grid's; then it must not do anything else. */
export function gridKey(event: KeyboardEvent, view: GridView, edits: GridEdits, live: boolean): boolean {
  const { key, shiftKey, altKey } = event;
  const ctrl = event.ctrlKey || event.metaKey;
  const cursor = view.cursor.peek();
  const onHead = cursor.row === HEAD;

  if (altKey) {
    if (key !== "ArrowDown") return false;
    if (onHead) {
      if (cursor.key !== MODEL) view.filtering.value = cursor.key;
      return true;
    }
    return live && (view.column(cursor.key)?.role === "state" || view.column(cursor.key)?.data?.kind === "categorical") && edits.open();
  }
  const to = moved(view, shiftKey ? (view.extent.peek() ?? cursor) : cursor, key, ctrl, view.page);
  if (to) {
    if (shiftKey && !onHead) {
      view.extendTo(to.row === HEAD ? { ...to, row: view.rowAt(0) } : to);
      return true;
    }
    view.goTo(to);
    return true;
  }
  if (ctrl) return withCtrl(key.toLowerCase(), view, edits, live);
  if (onHead) {
    if (key !== "Enter" && key !== " ") return false;
    view.toggleSort(cursor.key, shiftKey);
    view.focus();
    return true;
  }
  if (key === " " && (shiftKey || cursor.key === NUMBER) && cursor.row !== NEW) {
    const { top, bottom } = view.rect;
    view.selectRow(view.rowAt(top), view.rowAt(Math.min(bottom, view.rows - 1)));
    view.focus();
    return true;
  }
  if (key === "Escape" && view.extent.peek()) {
    view.extent.value = null;
    return true;
  }
  if (!live) return false;
  if (key === "Enter" || key === "F2") return edits.open();
  if (key === "Delete" || key === "Backspace") {
    if (cursor.key === NUMBER && cursor.row !== NEW) edits.askAbout(cursor.row);
    else edits.clear();
    return true;
  }
  if (key.length === 1 && key !== " ") return typed(key, view, edits);
  return false;
}

function withCtrl(key: string, view: GridView, edits: GridEdits, live: boolean): boolean {
  if (key === "a") view.selectAll();
  else if (key === "f") view.finding.value = true;
  else if (key === " ") view.selectColumn();
  else if (key === "d" && live) edits.fillDown();
  else return false;
  return true;
}

/** Typing replaces; over a choice it takes the first that begins so. */
function typed(letter: string, view: GridView, edits: GridEdits): boolean {
  const cursor = view.cursor.peek();
  const column = view.column(cursor.key);
  if (!column || cursor.key === NUMBER) return false;
  if (column.role === "state") return cursor.key === STATE && edits.open();
  const choices = column.data?.kind === "categorical" ? (column.data.categories ?? []) : null;
  if (!choices) return edits.open(cursor, letter);
  const begins = choices.find((choice) => choice.toLowerCase().startsWith(letter.toLowerCase()));
  return edits.open(cursor, begins ?? null);
}
