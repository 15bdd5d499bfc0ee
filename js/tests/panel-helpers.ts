// Finds elements the way a reader of the screen does: by role and name.

const ROLES: Record<string, string> = {
  button: "button, [role=button]",
  textbox: "input:not([type]), input[type=text], textarea",
  combobox: "select",
  checkbox: "input[type=checkbox]",
  slider: "input[type=range]",
  spinbutton: "input[type=number]",
  listitem: "li",
  article: "article",
  link: "a[href]",
  tab: "[role=tab]",
  menuitem: "[role=menuitem]",
  group: "[role=group]",
  region: "[role=region]",
  progressbar: "[role=progressbar]",
};

export function nameOf(element: Element): string {
  const label = element.getAttribute("aria-label");
  if (label) return label;
  if (element.id) {
    const tied = element.ownerDocument.querySelector(`label[for="${element.id}"]`);
    if (tied) return (tied.textContent ?? "").trim();
  }
  const around = element.closest("label");
  return ((around ?? element).textContent ?? "").trim();
}

export function all<T extends HTMLElement = HTMLElement>(root: Element, role: string, name?: string | RegExp): T[] {
  const found = [...root.querySelectorAll<T>(ROLES[role] ?? `[role=${role}]`)];
  return found.filter((element) => name === undefined || (typeof name === "string" ? nameOf(element) === name : name.test(nameOf(element))));
}

export function get<T extends HTMLElement = HTMLElement>(root: Element, role: string, name?: string | RegExp): T {
  const found = all<T>(root, role, name);
  if (found.length !== 1) {
    const there = all(root, role).map(nameOf).join(" | ");
    throw new Error(`${found.length} elements "${role}" named ${String(name)}; there are: ${there}`);
  }
  return found[0] as T;
}

export const box = (root: Element, name: string): HTMLInputElement => get<HTMLInputElement>(root, "textbox", name);

export function type(input: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  input.focus();
  input.value = text;
  input.dispatchEvent(new Event("input", { bubbles: true }));
}

export function press(element: Element, key: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  element.dispatchEvent(event);
  return event;
}

export function choose(select: HTMLSelectElement, value: string): void {
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
}

/** Lets effects, drawn frames and answered questions settle. */
export async function settle(milliseconds = 0): Promise<void> {
  for (let round = 0; round < 4; round += 1) await new Promise((done) => setTimeout(done, 0));
  if (milliseconds) await new Promise((done) => setTimeout(done, milliseconds));
}

export interface Call {
  name: string;
  args: Record<string, unknown>;
  seen?: string;
}

/** A kernel that answers from a table and writes down what it was asked. */
export function fakeAsk(answers: Record<string, (args: Record<string, unknown>) => unknown> = {}) {
  const calls: Call[] = [];
  const ask = async (name: string, args: Record<string, unknown> = {}, seen?: string): Promise<Record<string, unknown>> => {
    calls.push({ name, args, ...(seen === undefined ? {} : { seen }) });
    await Promise.resolve();
    return (answers[name]?.(args) ?? {}) as Record<string, unknown>;
  };
  return { ask, calls, named: (name: string) => calls.filter((call) => call.name === name) };
}
