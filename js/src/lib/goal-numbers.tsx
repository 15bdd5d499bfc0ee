// The numbers that a goal needs: one target, or the two ends of a band. They are sent together.

import { useEffect, useRef, useState } from "preact/hooks";
import { FieldError } from "./controls";
import { isAside } from "./intents";
import { useUniqueId } from "./unique";

interface Wanted {
  target?: number | null;
  band?: readonly [number, number] | null;
}

interface Props {
  needs: "target" | "band";
  wanted: Wanted;
  unit: string;
  /** Just chosen and not filled in yet: the first box takes the focus. */
  fresh: boolean;
  readOnly: boolean;
  /** Refused with a field of `target`, `low` or `high`. */
  onCommit(numbers: Record<string, string>): Promise<unknown>;
}

const FIELDS = {
  target: [["target", "Target"]],
  band: [
    ["low", "From"],
    ["high", "To"],
  ],
} as const;

const shown = (value: number | null | undefined): string => (value === null || value === undefined ? "" : String(value));

export function GoalNumbers({ needs, wanted, unit, fresh, readOnly, onCommit }: Props) {
  const id = useUniqueId();
  const root = useRef<HTMLDivElement>(null);
  const stored: Record<string, string> =
    needs === "target" ? { target: shown(wanted.target) } : { low: shown(wanted.band?.[0]), high: shown(wanted.band?.[1]) };
  const key = Object.values(stored).join(" ");
  const [typed, draw] = useState<Record<string, string>>({});
  // A key may come before the last letter was drawn.
  const latest = useRef(typed);
  const setTyped = (next: Record<string, string>) => {
    latest.current = next;
    draw(next);
  };
  const [error, setError] = useState<{ field: string; text: string } | null>(null);
  const sent = useRef("");

  useEffect(() => {
    setTyped({});
    setError(null);
    sent.current = "";
  }, [key, needs]);
  useEffect(() => {
    if (fresh) root.current?.querySelector("input")?.focus();
  }, [fresh, needs]);

  const values = { ...stored, ...typed };
  const commit = async (asked: boolean) => {
    const values = { ...stored, ...latest.current };
    const text = Object.values(values).join(" ");
    const missing = Object.values(values).some((value) => !value.trim());
    // Leaving the first of two empty boxes is no mistake yet; Enter asks for an answer.
    if (!asked && (missing || text === sent.current)) return;
    if (text === key && !fresh) {
      setError(null);
      return;
    }
    sent.current = text;
    try {
      await onCommit(values);
      setError(null);
    } catch (reason) {
      if (isAside(reason)) {
        setTyped({});
        setError(null);
        return;
      }
      const field = (reason as { field?: string }).field ?? "";
      setError({ field: field in values ? field : Object.keys(values)[0]!, text: (reason as Error).message });
    }
  };

  return (
    <div class="gn full" role="group" aria-label={needs === "target" ? "Target" : "Band"} ref={root}>
      {FIELDS[needs].map(([field, label]) => (
        <div class="f" key={field}>
          <label for={`${id}-${field}`}>
            {label}
            {unit && <span class="pu">{` ${unit}`}</span>}
          </label>
          <input
            id={`${id}-${field}`}
            class="in"
            type="text"
            inputmode="decimal"
            autocomplete="off"
            readOnly={readOnly}
            value={values[field]}
            aria-invalid={error?.field === field ? "true" : undefined}
            aria-describedby={error?.field === field ? `${id}-error` : undefined}
            onInput={(event) => {
              setTyped({ ...latest.current, [field]: event.currentTarget.value });
              if (error?.field === field) setError(null);
            }}
            onBlur={() => void commit(false)}
            onKeyDown={(event) => {
              if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
                event.preventDefault();
                void commit(true);
              } else if (event.key === "Escape" && field in typed) {
                event.preventDefault();
                event.stopPropagation();
                setTyped({});
                setError(null);
              }
            }}
          />
        </div>
      ))}
      {error && <FieldError id={`${id}-error`} text={error.text} />}
    </div>
  );
}
