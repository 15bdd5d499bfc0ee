// Intents: what the user wants, sent to the kernel; each is answered once, kindly or not.

import type { AnyModel } from "@anywidget/types";
import { type ReadonlySignal, signal } from "@preact/signals";

/** A refusal of the kernel: the sentence, and the place it belongs to. */
export class IntentError extends Error {
  constructor(
    message: string,
    readonly field: string | null = null,
    readonly row: number | null = null,
    readonly column: string | null = null,
    /** Its number, if others were quicker: what was typed is kept, and shown with its choices. */
    readonly aside: number | null = null,
  ) {
    super(message);
  }
}

/** Others were quicker: the view shows what they have set, and what was typed stands beside it. */
export const isAside = (reason: unknown): boolean => reason instanceof IntentError && reason.aside !== null;

export type Result = Record<string, unknown>;
/** `seen` is the trait of that name as it was when the user began, if that is some time ago. */
export type Ask = (name: string, args?: Record<string, unknown>, seen?: string) => Promise<Result>;

export interface Intents {
  ask: Ask;
  /** How many intents wait for their answer. */
  waiting: ReadonlySignal<number>;
  /** Calls back for messages that the kernel sends on its own account. */
  onEvent(callback: (event: Result, buffers: DataView[]) => void): () => void;
  /** Nobody will answer any more: what waits is told so. */
  giveUp(): void;
  dispose(): void;
}

interface Reply {
  reply?: string;
  event?: string;
  ok?: boolean;
  result?: Result;
  error?: { message: string; field: string | null; row: number | null; column: string | null; aside?: number | null };
}

let count = 0;
/** Unique in this page and unlikely anywhere else: the kernel uses it as idempotency key. */
const nextId = (): string => `${Date.now().toString(36)}-${(count += 1)}-${Math.random().toString(36).slice(2, 8)}`;

export function bindIntents(model: AnyModel): Intents {
  const open = new Map<string, { resolve(result: Result): void; reject(error: IntentError): void }>();
  const listeners = new Set<(event: Result, buffers: DataView[]) => void>();
  const waiting = signal(0);

  const receive = (message: Reply, buffers: DataView[] = []) => {
    if (message.event !== undefined) for (const listener of listeners) listener(message as Result, buffers);
    if (message.reply === undefined) return;
    const asked = open.get(message.reply);
    // Another view of this model asked: its own binding takes the answer.
    if (!asked) return;
    open.delete(message.reply);
    waiting.value = open.size;
    if (message.ok) asked.resolve(message.result ?? {});
    else {
      const { message: text = "The kernel could not do this.", field = null, row = null, column = null, aside = null } = message.error ?? {};
      asked.reject(new IntentError(text, field, row, column, aside));
    }
  };
  model.on("msg:custom", receive);
  // The answer to an intent that changed something comes as a trait, beside what has changed.
  const answered = () => receive(model.get("reply") as Reply);
  model.on("change:reply", answered);

  const refuseAll = (sentence: string) => {
    const asked = [...open.values()];
    open.clear();
    waiting.value = 0;
    for (const each of asked) each.reject(new IntentError(sentence));
  };

  return {
    waiting,
    ask: (name, args = {}, seen) =>
      new Promise((resolve, reject) => {
        const id = nextId();
        open.set(id, { resolve, reject });
        waiting.value = open.size;
        model.send({ intent: name, id, args, revision: model.get("revision"), seen: seen ?? model.get("seen") ?? "" });
      }),
    onEvent: (callback) => {
      listeners.add(callback);
      return () => listeners.delete(callback);
    },
    giveUp: () => refuseAll("The kernel stopped before it answered. What it had answered before is saved."),
    dispose: () => {
      model.off("msg:custom", receive);
      model.off("change:reply", answered);
      refuseAll("This view was closed before the answer came.");
      listeners.clear();
    },
  };
}
