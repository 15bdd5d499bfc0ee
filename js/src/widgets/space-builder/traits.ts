// The traits of SpaceBuilder as signals.

import type { ReadonlySignal } from "@preact/signals";
import type { Aside } from "../../lib/traits";
import type { KindView, OutsideView, VariableView } from "./forms";

export interface SpaceTraits {
  variables: ReadonlySignal<VariableView[]>;
  outside: ReadonlySignal<OutsideView[]>;
  outside_rows: ReadonlySignal<number>;
  kinds: ReadonlySignal<KindView[]>;
  derived: ReadonlySignal<string[]>;
  revision: ReadonlySignal<number>;
  seen: ReadonlySignal<string>;
  aside: ReadonlySignal<Aside[]>;
}
