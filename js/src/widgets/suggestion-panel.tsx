// SuggestionPanel: ask for the next experiments, and decide on what is proposed.

import type { AnyModel } from "@anywidget/types";
import { mount } from "../lib/mount";
import { SuggestPanel } from "./suggestion-panel/panel";
import type { Card, Earlier, GoalView, Notice, Objective, ObservedView, Options, Readiness, Round, StrategyView } from "./suggestion-panel/types";

const TRAITS = {
  options: { strategy: "", goal: "", objective: "", batch_size: 1, balance: 0.5, locks: [] } as Options,
  strategies: [] as StrategyView[],
  goals: [] as GoalView[],
  cards: [] as Card[],
  earlier: [] as Earlier[],
  round: null as Round | null,
  objective: { name: "", unit: "", best: null, noise: null } as Objective,
  several: [] as Objective[],
  observed: [] as ObservedView[],
  reference: "",
  ready: { variables: 0, reason: "" } as Readiness,
  notice: null as Notice | null,
  message: "",
};

export default {
  render: (target: { model: AnyModel; el: HTMLElement }) =>
    mount(target, TRAITS, ({ traits, ask, live, intents }) => {
      const View = () => <SuggestPanel traits={traits} ask={ask} live={live.value} waiting={intents.waiting} />;
      return <View />;
    }),
};
