// The engine's work: words, bar, percent, seconds, Cancel. Work under 300 ms shows nothing.

import { useEffect, useState } from "preact/hooks";
import { Button, ProgressBar } from "../../lib/controls";
import { formatShare } from "../../lib/numbers";
import type { Task } from "../../lib/traits";

const SHOW_AFTER_MS = 300;

const active = (task: Task): boolean => task.state === "queued" || task.state === "running" || task.state === "cancelling";

/** Whole seconds since the start; counts on between two reports of the kernel. */
export function useElapsed(task: Task): number {
  const [now, setNow] = useState(() => performance.now());
  const [seen, setSeen] = useState({ id: task.id, elapsed: task.elapsed_s ?? 0, at: now });
  const running = active(task);
  useEffect(() => {
    setSeen({ id: task.id, elapsed: task.elapsed_s ?? 0, at: performance.now() });
    setNow(performance.now());
  }, [task.id, task.elapsed_s]);
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(performance.now()), 500);
    return () => clearInterval(timer);
  }, [running, task.id]);
  return seen.elapsed + (now - seen.at) / 1000;
}

/** Whether work has gone on long enough to be shown. */
export function useBusy(task: Task): boolean {
  const running = active(task);
  const [shown, setShown] = useState(running && (task.elapsed_s ?? 0) * 1000 >= SHOW_AFTER_MS);
  useEffect(() => {
    if (!running) {
      setShown(false);
      return;
    }
    const wait = Math.max(0, SHOW_AFTER_MS - (task.elapsed_s ?? 0) * 1000);
    const timer = setTimeout(() => setShown(true), wait);
    return () => clearTimeout(timer);
  }, [running, task.id]);
  return running && shown;
}

export function TaskLine({ task, cancel }: { task: Task; cancel(): void }) {
  const busy = useBusy(task);
  const elapsed = useElapsed(task);
  if (!busy) return null;
  const words = task.state === "cancelling" ? "Cancelling" : (task.stage || task.label) ?? "";
  const fraction = task.fraction ?? null;
  return (
    <div class="task">
      <dt>{words}</dt>
      <dd>
        <ProgressBar label={words} fraction={fraction} />
        {fraction !== null && <span>{formatShare(fraction)}</span>}
        {elapsed >= 1 && <span class="mut">{`${Math.floor(elapsed)} s`}</span>}
        <Button small disabled={task.state === "cancelling"} onClick={cancel}>Cancel</Button>
      </dd>
    </div>
  );
}
