// The traits of SpaceBuilder as signals.

import type { ReadonlySignal } from "@preact/signals";
import type { Aside } from "../../lib/traits";
import type { ConstraintView, KindView, OutsideView, RoleView, VariableView } from "./forms";

export interface SpaceTraits {
  variables: ReadonlySignal<VariableView[]>;
  outside: ReadonlySignal<OutsideView[]>;
  outside_rows: ReadonlySignal<number>;
  constraints: ReadonlySignal<ConstraintView[]>;
  kinds: ReadonlySignal<KindView[]>;
  roles: ReadonlySignal<RoleView[]>;
  derived: ReadonlySignal<string[]>;
  revision: ReadonlySignal<number>;
  seen: ReadonlySignal<string>;
  aside: ReadonlySignal<Aside[]>;
}
