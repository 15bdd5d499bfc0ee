// The JupyterLab (and Notebook 7) plugin: follows the active notebook and shows its Studio.

import {
  ILayoutRestorer,
  type JupyterFrontEnd,
  type JupyterFrontEndPlugin,
} from "@jupyterlab/application";
import { ICommandPalette } from "@jupyterlab/apputils";
import { INotebookTracker } from "@jupyterlab/notebook";
import { Follower } from "./follower";
import { watchAll } from "./kernel-watch";
import { StudioPanel } from "./panel";

const SHOW = "optwidgets:show-studio";

const plugin: JupyterFrontEndPlugin<void> = {
  id: "optwidgets:studio",
  description: "The optimisation studio of the active notebook, in the right sidebar",
  autoStart: true,
  // All optional: Voila loads the plugin too and has none of them.
  optional: [INotebookTracker, ICommandPalette, ILayoutRestorer],
  activate: (
    app: JupyterFrontEnd,
    tracker: INotebookTracker | null,
    palette: ICommandPalette | null,
    restorer: ILayoutRestorer | null,
  ) => {
    if (!tracker) return;
    const panel = new StudioPanel();
    app.shell.add(panel, "right", { rank: 900 });
    restorer?.add(panel, panel.id);

    app.commands.addCommand(SHOW, {
      label: "Show the Optimisation Studio",
      execute: () => app.shell.activateById(panel.id),
    });
    palette?.addItem({ command: SHOW, category: "Optimisation" });

    watchAll(tracker);
    const follower = new Follower(panel);
    tracker.currentChanged.connect((_, notebook) => void follower.follow(notebook));
    void follower.follow(tracker.currentWidget);
  },
};

export default plugin;
