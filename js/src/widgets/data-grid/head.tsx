// The line of column heads: names, units, sorting, and the ends of the model's scale.

import { Icon } from "../../lib/controls";
import { formatResult, plain } from "../../lib/numbers";
import type { GridColumn } from "./columns";
import type { Scale } from "./scale";
import { HEAD } from "./selection";
import type { GridView } from "./view-state";

export function Head({ view, scale }: { view: GridView; scale: Scale | null }) {
  const sorts = view.sorts.value;
  const cursor = view.cursor.value;
  const filters = view.filters.value;
  return (
    <div role="rowgroup">
      <div class="r h" role="row" data-row={HEAD} aria-rowindex={1}>
        {view.columns.value.map((column, place) => {
          const rank = sorts.findIndex((sort) => sort.key === column.key);
          const sort = sorts[rank];
          const isCursor = cursor.row === HEAD && cursor.key === column.key;
          const classes = [column.role === "number" ? "no" : column.role === "state" ? "stc" : column.numeric ? "num" : "", column.shown && "yc"];
          return (
            <div
              key={column.key}
              role="columnheader"
              class={classes.filter(Boolean).join(" ")}
              data-key={column.key}
              aria-colindex={place + 1}
              aria-sort={sort ? (sort.descending ? "descending" : "ascending") : undefined}
              aria-description={filters.has(column.key) ? `Filter: ${filters.get(column.key)}` : undefined}
              title={column.role === "number" ? undefined : column.name}
              tabIndex={isCursor ? 0 : -1}
            >
              <span class="so">
                {sort && <Icon name={sort.descending ? "down" : "up"} />}
                {sort && sorts.length > 1 && <span class="u">{rank + 1}</span>}
                <span class="trunc">{column.name}</span>
              </span>
              {column.role === "model" ? <Ends scale={scale} /> : <span class="u">{column.data?.unit || "\u00a0"}</span>}
            </div>
          );
        })}
      </div>
    </div>
  );
}

function Ends({ scale }: { scale: Scale | null }) {
  if (!scale) return <span class="u">{"\u00a0"}</span>;
  const { low, high, objective } = scale;
  return (
    <span class="ax u">
      <span>{endWords(low, high, objective)}</span>
      <span>{`${endWords(high, low, objective)}${objective.data?.unit ? ` ${objective.data.unit}` : ""}`}</span>
    </span>
  );
}

/** Both ends are round numbers: no more digits than they have. */
function endWords(value: number, other: number, column: GridColumn): string {
  const whole = (number: number) => Math.abs(number - Math.round(number)) < 1e-9;
  if (whole(value) && whole(other) && Math.abs(value) < 1e6) return plain(value, 0);
  return formatResult(value, column.data?.noise ?? null);
}
