// The traits of SuggestionPanel as signals.

import type { ReadonlySignal } from "@preact/signals";
import type { Aside, Task } from "../../lib/traits";
import type { Card, Earlier, GoalView, Notice, Objective, ObservedView, Options, Readiness, Round, StrategyView } from "./types";

export interface SuggestTraits {
  options: ReadonlySignal<Options>;
  strategies: ReadonlySignal<StrategyView[]>;
  goals: ReadonlySignal<GoalView[]>;
  cards: ReadonlySignal<Card[]>;
  earlier: ReadonlySignal<Earlier[]>;
  round: ReadonlySignal<Round | null>;
  objective: ReadonlySignal<Objective>;
  observed: ReadonlySignal<ObservedView[]>;
  /** All objectives, when all are asked for at once; else empty. */
  several: ReadonlySignal<Objective[]>;
  /** Above and below what the hypervolume is counted. */
  reference: ReadonlySignal<string>;
  ready: ReadonlySignal<Readiness>;
  notice: ReadonlySignal<Notice | null>;
  message: ReadonlySignal<string>;
  aside: ReadonlySignal<Aside[]>;
  task: ReadonlySignal<Task>;
  spotlight: ReadonlySignal<number>;
}
