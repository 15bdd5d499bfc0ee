// Which row the other panels should light: the suggested one under the pointer or the focus.

import type { Ask } from "../../lib/intents";

const CALM_MS = 120;

export class Spotlight {
  private sent = 0;
  private wanted = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ask: Ask) {}

  /** Light a row; 0 for none. A pointer that crosses many rows tells of the one it rests on. */
  on(row: number): void {
    this.wanted = row;
    if (this.timer !== undefined) return;
    if (row === this.sent) return;
    this.timer = setTimeout(() => {
      this.timer = undefined;
      if (this.wanted === this.sent) return;
      this.sent = this.wanted;
      this.ask("spotlight", { row: this.sent }).catch(() => {});
    }, CALM_MS);
  }

  dispose(): void {
    clearTimeout(this.timer);
  }
}
