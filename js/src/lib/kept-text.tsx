// A box whose text the kernel keeps: sent when the box is left, refused with a sentence below it.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { FieldError } from "./controls";
import { useUniqueId } from "./unique";

interface Props {
  label: ComponentChildren;
  class: string;
  /** What the kernel has. */
  text: string;
  placeholder: string;
  readOnly: boolean;
  inputMode?: "decimal";
  /** Refused where the text cannot be taken. */
  onKeep(text: string): Promise<unknown>;
}

export function KeptText({ label, class: cls, text, placeholder, readOnly, inputMode, onKeep }: Props) {
  const id = useUniqueId();
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState("");
  const settle = () => {
    setTyped(null);
    setError("");
  };
  useEffect(settle, [text]);

  const commit = async (now: string) => {
    if (now.trim() === text) return settle();
    try {
      await onKeep(now);
      settle();
    } catch (reason) {
      setError((reason as Error).message);
    }
  };

  return (
    <div class={`f ${cls}`}>
      <label for={id}>{label}</label>
      <input
        id={id}
        class="in"
        type="text"
        inputMode={inputMode}
        readOnly={readOnly}
        value={typed ?? text}
        placeholder={placeholder}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onInput={(event) => setTyped(event.currentTarget.value)}
        onBlur={(event) => void commit(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            void commit(event.currentTarget.value);
          } else if (event.key === "Escape" && typed !== null) {
            event.preventDefault();
            event.stopPropagation();
            settle();
          }
        }}
      />
      {error && <FieldError id={`${id}-error`} text={error} />}
    </div>
  );
}
