// The cross-hair of a map: click or arrows move it, the tag says what the model predicts there.

import type { CSSProperties, JSX } from "preact";
import { useCallback, useRef, useState } from "preact/hooks";
import { Button } from "../../lib/controls";
import { formatInterval } from "../../lib/numbers";
import type { Layout, Objective, Point } from "./types";

interface Props {
  layout: Layout;
  point: Point;
  objective: Objective;
  live: boolean;
  /** Where it is now, in the coordinates of the axes. */
  at: [number, number];
  move(names: [string, string], places: [number, number]): void;
  tryPoint(): void;
  /** The plot; it says when it was drawn, because only then its area is known. */
  children(drawn: () => void): JSX.Element;
}

/** Half a step of a hundredth of the axis; ten of them with Shift. */
const STEP = 0.02;

export function CrossHair({ layout, point, objective, live, at, move, tryPoint, children }: Props) {
  const box = useRef<HTMLDivElement>(null);
  const [area, setArea] = useState<Insets | null>(null);
  const meta = layout.meta;
  const names = meta?.axes;

  const measure = useCallback(() => setArea(insets(box.current)), []);
  if (!names) return children(measure);

  const shares: [number, number] = [shareOf(at[0], layout, 0), shareOf(at[1], layout, 1)];
  const goTo = (x: number, y: number) => {
    if (live) move(names, [placeOf(x, layout, 0), placeOf(y, layout, 1)]);
  };
  const click = (event: MouseEvent) => {
    const found = drawingArea(box.current);
    if (!found || (event.target as HTMLElement).closest?.("button")) return;
    const x = (event.clientX - found.left) / found.width;
    const y = 1 - (event.clientY - found.top) / found.height;
    if (x >= 0 && x <= 1 && y >= 0 && y <= 1) goTo(x, y);
  };
  const keys = (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget) return;
    const by = STEP * (event.shiftKey ? 5 : 1);
    const steps: Record<string, [number, number]> = { ArrowLeft: [-by, 0], ArrowRight: [by, 0], ArrowUp: [0, by], ArrowDown: [0, -by] };
    const step = steps[event.key];
    if (!step) return;
    event.preventDefault();
    const next = [0, 1].map((i) => {
      const levels = levelsOf(layout, i);
      // Among categories a key goes to the next one.
      const least = levels > 1 && step[i] !== 0 ? Math.sign(step[i]!) / levels : step[i]!;
      return Math.min(1, Math.max(0, shares[i]! + least));
    });
    goTo(next[0]!, next[1]!);
  };
  const shown = predicted(point, objective);
  const inputs = (point.inputs ?? []).filter((input) => names.includes(input.name));
  const where = inputs.map((input) => [input.name, input.text, input.unit].filter(Boolean).join(" ")).join(", ");
  return (
    <div
      ref={box}
      class="pz cross"
      role="application"
      aria-roledescription="cross-hair"
      aria-label={`Cross-hair at ${where}${shown ? `, predicted ${shown}` : ""}. Arrow keys move it.`}
      tabIndex={live ? 0 : -1}
      onClick={click}
      onKeyDown={keys}
    >
      {children(measure)}
      {shown && area && (
        <div class="tag" style={corner(shares, area)}>
          <span>{shown}</span>
          <Button small disabled={!live} onClick={tryPoint}>Try this point</Button>
        </div>
      )}
    </div>
  );
}

export function predicted(point: Point, objective: Objective): string {
  if (point.mean === undefined || point.sd === undefined) return "";
  const { mean, half } = formatInterval(point.mean, point.sd, objective.noise);
  return `${mean} ± ${half}${objective.unit ? ` ${objective.unit}` : ""}`;
}

/** The rectangle between the axes, in the window. */
function drawingArea(box: HTMLElement | null): DOMRect | null {
  return box?.querySelector(".nsewdrag")?.getBoundingClientRect() ?? null;
}

/** Between the tag and the axes. */
const GAP = 6;

interface Insets {
  left: number;
  right: number;
  top: number;
  bottom: number;
}

/** How far the drawing area is from the edges of its box: true also after the page was scrolled. */
function insets(box: HTMLElement | null): Insets | null {
  const [area, around] = [drawingArea(box), box?.getBoundingClientRect()];
  if (!area || !around) return null;
  return { left: area.left - around.left, right: around.right - area.right, top: area.top - around.top, bottom: around.bottom - area.bottom };
}

/** The corner that is farthest from the cross. */
function corner([x, y]: [number, number], area: Insets): CSSProperties {
  // In a narrow map the tag takes two lines rather than more room than there is.
  const maxWidth = `calc(100% - ${area.left + area.right + 2 * GAP}px)`;
  const side = x > 0.5 ? { left: `${area.left + GAP}px` } : { right: `${area.right + GAP}px` };
  const edge = y > 0.5 ? { bottom: `${area.bottom + GAP}px` } : { top: `${area.top + GAP}px` };
  return { maxWidth, ...side, ...edge };
}

const axisOf = (layout: Layout, index: number) => (index === 0 ? layout.xaxis : layout.yaxis);

/** How many categories an axis has; 0 for a scale. */
function levelsOf(layout: Layout, index: number): number {
  const axis = axisOf(layout, index);
  const labels = axis?.["ticktext"];
  return Array.isArray(labels) && axis?.["type"] !== "log" ? labels.length : 0;
}

export function shareOf(place: number, layout: Layout, index: number): number {
  const [low, high] = axisOf(layout, index)?.range ?? [0, 1];
  const value = layout.meta?.log?.[index] ? Math.log10(place) : place;
  return (value - low) / (high - low);
}

export function placeOf(share: number, layout: Layout, index: number): number {
  const [low, high] = axisOf(layout, index)?.range ?? [0, 1];
  const value = low + share * (high - low);
  return layout.meta?.log?.[index] ? 10 ** value : value;
}
