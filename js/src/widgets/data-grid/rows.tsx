// The rows that are in view, with room held for those that are not.

import { Component, type JSX } from "preact";
import { type Table, valueAt } from "../../lib/table";
import { cellView, type RowFacts } from "./cells";
import { displayTyped, type GridColumn, stateAt } from "./columns";
import { CellEditor, EditorError, RowQuestion } from "./editors";
import type { GridEdits } from "./edits";
import type { Scale } from "./scale";
import { isWide, NEW } from "./selection";
import { cellKey } from "./store";
import type { Editor, GridView } from "./view-state";

interface RowsProps {
  view: GridView;
  edits: GridEdits;
  scale: Scale | null;
  best: number;
  lit: number;
  live: boolean;
}

const gap = (key: string, rows: number, height: number): JSX.Element | null =>
  rows > 0 ? <div key={key} role="presentation" class="gap" style={{ height: `${rows * height}px` }} /> : null;

export function Rows(props: RowsProps) {
  const { view } = props;
  const height = view.rowHeight.value;
  const { first, count } = view.window;
  const end = first + count;
  const parts: (JSX.Element | null)[] = [];
  // The focused cell stays in the page when it is scrolled out of sight: keys still reach it.
  const far = [view.cursor.value.row, view.editor.value?.row ?? NEW]
    .map((row) => (row > 0 ? view.rowIndex(row) : -1))
    .filter((at, place, all) => at >= 0 && at < view.rows && (at < first || at >= end) && all.indexOf(at) === place)
    .sort((a, b) => a - b);
  let next = 0;
  const skipTo = (at: number) => {
    parts.push(gap(`gap ${next}`, at - next, height));
    next = at;
  };
  const one = (at: number) => {
    skipTo(at);
    parts.push(...rowParts(props, view.rowAt(at), at));
    next = at + 1;
  };
  for (const at of far) if (at < first) one(at);
  for (let at = first; at < end && at < view.rows; at += 1) one(at);
  for (const at of far) if (at >= end) one(at);
  skipTo(view.rows);
  if (props.live) parts.push(...newRow(props));
  return <div role="rowgroup">{parts}</div>;
}

function rowParts(props: RowsProps, row: number, index: number): (JSX.Element | null)[] {
  const { view, edits, lit, scale, live } = props;
  const { table, fresh } = view.store.news.value;
  const at = view.store.place(row);
  if (at === undefined) return [];
  const columns = view.columns.value;
  const cursor = view.cursor.value;
  const { rect } = view;
  const within = view.extent.value !== null && index >= rect.top && index <= rect.bottom;
  const editor = view.editor.value?.row === row ? view.editor.value : null;
  const corner = live && !editor && cursor.row > 0 && rect.top >= 0 && index === Math.min(rect.bottom, view.rows - 1);
  const line = {
    view, edits, scale, columns, row, at, index, editor,
    news: table,
    typed: view.store.typed.value,
    best: row === props.best,
    lit: row === lit,
    fresh: fresh.has(row),
    cursor: cursor.row === row ? cursor.key : "",
    left: within ? rect.left : -1,
    right: within ? rect.right : -1,
    whole: within && isWide(rect, columns.length),
    corner: corner && columns[rect.right]?.data ? rect.right : -1,
  };
  return [<RowLine key={row} {...line} />, ...below(props, row)];
}

interface LineProps {
  view: GridView;
  edits: GridEdits;
  scale: Scale | null;
  columns: readonly GridColumn[];
  row: number;
  at: number;
  index: number;
  news: Table;
  typed: ReadonlyMap<string, string>;
  editor: Editor | null;
  best: boolean;
  lit: boolean;
  fresh: boolean;
  /** Column of the cursor when it is in this row. */
  cursor: string;
  /** Selected columns, -1 for none. */
  left: number;
  right: number;
  whole: boolean;
  /** Column with the corner that fills down. */
  corner: number;
}

/** A row is drawn again only when something of it has changed: the cursor moves past all others. */
class RowLine extends Component<LineProps> {
  override shouldComponentUpdate(next: Readonly<LineProps>): boolean {
    return (Object.keys(next) as (keyof LineProps)[]).some((key) => next[key] !== this.props[key]);
  }

