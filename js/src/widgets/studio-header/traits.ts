// The traits of StudioHeader as signals.

import type { ReadonlySignal } from "@preact/signals";
import type { Task } from "../../lib/traits";
import type { Counts, ModelView, ObjectiveView, Saved } from "./types";

export interface HeaderTraits {
  name: ReadonlySignal<string>;
  saved: ReadonlySignal<Saved>;
  objectives: ReadonlySignal<ObjectiveView[]>;
  quality: ReadonlySignal<ModelView>;
  counts: ReadonlySignal<Counts>;
  task: ReadonlySignal<Task>;
  history: ReadonlySignal<{ undo: string | null; redo: string | null }>;
}
