// What the kernel tells about the figures.

/** A plotly figure as JSON; colours in it are roles, see palette.ts. */
export interface FigureJson {
  data: Trace[];
  layout: Layout;
}

export interface Trace {
  type?: string;
  name?: string;
  x?: unknown;
  y?: unknown;
  xaxis?: string;
  yaxis?: string;
  customdata?: unknown;
  colorscale?: [number, string][];
  [more: string]: unknown;
}

export interface Shape {
  x0: number;
  x1: number;
  y0: number;
  y1: number;
  [more: string]: unknown;
}

interface Meta {
  title: string;
  alt: string;
  note: string;
  /** Slices: number of panels, and the range that they share. */
  panels?: number;
  span?: [number, number];
  /** Maps: names of both variables, where the cross-hair is, and which axes are logarithmic. */
  map?: boolean;
  axes?: [string, string];
  cross?: [number, number];
  log?: [boolean, boolean];
  /** Figures that need more room than others: so many pixels upright. */
  height?: number;
  /** Parity: rows that their interval misses. */
  missed?: number[];
}

export interface Axis {
  range?: [number, number];
  domain?: [number, number];
  title?: { text?: string; [more: string]: unknown };
  [more: string]: unknown;
}

export interface Layout {
  meta?: Meta;
  shapes?: Shape[];
  xaxis?: Axis;
  yaxis?: Axis;
  [more: string]: unknown;
}

/** What stands in one place of the panel. */
export interface FigureView {
  id: string;
  title: string;
  note: string;
  alt: string;
  json: FigureJson | null;
  message: string;
}

export interface Kind {
  id: string;
  title: string;
  /** Beside which others it is offered. */
  group?: string;
  is_map: boolean;
  model: boolean;
}

export interface Point {
  mean?: number;
  sd?: number;
  /** Number of the best row while the point is that row. */
  row?: number | null;
  inputs?: { name: string; text: string; unit: string }[];
}

export interface Objective {
  name: string;
  label?: string;
  unit: string;
  noise: number | null;
  best: number | null;
}

/** One of the objectives that can be shown. */
export interface ObjectiveName {
  name: string;
  label: string;
}

export interface Empty {
  title?: string;
  text?: string;
  have?: number;
  need?: number;
  /** Whether it is being worked on, so that waiting is enough. */
  busy?: boolean;
}

export interface Weak {
  text?: string;
  rows?: number[];
}
