// From the kernel's figure to what plotly draws here: colours, size, the lit row, the cross-hair.

import { mix, ROLES, type Theme } from "./palette";
import { arrange } from "./arrange";
import type { FigureJson, Layout, Trace } from "./types";

export interface Setting {
  theme: Theme;
  width: number;
  height: number;
  /** Row that is lit in all views; 0 for none. */
  spotlight: number;
  /** A cross-hair that the kernel has not answered yet. */
  cross?: [number, number] | null;
  /** Whether the figure leaves the page: then it brings its own paper. */
  paper?: boolean;
}

const CLEAR = "rgba(0,0,0,0)";

export function themed(figure: FigureJson, setting: Setting): FigureJson {
  const { theme, width, height, spotlight } = setting;
  const data = (recolor(figure.data, theme.colors) as Trace[]).map((trace) => stepped(trace, theme));
  const layout = recolor(figure.layout, theme.colors) as Layout;
  const paper = theme.colors.get(ROLES.paper) ?? ROLES.paper;
  const font = { ...(layout["font"] as object), family: theme.font };
  const hover = layout["hoverlabel"] as { font?: object } | undefined;
  if (setting.cross) moveCross(layout, setting.cross);
  return {
    data: [...data, ...lit(data, spotlight, theme)],
    layout: {
      ...layout,
      ...arrange(layout, width, height),
      width,
      font,
      hoverlabel: { ...hover, font: { ...hover?.font, family: theme.font } },
      paper_bgcolor: setting.paper ? paper : CLEAR,
    },
  };
}

/** The same value with each role's colour put in its place; the given one stays as it is. */
function recolor(value: unknown, colors: ReadonlyMap<string, string>): unknown {
  if (typeof value === "string") return value.length < 24 ? (colors.get(value) ?? value) : value;
  if (Array.isArray(value)) return value.map((item) => (typeof item === "number" ? item : recolor(item, colors)));
  if (value === null || typeof value !== "object") return value;
  // A packed array has no colours, and plotly unpacks it once if it stays the same object.
  if ("bdata" in value) return value;
  const made: Record<string, unknown> = {};
  for (const [key, part] of Object.entries(value)) {
    // Names are the user's: one that reads like a colour stays a name.
    made[key] = key === "text" || key === "hovertext" || key === "ticktext" || key === "meta" ? part : recolor(part, colors);
  }
  return made;
}

/** The ten steps of a coarse map, between the colours of this page. */
function stepped(trace: Trace, theme: Theme): Trace {
  const scale = trace.colorscale;
  if (trace.type !== "heatmap" || !scale) return trace;
  const paper = theme.colors.get(ROLES.paper) ?? ROLES.paper;
  const deep = scale.at(-1)?.[1] ?? paper;
  const bands = scale.length / 2;
  return { ...trace, colorscale: scale.map(([place], i) => [place, mix(paper, deep, Math.floor(i / 2) / (bands - 1))]) };
}

/** A ring around each mark of the lit row. */
function lit(data: Trace[], row: number, theme: Theme): Trace[] {
  if (!row) return [];
  return data.flatMap((trace) => {
    const { customdata: rows, x, y, xaxis, yaxis } = trace;
    if (!Array.isArray(rows) || !Array.isArray(x) || !Array.isArray(y)) return [];
    const at = rows.indexOf(row);
    if (at < 0) return [];
    const ring = {
      type: "scatter",
      mode: "markers",
      name: "lit",
      x: [x[at]],
      y: [y[at]],
      marker: { symbol: "circle-open", size: 14, color: theme.colors.get(ROLES.accent), line: { width: 2 } },
      hoverinfo: "skip",
    };
    return [{ ...ring, ...(xaxis && { xaxis }), ...(yaxis && { yaxis }) }];
  });
}

function moveCross(layout: Layout, [x, y]: [number, number]): void {
  const [upright, across] = layout.shapes ?? [];
  if (!upright || !across) return;
  layout.shapes = [{ ...upright, x0: x, x1: x }, { ...across, y0: y, y1: y }, ...(layout.shapes ?? []).slice(2)];
}
