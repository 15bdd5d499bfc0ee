// From an anywidget model to a drawn widget and back to nothing: what every widget shares.

import type { AnyModel } from "@anywidget/types";
import { type ReadonlySignal, signal } from "@preact/signals";
import { type ComponentChild, render } from "preact";
import { type Ask, bindIntents, type Intents } from "./intents";
import { lostKernels, kernelState, onKernelChange } from "./kernel";
import { bindTraits, COMMON, type CommonTraits, type Signals } from "./traits";

export interface WidgetContext<T> {
  traits: Signals<T & CommonTraits>;
  ask: Ask;
  intents: Intents;
  /** Whether a kernel answers. */
  live: ReadonlySignal<boolean>;
  model: AnyModel;
  root: HTMLElement;
}

const DISCONNECTED = "jupyter-widgets-disconnected";

interface CommState {
  comm_live?: boolean;
}

/** Draw a widget into `el`; returns what takes it down without leaving a listener. */
export function mount<T extends object>(
  { model, el }: { model: AnyModel; el: HTMLElement },
  table: T,
  draw: (context: WidgetContext<T>) => ComponentChild,
): () => void {
  const { traits, dispose } = bindTraits(model, { ...COMMON, ...table });
  const intents = bindIntents(model);
  // The model that a view is given hides its comm; the view's element, or one around it, is
  // marked instead, by a listener that may come after this one.
  const connected = () => (model as CommState).comm_live ?? el.closest(`.${DISCONNECTED}`) === null;
  // A view is drawn before it stands in the page; from then on it belongs to that kernel.
  let lost: number | null = null;
  const alive = () => {
    if (el.isConnected) lost ??= lostKernels(el);
    return connected() && kernelState(el) !== "none" && lostKernels(el) <= (lost ?? Infinity);
  };
  const live = signal(alive());
  let later: ReturnType<typeof setTimeout> | undefined;
  const look = () => {
    live.value = alive();
    if (!live.value) intents.giveUp();
  };
  const follow = () => {
    look();
    clearTimeout(later);
    later = setTimeout(look);
  };
  model.on("comm_live_update", follow);
  const unfollow = onKernelChange(el.ownerDocument, look);

  const root = document.createElement("div");
  root.className = "ow";
  // JupyterLab leaves keys alone below this mark.
  root.dataset["lmSuppressShortcuts"] = "true";
  const keys = (event: KeyboardEvent) => steps(event, intents.ask);
  root.addEventListener("keydown", keys);
  el.append(root);
  let frames = 0;
  const settle = () => {
    look();
    placed = el.isConnected || ++frames > 60 ? 0 : requestAnimationFrame(settle);
  };
  let placed = requestAnimationFrame(settle);
  render(<>{draw({ traits, ask: intents.ask, intents, live, model, root })}</>, root);

  return () => {
    render(null, root);
    root.removeEventListener("keydown", keys);
    root.remove();
    model.off("comm_live_update", follow);
    unfollow();
    cancelAnimationFrame(placed);
    clearTimeout(later);
    intents.dispose();
    dispose();
  };
}

const TEXT = "input:not([type=checkbox],[type=range],[type=button]), textarea, [contenteditable]";

/** Undo and redo anywhere but in a text box; and no key reaches the notebook behind. */
function steps(event: KeyboardEvent, ask: Ask): void {
  const inText = (event.target as HTMLElement).matches?.(TEXT) ?? false;
  const command = (event.ctrlKey || event.metaKey) && !event.altKey;
  const key = event.key.toLowerCase();
  const step = command && key === "z" ? (event.shiftKey ? "redo" : "undo") : command && key === "y" ? "redo" : null;
  if (step && !inText && !event.defaultPrevented) {
    event.preventDefault();
    // Nothing to undo is no error worth words here: the header shows it.
    ask(step).catch(() => {});
  }
  // Tab must go on to what follows in the page.
  if (event.key !== "Tab") event.stopPropagation();
}
