// What one view of the table shows: its order and filters, its cursor and selection, its open
// editor. Nothing here is the kernel's; two views of a table may look at different rows.

import { batch, computed, effect, type ReadonlySignal, signal, untracked } from "@preact/signals";
import type { RowState } from "../../lib/icons";
import { uniqueId } from "../../lib/unique";
import { type DataColumn, type GridColumn, gridColumns, NUMBER } from "./columns";
import { type Filters, keepOrder, orderRows, type Sort } from "./order";
import { HEAD, type Lattice, NEW, type Place, type Rect, rectOf } from "./selection";
import type { TableStore } from "./store";

export interface Editor extends Place {
  text: string;
  /** What stood there, to come back with Escape. */
  before: string;
  error: string;
  /** A value that would be right. */
  offer: string;
  /** For a failed row: the text is the reason. */
  reason: boolean;
  /** The draft was typed over, not opened: the caret is at its end. */
  replaced: boolean;
  /** What the page showed when the typing began: others may go on meanwhile. */
  seen?: string;
}

export interface Notice {
  kind: "info" | "warn" | "error";
  title: string;
  text: string;
  acts: { label: string; run(): void }[];
}

const OVERSCAN = 4;
const HEAD_HEIGHT = 40;

export class GridView implements Lattice {
  readonly columns: ReadonlySignal<GridColumn[]>;
  readonly order = signal<Int32Array>(new Int32Array());
  readonly sorts = signal<readonly Sort[]>([]);
  readonly filters = signal<Filters>(new Map());
  readonly state = signal<RowState | null>(null);
  readonly cursor = signal<Place>({ row: NEW, key: NUMBER });
  /** The far corner of the selection; null when only the cursor's cell is selected. */
  readonly extent = signal<Place | null>(null);
  readonly editor = signal<Editor | null>(null);
  /** Of the element that says why a typed text cannot be taken. */
  readonly errorId = uniqueId();
  /** Rows that are asked about: exclude or delete. */
  readonly asking = signal<readonly number[] | null>(null);
  readonly notice = signal<Notice | null>(null);
  readonly message = signal("");
  /** What the banner says, for those who do not see it. */
  readonly spoken = signal("");
  /** Column whose filter is being typed; null when none. */
  readonly filtering = signal<string | null>(null);
  /** The objective that the Model column shows; the first one when none is chosen. */
  readonly modelOf = signal("");
  readonly finding = signal(false);
  readonly scrollTop = signal(0);
  readonly height = signal(560);
  readonly rowHeight = signal(28);
  /** Raised when the cursor's cell must take the focus once it is drawn. */
  readonly focusAsked = signal(0);
  focusDue = false;
  revealDue = false;

  private index: Map<number, number> | null = null;
  private lastIndex = 0;
  private readonly stops: (() => void)[] = [];

  constructor(readonly store: TableStore, columns: ReadonlySignal<DataColumn[]>) {
    this.columns = computed(() => gridColumns(columns.value, this.modelOf.value));
    let first = true;
    this.stops.push(
      effect(() => {
        void store.news.value;
        const known = this.columns.value;
        // What follows reads what it writes.
        untracked(() =>
          batch(() => {
            this.reorder(false, known);
            if (!first || this.rows === 0) return;
            first = false;
            this.cursor.value = { row: this.rowAt(0), key: NUMBER };
          }),
        );
      }),
    );
  }

  dispose(): void {
    this.stops.forEach((stop) => stop());
  }

  // ------------------------------------------------------------ lattice

  get rows(): number {
    return this.order.value.length;
  }

  get keys(): readonly string[] {
    return this.columns.value.map((column) => column.key);
  }

  rowIndex(row: number): number {
    if (row === HEAD) return HEAD;
    if (row === NEW) return this.rows;
    this.index ??= new Map(Array.from(this.order.peek(), (id, at) => [id, at]));
    return this.index.get(row) ?? this.rows;
  }

  rowAt(index: number): number {
    return index < 0 ? HEAD : (this.order.peek()[index] ?? NEW);
  }

  column(key: string): GridColumn | undefined {
    return this.columns.value.find((column) => column.key === key);
  }

  get rect(): Rect {
    return rectOf(this, this.cursor.value, this.extent.value ?? this.cursor.value);
  }

  /** Numbers of the rows that the selection touches; the heads and the new line are none. */
  get selectedRows(): number[] {
    const { top, bottom } = this.rect;
    const ids: number[] = [];
    for (let at = Math.max(0, top); at <= bottom && at < this.rows; at += 1) ids.push(this.rowAt(at));
    return ids;
  }

  // ------------------------------------------------------------ window

  /** First row and number of rows that are drawn. */
  get window(): { first: number; count: number } {
    const height = this.rowHeight.value;
    const first = Math.max(0, Math.floor(this.scrollTop.value / height) - OVERSCAN);
    const count = Math.ceil(this.height.value / height) + 2 * OVERSCAN;
    return { first: Math.min(first, Math.max(0, this.rows - 1)), count: Math.min(count, Math.max(0, this.rows - first)) };
  }

  get page(): number {
    return Math.max(1, Math.floor((this.height.value - HEAD_HEIGHT) / this.rowHeight.value) - 1);
  }

