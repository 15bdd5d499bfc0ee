// FigureView: what the model believes, as figures that follow session and theme.

import type { AnyModel } from "@anywidget/types";
import { mount } from "../lib/mount";
import { FigurePanel } from "./figure-view/panel";
import type { Empty, FigureView, Kind, Objective, ObjectiveName, Point, Weak } from "./figure-view/types";

const TRAITS = {
  figures: [] as FigureView[],
  slots: [] as string[],
  kinds: [] as Kind[],
  variables: [] as string[],
  axes: {} as { x?: string; y?: string },
  point: {} as Point,
  objectives: [] as ObjectiveName[],
  objective: { name: "", unit: "", noise: null, best: null } as Objective,
  head: "",
  empty: {} as Empty,
  weak: {} as Weak,
};

export default {
  render: (target: { model: AnyModel; el: HTMLElement }) =>
    mount(target, TRAITS, ({ traits, ask, live }) => {
      const View = () => <FigurePanel traits={traits} ask={ask} live={live.value} />;
      return <View />;
    }),
};
