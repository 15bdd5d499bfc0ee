// The read-out: what is sought, how far it is, and what the engine does now.

import { useEffect, useRef, useState } from "preact/hooks";
import { Button, FieldError, Icon } from "../../lib/controls";
import { GoalNumbers } from "../../lib/goal-numbers";
import { formatResult } from "../../lib/numbers";
import type { Task } from "../../lib/traits";
import { TaskLine } from "./task-line";
import type { Counts, ModelView, ObjectiveView } from "./types";
import { isAside } from "../../lib/intents";
import { useUniqueId } from "../../lib/unique";

const GOALS = [
  { value: "maximize", label: "Maximise", needs: "" },
  { value: "minimize", label: "Minimise", needs: "" },
  { value: "target", label: "Target", needs: "target" },
  { value: "band", label: "Band", needs: "band" },
] as const;

/** "Maximise Yield", "Bring pH to 7"; older kernels say only the goal. */
const aimWords = ({ words, goal, label }: ObjectiveView): string =>
  words ?? `${goal === "minimize" ? "Minimise" : "Maximise"} ${label}`;

interface ObjectiveChange {
  old: string;
  name: string;
  goal: string;
  unit: string;
  /** Of a target or a band, as they were typed. */
  target?: string;
  low?: string;
  high?: string;
}

interface Props {
  objectives: readonly ObjectiveView[];
  counts: Counts;
  model: ModelView;
  task: Task;
  readOnly: boolean;
  setObjective(change: ObjectiveChange): Promise<unknown>;
  goTo(row: number): void;
  cancel(): void;
}

export function Readout({ objectives, counts, model, task, readOnly, setObjective, goTo, cancel }: Props) {
  const [editing, setEditing] = useState(false);
  const [back, setBack] = useState(false);
  const opener = useRef<HTMLDivElement>(null);
  const first = objectives[0];

  useEffect(() => {
    if (!back) return;
    opener.current?.querySelector<HTMLElement>("button")?.focus();
    setBack(false);
  }, [back]);

  const close = () => {
    setEditing(false);
    setBack(true);
  };

  return (
    <>
      <dl class="ro">
        <div ref={opener}>
          <dt>Objective</dt>
          <dd>
            {first && (
              <button
                type="button"
                class="ro-edit"
                disabled={readOnly}
                aria-expanded={editing}
                aria-label={`Objective: ${aimWords(first)}${first.unit ? `, ${first.unit}` : ""}. Press Enter to change it`}
                onClick={() => setEditing(!editing)}
              >
                <span class="trunc">{aimWords(first)}</span>
                {first.unit && <small>{first.unit}</small>}
                {objectives.length > 1 && <small>{`+${objectives.length - 1}`}</small>}
                <Icon name="pen" />
              </button>
            )}
          </dd>
        </div>
        <div>
          <dt>Results</dt>
          <dd>
            {counts.done} <small>{`of ${counts.rows} ${counts.rows === 1 ? "row" : "rows"}`}</small>
          </dd>
        </div>
        <div>
          <dt>Best so far</dt>
          <dd>{first ? <Best objective={first} goTo={goTo} /> : null}</dd>
        </div>
        <div>
          <dt>Model</dt>
          <dd>
            {model.title} {model.text && <small>{model.text}</small>}
          </dd>
        </div>
        <TaskLine task={task} cancel={cancel} />
      </dl>
      {editing && first && !readOnly && <ObjectiveForm objective={first} save={setObjective} onClose={close} />}
    </>
  );
}

function Best({ objective, goTo }: { objective: ObjectiveView; goTo(row: number): void }) {
  if (objective.best === null || objective.best_row === null) return <span class="mut">none yet</span>;
  const row = objective.best_row;
  return (
    <>
      {formatResult(objective.best, objective.noise)}
      {objective.unit ? ` ${objective.unit}` : ""}{" "}
      <small>
        <button type="button" class="ro-link" onClick={() => goTo(row)}>
          {`row ${row}`}
        </button>
        {objective.best_labels ? `, ${objective.best_labels}` : ""}
      </small>
    </>
  );
}

