// DataGrid: the table of experiments, where results are typed and suggestions completed.

import type { AnyModel } from "@anywidget/types";
import { mount } from "../lib/mount";
import { GRID_TRAITS } from "./data-grid/columns";
import { ExperimentsPanel } from "./data-grid/panel";

export default {
  render: ({ model, el }: { model: AnyModel; el: HTMLElement }) =>
    mount({ model, el }, GRID_TRAITS, (context) => <ExperimentsPanel context={context} />),
};
