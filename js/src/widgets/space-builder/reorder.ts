// Dragging a row by its icon: a line shows the place, Escape gives up.

import { signal, type Signal } from "@preact/signals";

const START_AFTER_PX = 4;

interface Drop {
  from: number;
  /** The row lands before the row that is here now; the length means "at the end". */
  before: number;
}

export class Reorder {
  readonly drop: Signal<Drop | null> = signal(null);
  private stop: (() => void) | null = null;
  private justDragged = false;

  constructor(private readonly move: (from: number, to: number) => void) {}

  /** Call on pointerdown of the icon of row `from`; `rows` are the list's items, in order. */
  start(event: PointerEvent, from: number, rows: () => HTMLElement[]): void {
    if (event.button !== 0) return;
    this.stop?.();
    const origin = event.clientY;
    const doc = (event.target as HTMLElement).ownerDocument;
    const onMove = (moved: PointerEvent) => {
      if (!this.drop.peek() && Math.abs(moved.clientY - origin) < START_AFTER_PX) return;
      const middles = rows().map((row) => row.getBoundingClientRect()).map((box) => box.top + box.height / 2);
      this.drop.value = { from, before: middles.filter((middle) => middle < moved.clientY).length };
    };
    const onUp = () => {
      const drop = this.drop.peek();
      finish();
      if (!drop) return;
      this.justDragged = true;
      const to = drop.before > drop.from ? drop.before - 1 : drop.before;
      if (to !== drop.from) this.move(drop.from, to);
    };
    const onKey = (key: KeyboardEvent) => {
      if (key.key !== "Escape") return;
      key.preventDefault();
      key.stopPropagation();
      this.justDragged = true;
      finish();
    };
    const finish = () => {
      doc.removeEventListener("pointermove", onMove);
      doc.removeEventListener("pointerup", onUp);
      doc.removeEventListener("pointercancel", finish);
      doc.removeEventListener("keydown", onKey, true);
      this.drop.value = null;
      this.stop = null;
    };
    this.justDragged = false;
    doc.addEventListener("pointermove", onMove);
    doc.addEventListener("pointerup", onUp);
    doc.addEventListener("pointercancel", finish);
    doc.addEventListener("keydown", onKey, true);
    this.stop = finish;
  }

  /** The click that ends a drag opens nothing. */
  swallowClick(): boolean {
    const dragged = this.justDragged;
    this.justDragged = false;
    return dragged;
  }

  dispose(): void {
    this.stop?.();
  }
}
