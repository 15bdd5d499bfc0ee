// The line to the session's server: offline, what waits, and what could not be sent.

import { Banner, Button } from "../../lib/controls";
import type { Line } from "./types";

interface Props {
  line: Line;
  live: boolean;
  retry(): void;
  resolve(number: number, choice: string): void;
  save(): void;
}

export function LineBanner({ line, live, retry, resolve, save }: Props) {
  const aside = line.aside ?? [];
  return (
    <div class="line" role="status">
      {line.text && (
        <Banner kind="warn" text={line.text}>
          {live && <Button small description={line.title} onClick={retry}>Retry</Button>}
        </Banner>
      )}
      {aside.map((item) => (
        <Banner key={item.number} kind="warn" text={item.text}>
          {live && item.choices.map(([choice, label]) => (
            <Button key={choice} small onClick={() => resolve(item.number, choice)}>{label}</Button>
          ))}
          {live && <Button small quiet onClick={save}>Save as JSON…</Button>}
        </Banner>
      ))}
    </div>
  );
}
