// Editing in place: a text box for numbers and words, a list for categories and states.

import { useLayoutEffect, useRef } from "preact/hooks";
import { Button, FieldError, type RowState } from "../../lib/controls";
import type { GridColumn } from "./columns";
import { checkTyped } from "./editor-check";
import type { GridEdits } from "./edits";
import { cellAt } from "./pointer";
import { NEW, type Place } from "./selection";
import type { Editor, GridView } from "./view-state";

interface Props {
  view: GridView;
  edits: GridEdits;
  editor: Editor;
  column: GridColumn;
  state: RowState | null;
}

export function CellEditor(props: Props) {
  const { editor, column, state } = props;
  if (column.role === "state" && state) return <ChoiceEditor {...props} choices={stateChoices(state)} />;
  const categories = column.data?.kind === "categorical" ? (column.data.categories ?? []) : null;
  if (!categories) return <TextEditor {...props} />;
  const all = editor.text && !categories.includes(editor.text) ? [editor.text, ...categories] : categories;
  return <ChoiceEditor {...props} choices={[["", "none"], ...all.map((name): [string, string] => [name, name])]} />;
}

/** What can become of a row by hand; the first is what it is. */
function stateChoices(state: RowState): [string, string][] {
  const more: Record<RowState, [string, string][]> = {
    suggested: [["accept", "running (accept)"], ["failed", "failed"]],
    running: [["failed", "failed"]],
    done: [["excluded", "excluded (not used)"], ["failed", "failed"]],
    failed: [["restore", "restore"]],
    excluded: [["restore", "restore"]],
  };
  return [[state, state], ...more[state]];
}

const nameOf = (column: GridColumn, row: number, reason: boolean): string =>
  `${reason ? "Reason" : column.name}, ${row === NEW ? "new row" : `row ${row}`}`;

function TextEditor({ view, edits, editor, column }: Props) {
  const input = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    const box = input.current;
    if (!box) return;
    box.focus({ preventScroll: true });
    if (editor.replaced) box.setSelectionRange(box.value.length, box.value.length);
    else box.select();
    box.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  }, []);
  return (
    <input
      ref={input}
      class={column.numeric && !editor.reason ? "ce num" : "ce"}
      type="text"
      spellcheck={false}
      autocomplete="off"
      inputMode={column.numeric && !editor.reason ? "decimal" : undefined}
      aria-label={nameOf(column, editor.row, editor.reason)}
      aria-invalid={editor.error ? "true" : undefined}
      aria-describedby={editor.error ? view.errorId : undefined}
      value={editor.text}
      onInput={(event) => {
        const now = view.editor.peek();
        if (!now) return;
        const next = { ...now, text: event.currentTarget.value };
        // After the first refusal each key may put it right.
        if (now.error) {
          const check = checkTyped(next, column);
          next.error = check.message ?? "";
          next.offer = check.offer ?? "";
        }
        view.editor.value = next;
      }}
      onKeyDown={(event) => editorKey(event, view, edits)}
      onBlur={() => leave(view, edits, editor)}
    />
  );
}

function ChoiceEditor({ view, edits, editor, column, choices }: Props & { choices: [string, string][] }) {
  const select = useRef<HTMLSelectElement>(null);
  useLayoutEffect(() => {
    select.current?.focus({ preventScroll: true });
    // A letter has chosen already: Enter takes it, arrows go on from it.
    if (editor.replaced) return;
    try {
      // Only a person's key or click may open the list; otherwise it stays a closed one.
      select.current?.showPicker?.();
    } catch {
      // Arrows and letters choose in the closed list as well.
    }
  }, []);
  return (
    <select
      ref={select}
      class="ce"
      aria-label={nameOf(column, editor.row, false)}
      value={editor.text}
      onChange={(event) => {
        const now = view.editor.peek();
        if (!now) return;
        view.editor.value = { ...now, text: event.currentTarget.value, error: "" };
        if (!editor.replaced) edits.commit({ row: editor.row, key: editor.key });
      }}
      onKeyDown={(event) => editorKey(event, view, edits)}
      onBlur={() => leave(view, edits, editor)}
    >
      {choices.map(([value, label]) => (
        <option key={value} value={value} selected={value === editor.text}>
          {label}
        </option>
      ))}
    </select>
  );
}

