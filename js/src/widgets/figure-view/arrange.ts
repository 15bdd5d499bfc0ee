// Slices in rows that fit the width; all other figures just get their size.

import type { Axis, Layout } from "./types";

/** Below this width slices stand one below the other. */
export const NARROW = 448;
const PER_ROW = 6;

const LEFT = 34;
const RIGHT = 2;
const TOP = 6;
const GAP = 6;

export interface Frame {
  columns: number;
  rows: number;
  /** Height of one panel, and of what is written below it. */
  plot: number;
  foot: number;
  height: number;
}

export function frame(panels: number, width: number): Frame {
  const narrow = width < NARROW;
  const columns = narrow ? 1 : Math.min(panels, PER_ROW);
  const rows = Math.ceil(panels / columns);
  const [plot, foot] = narrow ? [72, 38] : [136, 52];
  return { columns, rows, plot, foot, height: TOP + rows * (plot + foot) };
}

export function arrange(layout: Layout, width: number, height: number): Layout {
  const panels = layout.meta?.panels;
  if (!panels) return { height };
  const { columns, rows, plot, foot, height: total } = frame(panels, width);
  const inner = width - LEFT - RIGHT;
  const deep = rows * (plot + foot);
  const wide = (inner - GAP * (columns - 1)) / columns;
  const made: Layout = { height: total, margin: { l: LEFT, r: RIGHT, t: TOP, b: 0, autoexpand: false } };
  for (let panel = 0; panel < panels; panel += 1) {
    const [row, column] = [Math.floor(panel / columns), panel % columns];
    const suffix = panel === 0 ? "" : String(panel + 1);
    const left = column * (wide + GAP);
    const top = 1 - (row * (plot + foot)) / deep;
    const x = (layout[`xaxis${suffix}`] ?? {}) as Axis;
    const y = (layout[`yaxis${suffix}`] ?? {}) as Axis;
    made[`xaxis${suffix}`] = {
      ...x,
      automargin: false,
      domain: [Math.max(0, left / inner), Math.min(1, (left + wide) / inner)],
      title: columns === 1 ? { ...x.title, text: (x.title?.text ?? "").replace("<br>", "  ") } : x.title,
    } as Axis;
    made[`yaxis${suffix}`] = {
      ...y,
      automargin: false,
      domain: [Math.max(0, top - plot / deep), top],
      nticks: columns === 1 ? 3 : 5,
      showticklabels: column === 0,
    };
  }
  return made;
}