  /** Where the list must be scrolled to show a row. */
  scrollFor(row: number): number {
    const height = this.rowHeight.peek();
    const at = this.rowIndex(row);
    const top = this.scrollTop.peek();
    if (at < 0) return 0;
    const room = this.height.peek() - HEAD_HEIGHT - 2;
    if (at * height < top) return at * height;
    return Math.max(top, (at + 1) * height - room);
  }

  // ------------------------------------------------------------ cursor

  goTo(place: Place, focus = true): void {
    batch(() => {
      this.cursor.value = place;
      this.extent.value = null;
      this.message.value = "";
      this.lastIndex = this.rowIndex(place.row);
      if (focus) this.focus();
    });
  }

  /** The selection grows to `place`; the cursor stays. */
  extendTo(place: Place): void {
    const { row, key } = this.cursor.peek();
    this.extent.value = place.row === row && place.key === key ? null : place;
  }

  focus(): void {
    this.focusDue = true;
    this.focusAsked.value += 1;
  }

  /** Scroll to the cursor and leave the focus where it is. */
  reveal(): void {
    this.revealDue = true;
    this.focusAsked.value += 1;
  }

  selectRow(row = this.cursor.peek().row, to = row): void {
    const keys = this.keys;
    batch(() => {
      this.cursor.value = { row, key: keys[0]! };
      this.extent.value = { row: to, key: keys.at(-1)! };
    });
  }

  selectColumn(): void {
    if (this.rows === 0) return;
    const { key } = this.cursor.peek();
    batch(() => {
      this.cursor.value = { row: this.rowAt(0), key };
      this.extent.value = { row: this.rowAt(this.rows - 1), key };
      this.focus();
    });
  }

  selectAll(): void {
    if (this.rows === 0) return;
    const keys = this.keys;
    batch(() => {
      this.cursor.value = { row: this.rowAt(0), key: keys[0]! };
      this.extent.value = { row: this.rowAt(this.rows - 1), key: keys.at(-1)! };
      this.focus();
    });
  }

  /** The first cell of a row that a suggestion or a new row is typed into. */
  goToFirst(row: number): void {
    const first = this.columns.value.find((column) => column.role === "variable") ?? this.columns.value[0];
    if (!first) return;
    if (row !== NEW && this.rowIndex(row) === this.rows) this.clearFilters();
    this.goTo({ row, key: first.key });
  }

  // ------------------------------------------------------------ order

  /** Up, down, off; `more` keeps the other columns. */
  toggleSort(key: string, more: boolean): void {
    const before = this.sorts.peek();
    const known = before.find((sort) => sort.key === key);
    const next = !known ? { key, descending: false } : known.descending ? null : { key, descending: true };
    const others = more ? before.filter((sort) => sort.key !== key) : [];
    const kept = more && known && next ? before.map((sort) => (sort.key === key ? next : sort)) : next ? [...others, next] : others;
    batch(() => {
      this.sorts.value = kept;
      this.reorder(true);
    });
  }

  setState(state: RowState | null): void {
    batch(() => {
      this.state.value = state;
      this.reorder(true, undefined, NEW);
    });
  }

  setFilter(key: string, text: string): void {
    const next = new Map(this.filters.peek());
    if (text.trim()) next.set(key, text.trim());
    else next.delete(key);
    batch(() => {
      this.filters.value = next;
      this.reorder(true, undefined, NEW);
    });
  }

  clearFilters(): void {
    batch(() => {
      this.filters.value = new Map();
      this.state.value = null;
      this.reorder(true);
    });
  }

  private reorder(anew: boolean, columns = this.columns.peek(), keep = this.editor.peek()?.row ?? this.cursor.peek().row): void {
    const sorts = this.sorts.peek();
    const sticky = sorts.length > 0 && (!anew || this.editor.peek() !== null);
    const now = orderRows(this.store.news.peek().table, columns, {
      sorts: sticky && this.order.peek().length > 0 ? [] : sorts,
      filters: this.filters.peek(),
      state: this.state.peek(),
      keep,
    });
    this.order.value = sticky ? keepOrder(this.order.peek(), now) : now;
    this.index = null;
    this.keepPlaces();
  }

  /** A cursor whose row is gone goes to the one that took its place. */
  private keepPlaces(): void {
    const cursor = this.cursor.peek();
    if (cursor.row > 0) {
      const at = this.rowIndex(cursor.row);
      if (at === this.rows) this.cursor.value = { ...cursor, row: this.rowAt(Math.min(this.lastIndex, Math.max(0, this.rows - 1))) };
      else this.lastIndex = at;
    }
    const keys = this.keys;
    if (!keys.includes(this.cursor.peek().key)) this.cursor.value = { ...this.cursor.peek(), key: keys[0] ?? NUMBER };
    const extent = this.extent.peek();
    if (extent && ((extent.row > 0 && this.rowIndex(extent.row) === this.rows) || !keys.includes(extent.key))) this.extent.value = null;
    const editor = this.editor.peek();
    if (editor && ((editor.row > 0 && this.store.place(editor.row) === undefined) || !keys.includes(editor.key))) this.editor.value = null;
  }
}
