// The line to the session's server: offline, and what waits.

import { useEffect, useRef, useState } from "preact/hooks";
import { Banner, Button } from "../../lib/controls";
import type { Line } from "./types";

interface Props {
  line: Line;
  live: boolean;
  retry(): void;
  /** Frees the session from somebody else's lock, for a reason that is noted. */
  breakLock(reason: string): void;
}

export function LineBanner({ line, live, retry, breakLock }: Props) {
  return (
    <div class="line" role="status">
      {line.text && (
        <Banner kind="warn" text={line.text}>
          {live && !line.locked && <Button small description={line.title} onClick={retry}>Retry</Button>}
          {live && line.locked && <Breaking act={breakLock} />}
        </Banner>
      )}
    </div>
  );
}

/** Two steps, and the second asks why: somebody else's run may depend on the lock. */
function Breaking({ act }: { act(reason: string): void }) {
  const [asked, setAsked] = useState(false);
  const [reason, setReason] = useState("");
  const box = useRef<HTMLInputElement>(null);
  useEffect(() => box.current?.focus(), [asked]);
  if (!asked) return <Button small onClick={() => setAsked(true)}>Break the lock…</Button>;
  const done = () => {
    if (!reason.trim()) return;
    setAsked(false);
    setReason("");
    act(reason.trim());
  };
  return (
    <>
      <input
        class="in"
        aria-label="Why the lock is broken"
        placeholder="Why? It is noted for the others."
        value={reason}
        ref={box}
        onInput={(event) => setReason(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Enter") done();
          if (event.key === "Escape") setAsked(false);
        }}
      />
      <Button small disabled={!reason.trim()} onClick={done}>Break it</Button>
      <Button small quiet onClick={() => setAsked(false)}>Cancel</Button>
    </>
  );
}
