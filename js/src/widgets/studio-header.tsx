// StudioHeader: the session as a whole, with undo, read-out and tabs.

import type { AnyModel } from "@anywidget/types";
import { mount } from "../lib/mount";
import { HeaderPanel } from "./studio-header/panel";
import type { Counts, Line, ModelView, ObjectiveView, Saved } from "./studio-header/types";

const TRAITS = {
  name: "",
  saved: { where: "memory", text: "", title: "" } as Saved,
  line: {} as Line,
  news: "",
  objectives: [] as ObjectiveView[],
  quality: { title: "", text: "" } as ModelView,
  counts: { rows: 0, done: 0, suggested: 0, variables: 0 } as Counts,
};

export default {
  render: (target: { model: AnyModel; el: HTMLElement }) =>
    mount(target, TRAITS, ({ traits, ask, live }) => {
      const View = () => <HeaderPanel traits={traits} ask={ask} live={live.value} />;
      return <View />;
    }),
};
