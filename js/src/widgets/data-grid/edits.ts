// What people do to the table, as intents. An edit shows at once and returns if it is refused;
// what was typed is never thrown away.

import { batch, signal } from "@preact/signals";
import type { RowState } from "../../lib/icons";
import { type Ask, IntentError, isAside, type Result } from "../../lib/intents";
import { valueAt } from "../../lib/table";
import { parseTsv } from "../../lib/tsv";
import { type GridColumn, plural, rawText, stateAt } from "./columns";
import { type EditorCheck, checkTyped } from "./editor-check";
import { NEW, type Place } from "./selection";
import type { TableStore } from "./store";
import type { Editor, GridView } from "./view-state";

interface CellEdit {
  row: number;
  column: string;
  text: string;
}

const SLOW_MS = 1000;
/** The kernel may answer before its news of the table: so long the typed text stays. */
const LINGER_MS = 400;

export class GridEdits {
  /** Changes without an answer, once the oldest waits for a second. */
  readonly slow = signal(0);
  private waiting = 0;
  private slowTimer: ReturnType<typeof setTimeout> | undefined;
  private readonly timers = new Set<ReturnType<typeof setTimeout>>();
  /** The row that is being made by typing into the new line, while the typing goes on in it. */
  private making: Promise<number> | null = null;
  private over = false;

  constructor(
    private readonly ask: Ask,
    private readonly store: TableStore,
    private readonly view: GridView,
    /** What the page shows now. */
    private readonly shows: () => string = () => "",
  ) {}

  dispose(): void {
    this.over = true;
    clearTimeout(this.slowTimer);
    this.timers.forEach(clearTimeout);
  }

  // ------------------------------------------------------------ one cell

  textOf(row: number, column: GridColumn): string {
    const at = this.store.place(row);
    return at === undefined ? "" : rawText(valueAt(this.store.table, column.key, at));
  }

  /** Open the cursor's cell, with `typed` in place of what is there. */
  open(place: Place = this.view.cursor.peek(), typed: string | null = null, error = ""): boolean {
    const column = this.view.column(place.key);
    if (!column || place.row < 0) return false;
    const at = this.store.place(place.row);
    const state = at === undefined ? null : stateAt(this.store.table, at);
    const reason = column.role === "model" && state === "failed";
    if (!column.data && !(column.role === "state" && state) && !reason) return false;
    const before = reason ? rawText(valueAt(this.store.table, "reason", at!)) : column.role === "state" ? state! : this.textOf(place.row, column);
    batch(() => {
      this.view.cursor.value = { row: place.row, key: place.key };
      this.view.asking.value = null;
      this.view.editor.value = { ...place, text: typed ?? before, before, error, offer: "", reason, replaced: typed !== null, seen: this.shows() };
    });
    return true;
  }

  /** Escape: the last good value, and the focus back on the cell. */
  restore(): void {
    if (!this.view.editor.peek()) return;
    this.view.editor.value = null;
    this.view.focus();
  }

  /** Take the open editor's text; false while it needs its writer. `next` is where the cursor goes. */
  commit(next: Place | null = null, everywhere = false): boolean {
    const editor = this.view.editor.peek();
    const column = editor && this.view.column(editor.key);
    if (!editor || !column) return true;
    const check: EditorCheck = checkTyped(editor, column);
    if (check.message) {
      this.view.editor.value = { ...editor, error: check.message, offer: check.offer ?? "" };
      return false;
    }
    batch(() => {
      this.view.editor.value = null;
      if (next) this.view.goTo(next);
    });
    const cells = everywhere ? this.selectedCells() : null;
    if (cells && cells.length > 1) void this.edit(cells.map((cell) => ({ ...cell, text: check.text })), editor.seen);
    else if (editor.reason) void this.setState([editor.row], "failed", check.text);
    else if (column.role === "state") this.chooseState(editor.row, check.text);
    else if (check.text !== editor.before) {
      if (editor.row === NEW) this.typeNew(editor.key, check.text, next?.row === NEW && next.key !== editor.key);
      else void this.edit([{ row: editor.row, column: editor.key, text: check.text }], editor.seen);
    }
    return true;
  }

  /** Data cells of the selection. */
  selectedCells(): { row: number; column: string }[] {
    const { left, right } = this.view.rect;
    const columns = this.view.columns.peek().slice(left, right + 1).filter((column) => column.data);
    return this.view.selectedRows.flatMap((row) => columns.map((column) => ({ row, column: column.key })));
  }

