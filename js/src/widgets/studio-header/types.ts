// What the kernel says about the session as a whole.

export interface Saved {
  /** Names the icon: in memory, in a file, on a server. */
  where: "memory" | "file" | "server";
  text: string;
  title: string;
}

/** The line to the server; empty while there is nothing to say. */
export interface Line {
  text?: string;
  title?: string;
  /** Whether somebody else holds the lock of the session, which the text says. */
  locked?: boolean;
}

export interface ObjectiveView {
  name: string;
  label: string;
  unit: string;
  goal: "maximize" | "minimize" | "target" | "band";
  /** "Maximise Yield", "Bring pH to 7" */
  words?: string;
  target?: number | null;
  band?: [number, number] | null;
  best: number | null;
  best_row: number | null;
  noise: number | null;
  /** Categories of the best row: "B". */
  best_labels: string;
}

export interface ModelView {
  /** "Explains 90 %" */
  title: string;
  /** "trust intervals" */
  text: string;
}

export interface Counts {
  rows: number;
  done: number;
  suggested: number;
  variables: number;
}

export interface HistoryEntry {
  revision: number;
  at: string;
  actor: string;
  words: string;
  step: string;
}

export type TabName = "data" | "suggest" | "space" | "model";

export const TABS: readonly { name: TabName; label: string }[] = [
  { name: "data", label: "Experiments" },
  { name: "suggest", label: "Suggest" },
  { name: "space", label: "Space" },
  { name: "model", label: "Model" },
];
