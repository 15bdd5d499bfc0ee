// The widget over a model without a kernel, and its cells by what they are called.

import type { TestModel } from "../../src/lib/test-model";
import widget from "../../src/widgets/data-grid";
import { press, settle } from "../panel-helpers";
import { gridModel } from "./fixture";

export interface Drawn {
  root: HTMLElement;
  model: TestModel;
  close(): void;
}

const open: (() => void)[] = [];

export async function draw(model: TestModel = gridModel(), parent: HTMLElement = document.body): Promise<Drawn> {
  const root = document.createElement("div");
  parent.append(root);
  const end = widget.render({ model: model.asModel(), el: root });
  let closed = false;
  const close = () => {
    if (closed) return;
    closed = true;
    end();
    root.remove();
  };
  open.push(close);
  await settle();
  return { root, model, close };
}

export function closeAll(): void {
  while (open.length) open.pop()!();
  document.body.replaceChildren();
}

export function cell(root: Element, row: number, key: string): HTMLElement {
  const found = root.querySelector(`[data-row="${row}"]`);
  const inside = [...(found?.children ?? [])].find((item) => (item as HTMLElement).dataset["key"] === key);
  if (!inside) throw new Error(`No cell ${key} in row ${row}.`);
  return inside as HTMLElement;
}

export const text = (root: Element, row: number, key: string): string => cell(root, row, key).textContent ?? "";

export async function click(root: Element, row: number, key: string, more: PointerEventInit = {}): Promise<void> {
  cell(root, row, key).dispatchEvent(new PointerEvent("pointerdown", { bubbles: true, cancelable: true, button: 0, ...more }));
  document.dispatchEvent(new PointerEvent("pointerup", { bubbles: true }));
  await settle();
}

/** Presses where the focus is, as a keyboard does. */
export async function keys(...all: (string | [string, KeyboardEventInit])[]): Promise<void> {
  for (const item of all) {
    const [key, more] = typeof item === "string" ? [item, {}] : item;
    press(document.activeElement!, key, more);
    await settle();
  }
}

export const focused = (): string => {
  const at = document.activeElement as HTMLElement;
  return `${at.closest<HTMLElement>("[data-row]")?.dataset["row"]} ${at.closest<HTMLElement>("[data-key]")?.dataset["key"]}`;
};

export const editor = (root: Element): HTMLInputElement => {
  const found = root.querySelector<HTMLInputElement>(".ce");
  if (!found) throw new Error("No cell is open.");
  return found;
};

export async function fill(root: Element, value: string): Promise<void> {
  const box = editor(root);
  box.value = value;
  box.dispatchEvent(new Event("input", { bubbles: true }));
  await settle();
}

export const shownRows = (root: Element): number[] =>
  [...root.querySelectorAll<HTMLElement>("[data-row]")].map((row) => Number(row.dataset["row"])).filter((row) => row > 0);

export const asked = (model: TestModel, intent: string) => model.sent.filter((sent) => sent.intent === intent);

export const status = (root: Element): string => root.querySelector("[role=status]")?.textContent ?? "";

export function clip(kind: "copy" | "cut" | "paste", textIn = ""): { event: ClipboardEvent; text(): string } {
  const data = new DataTransfer();
  if (kind === "paste") data.setData("text/plain", textIn);
  const event = new ClipboardEvent(kind, { bubbles: true, cancelable: true, clipboardData: data });
  document.activeElement!.dispatchEvent(event);
  return { event, text: () => data.getData("text/plain") };
}
