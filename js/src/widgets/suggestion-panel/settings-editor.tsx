// The settings of a card as boxes: for a panel that stands alone, without a grid beside it.

import { useEffect, useRef, useState } from "preact/hooks";
import { Button, FieldError } from "../../lib/controls";
import type { Card, Setting } from "./types";
import { isAside } from "../../lib/intents";
import { useUniqueId } from "../../lib/unique";

interface Props {
  card: Card;
  onChange(row: number, name: string, text: string): Promise<void>;
  onClose(): void;
}

export function SettingsEditor({ card, onChange, onClose }: Props) {
  const box = useRef<HTMLDivElement>(null);
  useEffect(() => box.current?.querySelector("input")?.focus(), []);
  const close = () => {
    const article = box.current?.closest("article");
    onClose();
    article?.focus();
  };
  return (
    <div class="fg" role="group" aria-label={`Settings of row ${card.row}`} ref={box}>
      {card.settings.map((setting) => (
        <SettingBox key={setting.name} row={card.row} setting={setting} onChange={onChange} onClose={close} />
      ))}
      <div class="row c6 ve-end">
        <Button small onClick={close}>Close</Button>
      </div>
    </div>
  );
}

interface BoxProps {
  row: number;
  setting: Setting;
  onChange: Props["onChange"];
  onClose(): void;
}

function SettingBox({ row, setting, onChange, onClose }: BoxProps) {
  const id = useUniqueId();
  const stored = setting.value === null ? "" : String(setting.value);
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState("");
  const text = typed ?? stored;
  // Enter and the leaving after it tell of the same text.
  const sent = useRef<string | null>(null);

  const commit = async (event: { currentTarget: HTMLInputElement }) => {
    const typed = event.currentTarget.value;
    if (typed === sent.current) return;
    if (typed === stored) {
      setTyped(null);
      setError("");
      return;
    }
    sent.current = typed;
    try {
      await onChange(row, setting.name, typed);
      setTyped(null);
      setError("");
    } catch (reason) {
      if (isAside(reason)) setTyped(null);
      else setError(`${(reason as Error).message} Press Escape to get ${setting.text || "it"} back.`);
    }
  };

  return (
    <div class="f c3">
      <label for={id}>{setting.unit ? `${setting.name}, ${setting.unit}` : setting.name}</label>
      <input
        id={id}
        class="in"
        autocomplete="off"
        value={text}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onInput={(event) => {
          sent.current = null;
          setTyped(event.currentTarget.value);
        }}
        onBlur={(event) => void commit(event)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            void commit(event);
          } else if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            if (typed === null && !error) onClose();
            setTyped(null);
            setError("");
          }
        }}
      />
      {error && <FieldError id={`${id}-error`} text={error} />}
    </div>
  );
}
