// Tells the views in a notebook how its kernel is, and starts one when a view asks for it.

import type { ISessionContext } from "@jupyterlab/apputils";
import type { INotebookTracker, NotebookPanel } from "@jupyterlab/notebook";
import type { Kernel } from "@jupyterlab/services";
import { CHANGED, KERNEL, type KernelState, LOST, START } from "../lib/kernel";

const GONE: readonly Kernel.Status[] = ["dead", "terminating"];
const COMING: readonly Kernel.Status[] = ["starting", "restarting", "autorestarting"];

export function kernelStateOf(context: ISessionContext): Exclude<KernelState, "unknown"> {
  const kernel = context.session?.kernel;
  if (!kernel || GONE.includes(kernel.status)) return "none";
  return COMING.includes(kernel.status) ? "starting" : "running";
}

/** Starts a kernel of the kind that was there before; one that runs is left alone. */
export async function startKernel(context: ISessionContext): Promise<void> {
  if (kernelStateOf(context) !== "none") return;
  if (context.session?.kernel) await context.restartKernel();
  else if (context.prevKernelName) await context.changeKernel({ name: context.prevKernelName });
  else await context.startKernel();
}

export function watchAll(tracker: INotebookTracker): void {
  tracker.forEach((notebook) => void watch(notebook));
  tracker.widgetAdded.connect((_, notebook) => void watch(notebook));
}

type Watched = Pick<NotebookPanel, "node" | "sessionContext" | "isDisposed">;

export async function watch(notebook: Watched): Promise<void> {
  const { node, sessionContext: context } = notebook;
  await context.ready;
  if (notebook.isDisposed) return;
  let lost = 0;
  let starting = false;
  const write = (): void => {
    const state = starting ? "starting" : kernelStateOf(context);
    if (node.getAttribute(KERNEL) === state && node.getAttribute(LOST) === String(lost)) return;
    node.setAttribute(KERNEL, state);
    node.setAttribute(LOST, String(lost));
    node.ownerDocument.dispatchEvent(new CustomEvent(CHANGED));
  };
  let last: Kernel.Status | undefined;
  context.statusChanged.connect((_, status) => {
    // "starting" comes with a first kernel too; only these say that one was there and is not any more.
    const leaves = status === "dead" || status === "restarting" || status === "autorestarting";
    if (leaves && status !== last) lost += 1;
    last = status;
    write();
  });
  context.kernelChanged.connect((_, { oldValue }) => {
    if (oldValue) lost += 1;
    write();
  });
  node.addEventListener(START, () => {
    if (starting) return;
    starting = true;
    write();
    startKernel(context)
      // JupyterLab shows its own dialog; here the button is there again.
      .catch((reason: unknown) => console.error("The kernel did not start.", reason))
      .finally(() => {
        starting = false;
        write();
      });
  });
  write();
}