  override render({ view, edits, scale, columns, row, at, index, news, typed, editor, best, lit, fresh, cursor, left, right, whole, corner }: LineProps): JSX.Element {
    const state = stateAt(news, at);
    const facts: RowFacts = { table: news, at, row, state, best, scale, typed: (column) => typed.get(cellKey(row, column)) };
    const classes = ["r", `is-${state}`, whole && "is-sel", lit && "is-lit", fresh && "is-new"].filter(Boolean).join(" ");
    return (
      <div role="row" class={classes} data-row={row} aria-rowindex={index + 2} aria-selected={whole ? "true" : undefined}>
        {columns.map((column, place) => {
          const editing = editor?.key === column.key;
          const cell = editing ? null : cellView(facts, column);
          const selected = left >= 0 && place >= left && place <= right;
          const kind = cell?.classes ?? `edit${column.numeric ? " num" : ""}${column.role === "state" ? " stc" : ""}${column.shown ? " yc" : ""}`;
          return (
            <div
              key={column.key}
              role={column.role === "number" ? "rowheader" : "gridcell"}
              class={[kind, selected && "sel", editing && editor.error && "bad"].filter(Boolean).join(" ")}
              data-key={column.key}
              aria-colindex={place + 1}
              aria-selected={selected ? "true" : undefined}
              aria-label={cell && column.role !== "number" ? `${column.name}, row ${row}, ${cell.words}` : undefined}
              aria-description={cell?.description || undefined}
              tabIndex={cursor === column.key && !editing ? 0 : -1}
            >
              {editing ? <CellEditor view={view} edits={edits} editor={editor} column={column} state={state} /> : cell?.content}
              {corner === place && <span class="fill" data-fill="" />}
            </div>
          );
        })}
      </div>
    );
  }
}

/** What stands under a row while it is worked on. */
function below({ view, edits }: RowsProps, row: number): (JSX.Element | null)[] {
  const editor = view.editor.value?.row === row ? view.editor.value : null;
  const column = editor && view.column(editor.key);
  const asking = view.asking.value;
  const asked = asking && row === asking.at(-1);
  const { table } = view.store;
  return [
    editor?.error && column ? <EditorError key={`${row} error`} view={view} edits={edits} editor={editor} column={column} /> : null,
    asked ? (
      <RowQuestion
        key={`${row} question`}
        view={view}
        edits={edits}
        rows={asking}
        states={asking.map((id) => stateAt(table, view.store.place(id) ?? -1))}
      />
    ) : null,
  ];
}

function newRow(props: RowsProps): (JSX.Element | null)[] {
  const { view, edits } = props;
  const columns = view.columns.value;
  const cursor = view.cursor.value;
  const editor = view.editor.value?.row === NEW ? view.editor.value : null;
  const typed = view.store.typed.value;
  const number = nextNumber(view.store.table);
  const content = (column: GridColumn): string => {
    if (column.role === "number") return String(number);
    if (column.role === "state") return "new row";
    const text = typed.get(cellKey(NEW, column.key));
    return text === undefined ? "" : displayTyped(text, column);
  };
  return [
    <div key="new" role="row" class="r new" data-row={NEW} aria-rowindex={view.rows + 2}>
      {columns.map((column, place) => {
        const editing = editor?.key === column.key;
        const isCursor = cursor.row === NEW && cursor.key === column.key;
        const kind = column.role === "number" ? "no" : column.role === "state" ? "stc" : column.numeric ? "v num" : "v";
        const classes = [editing ? `edit${column.numeric ? " num" : ""}` : kind, column.shown && "yc", editing && editor.error && "bad"];
        return (
          <div
            key={column.key}
            role={column.role === "number" ? "rowheader" : "gridcell"}
            class={classes.filter(Boolean).join(" ")}
            data-key={column.key}
            aria-colindex={place + 1}
            aria-label={column.role === "number" ? `${number}, new row` : editing ? undefined : `${column.name}, new row`}
            tabIndex={isCursor && !editing ? 0 : -1}
          >
            {editing ? <CellEditor view={view} edits={edits} editor={editor} column={column} state={null} /> : content(column)}
          </div>
        );
      })}
    </div>,
    ...below(props, NEW),
  ];
}

function nextNumber(table: Table): number {
  return Number(table.rows === 0 ? 0 : (valueAt(table, "id", table.rows - 1) ?? 0)) + 1;
}