  /** Write texts into cells; `seen` is what the page showed when the typing began. */
  async edit(cells: CellEdit[], seen?: string): Promise<Result | null> {
    if (cells.length === 0) return null;
    const hide = this.store.show(cells);
    const before = this.store.table;
    try {
      const result = await this.send("edit", { cells }, seen || undefined);
      if (this.store.table !== before || this.over) hide();
      else this.later(hide, LINGER_MS);
      if (typeof result["words"] === "string") this.view.message.value = result["words"];
      return result;
    } catch (fault) {
      hide();
      this.refused(fault as IntentError, cells);
      return null;
    }
  }

  private typeNew(column: string, text: string, goesOn: boolean): void {
    const made = this.making;
    if (made) {
      // The row of this line is on its way: the second cell belongs to it.
      void made.then((row) => (row > 0 ? this.edit([{ row, column, text }]) : null));
      if (!goesOn) this.making = null;
      return;
    }
    const row = this.edit([{ row: NEW, column, text }]).then((result) => Number((result?.["rows"] as number[] | undefined)?.[0] ?? 0));
    if (!goesOn) return;
    this.making = row;
    void row.then((id) => {
      if (this.making !== row || this.over) return;
      this.making = null;
      if (id === 0) return;
      batch(() => {
        const { cursor, editor } = this.view;
        if (cursor.peek().row === NEW) this.view.goTo({ row: id, key: cursor.peek().key }, editor.peek() === null);
        if (editor.peek()?.row === NEW) editor.value = { ...editor.peek()!, row: id };
      });
    });
  }

  // ------------------------------------------------------------ blocks

  clear(): void {
    const cells = this.selectedCells().filter(({ row, column }) => this.textOf(row, this.view.column(column)!) !== "");
    if (cells.length === 0) return;
    const hide = this.store.show(cells.map((cell) => ({ ...cell, text: "" })));
    this.send("clear", { cells }).then(
      () => this.later(hide, LINGER_MS),
      (fault: IntentError) => {
        hide();
        this.refused(fault, []);
      },
    );
  }

  /** The first row of the selection into those below; one cell takes what is above it. */
  fillDown(toRow?: number): void {
    const { top, bottom, left, right } = this.view.rect;
    const end = toRow === undefined ? bottom : this.view.rowIndex(toRow);
    const source = this.view.rowAt(top === end ? top - 1 : top);
    if (source <= 0) return;
    const columns = this.view.columns.peek().slice(left, right + 1).filter((column) => column.data);
    const cells: CellEdit[] = [];
    for (let at = top === end ? top : top + 1; at <= end && at < this.view.rows; at += 1) {
      for (const column of columns) cells.push({ row: this.view.rowAt(at), column: column.key, text: this.textOf(source, column) });
    }
    void this.edit(cells);
  }

  async paste(text: string): Promise<void> {
    if (text.trim() === "") return;
    const cursor = this.view.cursor.peek();
    const all = this.view.columns.peek();
    const { top, left } = this.view.rect;
    const columns = all.slice(Math.max(0, left)).filter((column) => column.data).map((column) => column.key);
    const column = columns[0];
    if (column === undefined) return this.say("Paste into a variable, a result or the note.");
    const count = parseTsv(text).length;
    const rows: number[] = [];
    for (let at = Math.max(0, top); at < this.view.rows && rows.length < count; at += 1) rows.push(this.view.rowAt(at));
    const row = cursor.row > 0 ? (rows[0] ?? NEW) : NEW;
    try {
      const result = await this.send("paste", { text, row, column, columns, rows: row === NEW ? [] : rows });
      this.pasted(result, column, columns, parseTsv(text)[0]?.length ?? 1);
    } catch (fault) {
      this.refused(fault as IntentError, []);
    }
  }

  private pasted(result: Result, column: string, columns: string[], width: number): void {
    const rows = (result["rows"] as number[] | undefined) ?? [];
    const words = String(result["words"] ?? "");
    const cut = words.indexOf(". ") + 1;
    const bad = result["first_bad"] as { row: number; column: string; text: string; message: string } | null | undefined;
    const acts = [
      ...(bad ? [{ label: "Go to value", run: () => this.goToBad(bad) }] : []),
      { label: "Undo", run: () => void this.quiet("undo").then(() => this.dismiss()) },
    ];
    batch(() => {
      this.view.notice.value = { kind: "info", title: cut > 0 ? words.slice(0, cut) : words, text: cut > 0 ? words.slice(cut + 1) : "", acts };
      if (rows.length > 0 && this.view.rowIndex(rows[0]!) < this.view.rows) {
        this.view.goTo({ row: rows[0]!, key: column });
        this.view.extendTo({ row: rows.at(-1)!, key: columns[Math.min(width, columns.length) - 1] ?? column });
      }
      this.view.spoken.value = words;
    });
  }