/** Leaving commits; a text that cannot be taken stays where it was typed. */
function leave(view: GridView, edits: GridEdits, editor: Place): void {
  const now = view.editor.peek();
  if (now && now.row === editor.row && now.key === editor.key && !now.error) edits.commit();
}

function editorKey(event: KeyboardEvent, view: GridView, edits: GridEdits): void {
  const editor = view.editor.peek();
  if (!editor) return;
  const at = view.rowIndex(editor.row);
  const columns = view.keys.indexOf(editor.key);
  const beside = (step: number): Place => ({ row: editor.row, key: view.keys[Math.min(view.keys.length - 1, Math.max(0, columns + step))] ?? editor.key });
  const below = (step: number): Place => ({ row: view.rowAt(Math.max(0, Math.min(view.rows, at + step))), key: editor.key });
  if (event.key === "Escape") edits.restore();
  else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    if (edits.commit(null, true)) view.focus();
  } else if (event.key === "Enter") edits.commit(below(event.shiftKey ? -1 : 1));
  else if (event.key === "Tab") edits.commit(beside(event.shiftKey ? -1 : 1));
  else {
    event.stopPropagation();
    return;
  }
  event.preventDefault();
  event.stopPropagation();
  if (!view.editor.peek()) handOver(event.currentTarget as HTMLElement, view.cursor.peek());
}

/**
 * Give the focus on while the editor is still there. Taken away with the focus in it, it would
 * leave the page without one for a moment, and JupyterLab would style the whole notebook twice.
 */
function handOver(editor: HTMLElement, place: Place): void {
  const grid = editor.closest("[role=grid]");
  if (grid) cellAt(grid, place)?.focus({ preventScroll: true });
}

/** The sentence under a row whose text cannot be taken. */
export function EditorError({ view, edits, editor, column }: Omit<Props, "state">) {
  const sentence = useRef<HTMLDivElement>(null);
  // Under the last row in sight it would stand outside the window.
  useLayoutEffect(() => sentence.current?.scrollIntoView?.({ block: "nearest", inline: "nearest" }), [editor.error]);
  return (
    <div class="xr" role="row">
      <div role="gridcell" aria-colspan={view.keys.length} ref={sentence}>
        <FieldError id={view.errorId} text={editor.error} />
        {editor.offer && (
          <Button
            small
            onPointerDown={(event: Event) => event.preventDefault()}
            onClick={() => {
              view.editor.value = { ...editor, text: editor.offer, error: "", offer: "" };
              edits.commit({ row: editor.row, key: editor.key });
            }}
          >
            {`Use ${editor.offer} ${column.data?.unit ?? ""}`}
          </Button>
        )}
      </div>
    </div>
  );
}

/** What is asked in the place itself when a row is to go. */
export function RowQuestion({ view, edits, rows, states }: { view: GridView; edits: GridEdits; rows: readonly number[]; states: RowState[] }) {
  const first = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    first.current?.querySelector("button")?.focus();
  }, []);
  const excluded = states.every((state) => state === "excluded");
  const one = rows.length === 1;
  const name = one ? `Row ${rows[0]}` : `${rows.length} rows`;
  return (
    <div
      class="xr"
      role="row"
      ref={first}
      onKeyDown={(event) => {
        event.stopPropagation();
        if (event.key !== "Escape") return;
        event.preventDefault();
        void edits.answer("keep");
      }}
    >
      <div role="gridcell" aria-colspan={view.keys.length}>
        <span>{excluded ? `${name}: use ${one ? "it" : "them"} again, or delete?` : `${name}: exclude (kept, not used) or delete?`}</span>
        <Button small onClick={() => void edits.answer(excluded ? "restore" : "excluded")}>{excluded ? "Restore" : "Exclude"}</Button>
        <Button small onClick={() => void edits.answer("delete")}>Delete</Button>
        <Button small quiet onClick={() => void edits.answer("keep")}>Keep</Button>
      </div>
    </div>
  );
}

