// Edits show at once; one that the kernel has not acknowledged after a second is told.

import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useState } from "preact/hooks";

const LATE_AFTER_MS = 1000;

/** "Saving, 1 change on its way", or nothing while all is well. */
export function useLateWords(waiting: ReadonlySignal<number> | undefined): string {
  const count = waiting?.value ?? 0;
  const [late, setLate] = useState(false);
  useEffect(() => {
    setLate(false);
    if (count === 0) return;
    const timer = setTimeout(() => setLate(true), LATE_AFTER_MS);
    return () => clearTimeout(timer);
  }, [count > 0]);
  return late && count > 0 ? `Saving, ${count} ${count === 1 ? "change" : "changes"} on its way` : "";
}
