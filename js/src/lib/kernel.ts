// Which kernel a view stands before, as the page knows it. A widget's model hears of a restart
// that JupyterLab ordered, but not of a kernel that was shut down or killed; the JupyterLab
// plugin hears of all, and writes it on the notebook for the views in it.

/** `unknown`: a page without the plugin. */
export type KernelState = "unknown" | "none" | "starting" | "running";

/** Attribute of a notebook: the state of its kernel. */
export const KERNEL = "data-ow-kernel";
/** Attribute of a notebook: how many kernels it has lost. Models of a lost kernel stay dead. */
export const LOST = "data-ow-lost";
/** Event of the document: one of the two attributes has changed. */
export const CHANGED = "optwidgets:kernel-changed";
/** Event that bubbles from a view to its notebook: please start a kernel. */
export const START = "optwidgets:start-kernel";

const STATES: readonly string[] = ["none", "starting", "running"];

export function kernelState(element: Element | null): KernelState {
  const state = element?.closest(`[${KERNEL}]`)?.getAttribute(KERNEL) ?? "";
  return STATES.includes(state) ? (state as KernelState) : "unknown";
}

export function lostKernels(element: Element | null): number {
  return Number(element?.closest(`[${LOST}]`)?.getAttribute(LOST) ?? 0);
}

export function onKernelChange(document: Document, callback: () => void): () => void {
  document.addEventListener(CHANGED, callback);
  return () => document.removeEventListener(CHANGED, callback);
}

export function startKernel(element: Element | null): void {
  element?.dispatchEvent(new CustomEvent(START, { bubbles: true }));
}
