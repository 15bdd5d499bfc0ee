// One scale for all cards, so that two intervals can be compared by eye.

import type { Card, Objective } from "./types";

interface Span {
  low: number;
  high: number;
}

export interface Axis extends Span {
  ticks: number[];
}

/** The step of the 1, 2, 5 family that cuts `range` into at most `parts`. */
export function niceStep(range: number, parts: number): number {
  if (!(range > 0) || !Number.isFinite(range)) return 1;
  const rough = range / parts;
  const power = 10 ** Math.floor(Math.log10(rough));
  for (const factor of [1, 2, 5]) if (rough <= factor * power * (1 + 1e-9)) return factor * power;
  return 10 * power;
}

/** Rounded outward to nice steps over all spans and marks; null when there is nothing to show. */
export function commonAxis(spans: readonly Span[], marks: readonly number[] = []): Axis | null {
  const values = [...spans.flatMap((span) => [span.low, span.high]), ...marks].filter(Number.isFinite);
  if (values.length === 0) return null;
  let low = Math.min(...values);
  let high = Math.max(...values);
  if (low === high) {
    const room = Math.abs(low) * 0.05 || 1;
    low -= room;
    high += room;
  }
  const step = niceStep(high - low, 4);
  const first = Math.floor(low / step + 1e-9);
  const last = Math.ceil(high / step - 1e-9);
  const ticks = [];
  // Multiples, not sums: 0.1 added three times is not 0.3.
  for (let at = first; at <= last; at += 1) ticks.push(Number((at * step).toPrecision(12)));
  return { low: ticks[0]!, high: ticks[ticks.length - 1]!, ticks };
}

/** The scale of one of several objectives over all cards. */
export function axisOf(cards: readonly Card[], objective: Objective): Axis | null {
  const spans = cards
    .flatMap((card) => card.predicted ?? [])
    .filter((item) => item.objective === objective.name)
    .map(({ mean, sd }) => ({ low: mean - 1.96 * sd, high: mean + 1.96 * sd }));
  return spans.length ? commonAxis(spans, objective.best === null ? [] : [objective.best]) : null;
}

/** Where a value lies on the axis, in percent, kept on it. */
export function percentAt(axis: Span, value: number): number {
  const share = (100 * (value - axis.low)) / (axis.high - axis.low);
  return Math.min(100, Math.max(0, Number.isFinite(share) ? share : 0));
}
