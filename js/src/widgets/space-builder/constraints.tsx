// The rules between variables: each as a formula, and a line for one more.

import { useSignal } from "@preact/signals";
import { useRef } from "preact/hooks";
import { Button, FieldError } from "../../lib/controls";
import { type Ask, isAside } from "../../lib/intents";
import { TextField } from "../../lib/text-field";
import { useUniqueId } from "../../lib/unique";
import type { ConstraintView } from "./forms";

interface Props {
  constraints: readonly ConstraintView[];
  ask: Ask;
  readOnly: boolean;
  onRemove(rule: ConstraintView): void;
}

export function Constraints({ constraints, ask, readOnly, onRemove }: Props) {
  const adding = useSignal(false);
  const opener = useRef<HTMLButtonElement>(null);
  const close = () => {
    adding.value = false;
    // The button is there again once the line has gone.
    requestAnimationFrame(() => opener.current?.focus());
  };
  return (
    <div>
      <div class="sub">
        <h4>Constraints</h4>
        <span class="cap">{constraints.length === 0 ? "none" : "kept by every suggestion"}</span>
        <span class="grow" />
        {!readOnly && !adding.value && (
          <span ref={(span) => { opener.current = span?.querySelector("button") ?? null; }}>
            <Button small quiet icon="plus" label="Add a constraint" data-focus="add-constraint" onClick={() => { adding.value = true; }} />
          </span>
        )}
      </div>
      {constraints.length > 0 && (
        <ul class="out rules" aria-label="Constraints">
          {constraints.map((rule) => (
            <li key={rule.name}>
              <span class="grow rule">{rule.formula}</span>
              {!readOnly && (
                <Button small quiet icon="x" label={`Remove ${rule.formula}`} data-focus={`rule:${rule.name}`} onClick={() => onRemove(rule)} />
              )}
            </li>
          ))}
        </ul>
      )}
      {adding.value && !readOnly && <NewConstraint ask={ask} onClose={close} />}
    </div>
  );
}

function NewConstraint({ ask, onClose }: { ask: Ask; onClose(): void }) {
  const errorId = useUniqueId();
  const text = useSignal("");
  const problem = useSignal("");
  const add = async () => {
    try {
      const reply = await ask("add_constraint", { formula: text.peek() });
      problem.value = String(reply["problem"] ?? "");
      if (reply["added"]) onClose();
    } catch (error) {
      if (isAside(error)) onClose();
      else problem.value = (error as Error).message;
    }
  };
  return (
    <form
      class="of"
      onSubmit={(event) => {
        event.preventDefault();
        void add();
      }}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <TextField
        label="Formula"
        class="wide"
        box={(box) => {
          if (box && !text.peek()) box.focus();
        }}
        placeholder="A + B = 1, A * B ≤ 3 or count(A, B, C) ≤ 2"
        value={text.value}
        errorId={problem.value ? errorId : undefined}
        onType={(now) => {
          text.value = now;
          problem.value = "";
        }}
      />
      <Button small quiet onClick={onClose}>Cancel</Button>
      <Button small primary type="submit">Add</Button>
      {problem.value && <FieldError id={errorId} text={problem.value} />}
    </form>
  );
}
