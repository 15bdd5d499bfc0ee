// The editor of one variable: texts as typed, sentences at the fields, and the last
// good definition, which stays in force until the kernel accepts a new one.

import { batch, signal, type Signal } from "@preact/signals";
import { type Ask, isAside } from "../../lib/intents";
import {
  BLANK,
  FIELD_OF,
  type Field,
  type Form,
  type Kind,
  isRanged,
  listField,
  missing,
  missingWords,
  sameForm,
  type TextKey,
} from "./forms";

interface SaveReply {
  saved: boolean;
  problems: Record<string, string>;
  form: Form;
}

const CHECK_AFTER_MS = 150;
let lastKey = 0;

export class EditorState {
  /** Stays the same while a draft becomes a variable, so that focus stays in its field. */
  readonly key: string;
  readonly form: Signal<Form>;
  readonly problems: Signal<Partial<Record<Field, string>>> = signal({});
  /** What a change of kind dropped, or what is still missing. */
  readonly notice: Signal<string> = signal("");
  readonly asksToRemove: Signal<boolean> = signal(false);
  /** Name of the draft while the kernel adds it: the new row may be here before the answer. */
  readonly adding: Signal<string | null> = signal(null);
  /** The definition in force; null while the variable is not added yet. */
  readonly stored: Signal<Form | null>;

  private readonly dirty = new Set<keyof Form>();
  private readonly touched = new Set<Field>();
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Saves follow each other: the second must know the name that the first has set. */
  private saving: Promise<void> = Promise.resolve();
  private closed = false;
  /** What the page showed when the typing began: others may go on meanwhile. */
  private began: string | undefined;

  constructor(
    private readonly ask: Ask,
    stored: Form | null,
    /** What the page shows now. */
    private readonly seen: () => string = () => "",
  ) {
    lastKey += 1;
    this.key = `editor-${lastKey}`;
    this.stored = signal(stored);
    this.form = signal(stored ?? BLANK);
  }

  get isDraft(): boolean {
    return this.stored.value === null;
  }

  /** A new definition from the kernel; what is being typed stays. */
  follow(form: Form): void {
    const stored = this.stored.peek();
    if (stored && sameForm(stored, form)) return;
    batch(() => {
      this.stored.value = form;
      const kept = Object.fromEntries([...this.dirty].map((key) => [key, this.form.peek()[key]]));
      this.form.value = { ...form, ...kept } as Form;
    });
  }

  type(key: TextKey, text: string): void {
    this.mark(key);
    this.form.value = { ...this.form.peek(), [key]: text };
    // Judged on each key only after the first failed commit.
    if (this.problems.peek()[FIELD_OF[key]]) this.checkSoon(FIELD_OF[key]);
  }

  isDirty(key: keyof Form): boolean {
    return this.dirty.has(key);
  }

  async commit(key: TextKey): Promise<void> {
    const field = FIELD_OF[key];
    if (!this.dirty.has(key)) return;
    this.touched.add(field);
    if (this.isDraft) return this.check(field);
    return this.save(field);
  }

  /** Back to the last good value; true if there was something to restore. */
  restore(key: TextKey): boolean {
    const field = FIELD_OF[key];
    const back = this.stored.peek()?.[key] ?? "";
    const changed = this.form.peek()[key] !== back || this.problems.peek()[field] !== undefined;
    if (!changed) return false;
    batch(() => {
      this.form.value = { ...this.form.peek(), [key]: back };
      this.dirty.delete(key);
      this.settle(field);
      this.notice.value = "";
    });
    return true;
  }

  setLog(on: boolean): Promise<void> {
    return this.setAndSave({ log: on }, "Log scale");
  }

  setRole(role: string): Promise<void> {
    return this.setAndSave({ role }, "Role");
  }

  setValues(values: string[]): Promise<void> {
    return this.setAndSave({ values }, listField(this.form.peek().kind));
  }

  async setKind(kind: Kind): Promise<void> {
    const before = this.form.peek();
    this.form.value = { ...before, kind };
    try {
      const reply = await this.ask("convert", { form: { ...before }, kind });
      batch(() => {
        this.form.value = reply["form"] as Form;
        this.notice.value = String(reply["dropped"] ?? "");
        this.problems.value = {};
        for (const key of ["kind", "min", "max", "log", "values", "unit"] as const) this.mark(key);
      });
    } catch (error) {
      this.form.value = before;
      this.notice.value = (error as Error).message;
      return;
    }
    if (!this.isDraft) {
      const fields: Field[] = isRanged(kind) ? ["Minimum", "Maximum"] : [listField(kind)];
      for (const field of fields) this.touched.add(field);
      await this.save("Kind");
    }
  }

