// The traits of FigureView as signals.

import type { ReadonlySignal } from "@preact/signals";
import type { Empty, FigureView, Kind, Objective, ObjectiveName, Point, Weak } from "./types";

export interface FigureTraits {
  figures: ReadonlySignal<FigureView[]>;
  slots: ReadonlySignal<string[]>;
  kinds: ReadonlySignal<Kind[]>;
  variables: ReadonlySignal<string[]>;
  axes: ReadonlySignal<{ x?: string; y?: string }>;
  point: ReadonlySignal<Point>;
  objective: ReadonlySignal<Objective>;
  objectives: ReadonlySignal<ObjectiveName[]>;
  head: ReadonlySignal<string>;
  empty: ReadonlySignal<Empty>;
  weak: ReadonlySignal<Weak>;
  spotlight: ReadonlySignal<number>;
}
