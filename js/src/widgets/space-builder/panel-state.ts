// What the panel itself knows: which editor is open, what it asks, where focus goes next.
// Everything else is in the traits.

import { batch, effect, type ReadonlySignal, signal, type Signal } from "@preact/signals";
import { type Ask, isAside } from "../../lib/intents";
import { EditorState } from "./editor-state";
import type { ConstraintView, VariableView } from "./forms";

export class PanelState {
  readonly editor: Signal<EditorState | null> = signal(null);
  /** The variable whose removal is asked about in its row. */
  readonly asking: Signal<string | null> = signal(null);
  /** Whether the place for a pasted table is open, and the text it starts with. */
  readonly table: Signal<{ key: number; text: string } | null> = signal(null);
  readonly message: Signal<string> = signal("");
  readonly error: Signal<string> = signal("");
  /** Raised when focus is wanted somewhere, so that the panel draws and gives it. */
  readonly focusAsked: Signal<number> = signal(0);
  /** `data-focus` of the element that gets the focus as soon as it is drawn. */
  wanted: string | null = null;

  private readonly stop: (() => void)[];
  /** The draft on its way into the list. */
  private finishing: Promise<boolean> | null = null;
  private names: string[] = [];

  constructor(
    readonly variables: ReadonlySignal<VariableView[]>,
    readonly ask: Ask,
    revision: ReadonlySignal<number>,
    private readonly shows: ReadonlySignal<string>,
  ) {
    let seen = revision.peek();
    this.stop = [
      effect(() => this.follow(this.variables.value)),
      effect(() => {
        // What was said about a step is out of date once the session has gone on.
        if (revision.value !== seen) this.error.value = "";
        seen = revision.value;
      }),
    ];
  }

  dispose(): void {
    this.editor.peek()?.close();
    for (const stop of this.stop) stop();
  }

  focus(key: string): void {
    this.wanted = key;
    this.focusAsked.value += 1;
  }

  order(): string[] {
    return this.variables.peek().map((view) => view.form.name);
  }

  addDraft(): void {
    const open = this.editor.peek();
    if (open?.isDraft) {
      // Pressing the button took the focus out of a complete draft: it is on its way into
      // the list, and the wish is for the one after it.
      if (this.finishing) void this.finishing.then((added) => added && this.addDraft());
      this.focus("field:Name");
      return;
    }
    this.show(new EditorState(this.ask, null, () => this.shows.peek()), "field:Name");
  }

  open(name: string): void {
    const view = this.variables.peek().find((item) => item.form.name === name);
    if (view) this.show(new EditorState(this.ask, view.form, () => this.shows.peek()), "field:Name");
  }

  /** Closes the editor; an unfinished draft is given up only on purpose. */
  close(): void {
    const open = this.editor.peek();
    if (!open) return;
    const name = open.stored.peek()?.name;
    const unsaved = !open.isDraft && Object.keys(open.problems.peek()).length > 0;
    open.close();
    batch(() => {
      this.editor.value = null;
      if (unsaved) this.message.value = `${name} keeps its last good values.`;
    });
    this.focus(name ? `row:${name}` : "add");
  }

  askToRemove(name: string): void {
    const view = this.variables.peek().find((item) => item.form.name === name);
    if (!view) return;
    if (view.results === 0) {
      void this.remove(name);
      return;
    }
    this.focus("keep");
    const open = this.editor.peek();
    if (open?.stored.peek()?.name === name) open.asksToRemove.value = true;
    else this.asking.value = name;
  }

  keep(): void {
    const open = this.editor.peek();
    const name = this.asking.peek() ?? open?.stored.peek()?.name;
    this.focus(this.asking.peek() ? `row:${name}` : "remove");
    batch(() => {
      this.asking.value = null;
      if (open) open.asksToRemove.value = false;
    });
  }

  async remove(name: string): Promise<void> {
    const names = this.order();
    const at = names.indexOf(name);
    const successor = names[at + 1] ?? names[at - 1];
    await this.attempt("remove_variable", { name }, () => {
      const open = this.editor.peek();
      if (open?.stored.peek()?.name === name) {
        open.close();
        this.editor.value = null;
      }
      this.asking.value = null;
      this.focus(successor ? `row:${successor}` : "add");
      this.message.value = `${name} removed.`;
    });
  }

  async removeConstraint(rule: ConstraintView): Promise<void> {
    await this.attempt("remove_constraint", { name: rule.name }, () => {
      this.focus("add-constraint");
      this.message.value = `${rule.formula} removed.`;
    });
  }

  async move(name: string, to: number): Promise<void> {
    const names = this.order();
    const at = names.indexOf(name);
    if (at < 0 || to < 0 || to >= names.length || to === at) return;
    this.focus(`row:${name}`);
    await this.attempt("move_variable", { name, to }, () => {
      this.message.value = `${name} is number ${to + 1} of ${names.length}.`;
    });
  }

  /** A complete draft joins the list and closes; on a wish of the user its row gets the focus. */
  async finishDraft(asked: boolean): Promise<void> {
    const open = this.editor.peek();
    if (!open?.isDraft) return;
    const adding = this.joinList(open, asked).finally(() => {
      if (this.finishing === adding) this.finishing = null;
    });
    this.finishing = adding;
    await adding;
  }

  private async joinList(open: EditorState, asked: boolean): Promise<boolean> {
    if (!(await open.add(asked))) return false;
    const name = open.stored.peek()?.name ?? "";
    open.close();
    batch(() => {
      if (this.editor.peek() === open) this.editor.value = null;
      this.message.value = `${name} added.`;
    });
    if (asked) this.focus(`row:${name}`);
    return true;
  }

  openTable(text: string): void {
    this.table.value = { key: this.focusAsked.peek(), text };
    this.focus("table");
  }

  closeTable(): void {
    this.table.value = null;
    this.focus("load");
  }

  tableAdded(count: number, source: string): void {
    const words = `${count} ${count === 1 ? "variable" : "variables"} added.`;
    batch(() => {
      this.table.value = null;
      this.message.value = source === "results" ? `${words} Paste the table into Experiments to bring its rows.` : words;
    });
    this.focus("add");
  }

  async attempt(name: string, args: Record<string, unknown>, then: () => void): Promise<void> {
    try {
      await this.ask(name, args);
      batch(() => {
        this.error.value = "";
        then();
      });
    } catch (error) {
      this.error.value = isAside(error) ? "" : (error as Error).message;
    }
  }

  private show(editor: EditorState, focus: string): void {
    const before = this.editor.peek();
    // A complete draft was added when the focus left it; what is left is unfinished.
    before?.close();
    batch(() => {
      this.asking.value = null;
      this.editor.value = editor;
    });
    this.focus(focus);
  }

  /** Keeps the open editor on its variable when that changes its name or definition. */
  private follow(views: VariableView[]): void {
    const names = views.map((view) => view.form.name);
    const editor = this.editor.peek();
    const stored = editor?.stored.peek();
    if (editor && stored) {
      let view = views.find((item) => item.form.name === stored.name);
      if (!view && names.length === this.names.length) {
        // Renamed, here or elsewhere: the same place holds a name that is new.
        const candidate = views[this.names.indexOf(stored.name)];
        if (candidate && !this.names.includes(candidate.form.name)) view = candidate;
      }
      if (view) editor.follow(view.form);
      else {
        editor.close();
        this.editor.value = null;
      }
    }
    this.names = names;
  }
}
