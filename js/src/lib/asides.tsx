// Changes that came too late: who was quicker, and theirs, mine or both. They stand where the
// user is, be it that somebody changed the same at this moment or while the line was cut.

import type { ComponentChildren } from "preact";
import { useState } from "preact/hooks";
import { Banner, Button } from "./controls";
import { type Ask, isAside } from "./intents";
import type { Aside } from "./traits";

interface Props {
  asides: readonly Aside[];
  live: boolean;
  ask: Ask;
  /** What else can be done with one. */
  children?: ComponentChildren;
}

export function Asides({ asides, live, ask, children }: Props) {
  const [refused, setRefused] = useState<{ number: number; text: string } | null>(null);
  if (asides.length === 0) return null;
  const resolve = async (number: number, choice: string) => {
    try {
      await ask("resolve", { number, choice });
      setRefused(null);
    } catch (reason) {
      // If others were quicker once more, it comes back as another one.
      setRefused(isAside(reason) ? null : { number, text: (reason as Error).message });
    }
  };
  return (
    <div class="asides" role="status">
      {asides.map((item) => (
        <Banner key={item.number} kind="person" title={item.title} text={item.text}>
          {live && item.choices.map(([choice, label]) => (
            <Button key={choice} small onClick={() => void resolve(item.number, choice)}>
              {label}
            </Button>
          ))}
          {live && children}
        </Banner>
      ))}
      {refused && asides.some((item) => item.number === refused.number) && <Banner kind="error" text={refused.text} />}
    </div>
  );
}

/** Those that belong into a panel. */
export const asidesOf = (asides: readonly Aside[], panel: string): Aside[] => asides.filter((item) => item.panel === panel);
