// Traits of the kernel's widget as signals. The kernel says what is, the view draws it and
// answers with intents: traits are never written from here.

import type { AnyModel } from "@anywidget/types";
import { type ReadonlySignal, signal } from "@preact/signals";

/** The task that runs in the session's worker; empty when there is none. */
export interface Task {
  id?: string;
  label?: string;
  stage?: string;
  fraction?: number | null;
  elapsed_s?: number;
  state?: "queued" | "running" | "cancelling" | "done" | "failed" | "cancelled";
}

/** What undo and redo would do, in words; null when there is nothing. */
export interface History {
  undo: string | null;
  redo: string | null;
}

/** A change that came too late, with what can be chosen: name and label. */
export interface Aside {
  number: number;
  /** "Set aside: Upper bound of T: 100 to 90 (yours, 10:32 UTC)." */
  title: string;
  /** Who was quicker, with what and when. */
  text: string;
  choices: [string, string][];
  /** The panel of a Studio where it was made, or "". */
  panel: string;
  /** Among variables, which one. */
  name: string;
}

/** The traits that every widget of a session has. */
export interface CommonTraits {
  session_id: string;
  revision: number;
  /** What this page shows; it goes along with each intent. */
  seen: string;
  aside: Aside[];
  task: Task;
  history: History;
  spotlight: number;
}

export type Signals<T> = { readonly [K in keyof T]: ReadonlySignal<T[K]> };

interface Binding<T> {
  traits: Signals<T>;
  dispose(): void;
}

/** Follow traits of a model. `table` names each trait once and gives the value for "not there yet". */
export function bindTraits<T extends object>(model: AnyModel, table: T): Binding<T> {
  const stops: (() => void)[] = [];
  const traits: Record<string, ReadonlySignal<unknown>> = {};
  for (const name of Object.keys(table) as (keyof T & string)[]) {
    const follow = signal<unknown>(model.get(name) ?? table[name]);
    const update = () => {
      follow.value = model.get(name) ?? table[name];
    };
    model.on(`change:${name}`, update);
    stops.push(() => model.off(`change:${name}`, update));
    traits[name] = follow;
  }
  return {
    traits: traits as Signals<T>,
    dispose: () => stops.forEach((stop) => stop()),
  };
}

export const COMMON: CommonTraits = {
  session_id: "",
  revision: 0,
  seen: "",
  aside: [],
  task: {},
  history: { undo: null, redo: null },
  spotlight: 0,
};