  private goToBad({ row, column, text, message }: { row: number; column: string; text: string; message: string }): void {
    if (this.view.rowIndex(row) === this.view.rows) this.view.clearFilters();
    this.view.goTo({ row, key: column });
    this.open({ row, key: column }, text, message);
  }

  // ------------------------------------------------------------ rows

  async setState(rows: number[], state: RowState | "restore", reason = ""): Promise<void> {
    await this.quiet("set_state", { rows, state, reason });
  }

  /** What was chosen in a state cell. A failed row is asked for its reason where it will stand. */
  private chooseState(row: number, choice: string): void {
    const at = this.store.place(row);
    const state = at === undefined ? "" : stateAt(this.store.table, at);
    if (choice === state) return;
    if (choice === "accept") void this.quiet("accept", { rows: [row] });
    else if (choice === "failed") {
      void this.setState([row], "failed").then(() => {
        if (this.view.editor.peek() === null && this.view.column("model")) this.open({ row, key: "model" }, "");
      });
    } else void this.setState([row], choice as RowState | "restore");
  }

  askAbout(row: number): void {
    const { left, right } = this.view.rect;
    const wide = left === 0 && right === this.view.keys.length - 1;
    this.view.asking.value = wide ? this.view.selectedRows : [row];
  }

  async answer(what: "excluded" | "restore" | "delete" | "keep"): Promise<void> {
    const rows = [...(this.view.asking.peek() ?? [])];
    batch(() => {
      this.view.asking.value = null;
      this.view.focus();
    });
    if (what === "keep" || rows.length === 0) return;
    if (what === "delete") {
      const done = await this.quiet("delete", { rows });
      if (done) this.say(`Deleted ${plural(rows.length, "row")}. Undo brings ${rows.length === 1 ? "it" : "them"} back.`);
    } else await this.setState(rows, what);
  }

  async addRow(): Promise<void> {
    this.view.clearFilters();
    const result = await this.quiet("add_row");
    const row = Number(result?.["row"] ?? 0);
    if (row > 0) this.view.goToFirst(row);
  }

  async plan(count: number): Promise<void> {
    const result = await this.quiet("plan", { n: count });
    const rows = (result?.["rows"] as number[] | undefined) ?? [];
    if (rows[0] !== undefined) this.view.goToFirst(rows[0]);
  }

  // ------------------------------------------------------------ asking

  say(words: string): void {
    this.view.message.value = words;
  }

  dismiss(): void {
    this.view.spoken.value = "";
    this.view.notice.value = null;
  }

  /** Ask, and say in the banner what was refused. */
  async quiet(name: string, args: Record<string, unknown> = {}): Promise<Result | null> {
    try {
      return await this.send(name, args);
    } catch (fault) {
      this.refused(fault as IntentError, []);
      return null;
    }
  }

  private async send(name: string, args: Record<string, unknown>, seen?: string): Promise<Result> {
    this.waiting += 1;
    if (this.waiting === 1) {
      this.slowTimer = setTimeout(() => {
        this.slow.value = this.waiting;
      }, SLOW_MS);
    } else if (this.slow.peek() > 0) this.slow.value = this.waiting;
    try {
      return await this.ask(name, args, seen);
    } finally {
      this.waiting -= 1;
      if (this.waiting === 0) {
        clearTimeout(this.slowTimer);
        this.slow.value = 0;
      } else if (this.slow.peek() > 0) this.slow.value = this.waiting;
    }
  }

  /** A refused cell opens again with its text, unless another is being typed. */
  private refused(fault: IntentError, cells: readonly CellEdit[]): void {
    if (this.over) return;
    if (isAside(fault)) {
      // Theirs is in the cell, and the panel shows the choice.
      this.view.spoken.value = fault.message;
      return;
    }
    const cell = cells.find((item) => item.row === fault.row && item.column === fault.column) ?? (cells.length === 1 ? cells[0] : undefined);
    const reopen = (): void => {
      if (!cell) return;
      this.dismiss();
      this.view.goTo({ row: cell.row, key: cell.column }, false);
      this.open({ row: cell.row, key: cell.column }, cell.text, fault.message);
    };
    if (cell && cells.length === 1 && this.view.editor.peek() === null) return reopen();
    this.view.notice.value = {
      kind: "error",
      title: "",
      text: fault.message,
      acts: [...(cell ? [{ label: "Go to value", run: reopen }] : []), { label: "Close", run: () => this.dismiss() }],
    };
  }

  private later(run: () => void, delay: number): void {
    const timer = setTimeout(() => {
      this.timers.delete(timer);
      run();
    }, delay);
    this.timers.add(timer);
  }
}

export type { Editor };
