// Over the grid: chips for states and filters, and the fields for a filter and for finding.

import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon, type RowState } from "../../lib/controls";
import { StateShape } from "../../lib/icons";
import { plain } from "../../lib/numbers";
import { type GridColumn, searchText, STATES } from "./columns";
import { columnTest, filterWords, OUTSIDE } from "./filters";
import { HEAD } from "./selection";
import type { GridView } from "./view-state";

interface Props {
  view: GridView;
  counts: Record<RowState, number>;
}

export function Toolbar({ view, counts }: Props) {
  const state = view.state.value;
  const columns = view.columns.value;
  const filtering = columns.find((column) => column.key === view.filtering.value);
  const chip = (value: RowState | null, count: number) => (
    <button
      key={value ?? "all"}
      type="button"
      class={state === value ? "chip on" : "chip"}
      aria-pressed={state === value}
      onClick={() => view.setState(state === value ? null : value)}
    >
      {value && (
        <span class={`st ${value}`}>
          <StateShape state={value} />
        </span>
      )}
      {`${value ?? "all"} ${plain(count, 0)}`}
    </button>
  );
  return (
    <div class="tb" role="group" aria-label="Filters">
      {chip(null, view.store.table.rows)}
      {STATES.filter((value) => counts[value] > 0 || state === value).map((value) => chip(value, counts[value]))}
      {[...view.filters.value].map(([key, text]) => {
        const column = columns.find((item) => item.key === key);
        if (!column && key !== OUTSIDE) return null;
        const words = column ? filterWords(column, text) : "outside the bounds";
        return (
          <span key={key} class="chip on">
            <span>{words}</span>
            <button type="button" aria-label={`Remove filter ${words}`} onClick={() => view.setFilter(key, "")}>
              <Icon name="x" />
            </button>
          </span>
        );
      })}
      {filtering && <FilterField key={filtering.key} view={view} column={filtering} />}
      {view.finding.value && <FindField view={view} />}
    </div>
  );
}

function useFocus() {
  const box = useRef<HTMLInputElement>(null);
  useLayoutEffect(() => {
    box.current?.focus();
    box.current?.select();
  }, []);
  return box;
}

function FilterField({ view, column }: { view: GridView; column: GridColumn }) {
  const box = useFocus();
  const [error, setError] = useState("");
  const columns = view.columns.value.filter((item) => item.role !== "model");
  const close = () => {
    view.filtering.value = null;
    view.focus();
  };
  const apply = (text: string) => {
    const test = text.trim() ? columnTest(view.store.table, column, text) : null;
    if (test && typeof test !== "function") return setError(test.message);
    view.setFilter(column.key, text);
    close();
  };
  return (
    <span class="ff">
      <select
        class="in"
        aria-label="Column to filter"
        value={column.key}
        onChange={(event) => {
          view.filtering.value = event.currentTarget.value;
        }}
      >
        {columns.map((item) => (
          <option key={item.key} value={item.key} selected={item.key === column.key}>
            {item.role === "number" ? "Row" : item.name}
          </option>
        ))}
      </select>
      <input
        ref={box}
        class="in"
        type="text"
        aria-label={`Filter ${column.name}`}
        placeholder={column.numeric ? "> 80" : "part of the text"}
        defaultValue={view.filters.peek().get(column.key) ?? ""}
        aria-invalid={error ? "true" : undefined}
        onInput={() => setError("")}
        onKeyDown={(event) => {
          if (event.key === "Enter") apply(event.currentTarget.value);
          else if (event.key === "Escape") close();
          else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      {error && (
        <span class="msg" role="alert">
          {error}
        </span>
      )}
    </span>
  );
}

function FindField({ view }: { view: GridView }) {
  const box = useFocus();
  const [words, setWords] = useState("");
  const find = (text: string, step: number) => {
    const wanted = text.trim().toLowerCase();
    if (!wanted) return setWords("");
    const { table } = view.store;
    const columns = view.columns.peek();
    const { rows } = view;
    const { row } = view.cursor.peek();
    const from = row === HEAD ? -1 : view.rowIndex(row);
    for (let tried = 1; tried <= rows; tried += 1) {
      const index = (((from + step * tried) % rows) + rows) % rows;
      const at = view.store.place(view.rowAt(index));
      if (at === undefined || !searchText(table, at, columns).includes(wanted)) continue;
      view.goTo({ row: view.rowAt(index), key: view.cursor.peek().key }, false);
      view.reveal();
      return setWords(`row ${view.rowAt(index)}`);
    }
    setWords("not found");
  };
  return (
    <span class="ff">
      <input
        ref={box}
        class="in"
        type="search"
        aria-label="Find"
        placeholder="Find"
        onInput={() => setWords("")}
        onKeyDown={(event) => {
          if (event.key === "Enter") find(event.currentTarget.value, event.shiftKey ? -1 : 1);
          else if (event.key === "Escape") {
            view.finding.value = false;
            view.focus();
          } else return;
          event.preventDefault();
          event.stopPropagation();
        }}
      />
      <span class="cap" aria-live="polite">
        {words || "Enter finds the next"}
      </span>
    </span>
  );
}