  /** Adds the draft when it is complete; else says what is missing. */
  async add(showGaps: boolean): Promise<boolean> {
    if (!this.isDraft) return true;
    const gaps = missing(this.form.peek());
    if (gaps.length && !showGaps) return false;
    for (const field of showGaps ? gaps : []) this.touched.add(field);
    for (const field of ["Name", "Minimum", "Maximum", "Values", "Categories", "Unit"] as const) {
      if (!gaps.includes(field)) this.touched.add(field);
    }
    this.adding.value = this.form.peek().name.trim();
    await this.save("Name");
    this.adding.value = null;
    if (this.isDraft && gaps.length) this.notice.value = missingWords(this.form.peek());
    return !this.isDraft;
  }

  close(): void {
    this.closed = true;
    clearTimeout(this.timer);
  }

  private setAndSave(part: Partial<Form>, field: Field): Promise<void> {
    for (const key of Object.keys(part)) this.mark(key as keyof Form);
    this.form.value = { ...this.form.peek(), ...part };
    this.touched.add(field);
    return this.isDraft ? this.check(field) : this.save(field);
  }

  private checkSoon(field: Field): void {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.check(field), CHECK_AFTER_MS);
  }

  private async check(field: Field): Promise<void> {
    const sent = this.form.peek();
    try {
      const reply = (await this.ask("save_variable", {
        name: this.stored.peek()?.name ?? null,
        form: { ...sent },
        changed: field,
        dry: true,
      })) as unknown as SaveReply;
      if (!this.closed) this.show(reply.problems);
    } catch (error) {
      this.notice.value = (error as Error).message;
    }
  }

  private save(field: Field): Promise<void> {
    this.saving = this.saving.then(() => this.saveNow(field));
    return this.saving;
  }

  private async saveNow(field: Field): Promise<void> {
    const sent = this.form.peek();
    const stored = this.stored.peek();
    if (stored && sameForm(stored, sent)) {
      this.dirty.clear();
      this.show({});
      return;
    }
    try {
      const reply = (await this.ask("save_variable", {
        name: stored?.name ?? null,
        form: { ...sent },
        changed: field,
        dry: false,
      }, this.began)) as unknown as SaveReply;
      if (reply.saved) this.accept(sent, reply.form);
      else this.show(reply.problems);
    } catch (error) {
      if (isAside(error)) return this.giveWay();
      this.problems.value = { ...this.problems.peek(), [field]: (error as Error).message };
    }
  }

  private accept(sent: Form, form: Form): void {
    batch(() => {
      const now = this.form.peek();
      // What was typed while the answer was on its way is kept.
      const newer = Object.fromEntries(
        (Object.keys(now) as (keyof Form)[]).filter((key) => now[key] !== sent[key]).map((key) => [key, now[key]]),
      );
      this.dirty.clear();
      for (const key of Object.keys(newer)) this.dirty.add(key as keyof Form);
      this.stored.value = form;
      this.form.value = { ...form, ...newer } as Form;
      this.problems.value = {};
    });
  }

  /** Others were quicker: theirs is shown, and what was typed stands beside it to be chosen. */
  private giveWay(): void {
    batch(() => {
      this.dirty.clear();
      this.began = undefined;
      this.form.value = this.stored.peek() ?? BLANK;
      this.problems.value = {};
      this.notice.value = "";
    });
  }

  private mark(key: keyof Form): void {
    if (this.dirty.size === 0) this.began = this.seen() || undefined;
    this.dirty.add(key);
  }

  private show(problems: Record<string, string>): void {
    const shown: Partial<Record<Field, string>> = {};
    for (const [field, sentence] of Object.entries(problems)) {
      if (this.touched.has(field as Field)) shown[field as Field] = sentence + this.stillInForce(field as Field);
    }
    this.problems.value = shown;
  }

  private stillInForce(field: Field): string {
    const stored = this.stored.peek();
    const key = (Object.keys(FIELD_OF) as TextKey[]).find((name) => FIELD_OF[name] === field);
    const last = stored && key ? stored[key] : "";
    if (!stored) return "";
    if (stored.kind !== this.form.peek().kind) return ` ${stored.name} stays ${stored.kind} until then.`;
    if (last) return ` The last good value, ${last}, stays in force.`;
    return stored.values.length ? " The last good list stays in force." : "";
  }

  private settle(field: Field): void {
    const { [field]: _, ...rest } = this.problems.peek();
    this.problems.value = rest;
    this.touched.delete(field);
  }
}
