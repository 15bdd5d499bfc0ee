// The editor of one variable, in its place in the list.

import type { ComponentChildren } from "preact";
import { useRef } from "preact/hooks";
import { Button, Icon } from "../../lib/controls";
import { TextField } from "../../lib/text-field";
import { useUniqueId } from "../../lib/unique";
import type { EditorState } from "./editor-state";
import {
  BLANK,
  FIELD_OF,
  type Field,
  isRanged,
  type Kind,
  type KindView,
  listField,
  type RoleView,
  sameForm,
  type TextKey,
} from "./forms";
import { ValueChips } from "./value-chips";

interface Props {
  editor: EditorState;
  kinds: readonly KindView[];
  roles: readonly RoleView[];
  results: number;
  readOnly: boolean;
  /** What came too late for this variable. */
  asides: ComponentChildren;
  onClose(): void;
  onAdd(showGaps: boolean): void;
  onAskRemove(): void;
  onRemove(): void;
  onKeep(): void;
}

export function VariableEditor({ editor, kinds, roles, results, readOnly, asides, ...on }: Props) {
  const group = useRef<HTMLDivElement>(null);
  const base = useUniqueId();
  const form = editor.form.value;
  const problems = editor.problems.value;
  const draft = editor.stored.value === null;
  const name = editor.stored.value?.name ?? form.name;

  // A complete draft is added when the focus leaves the editor for another place on the page.
  const leave = (event: FocusEvent) => {
    const to = event.relatedTarget as Node | null;
    if (draft && !(to && group.current?.contains(to))) on.onAdd(false);
  };

  const fieldKeys = (key: TextKey) => (event: KeyboardEvent) => {
    if (event.key === "Enter") {
      event.preventDefault();
      void editor.commit(key).then(() => draft && on.onAdd(true));
    } else if (event.key === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (!editor.restore(key) && (!draft || sameForm(form, BLANK))) on.onClose();
    }
  };

  const errorId = (field: Field) => `${base}-${field.replace(" ", "-")}`;
  const text = (key: TextKey, cls: string, more: { inputMode?: "decimal"; placeholder?: string } = {}) => (
    <TextField
      label={FIELD_OF[key]}
      data-focus={`field:${FIELD_OF[key]}`}
      class={cls}
      value={form[key]}
      errorId={problems[FIELD_OF[key]] ? errorId(FIELD_OF[key]) : undefined}
      readOnly={readOnly}
      onType={(value) => editor.type(key, value)}
      onBlur={() => void editor.commit(key)}
      onKeyDown={fieldKeys(key)}
      {...more}
    />
  );

  const errors = (...fields: Field[]) =>
    fields
      .filter((field) => problems[field])
      .map((field) => (
        <p key={field} class="msg c6" role="alert" id={errorId(field)}>
          <Icon name="warn" />
          <span>{problems[field]}</span>
        </p>
      ));

  const list = listField(form.kind);
  return (
    <div
      class="ve"
      role="group"
      aria-label={name || "New variable"}
      ref={group}
      onFocusOut={leave}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        if (editor.asksToRemove.peek()) on.onKeep();
        else if (!draft || sameForm(form, BLANK)) on.onClose();
      }}
    >
      <div class="fg">
        {text("name", "c3")}
        <Choice
          label="Kind"
          options={kinds}
          value={form.kind}
          readOnly={readOnly}
          onChange={(kind) => void editor.setKind(kind as Kind)}
        />
        {errors("Name", "Kind")}
        {isRanged(form.kind) ? (
          <>
            {text("min", "", { inputMode: "decimal" })}
            {text("max", "", { inputMode: "decimal" })}
          </>
        ) : (
          <ValueChips
            key={list}
            label={list}
            values={form.values}
            errorId={problems[list] ? errorId(list) : undefined}
            readOnly={readOnly}
            wide={form.kind === "categorical"}
            onChange={(values) => void editor.setValues(values)}
            onEnterEmpty={() => draft && on.onAdd(true)}
          />
        )}
        {form.kind !== "categorical" && text("unit", "")}
        {errors("Minimum", "Maximum", "Unit", "Log scale", "Values", "Categories")}
        {text("description", "c6", { placeholder: "What it is, and how it is set" })}
        {errors("Description")}
        <Choice
          label="Role"
          options={roles}
          value={form.role}
          errorId={problems["Role"] ? errorId("Role") : undefined}
          readOnly={readOnly}
          onChange={(role) => void editor.setRole(role)}
        />
        {text("condition", "c3", { placeholder: "always, or optimizer = sgd" })}
        {errors("Role", "Only if")}
        {isRanged(form.kind) && (
          <label class="chk c3">
            <input
              type="checkbox"
              checked={form.log}
              disabled={readOnly}
              onChange={(event) => void editor.setLog(event.currentTarget.checked)}
            />
            Log scale
          </label>
        )}
        <div class={`row ve-end ${isRanged(form.kind) ? "c3" : "c6"}`}>
          {!readOnly && (
            <Button small quiet icon="x" label={draft ? "Discard" : `Remove ${name}`} data-focus="remove" onClick={draft ? on.onClose : on.onAskRemove} />
          )}
          {draft ? (
            <Button small primary onClick={() => on.onAdd(true)}>Add</Button>
          ) : (
            <Button small onClick={on.onClose}>Close</Button>
          )}
        </div>
      </div>
      {asides}
      {editor.notice.value && (
        <p class="cap ve-note" role="note">
          <Icon name="info" />
          {editor.notice.value}
        </p>
      )}
      {editor.asksToRemove.value && <RemoveQuestion name={name} results={results} onRemove={on.onRemove} onKeep={on.onKeep} />}
    </div>
  );
}

interface ChoiceProps {
  label: Field;
  options: readonly { name: string; label: string }[];
  value: string;
  errorId?: string | undefined;
  readOnly: boolean;
  onChange(name: string): void;
}

function Choice({ label, options, value, errorId, readOnly, onChange }: ChoiceProps) {
  const id = useUniqueId();
  return (
    <div class="f c3">
      <label for={id}>{label}</label>
      <select
        id={id}
        class="in"
        disabled={readOnly}
        value={value}
        aria-invalid={errorId ? "true" : undefined}
        aria-describedby={errorId}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {options.map((option) => (
          <option key={option.name} value={option.name}>
            {option.label}
          </option>
        ))}
      </select>
    </div>
  );
}

interface QuestionProps {
  name: string;
  results: number;
  onRemove(): void;
  onKeep(): void;
}

/** Asked in the place itself, so that what is meant is in sight. */
export function RemoveQuestion({ name, results, onRemove, onKeep }: QuestionProps) {
  return (
    <div
      class="ban ve-ask"
      role="group"
      aria-label={`Remove ${name}?`}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onKeep();
      }}
    >
      <Icon name="warn" />
      <p role="alert">
        {`${results} ${results === 1 ? "result uses" : "results use"} ${name}. Remove it and keep the column?`}
      </p>
      <div class="acts">
        <Button small onClick={onRemove}>Remove</Button>
        <Button small data-focus="keep" onClick={onKeep}>Keep</Button>
      </div>
    </div>
  );
}
