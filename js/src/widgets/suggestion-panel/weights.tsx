// How much each objective counts in a compromise. Without any, each round tries other ones.

import { KeptText } from "../../lib/kept-text";
import type { Objective } from "./types";

interface Props {
  several: readonly Objective[];
  weights: Readonly<Record<string, number>>;
  readOnly: boolean;
  /** Refused where the text is no weight. */
  onWeigh(objective: string, text: string): Promise<unknown>;
}

export function Weights({ several, weights, readOnly, onWeigh }: Props) {
  const some = Object.keys(weights).length > 0;
  return (
    <div class="wts" role="group" aria-label="Weights">
      {several.map((item) => (
        <KeptText
          key={item.name}
          class=""
          label={`Weight of ${item.label ?? item.name}`}
          text={item.name in weights ? String(weights[item.name]) : ""}
          placeholder={some ? "1" : "varied"}
          inputMode="decimal"
          readOnly={readOnly}
          onKeep={(text) => onWeigh(item.name, text)}
        />
      ))}
    </div>
  );
}
