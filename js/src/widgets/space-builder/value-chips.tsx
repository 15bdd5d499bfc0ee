// Categories and levels as chips: type, Enter adds one; Backspace takes the last one back.

import { useRef, useState } from "preact/hooks";
import { FieldError, Icon } from "../../lib/controls";
import { useUniqueId } from "../../lib/unique";
import type { Field } from "./forms";

interface Props {
  label: Field;
  values: readonly string[];
  errorId: string | undefined;
  readOnly: boolean;
  wide: boolean;
  onChange(values: string[]): void;
  /** Enter with nothing typed: done with the list. */
  onEnterEmpty(): void;
}

export function ValueChips({ label, values, errorId, readOnly, wide, onChange, onEnterEmpty }: Props) {
  const id = useUniqueId();
  const input = useRef<HTMLInputElement>(null);
  const [text, setText] = useState("");
  const [own, setOwn] = useState("");
  // The chip that Left, Right and Backspace act on; -1 is the text box.
  const [at, setAt] = useState(-1);

  // A comma divides categories, and belongs to a number.
  const breaks = label === "Categories" ? /[\t\n;|,]/ : /[\t\n;|]/;
  const add = (typed: string): boolean => {
    const parts = typed
      .split(breaks)
      .map((part) => part.trim())
      .filter(Boolean);
    const repeat = parts.find((part, index) => values.includes(part) || parts.indexOf(part) !== index);
    if (repeat !== undefined) {
      setOwn(`${repeat} is there already.`);
      return false;
    }
    setOwn("");
    setText("");
    if (parts.length) onChange([...values, ...parts]);
    return true;
  };

  const remove = (index: number) => {
    setOwn("");
    setAt(-1);
    onChange(values.filter((_, place) => place !== index));
    input.current?.focus();
  };

  const keys = (event: KeyboardEvent & { currentTarget: HTMLInputElement }) => {
    const box = event.currentTarget;
    const empty = box.value === "";
    if (event.key === "Enter" || (event.key === "," && label === "Categories")) {
      event.preventDefault();
      if (!empty) add(box.value);
      else if (event.key === "Enter") onEnterEmpty();
      else setOwn("Write a name for the category.");
    } else if (event.key === "Escape" && (!empty || at >= 0 || own)) {
      event.preventDefault();
      event.stopPropagation();
      setText("");
      setOwn("");
      setAt(-1);
    } else if (event.key === "Backspace" && empty && values.length) {
      event.preventDefault();
      // The first press selects, the second removes: a slip of the finger costs nothing.
      if (at < 0) setAt(values.length - 1);
      else remove(at);
    } else if (event.key === "Delete" && at >= 0) {
      event.preventDefault();
      remove(at);
    } else if (event.key === "ArrowLeft" && empty && values.length) {
      event.preventDefault();
      setAt(at < 0 ? values.length - 1 : Math.max(0, at - 1));
    } else if (event.key === "ArrowRight" && at >= 0) {
      event.preventDefault();
      setAt(at + 1 < values.length ? at + 1 : -1);
    } else if (event.key.length === 1 || event.key === "Home" || event.key === "End") setAt(-1);
  };

  const described = [own ? `${id}-own` : "", errorId ?? "", at >= 0 ? `${id}-chip` : ""].filter(Boolean).join(" ");
  return (
    <div class={`f ${wide ? "c6" : "c4"}`}>
      <label for={id}>{label}</label>
      <div class="chipbox" onClick={(event) => event.target === event.currentTarget && input.current?.focus()}>
        {values.map((value, index) => (
          <span key={value} class={`chip ${index === at ? "on" : ""}`}>
            <span class="trunc">{value}</span>
            {!readOnly && (
              <button type="button" tabIndex={-1} aria-label={`Remove ${value}`} onClick={() => remove(index)}>
                <Icon name="x" />
              </button>
            )}
          </span>
        ))}
        {!readOnly && (
          <input
            id={id}
            ref={input}
            type="text"
            autocomplete="off"
            spellcheck={false}
            inputMode={label === "Values" ? "decimal" : "text"}
            data-focus={`field:${label}`}
            placeholder={values.length ? "" : label === "Values" ? "10, Enter, 20, Enter" : "A, Enter, B, Enter"}
            value={text}
            aria-invalid={errorId || own ? "true" : undefined}
            aria-describedby={described || undefined}
            onInput={(event) => {
              setText(event.currentTarget.value);
              if (own) setOwn("");
            }}
            onKeyDown={keys}
            onBlur={(event) => {
              setAt(-1);
              if (event.currentTarget.value.trim()) add(event.currentTarget.value);
            }}
            onPaste={(event) => {
              const pasted = event.clipboardData?.getData("text/plain") ?? "";
              if (!breaks.test(pasted.trim())) return;
              event.preventDefault();
              event.stopPropagation();
              add(text + pasted);
            }}
          />
        )}
      </div>
      {at >= 0 && (
        <span class="sr" id={`${id}-chip`} role="status">
          {`${values[at]} selected. Backspace removes it.`}
        </span>
      )}
      {own && <FieldError id={`${id}-own`} text={own} />}
    </div>
  );
}
