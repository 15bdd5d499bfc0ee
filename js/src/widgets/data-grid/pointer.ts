// The mouse: a click moves the cursor, a drag selects, a double click edits, the corner fills down.

import { NUMBER } from "./columns";
import type { GridEdits } from "./edits";
import { HEAD, NEW, type Place } from "./selection";
import type { GridView } from "./view-state";

/** The cell that an element lies in. */
export function placeOf(target: EventTarget | null): Place | null {
  const cell = (target as HTMLElement | null)?.closest?.<HTMLElement>("[data-key]");
  const row = cell?.closest<HTMLElement>("[data-row]");
  return cell && row ? { row: Number(row.dataset["row"]), key: cell.dataset["key"]! } : null;
}

/** The element of a cell, where it is drawn. */
export function cellAt(grid: Element, place: Place): HTMLElement | undefined {
  const line = grid.querySelector(`[data-row="${place.row}"]`);
  return [...(line?.children ?? [])].find((cell) => (cell as HTMLElement).dataset["key"] === place.key) as HTMLElement | undefined;
}

export class GridPointer {
  private stop: (() => void) | null = null;

  constructor(private readonly view: GridView, private readonly edits: GridEdits, private readonly live: () => boolean) {}

  dispose(): void {
    this.stop?.();
  }

  readonly down = (event: PointerEvent): void => {
    if (event.button !== 0) return;
    const target = event.target as HTMLElement;
    if (target.closest("input, select, button, a")) return;
    if (target.closest("[data-fill]")) {
      event.preventDefault();
      this.drag((place) => this.view.extendTo({ row: Math.max(place.row, 0) || this.view.cursor.peek().row, key: this.view.extent.peek()?.key ?? this.view.cursor.peek().key }), () => { if (this.view.rect.top !== this.view.rect.bottom) this.edits.fillDown(); });
      return;
    }
    const place = placeOf(target);
    if (!place) return;
    // The cell takes the focus by its own rule; text is not selected by dragging over it.
    event.preventDefault();
    if (this.view.editor.peek() && !this.edits.commit()) return;
    this.view.asking.value = null;
    if (place.row === HEAD) {
      this.view.goTo(place);
      this.view.toggleSort(place.key, event.shiftKey);
      return;
    }
    const rowHead = place.key === NUMBER && place.row !== NEW;
    if (event.shiftKey) {
      if (rowHead) this.view.selectRow(this.view.cursor.peek().row, place.row);
      else this.view.extendTo(place);
      this.view.focus();
    } else {
      this.view.goTo(place);
      if (rowHead) this.view.selectRow(place.row);
    }
    // A finger scrolls by dragging.
    if (event.pointerType === "touch") return;
    const last = this.view.keys.at(-1)!;
    this.drag((to) => {
      if (to.row > 0) this.view.extendTo(rowHead ? { row: to.row, key: last } : to);
    });
  };

  readonly double = (event: MouseEvent): void => {
    const place = placeOf(event.target);
    if (place && place.row !== HEAD && this.live() && !this.view.editor.peek()) this.edits.open(place);
  };

  private drag(move: (place: Place) => void, end: () => void = () => {}): void {
    this.stop?.();
    const over = (event: PointerEvent) => {
      const place = placeOf(event.target);
      if (place) move(place);
    };
    const up = (event: PointerEvent) => {
      this.stop?.();
      if (event.type === "pointerup") end();
    };
    document.addEventListener("pointerover", over);
    document.addEventListener("pointerup", up);
    document.addEventListener("pointercancel", up);
    this.stop = () => {
      document.removeEventListener("pointerover", over);
      document.removeEventListener("pointerup", up);
      document.removeEventListener("pointercancel", up);
      this.stop = null;
    };
  }
}