interface FormProps {
  objective: ObjectiveView;
  save(change: ObjectiveChange): Promise<unknown>;
  onClose(): void;
}

/** The objective in its place: each box commits on Enter and on leaving. */
function ObjectiveForm({ objective, save, onClose }: FormProps) {
  const id = useUniqueId();
  const root = useRef<HTMLDivElement>(null);
  const [name, setName] = useState(objective.name);
  const [unit, setUnit] = useState(objective.unit);
  const [error, setError] = useState<{ field: string; text: string } | null>(null);
  // Theirs may have come while the answer was on its way.
  const shown = useRef(objective);
  shown.current = objective;

  useEffect(() => root.current?.querySelector("input")?.focus(), []);
  useEffect(() => setName(objective.name), [objective.name]);
  useEffect(() => setUnit(objective.unit), [objective.unit]);

  // A goal that waits for its numbers.
  const [draft, setDraft] = useState("");
  const goal = GOALS.find(({ value }) => value === (draft || objective.goal));
  useEffect(() => setDraft(""), [objective.goal]);

  const commit = async (part: Partial<ObjectiveChange>, field: string) => {
    const change = { old: objective.name, name: name.trim(), goal: objective.goal, unit: unit.trim(), ...part };
    if (change.name === objective.name && change.unit === objective.unit && change.goal === objective.goal) {
      setError(null);
      return;
    }
    try {
      await save(change);
      setError(null);
    } catch (reason) {
      if (isAside(reason)) {
        setName(shown.current.name);
        setUnit(shown.current.unit);
        setError(null);
        return;
      }
      const at = (reason as { field?: string }).field;
      setError({ field: at === "Unit" ? "Unit" : field, text: (reason as Error).message });
    }
  };

  const box = (label: "Objective" | "Unit", value: string, set: (text: string) => void, last: string) => (
    <div class="f">
      <label for={`${id}-${label}`}>{label}</label>
      <input
        id={`${id}-${label}`}
        class="in"
        type="text"
        autocomplete="off"
        spellcheck={false}
        value={value}
        aria-invalid={error?.field === label ? "true" : undefined}
        aria-describedby={error?.field === label ? `${id}-error` : undefined}
        onInput={(event) => set(event.currentTarget.value)}
        onBlur={() => void commit({}, label)}
        onKeyDown={(event) => {
          if (event.key === "Enter") {
            event.preventDefault();
            void commit({}, label);
          } else if (event.key === "Escape") {
            event.preventDefault();
            event.stopPropagation();
            if (value === last && !error) onClose();
            set(last);
            setError(null);
          }
        }}
      />
    </div>
  );

  return (
    <div
      class="inplace of"
      role="group"
      aria-label="Objective"
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      {box("Objective", name, setName, objective.name)}
      <div class="f">
        <label for={`${id}-goal`}>Direction</label>
        <select
          id={`${id}-goal`}
          class="in"
          value={draft || objective.goal}
          onChange={(event) => {
            const next = event.currentTarget.value;
            const waits = GOALS.some(({ value, needs }) => value === next && needs) && next !== objective.goal;
            setDraft(waits ? next : "");
            if (!waits) void commit({ goal: next }, "Direction");
          }}
        >
          {GOALS.map((goal) => (
            <option key={goal.value} value={goal.value}>
              {goal.label}
            </option>
          ))}
        </select>
      </div>
      {goal?.needs && (
        <GoalNumbers
          needs={goal.needs}
          wanted={draft ? {} : objective}
          unit=""
          fresh={draft !== ""}
          readOnly={false}
          onCommit={(numbers) => save({ old: objective.name, name: name.trim(), goal: goal.value, unit: unit.trim(), ...numbers })}
        />
      )}
      {box("Unit", unit, setUnit, objective.unit)}
      <Button small onClick={onClose}>Close</Button>
      {error && <FieldError id={`${id}-error`} text={error.text} />}
    </div>
  );
}
