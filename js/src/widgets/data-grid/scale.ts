// The one scale of the Model column, and each row's place on it.

import { formatInterval, formatResult } from "../../lib/numbers";
import { type Table, valueAt } from "../../lib/table";
import { type GridColumn, predictionKey } from "./columns";

export interface Scale {
  low: number;
  high: number;
  best: number | null;
  objective: GridColumn;
}

/** Ends rounded to what is easily read, around all intervals and results. */
export function modelScale(table: Table, objective: GridColumn | null, bestAt: number | undefined): Scale | null {
  if (!objective) return null;
  const mean = table.columns.get(predictionKey("mean", objective.key));
  const sd = table.columns.get(predictionKey("sd", objective.key));
  const measured = table.columns.get(objective.key);
  let low = Number.POSITIVE_INFINITY;
  let high = Number.NEGATIVE_INFINITY;
  let predicted = 0;
  for (let at = 0; at < table.rows; at += 1) {
    const value = Number(measured?.[at] ?? Number.NaN);
    const middle = Number(mean?.[at] ?? Number.NaN);
    const half = 1.96 * Number(sd?.[at] ?? Number.NaN);
    if (!Number.isNaN(value)) {
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
    if (Number.isNaN(half) || Number.isNaN(middle)) continue;
    predicted += 1;
    low = Math.min(low, middle - half);
    high = Math.max(high, middle + half);
  }
  if (predicted === 0 || !(high > low)) return null;
  const raw = (high - low) / 8;
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  const step = (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10) * power;
  const best = bestAt === undefined ? null : valueAt(table, objective.key, bestAt);
  return { low: Math.floor(low / step) * step, high: Math.ceil(high / step) * step, best: typeof best === "number" ? best : null, objective };
}

interface Glyph {
  low: number;
  high: number;
  mean: number;
  best?: number;
  measured?: number;
  label: string;
}

/** The glyph of a row; null when the model says nothing of it. */
export function glyphAt(table: Table, at: number, scale: Scale): Glyph | null {
  const mean = valueAt(table, predictionKey("mean", scale.objective.key), at);
  const sd = valueAt(table, predictionKey("sd", scale.objective.key), at);
  if (typeof mean !== "number" || typeof sd !== "number") return null;
  const measured = valueAt(table, scale.objective.key, at);
  const noise = scale.objective.data?.noise ?? null;
  const place = (value: number) => (100 * (value - scale.low)) / (scale.high - scale.low);
  const shown = (value: number) => formatResult(value, noise);
  const words = [
    `predicted ${formatInterval(mean, sd, noise).mean}, 95 % interval ${shown(mean - 1.96 * sd)} to ${shown(mean + 1.96 * sd)}`,
    typeof measured === "number" ? `, measured ${shown(measured)}` : "",
    scale.best === null ? "" : `; best so far ${shown(scale.best)}`,
  ];
  return {
    low: place(mean - 1.96 * sd),
    high: place(mean + 1.96 * sd),
    mean: place(mean),
    ...(scale.best === null ? {} : { best: place(scale.best) }),
    ...(typeof measured === "number" ? { measured: place(measured) } : {}),
    label: words.join(""),
  };
}
