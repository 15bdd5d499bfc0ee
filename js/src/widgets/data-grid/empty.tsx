// The grid without rows: none yet, none that match, not here yet.

import { Button } from "../../lib/controls";
import type { GridColumn } from "./columns";
import { extremeWords } from "./filters";
import { template } from "./layout";
import type { GridView } from "./view-state";

interface EmptyProps {
  live: boolean;
  variables: boolean;
  plan: number;
  onPlan(): void;
  onAdd(): void;
}

export function Empty({ live, variables, plan, onPlan, onAdd }: EmptyProps) {
  const reason = variables ? undefined : "Add a variable in Space first.";
  return (
    <div class="empty">
      <h4>No experiments yet</h4>
      <p class="mut">Paste a table, type a row, or start with a plan that covers the space evenly.</p>
      {live && (
        <div class="row">
          <Button primary disabled={!variables} description={reason} onClick={onPlan}>{`Plan ${plan} experiments`}</Button>
          <Button disabled={!variables} description={reason} onClick={onAdd}>Add row</Button>
          {reason && <span class="cap">{reason}</span>}
        </div>
      )}
    </div>
  );
}

export function NoMatch({ view }: { view: GridView }) {
  const columns = view.columns.value;
  const filtered = columns.filter((column) => view.filters.value.has(column.key));
  return (
    <div class="empty">
      <h4>No row matches</h4>
      <p class="mut">{extremeWords(view.store.table, columns, filtered)}</p>
      <div class="row">
        <Button onClick={() => { view.clearFilters(); view.focus(); }}>Clear filter</Button>
      </div>
    </div>
  );
}

/** Grey bars in the layout that will be. */
export function Skeleton({ columns }: { columns: readonly GridColumn[] }) {
  return (
    <div class="gw" aria-busy="true">
      <div class="gr" style={{ "--cols": template(columns, 10) }}>
        {Array.from({ length: 8 }, (_, row) => (
          <div class="r" key={row}>
            {columns.map((column, at) => (
              <div key={column.key}>
                <span class="sk" style={{ width: `${45 + ((row * 17 + at * 29) % 40)}%` }} />
              </div>
            ))}
          </div>
        ))}
      </div>
      <span class="sr">Loading the experiments</span>
    </div>
  );
}
