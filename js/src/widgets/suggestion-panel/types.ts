// What the kernel says about suggestions; the cards show rows of the table.

export interface Setting {
  name: string;
  unit: string;
  /** By the display rules. */
  text: string;
  /** The value itself, as the journal has it. */
  value: number | string | null;
}

export interface Predicted {
  objective: string;
  mean: number;
  sd: number;
}

export interface Card {
  row: number;
  /** Null for points that cover the space without a model. */
  mean: number | null;
  sd: number | null;
  /** One for each objective when several were asked for at once; else empty. */
  predicted?: Predicted[];
  fallback: boolean;
  strategy: string;
  /** Share of exploration, from 0 to 1. */
  explore: number | null;
  /** "expected gain 0.19 %", by the strategy's own word. */
  gain: string;
  nearest: number | null;
  distance: number | null;
  settings: Setting[];
}

export interface Earlier {
  row: number;
  mean: number;
  sd: number;
  measured: number;
  excluded: boolean;
}

export interface StrategyView {
  name: string;
  label: string;
  /** Whether the Balance slider means something to it. */
  balance: boolean;
  /** Whether weights of the objectives mean something to it. */
  weights?: boolean;
}

export interface GoalView {
  /** Empty for all objectives at once. */
  objective: string;
  goal: "maximize" | "minimize" | "target" | "band" | "pareto";
  label: string;
  /** Which numbers it needs. */
  needs?: "" | "target" | "band";
  /** What the objective is called; empty for all. */
  of?: string;
}

export interface Lock {
  name: string;
  text: string;
}

/** A variable that is measured and not chosen. */
export interface ObservedView {
  name: string;
  unit: string;
  /** What it reads now, as somebody said; empty for as measured last. */
  text: string;
  /** What was measured last; empty without a result. */
  last: string;
}

export interface Options {
  strategy: string;
  goal: string;
  objective: string;
  batch_size: number;
  /** From 0, explore, to 1, exploit. */
  balance: number;
  /** Of the objectives that somebody gave one. */
  weights?: Record<string, number>;
  locks: Lock[];
}

export interface Round {
  count: number;
  results: number;
  seconds: number | null;
  /** Results that came after the suggestions were made. */
  newer: number;
}

export interface Objective {
  name: string;
  label?: string;
  unit: string;
  /** "Maximise Yield", "Bring pH to 7" */
  words?: string;
  target?: number | null;
  band?: [number, number] | null;
  best: number | null;
  /** Standard deviation of the noise, in the unit; null when unknown. */
  noise: number | null;
}

export interface Notice {
  kind: "fallback" | "info" | "error";
  title: string;
  text: string;
  details: string;
}

export interface Readiness {
  variables: number;
  /** Why nothing can be suggested; empty when it can. */
  reason: string;
}
