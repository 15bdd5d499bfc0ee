// What the panel itself knows: choices on their way, focus, and what it just said.

import { batch, computed, type ReadonlySignal, signal, type Signal } from "@preact/signals";
import { type Ask, isAside } from "../../lib/intents";
import type { Card, Options } from "./types";
import { plural } from "./words";

export class PanelState {
  readonly message: Signal<string> = signal("");
  readonly error: Signal<string> = signal("");
  readonly details: Signal<boolean> = signal(false);
  /** The session's options, with choices that the kernel has not answered yet. */
  readonly options: ReadonlySignal<Options>;
  /** Row of the card that takes part in Tab. */
  readonly current: Signal<number> = signal(0);
  /** Card to focus once it is drawn: a row, or -1 for the Suggest button. */
  wanted: number | null = null;
  readonly focusAsked: Signal<number> = signal(0);

  private readonly onTheirWay: Signal<Partial<Options>> = signal({});

  constructor(
    stored: ReadonlySignal<Options>,
    private readonly cards: ReadonlySignal<readonly Card[]>,
    readonly ask: Ask,
  ) {
    this.options = computed(() => ({ ...stored.value, ...this.onTheirWay.value }));
  }

  async setOptions(change: Partial<Options>): Promise<void> {
    this.onTheirWay.value = { ...this.onTheirWay.peek(), ...change };
    await this.attempt("set_options", change);
    const left = { ...this.onTheirWay.peek() };
    for (const key of Object.keys(change) as (keyof Options)[]) if (left[key] === change[key]) delete left[key];
    this.onTheirWay.value = left;
  }

  suggest(): Promise<boolean> {
    this.message.value = "";
    return this.attempt("suggest", {});
  }

  async accept(row: number): Promise<void> {
    await this.leave("accept", row, `Row ${row} is running.`);
  }

  async dismiss(row: number): Promise<void> {
    await this.leave("dismiss", row, `Row ${row} dismissed. Undo brings it back.`);
  }

  async all(name: "accept_all" | "dismiss_all"): Promise<void> {
    const count = this.cards.peek().length;
    const words = name === "accept_all" ? `${plural(count, "row")} running.` : `${plural(count, "row")} dismissed. Undo brings them back.`;
    if (await this.attempt(name, {})) {
      this.message.value = words;
      this.focus(-1);
    }
  }

  /** Up and Down on the cards. */
  step(from: number, by: 1 | -1): void {
    const rows = this.cards.peek().map((card) => card.row);
    const next = rows[rows.indexOf(from) + by];
    if (next !== undefined) this.focus(next);
  }

  focus(row: number): void {
    this.wanted = row;
    if (row > 0) this.current.value = row;
    this.focusAsked.value += 1;
  }

  async attempt(name: string, args: Record<string, unknown>): Promise<boolean> {
    try {
      await this.ask(name, args);
      this.error.value = "";
      return true;
    } catch (error) {
      this.error.value = isAside(error) ? "" : (error as Error).message;
      return false;
    }
  }

  /** A card that leaves gives the focus to its successor. */
  private async leave(name: string, row: number, words: string): Promise<void> {
    const rows = this.cards.peek().map((card) => card.row);
    const at = rows.indexOf(row);
    const successor = rows[at + 1] ?? rows[at - 1] ?? -1;
    if (!(await this.attempt(name, { row }))) return;
    batch(() => {
      this.message.value = words;
      this.focus(successor);
    });
  }
}
