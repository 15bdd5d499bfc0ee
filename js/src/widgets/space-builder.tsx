// SpaceBuilder: what can be varied, built and changed in place.

import type { AnyModel } from "@anywidget/types";
import { mount } from "../lib/mount";
import type { ConstraintView, KindView, OutsideView, RoleView, VariableView } from "./space-builder/forms";
import { SpacePanel } from "./space-builder/panel";

const TRAITS = {
  variables: [] as VariableView[],
  outside: [] as OutsideView[],
  outside_rows: 0,
  constraints: [] as ConstraintView[],
  kinds: [] as KindView[],
  roles: [] as RoleView[],
  derived: [] as string[],
};

export default {
  render: (target: { model: AnyModel; el: HTMLElement }) =>
    mount(target, TRAITS, ({ traits, ask, live, intents }) => {
      const View = () => <SpacePanel traits={traits} ask={ask} live={live.value} waiting={intents.waiting} />;
      return <View />;
    }),
};
