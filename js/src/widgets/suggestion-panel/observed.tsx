// Observed variables: what they read now. A value that is left empty is the one measured last.

import { useEffect, useState } from "preact/hooks";
import { FieldError } from "../../lib/controls";
import { useUniqueId } from "../../lib/unique";
import type { ObservedView } from "./types";

interface Props {
  observed: readonly ObservedView[];
  readOnly: boolean;
  /** Refused where the text is no value of the variable. */
  onObserve(name: string, text: string): Promise<unknown>;
}

export function Observed({ observed, ...more }: Props) {
  return (
    <>
      {observed.map((item) => (
        <Now key={item.name} item={item} {...more} />
      ))}
    </>
  );
}

function Now({ item, readOnly, onObserve }: Omit<Props, "observed"> & { item: ObservedView }) {
  const id = useUniqueId();
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState("");
  useEffect(() => {
    setTyped(null);
    setError("");
  }, [item.text]);

  const commit = async (text: string) => {
    if (text.trim() === item.text) {
      setTyped(null);
      setError("");
      return;
    }
    try {
      await onObserve(item.name, text);
      setTyped(null);
      setError("");
    } catch (reason) {
      setError((reason as Error).message);
    }
  };

  return (
    <div class="f full">
      <label for={id}>
        {`${item.name} now`}
        {item.unit && <span class="pu">{` ${item.unit}`}</span>}
      </label>
      <input
        id={id}
        class="in"
        type="text"
        readOnly={readOnly}
        value={typed ?? item.text}
        placeholder={item.last && `${item.last}, as measured last`}
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
            setTyped(null);
            setError("");
          }
        }}
      />
      {error && <FieldError id={`${id}-error`} text={error} />}
    </div>
  );
}
