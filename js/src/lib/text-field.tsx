// A box for one line of text with its label, and what is wrong with it named by `errorId`.

import type { ComponentChildren, Ref, TargetedFocusEvent, TargetedKeyboardEvent } from "preact";
import { useUniqueId } from "./unique";

interface Props {
  label: ComponentChildren;
  class: string;
  value: string;
  errorId: string | undefined;
  /** What stands below the box. */
  children?: ComponentChildren;
  readOnly?: boolean;
  placeholder?: string;
  inputMode?: "decimal" | undefined;
  box?: Ref<HTMLInputElement>;
  onType(text: string): void;
  onBlur?(event: TargetedFocusEvent<HTMLInputElement>): void;
  onKeyDown?(event: TargetedKeyboardEvent<HTMLInputElement>): void;
  [data: `data-${string}`]: unknown;
}

export function TextField({ label, class: cls, errorId, box, onType, children, ...rest }: Props) {
  const id = useUniqueId();
  return (
    <div class={`f ${cls}`}>
      <label for={id}>{label}</label>
      <input
        id={id}
        ref={box}
        class="in"
        type="text"
        autocomplete="off"
        spellcheck={false}
        aria-invalid={errorId ? "true" : undefined}
        aria-describedby={errorId}
        onInput={(event) => onType(event.currentTarget.value)}
        {...rest}
      />
      {children}
    </div>
  );
}
