// The session's name: a button that turns into a text box.

import { useEffect, useRef, useState } from "preact/hooks";
import { FieldError, Icon } from "../../lib/controls";
import { isAside } from "../../lib/intents";
import { useUniqueId } from "../../lib/unique";

interface Props {
  name: string;
  readOnly: boolean;
  /** What the page shows, for `rename`: others may change the name while it is typed. */
  seen: string;
  rename(name: string, seen: string): Promise<unknown>;
}

export function SessionName({ name, readOnly, seen, rename }: Props) {
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState("");
  const [wanted, setWanted] = useState<"input" | "button" | null>(null);
  const root = useRef<HTMLDivElement>(null);
  const id = useUniqueId();
  // A box that is taken away loses its focus too: that is no second commit.
  const ended = useRef(false);
  const began = useRef("");

  useEffect(() => {
    if (!wanted) return;
    const element = root.current?.querySelector<HTMLElement>(wanted);
    element?.focus();
    if (element instanceof HTMLInputElement) element.select();
    setWanted(null);
  }, [wanted]);

  const stop = (focus: boolean) => {
    ended.current = true;
    setTyped(null);
    setError("");
    if (focus) setWanted("button");
  };
  const commit = async (focus: boolean) => {
    if (typed === null || ended.current) return;
    const next = typed.trim();
    if (!next) {
      setError("A session needs a name.");
      return;
    }
    if (next === name) {
      stop(focus);
      return;
    }
    try {
      await rename(next, began.current);
      stop(focus);
    } catch (reason) {
      if (isAside(reason)) stop(focus);
      else setError((reason as Error).message);
    }
  };

  return (
    <div class="first" ref={root}>
      <h2>
        {typed === null ? (
          <button
            type="button"
            class="name"
            disabled={readOnly}
            aria-label={`Session name: ${name || "no name"}. Press Enter to rename`}
            onClick={() => {
              ended.current = false;
              began.current = seen;
              setTyped(name);
              setWanted("input");
            }}
            onKeyDown={(event) => {
              if (event.key !== "F2") return;
              event.preventDefault();
              event.currentTarget.click();
            }}
          >
            <span class="trunc">{name || "Untitled session"}</span>
            <Icon name="pen" />
          </button>
        ) : (
          <input
            class="in name-in"
            type="text"
            aria-label="Session name"
            autocomplete="off"
            spellcheck={false}
            value={typed}
            aria-invalid={error ? "true" : undefined}
            aria-describedby={error ? id : undefined}
            onInput={(event) => {
              setTyped(event.currentTarget.value);
              if (event.currentTarget.value.trim()) setError("");
            }}
            onBlur={() => void commit(false)}
            onKeyDown={(event) => {
              if (event.key === "Enter") {
                event.preventDefault();
                void commit(true);
              } else if (event.key === "Escape") {
                event.preventDefault();
                event.stopPropagation();
                stop(true);
              }
            }}
          />
        )}
      </h2>
      {error && <FieldError id={id} text={error} />}
    </div>
  );
}
