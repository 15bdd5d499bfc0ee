// "Load a table": pasted text becomes proposals, and what is ticked becomes variables.

import { useEffect, useRef, useState } from "preact/hooks";
import { Button, FieldError, Icon } from "../../lib/controls";
import type { Ask } from "../../lib/intents";
import { useUniqueId } from "../../lib/unique";
import { type Form, isRanged } from "./forms";

interface Proposal {
  form: Form;
  use: boolean;
  note: string;
  error: string | null;
  line: number;
}

interface Found {
  source: "variables" | "results";
  rows: number;
  proposals: Proposal[];
}

interface Props {
  text: string;
  ask: Ask;
  onClose(): void;
  onAdded(count: number, source: Found["source"]): void;
}

const READ_AFTER_MS = 150;

export function TableLoader({ text: start, ask, onClose, onAdded }: Props) {
  const id = useUniqueId();
  const [text, setText] = useState(start);
  const [found, setFound] = useState<Found | null>(null);
  const [error, setError] = useState("");
  const latest = useRef(text);
  latest.current = text;

  useEffect(() => {
    if (!text.trim()) {
      setFound(null);
      setError("");
      return;
    }
    const timer = setTimeout(() => {
      ask("read_table", { text })
        .then((reply) => {
          if (latest.current !== text) return;
          setFound(reply as unknown as Found);
          setError("");
        })
        .catch((reason: Error) => {
          if (latest.current !== text) return;
          setFound(null);
          setError(reason.message);
        });
    }, READ_AFTER_MS);
    return () => clearTimeout(timer);
  }, [text, ask]);

  const chosen = found?.proposals.filter((proposal) => proposal.use && !proposal.error) ?? [];
  const toggle = (line: number) =>
    found &&
    setFound({
      ...found,
      proposals: found.proposals.map((item) => (item.line === line ? { ...item, use: !item.use } : item)),
    });

  const add = () => {
    if (!found || chosen.length === 0) return;
    ask("add_variables", { forms: chosen.map((proposal) => proposal.form) })
      .then(() => onAdded(chosen.length, found.source))
      .catch((reason: Error) => setError(reason.message));
  };

  return (
    <div
      class="ve tl"
      role="group"
      aria-label="Load a table"
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="f">
        <label for={id}>Table</label>
        <textarea
          id={id}
          class="in"
          rows={4}
          spellcheck={false}
          data-focus="table"
          value={text}
          placeholder={"Paste variables: name, kind, minimum, maximum, unit.\nOr past results, with a line of column heads."}
          aria-invalid={error ? "true" : undefined}
          aria-describedby={error ? `${id}-error` : undefined}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </div>
      {error && <FieldError id={`${id}-error`} text={error} />}
      {found && (
        <>
          <p class="cap">
            {found.source === "variables"
              ? `A table of ${found.proposals.length} variables.`
              : `A table of ${found.rows} results. The ranges are those of the data; the rows go into Experiments by pasting them there.`}
          </p>
          <ul class="tl-list">
            {found.proposals.map((proposal) => (
              <li key={proposal.line}>
                <label class="chk">
                  <input
                    type="checkbox"
                    checked={proposal.use && !proposal.error}
                    disabled={proposal.error !== null}
                    onChange={() => toggle(proposal.line)}
                  />
                  <span class="trunc">{proposal.form.name || `line ${proposal.line}`}</span>
                </label>
                <span class="cap trunc">{proposalWords(proposal)}</span>
                {proposal.error && (
                  <p class="msg">
                    <Icon name="warn" />
                    <span>{`Line ${proposal.line}: ${proposal.error}`}</span>
                  </p>
                )}
              </li>
            ))}
          </ul>
        </>
      )}
      <div class="row ve-end">
        <Button small quiet onClick={onClose}>Cancel</Button>
        <Button small primary disabled={chosen.length === 0} onClick={add}>
          {chosen.length === 1 ? "Add 1 variable" : `Add ${chosen.length} variables`}
        </Button>
      </div>
    </div>
  );
}

function proposalWords({ form, note }: Proposal): string {
  const range = isRanged(form.kind)
    ? form.min && form.max
      ? `${form.min} – ${form.max}${form.unit ? ` ${form.unit}` : ""}`
      : ""
    : form.values.slice(0, 6).join(", ") + (form.values.length > 6 ? " …" : "");
  return [note || form.kind, range].filter(Boolean).join(", ");
}
