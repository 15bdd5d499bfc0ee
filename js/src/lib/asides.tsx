// Changes that came too late: who was quicker, and theirs, mine or both. They stand where the
// user is, be it that somebody changed the same at this moment or while the line was cut.

import type { ComponentChildren } from "preact";
import { Banner, Button } from "./controls";
import type { Ask } from "./intents";
import type { Aside } from "./traits";

interface Props {
  asides: readonly Aside[];
  live: boolean;
  ask: Ask;
  /** What else can be done with one. */
  children?: ComponentChildren;
}

export function Asides({ asides, live, ask, children }: Props) {
  if (asides.length === 0) return null;
  return (
    <div class="asides" role="status">
      {asides.map((item) => (
        <Banner key={item.number} kind="person" title={item.title} text={item.text}>
          {live && item.choices.map(([choice, label]) => (
            // A choice that cannot be made any more comes back as another one, or with its reason.
            <Button key={choice} small onClick={() => void ask("resolve", { number: item.number, choice }).catch(() => {})}>
              {label}
            </Button>
          ))}
          {live && children}
        </Banner>
      ))}
    </div>
  );
}

/** Those that belong into a panel. */
export const asidesOf = (asides: readonly Aside[], panel: string): Aside[] => asides.filter((item) => item.panel === panel);
