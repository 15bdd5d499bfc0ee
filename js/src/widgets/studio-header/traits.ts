// The traits of StudioHeader as signals.

import type { ReadonlySignal } from "@preact/signals";
import type { Aside, Task } from "../../lib/traits";
import type { Counts, Line, ModelView, ObjectiveView, Saved } from "./types";

export interface HeaderTraits {
  name: ReadonlySignal<string>;
  saved: ReadonlySignal<Saved>;
  line: ReadonlySignal<Line>;
  aside: ReadonlySignal<Aside[]>;
  seen: ReadonlySignal<string>;
  /** "Changed by Noor: added rows, 10:32 UTC" */
  news: ReadonlySignal<string>;
  objectives: ReadonlySignal<ObjectiveView[]>;
  quality: ReadonlySignal<ModelView>;
  counts: ReadonlySignal<Counts>;
  task: ReadonlySignal<Task>;
  history: ReadonlySignal<{ undo: string | null; redo: string | null }>;
}
