// Where the cursor is and what is selected. Rows are named by their number and columns by their
// key, so that both stay where they are when rows come, go or are sorted.

export interface Place {
  row: number;
  key: string;
}

/** The line of column heads, and the empty line at the end, as rows. */
export const HEAD = -1;
export const NEW = 0;

export interface Rect {
  top: number;
  bottom: number;
  left: number;
  right: number;
}

/** What of the view a place is counted in. Row indices: HEAD, 0 … rows - 1, and rows for the new line. */
export interface Lattice {
  rows: number;
  rowIndex(row: number): number;
  rowAt(index: number): number;
  keys: readonly string[];
}

export function rectOf(lattice: Lattice, from: Place, to: Place): Rect {
  const rows = [lattice.rowIndex(from.row), lattice.rowIndex(to.row)];
  const columns = [lattice.keys.indexOf(from.key), lattice.keys.indexOf(to.key)];
  return { top: Math.min(...rows), bottom: Math.max(...rows), left: Math.min(...columns), right: Math.max(...columns) };
}

export const isWide = (rect: Rect, columns: number): boolean => rect.left === 0 && rect.right === columns - 1;

/** Where a key of movement leads; null for a key that does not move. */
export function moved(lattice: Lattice, from: Place, key: string, ctrl: boolean, page: number): Place | null {
  let row = lattice.rowIndex(from.row);
  let column = lattice.keys.indexOf(from.key);
  const last = lattice.keys.length - 1;
  switch (key) {
    case "ArrowUp": row = ctrl ? 0 : row - 1; break;
    case "ArrowDown": row = ctrl ? lattice.rows - 1 : row + 1; break;
    case "ArrowLeft": column = ctrl ? 0 : column - 1; break;
    case "ArrowRight": column = ctrl ? last : column + 1; break;
    case "Home": column = 0; if (ctrl) row = 0; break;
    case "End": column = ctrl ? column : last; if (ctrl) row = lattice.rows; break;
    case "PageUp": row = Math.max(0, row - page); break;
    case "PageDown": row += page; break;
    default: return null;
  }
  return {
    row: lattice.rowAt(Math.min(lattice.rows, Math.max(HEAD, row))),
    key: lattice.keys[Math.min(last, Math.max(0, column))] ?? from.key,
  };
}
