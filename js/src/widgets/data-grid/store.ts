// The decoded table of a model. All its views share one: it is decoded once, patched once, and
// what a view has typed but the kernel has not answered shows in all of them.

import type { AnyModel } from "@anywidget/types";
import { signal } from "@preact/signals";
import type { Ask, Result } from "../../lib/intents";
import type { RowState } from "../../lib/icons";
import { applyPatch, decodeTable, EMPTY, ID, indexRows, type Patch, type Table } from "../../lib/table";
import { STATE, STATES } from "./columns";

interface TableNews {
  table: Table;
  /** Rows that came with the last news. */
  fresh: ReadonlySet<number>;
}

export class TableStore {
  readonly news = signal<TableNews>({ table: EMPTY, fresh: new Set() });
  /** Texts on their way to the kernel, by `cellKey`. */
  readonly typed = signal<ReadonlyMap<string, string>>(new Map());
  readonly error = signal("");
  private places: Map<number, number> | null = null;
  private readonly views = new Map<symbol, Ask>();
  private asked = -1;

  constructor(private readonly model: AnyModel) {}

  get table(): Table {
    return this.news.value.table;
  }

  /** Index of a row in the table's columns; undefined when it is not there. */
  place(id: number): number | undefined {
    this.places ??= indexRows(this.news.peek().table);
    return this.places.get(id);
  }

  /** Another view begins; returns its end. */
  open(ask: Ask): () => void {
    const view = Symbol("view");
    this.views.set(view, ask);
    if (this.views.size === 1) {
      this.model.on("change:table", this.whole);
      this.model.on("msg:custom", this.message);
      this.whole();
      // The trait keeps the last whole table: after patches that nobody followed it is behind.
      const revision = Number(this.model.get("revision") ?? 0);
      if (this.news.peek().table.revision < revision) this.refresh();
    }
    return () => {
      this.views.delete(view);
      if (this.views.size > 0) return;
      this.model.off("change:table", this.whole);
      this.model.off("msg:custom", this.message);
    };
  }

  /** Show `text` in cells until the kernel has answered; returns what takes it away. */
  show(cells: readonly { row: number; column: string; text: string }[]): () => void {
    const next = new Map(this.typed.peek());
    for (const { row, column, text } of cells) next.set(cellKey(row, column), text);
    this.typed.value = next;
    return () => {
      const rest = new Map(this.typed.peek());
      for (const { row, column, text } of cells) if (rest.get(cellKey(row, column)) === text) rest.delete(cellKey(row, column));
      this.typed.value = rest;
    };
  }

  private readonly whole = (): void => {
    const view = this.model.get("table") as DataView | null | undefined;
    try {
      const before = this.news.peek().table;
      const known = before.rows > 0 ? (this.places ?? indexRows(before)) : null;
      const table = view?.byteLength ? decodeTable(view) : EMPTY;
      const ids = table.columns.get(ID);
      this.set(table, new Set(known && ids && !Array.isArray(ids) ? [...ids].filter((id) => !known.has(id)) : []));
      this.error.value = "";
    } catch (fault) {
      this.error.value = `The table cannot be read. ${(fault as Error).message}`;
    }
  };

  private readonly message = (event: Result): void => {
    if (event["event"] !== "patch") return;
    const patch = event as unknown as Patch;
    // A patch names the state, the table counts it.
    for (const row of patch.rows) if (typeof row[STATE] === "string") row[STATE] = STATES.indexOf(row[STATE] as RowState);
    const { table } = this.news.peek();
    if (patch.base !== table.revision) {
      if (patch.revision > table.revision) this.refresh();
      return;
    }
    const known = this.places ?? indexRows(table);
    const fresh = new Set(patch.rows.map((row) => Number(row["id"])).filter((id) => !known.has(id)));
    const after = applyPatch(table, patch, known);
    this.set(after, fresh, after.rows === known.size && !patch.removed?.length ? known : null);
  };

  private refresh(): void {
    const { revision } = this.news.peek().table;
    const [ask] = this.views.values();
    // Asked once for each state of the table: an answer that does not help is not asked for again.
    if (!ask || this.asked === revision) return;
    this.asked = revision;
    ask("refresh").catch(() => {}).then(() => {
      this.asked = -1;
    });
  }

  private set(table: Table, fresh: ReadonlySet<number>, places: Map<number, number> | null = null): void {
    this.places = places;
    this.news.value = { table, fresh };
  }
}

export const cellKey = (row: number, column: string): string => `${row}\t${column}`;

const stores = new WeakMap<AnyModel, TableStore>();

export function storeOf(model: AnyModel): TableStore {
  const known = stores.get(model) ?? new TableStore(model);
  stores.set(model, known);
  return known;
}
