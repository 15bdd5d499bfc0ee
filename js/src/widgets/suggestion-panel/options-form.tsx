// How the next round is made. The choices are the session's, so that all views share them.

import { useEffect, useRef, useState } from "preact/hooks";
import { FieldError } from "../../lib/controls";
import { useUniqueId } from "../../lib/unique";
import { GoalChoice } from "./goal-choice";
import { Observed } from "./observed";
import type { GoalView, Objective, ObservedView, Options, StrategyView } from "./types";
import { Weights } from "./weights";
import { balanceWords } from "./words";

const MAX_BATCH = 24;
const REST_MS = 300;

interface Props {
  options: Options;
  strategies: readonly StrategyView[];
  goals: readonly GoalView[];
  objective: Objective;
  several: readonly Objective[];
  reference: string;
  readOnly: boolean;
  onChange(change: Record<string, unknown>): void;
  onAim(aim: Record<string, unknown>): Promise<unknown>;
  observed: readonly ObservedView[];
  onObserve(name: string, text: string): Promise<unknown>;
  onWeigh(objective: string, text: string): Promise<unknown>;
}

export function OptionsForm({ options, strategies, readOnly, onChange, observed, onObserve, onWeigh, ...goal }: Props) {
  const id = useUniqueId();
  const strategy = strategies.find((item) => item.name === options.strategy);
  return (
    <>
      <div class="f fs1">
        <label for={`${id}-strategy`}>Strategy</label>
        <select
          id={`${id}-strategy`}
          class="in"
          disabled={readOnly}
          value={options.strategy}
          onChange={(event) => onChange({ strategy: event.currentTarget.value })}
        >
          {strategies.map((item) => (
            <option key={item.name} value={item.name}>
              {item.label}
            </option>
          ))}
        </select>
      </div>
      <GoalChoice options={options} readOnly={readOnly} onChange={onChange} {...goal} />
      {strategy?.weights && (
        <Weights several={goal.several} weights={options.weights ?? {}} readOnly={readOnly} onWeigh={onWeigh} />
      )}
      <Observed observed={observed} readOnly={readOnly} onObserve={onObserve} />
      <BatchSize value={options.batch_size} readOnly={readOnly} onChange={(size) => onChange({ batch_size: size })} />
      <Balance
        value={options.balance}
        off={strategy !== undefined && !strategy.balance}
        label={strategy?.label ?? options.strategy}
        readOnly={readOnly}
        onChange={(balance) => onChange({ balance })}
      />
    </>
  );
}

interface BatchProps {
  value: number;
  readOnly: boolean;
  onChange(size: number): void;
}

function BatchSize({ value, readOnly, onChange }: BatchProps) {
  const id = useUniqueId();
  const [typed, setTyped] = useState<string | null>(null);
  const [error, setError] = useState("");
  const sent = useRef(value);
  useEffect(() => {
    sent.current = value;
  }, [value]);

  const judge = (text: string): number | null => {
    const size = Number(text.replace(",", "."));
    return text.trim() !== "" && Number.isInteger(size) && size >= 1 && size <= MAX_BATCH ? size : null;
  };
  const commit = (event: { currentTarget: HTMLInputElement }) => {
    const text = event.currentTarget.value;
    if (text === String(value)) {
      setTyped(null);
      setError("");
      return;
    }
    const size = judge(text);
    if (size === null) {
      setTyped(text);
      setError(`Use a whole number from 1 to ${MAX_BATCH}.`);
      return;
    }
    setTyped(null);
    setError("");
    if (size !== value && size !== sent.current) onChange(size);
    // Enter, change and blur all tell of the same number.
    sent.current = size;
  };

  return (
    <div class="f fsb">
      <label for={id}>Batch size</label>
      <input
        id={id}
        class="in"
        type="number"
        role="spinbutton"
        min={1}
        max={MAX_BATCH}
        step={1}
        readOnly={readOnly}
        value={typed ?? String(value)}
        aria-valuemin={1}
        aria-valuemax={MAX_BATCH}
        aria-valuenow={value}
        aria-invalid={error ? "true" : undefined}
        aria-describedby={error ? `${id}-error` : undefined}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          if (error) setError(judge(event.currentTarget.value) === null ? error : "");
        }}
        onChange={commit}
        onBlur={commit}
        onKeyDown={(event) => {
          if (event.key === "Enter" && !event.ctrlKey && !event.metaKey) {
            event.preventDefault();
            commit(event);
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

interface BalanceProps {
  value: number;
  off: boolean;
  label: string;
  readOnly: boolean;
  onChange(balance: number): void;
}

function Balance({ value, off, label, readOnly, onChange }: BalanceProps) {
  const id = useUniqueId();
  const [held, setHeld] = useState<number | null>(null);
  const timer = useRef<ReturnType<typeof setTimeout> | undefined>(undefined);
  const waiting = useRef<number | null>(null);
  const shown = held ?? Math.round(100 * value);

  const flush = () => {
    clearTimeout(timer.current);
    const percent = waiting.current;
    waiting.current = null;
    setHeld(null);
    if (percent !== null && percent !== Math.round(100 * value)) onChange(percent / 100);
  };
  useEffect(() => () => clearTimeout(timer.current), []);

  return (
    <div class="f full">
      <label for={id}>Balance</label>
      <input
        id={id}
        type="range"
        min={0}
        max={100}
        step={1}
        value={shown}
        disabled={off || readOnly}
        aria-valuetext={balanceWords(shown / 100)}
        aria-describedby={off ? `${id}-off` : undefined}
        onInput={(event) => setHeld(Number(event.currentTarget.value))}
        onChange={(event) => {
          // Released, or a key pressed: a row of key presses is one step of the journal.
          waiting.current = Number(event.currentTarget.value);
          clearTimeout(timer.current);
          timer.current = setTimeout(flush, REST_MS);
        }}
        onBlur={flush}
      />
      {off ? (
        <span class="cap" id={`${id}-off`}>{`${label} sets its own balance.`}</span>
      ) : (
        <span class="ends" aria-hidden="true">
          <span>Explore the unknown</span>
          <span>Exploit the best</span>
        </span>
      )}
    </div>
  );
}
