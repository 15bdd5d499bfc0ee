// What the next round is for: all objectives at once, or one of them, with its goal and numbers.

import { useEffect, useState } from "preact/hooks";
import { GoalNumbers } from "../../lib/goal-numbers";
import { useUniqueId } from "../../lib/unique";
import type { GoalView, Objective, Options } from "./types";

interface Props {
  options: Options;
  goals: readonly GoalView[];
  objective: Objective;
  several: readonly Objective[];
  reference: string;
  readOnly: boolean;
  onChange(change: Record<string, unknown>): void;
  onAim(aim: Record<string, unknown>): Promise<unknown>;
}

const same = (goal: GoalView, at: { objective: string; goal: string }): boolean =>
  goal.objective === at.objective && goal.goal === at.goal;

export function GoalChoice({ options, goals, objective, several, reference, readOnly, onChange, onAim }: Props) {
  const id = useUniqueId();
  // A goal that waits for its numbers: nothing is changed before they are there.
  const [draft, setDraft] = useState<GoalView | null>(null);
  useEffect(() => setDraft(null), [options.objective, options.goal]);
  const stored = goals.find((item) => same(item, options));
  const chosen = draft ?? stored;
  const choose = (next: GoalView | undefined) => {
    if (!next) return;
    const has = next.objective === objective.name && (next.goal === "target" ? objective.target : objective.band);
    if (next.needs && !(has ?? false) && !(stored && same(next, stored))) setDraft(next);
    else {
      setDraft(null);
      onChange({ objective: next.objective, goal: next.goal });
    }
  };
  const option = (item: GoalView) => (
    <option key={item.label} value={String(goals.indexOf(item))}>
      {item.label}
    </option>
  );
  const names = [...new Set(goals.map((item) => item.of ?? ""))].filter(Boolean);
  const described = several.length > 0 ? `${id}-all` : undefined;
  return (
    <>
      <div class="f full fs2">
        <label for={`${id}-goal`}>Goal</label>
        <select
          id={`${id}-goal`}
          class="in"
          disabled={readOnly}
          value={String(chosen ? goals.findIndex((item) => same(item, chosen)) : -1)}
          aria-describedby={described}
          onChange={(event) => choose(goals[Number(event.currentTarget.value)])}
        >
          {names.length < 2
            ? goals.map(option)
            : [
                ...goals.filter((item) => !item.of).map(option),
                ...names.map((name) => (
                  <optgroup key={name} label={name}>
                    {goals.filter((item) => item.of === name).map(option)}
                  </optgroup>
                )),
              ]}
        </select>
      </div>
      {chosen?.needs && (
        <GoalNumbers
          needs={chosen.needs}
          wanted={draft ? {} : objective}
          unit={draft && draft.objective !== objective.name ? "" : objective.unit}
          fresh={draft !== null}
          readOnly={readOnly}
          onCommit={(numbers) => onAim({ objective: chosen.objective, goal: chosen.goal, ...numbers })}
        />
      )}
      {several.length > 0 && (
        <p class="cap full" id={`${id}-all`}>
          {`${several.map((item) => item.words ?? item.name).join(", ")}. ${reference}`.trim()}
        </p>
      )}
    </>
  );
}
