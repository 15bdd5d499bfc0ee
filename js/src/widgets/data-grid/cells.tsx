// One cell of the grid at rest: what it shows, and what it is called.

import type { JSX } from "preact";
import { IntervalGlyph, type RowState, StateMark } from "../../lib/controls";
import { formatInterval } from "../../lib/numbers";
import { type Table, valueAt } from "../../lib/table";
import { display, displayTyped, type GridColumn, outsideWords, predictionKey } from "./columns";
import { glyphAt, type Scale } from "./scale";

/** What all cells of a row are drawn from. */
export interface RowFacts {
  table: Table;
  at: number;
  row: number;
  state: RowState;
  best: boolean;
  scale: Scale | null;
  typed(column: string): string | undefined;
}

interface CellView {
  content: JSX.Element | string | null;
  classes: string;
  /** Accessible name, without the row. */
  words: string;
  description: string;
}

export function cellView(facts: RowFacts, column: GridColumn): CellView {
  const { table, at, state, row } = facts;
  switch (column.role) {
    case "number": return { content: String(row), classes: "no", words: "", description: "" };
    case "state": return { content: <StateMark state={state} />, classes: "stc", words: state, description: "" };
    case "model": return modelCell(facts);
    case "note": {
      const text = facts.typed(column.key) ?? display(valueAt(table, column.key, at), column);
      return { content: <span class="trunc">{text}</span>, classes: "nt", words: text || "empty", description: "" };
    }
    case "objective": return resultCell(facts, column);
    case "variable": {
      const typed = facts.typed(column.key);
      const value = valueAt(table, column.key, at);
      const text = typed === undefined ? display(value, column) : displayTyped(typed, column);
      const beyond = typed === undefined ? outsideWords(value, column) : "";
      const classes = ["v", column.numeric && "num", beyond && "beyond"].filter(Boolean).join(" ");
      return { content: column.numeric ? text : <span class="trunc">{text}</span>, classes, words: text || "empty", description: beyond };
    }
  }
}

function resultCell({ table, at, state, best, typed }: RowFacts, column: GridColumn): CellView {
  const waiting = typed(column.key);
  const value = valueAt(table, column.key, at);
  const text = waiting === undefined ? display(value, column) : displayTyped(waiting, column);
  const isBest = best && column.shown;
  const classes = `v num${column.shown ? " yc" : ""}`;
  if (text !== "") {
    return {
      content: (
        <>
          {isBest && <span class="badge-best">best</span>}
          <span class={state === "excluded" ? undefined : "y"}>{text}</span>
        </>
      ),
      classes,
      words: isBest ? `${text}, best so far` : text,
      description: "",
    };
  }
  if (state === "failed") return { content: <span class="mut">none</span>, classes, words: "none", description: "" };
  if (state === "excluded") return { content: null, classes, words: "empty", description: "" };
  const mean = valueAt(table, predictionKey("mean", column.key), at);
  const sd = valueAt(table, predictionKey("sd", column.key), at);
  if (typeof mean !== "number") return { content: null, classes: `${classes} slot`, words: "no result yet", description: "" };
  const ghost = formatInterval(mean, typeof sd === "number" ? sd : 0, column.data?.noise ?? null).mean;
  return {
    content: <span class="ghost">{ghost}</span>,
    classes: `${classes} slot`,
    words: `predicted ${ghost}, no result yet`,
    description: "Type the measured value to complete the row",
  };
}

function modelCell({ table, at, state, scale }: RowFacts): CellView {
  if (state === "failed") {
    const reason = String(valueAt(table, "reason", at) ?? "");
    return { content: <span class="cap trunc">{reason}</span>, classes: "md", words: reason || "no reason given", description: "" };
  }
  const glyph = scale && glyphAt(table, at, scale);
  if (!glyph) return { content: null, classes: "md", words: "no prediction", description: "" };
  return {
    content: (
      <span class="grow">
        <IntervalGlyph {...glyph} best={glyph.best} measured={glyph.measured} excluded={state === "excluded"} />
      </span>
    ),
    classes: "md",
    words: glyph.label,
    description: "",
  };
}
