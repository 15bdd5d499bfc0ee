// How earlier suggestions did: predicted before the result was known, and measured.

import { IntervalGlyph } from "../../lib/controls";
import { formatResult } from "../../lib/numbers";
import { commonAxis, percentAt } from "./axis";
import { RowLink } from "./card";
import type { Earlier, Objective } from "./types";

interface Props {
  earlier: readonly Earlier[];
  objective: Objective;
  /** Whether its name has to be told: there are others. */
  named?: boolean;
  goTo(row: number): void;
}

export function EarlierSuggestions({ earlier, objective, named, goTo }: Props) {
  const best = objective.best;
  const axis = commonAxis(
    earlier.map(({ mean, sd }) => ({ low: mean - 1.96 * sd, high: mean + 1.96 * sd })),
    [...earlier.map((item) => item.measured), ...(best === null ? [] : [best])],
  );
  if (!axis || earlier.length === 0) return null;
  const text = (value: number) => formatResult(value, objective.noise);
  return (
    <div class="backw">
      <div class="sub">
        <h4>How earlier suggestions did</h4>
        <span class="grow" />
        <span class="cap">{[named ? (objective.label ?? objective.name) : "", "measured", objective.unit].filter(Boolean).join(" ")}</span>
      </div>
      <ul class="back">
        {earlier.map(({ row, mean, sd, measured, excluded }) => (
          <li key={row}>
            <RowLink row={row} goTo={goTo} />
            <IntervalGlyph
              low={percentAt(axis, mean - 1.96 * sd)}
              high={percentAt(axis, mean + 1.96 * sd)}
              mean={percentAt(axis, mean)}
              best={best === null ? undefined : percentAt(axis, best)}
              measured={percentAt(axis, measured)}
              excluded={excluded}
              label={
                `predicted ${text(mean)}, 95 % interval ${text(mean - 1.96 * sd)} to ${text(mean + 1.96 * sd)}, ` +
                `measured ${text(measured)}`
              }
            />
            <span>{text(measured)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
