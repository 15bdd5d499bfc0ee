// A box whose text the kernel keeps: sent when the box is left, refused with a sentence below it.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { FieldError } from "./controls";
import { TextField } from "./text-field";
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
  const errorId = useUniqueId();
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
    <TextField
      label={label}
      class={cls}
      inputMode={inputMode}
      readOnly={readOnly}
      value={typed ?? text}
      placeholder={placeholder}
      errorId={error ? errorId : undefined}
      onType={setTyped}
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
    >
      {error && <FieldError id={errorId} text={error} />}
    </TextField>
  );
}
