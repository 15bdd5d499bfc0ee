// Blocks of cells as spreadsheets exchange them: tabs, lines, and quotes around what holds either.

export function formatTsv(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => (/["\t\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return rows.map((row) => row.map(cell).join("\t")).join("\r\n");
}

/** Cells of a pasted text. The line break at its end, which spreadsheets add, is no row. */
export function parseTsv(text: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let at = 0;
  while (at < text.length) {
    let cell = "";
    if (text[at] === '"') {
      at += 1;
      while (at < text.length && !(text[at] === '"' && text[at + 1] !== '"')) {
        at += text[at] === '"' ? 1 : 0;
        cell += text[at];
        at += 1;
      }
      at += 1;
    }
    while (at < text.length && !/[\t\r\n]/.test(text[at]!)) {
      cell += text[at];
      at += 1;
    }
    row.push(cell);
    if (text[at] === "\t") {
      at += 1;
      if (at === text.length) row.push("");
      continue;
    }
    if (text[at] === "\r" && text[at + 1] === "\n") at += 1;
    at += 1;
    rows.push(row);
    row = [];
  }
  if (row.length > 0) rows.push(row);
  return rows;
}
