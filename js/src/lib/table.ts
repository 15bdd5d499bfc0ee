// The binary table that the kernel sends: a header of JSON, then one buffer for each column.
// Patches change single rows, so that a hundred thousand rows cross the wire once.

type Dtype = "f8" | "i4" | "u1" | "text";
export type Column = Float64Array | Int32Array | Uint8Array | string[];
export type Value = number | string | null;

export interface Table {
  readonly revision: number;
  readonly rows: number;
  readonly dtypes: ReadonlyMap<string, Dtype>;
  readonly columns: ReadonlyMap<string, Column>;
}

export interface Patch {
  base: number;
  revision: number;
  rows: Record<string, unknown>[];
  removed?: number[];
}

interface HeaderColumn {
  key: string;
  dtype: Dtype;
  offset: number;
  length: number;
}

export const EMPTY: Table = { revision: 0, rows: 0, dtypes: new Map(), columns: new Map() };
export const ID = "id";

const WIDTH: Record<Exclude<Dtype, "text">, number> = { f8: 8, i4: 4, u1: 1 };

/** The table in `view`; what is there is checked, so that a damaged message is an error and no nonsense. */
export function decodeTable(view: DataView): Table {
  if (view.byteLength === 0) return EMPTY;
  const bytes = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
  if (bytes.length < 4) throw new Error("The table has no header.");
  const start = 4 + view.getUint32(0, true);
  if (start > bytes.length) throw new Error("The table's header is cut off.");
  const text = new TextDecoder();
  const header = JSON.parse(text.decode(bytes.subarray(4, start))) as {
    revision: number;
    rows: number;
    columns: HeaderColumn[];
  };
  const columns = new Map<string, Column>();
  const dtypes = new Map<string, Dtype>();
  for (const { key, dtype, offset, length } of header.columns) {
    const from = start + offset;
    if (length === 0) {
      columns.set(key, blank(dtype, header.rows));
      dtypes.set(key, dtype);
      continue;
    }
    const size = dtype === "text" ? length : header.rows * WIDTH[dtype];
    if (from + size > bytes.length) throw new Error(`Column ${key} of the table is cut off.`);
    // A copy: patches write into it, and the message need not be aligned to eight bytes.
    const own = bytes.slice(from, from + size);
    const column: Column =
      dtype === "text" ? (JSON.parse(text.decode(own)) as string[])
      : dtype === "f8" ? new Float64Array(own.buffer)
      : dtype === "i4" ? new Int32Array(own.buffer)
      : own;
    if (column.length !== header.rows) throw new Error(`Column ${key} of the table does not have ${header.rows} rows.`);
    columns.set(key, column);
    dtypes.set(key, dtype);
  }
  return { revision: header.revision, rows: header.rows, dtypes, columns };
}

/** The same bytes as the kernel makes; for tests and static pages. */
export function encodeTable(revision: number, columns: { key: string; dtype: Dtype; values: ArrayLike<Value> }[]): DataView {
  const encoder = new TextEncoder();
  const rows = columns[0]?.values.length ?? 0;
  let offset = 0;
  const buffers = columns.map(({ dtype, values }) => {
    const list = Array.from(values);
    if (dtype === "text") return encoder.encode(list.some((value) => value) ? JSON.stringify(list.map((value) => value ?? "")) : "");
    const numbers = list.map((value) => (value === null ? Number.NaN : Number(value)));
    const typed = dtype === "f8" ? Float64Array.from(numbers) : dtype === "i4" ? Int32Array.from(numbers) : Uint8Array.from(numbers);
    return new Uint8Array(typed.buffer);
  });
  const places = columns.map(({ key, dtype }, at) => {
    const length = buffers[at]!.length;
    const place = { key, dtype, offset, length };
    offset += Math.ceil(length / 8) * 8;
    return place;
  });
  const raw = encoder.encode(JSON.stringify({ revision, rows, columns: places }));
  const start = Math.ceil((4 + raw.length) / 8) * 8;
  const out = new Uint8Array(start + offset).fill(0);
  out.fill(32, 4, start);
  out.set(raw, 4);
  new DataView(out.buffer).setUint32(0, start - 4, true);
  places.forEach((place, at) => out.set(buffers[at]!, start + place.offset));
  return new DataView(out.buffer);
}

/** Where each row is, by its number. */
export function indexRows(table: Table): Map<number, number> {
  const ids = table.columns.get(ID);
  const places = new Map<number, number>();
  for (let at = 0; at < table.rows; at += 1) places.set(Number(ids?.[at]), at);
  return places;
}

export function valueAt(table: Table, key: string, at: number): Value {
  const value = table.columns.get(key)?.[at];
  if (value === undefined || value === "" || (typeof value === "number" && Number.isNaN(value))) return null;
  return value;
}

/**
 * The table after the patch. Columns of a patch without new or removed rows are changed where they
 * are; `places` is brought up to date unless rows are removed.
 */
export function applyPatch(table: Table, patch: Patch, places: Map<number, number> = indexRows(table)): Table {
  const removed = new Set((patch.removed ?? []).filter((id) => places.has(id)));
  const added = patch.rows.filter((row) => !places.has(Number(row[ID])) && !removed.has(Number(row[ID])));
  const moved = removed.size > 0 || added.length > 0;
  const ids = table.columns.get(ID);
  const kept: number[] = [];
  if (removed.size > 0) for (let at = 0; at < table.rows; at += 1) if (!removed.has(Number(ids?.[at]))) kept.push(at);
  const stay = removed.size > 0 ? kept.length : table.rows;
  const rows = stay + added.length;

  const columns = new Map<string, Column>();
  for (const [key, dtype] of table.dtypes) {
    const old = table.columns.get(key)!;
    columns.set(key, moved ? resized(old, dtype, removed.size > 0 ? kept : null, rows) : old);
  }
  const now = removed.size > 0 ? new Map<number, number>() : places;
  if (removed.size > 0) kept.forEach((from, to) => now.set(Number(ids?.[from]), to));
  added.forEach((row, at) => now.set(Number(row[ID]), stay + at));
  for (const row of patch.rows) {
    const at = now.get(Number(row[ID]));
    if (at === undefined) continue;
    for (const [key, value] of Object.entries(row)) {
      const dtype = table.dtypes.get(key);
      if (dtype) write(columns.get(key)!, dtype, at, value);
    }
  }
  return { revision: patch.revision, rows, dtypes: table.dtypes, columns };
}

/** A column without a value in any row. */
function blank(dtype: Dtype, rows: number): Column {
  if (dtype === "text") return new Array<string>(rows).fill("");
  if (dtype === "f8") return new Float64Array(rows).fill(Number.NaN);
  return dtype === "i4" ? new Int32Array(rows) : new Uint8Array(rows);
}

/** The kept rows of a column, all of them for null, with room for `rows`. */
function resized(old: Column, dtype: Dtype, kept: number[] | null, rows: number): Column {
  if (Array.isArray(old)) {
    const texts = kept ? kept.map((at) => old[at] ?? "") : old.slice();
    while (texts.length < rows) texts.push("");
    return texts;
  }
  const made = blank(dtype, rows) as Exclude<Column, string[]>;
  if (kept)
    kept.forEach((from, to) => {
      made[to] = old[from]!;
    });
  else made.set(old);
  return made;
}

function write(column: Column, dtype: Dtype, at: number, value: unknown): void {
  if (Array.isArray(column)) column[at] = value === null || value === undefined ? "" : String(value);
  else if (dtype === "f8") column[at] = value === null || value === undefined ? Number.NaN : Number(value);
  else column[at] = Number(value ?? 0);
}
