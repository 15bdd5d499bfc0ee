// One suggestion: what, how good, how sure, why, and what to do with it.

import { useState } from "preact/hooks";
import { Button, Icon, IntervalGlyph, StateMark } from "../../lib/controls";
import { formatInterval, formatResult } from "../../lib/numbers";
import { type Axis, percentAt } from "./axis";
import { SettingsEditor } from "./settings-editor";
import type { Card, Objective } from "./types";
import { distanceWords, exploreWords, shortNames } from "./words";

interface CardActions {
  accept(row: number): void;
  edit(row: number): boolean;
  dismiss(row: number): void;
  lock(name: string, row: number): void;
  unlock(name: string): void;
  goTo(row: number): void;
  change(row: number, name: string, text: string): Promise<void>;
}

interface Props {
  card: Card;
  objective: Objective;
  axis: Axis | null;
  /** All objectives and their scales, when all were asked for; else empty. */
  several?: readonly Objective[];
  axes?: ReadonlyMap<string, Axis | null>;
  locked: ReadonlySet<string>;
  lit: boolean;
  tabIndex: number;
  readOnly: boolean;
  on: CardActions;
  onFocus(): void;
  onHover(over: boolean): void;
  onKeyDown(event: KeyboardEvent): void;
}

export function SuggestionCard({ card, objective, axis, several, axes, locked, lit, tabIndex, readOnly, on, ...more }: Props) {
  const [editing, setEditing] = useState(false);
  const edit = () => {
    // Beside a grid the row itself is edited; alone, the card offers the boxes.
    if (!on.edit(card.row)) setEditing(true);
  };
  const listed = (several ?? []).flatMap((item) => {
    const found = card.predicted?.find(({ objective: name }) => name === item.name);
    return found ? [{ objective: item, mean: found.mean, sd: found.sd }] : [];
  });
  return (
    <article
      class={`cd ${lit ? "is-link" : ""}`}
      aria-label={`Suggestion, row ${card.row}`}
      aria-keyshortcuts="a e Delete"
      tabIndex={tabIndex}
      data-row={card.row}
      onFocus={more.onFocus}
      onMouseEnter={() => more.onHover(true)}
      onMouseLeave={() => more.onHover(false)}
      onKeyDown={(event) => {
        if (event.target === event.currentTarget && event.key === "e" && !modified(event)) {
          event.preventDefault();
          if (!readOnly) edit();
        } else more.onKeyDown(event);
      }}
    >
      <Head card={card} objective={objective} listed={listed.length > 0} />
      {listed.length > 0 && <Outcomes outcomes={listed} axes={axes} />}
      {axis && listed.length === 0 && card.mean !== null && card.sd !== null && <Scale card={card} objective={objective} axis={axis} />}
      {editing ? (
        <SettingsEditor card={card} onChange={on.change} onClose={() => setEditing(false)} />
      ) : (
        <Settings card={card} locked={locked} readOnly={readOnly} on={on} />
      )}
      <Why card={card} goTo={on.goTo} />
      {!readOnly && (
        <div class="row">
          <Button small icon="check" onClick={() => on.accept(card.row)}>Accept</Button>
          {!editing && <Button small onClick={edit}>Edit</Button>}
          <span class="grow" />
          <Button small quiet onClick={() => on.dismiss(card.row)}>Dismiss</Button>
        </div>
      )}
    </article>
  );
}

export const modified = (event: KeyboardEvent): boolean => event.ctrlKey || event.metaKey || event.altKey || event.shiftKey;

function Head({ card, objective, listed }: { card: Card; objective: Objective; listed: boolean }) {
  const shown = card.mean === null || card.sd === null ? null : formatInterval(card.mean, card.sd, objective.noise);
  return (
    <header>
      <StateMark state="suggested" word={`row ${card.row}`} />
      {card.fallback && <span class="chip">space-filling</span>}
      {listed ? null : shown ? (
        <span class="pred">
          {shown.mean} <small>{`± ${shown.half}${objective.unit ? ` ${objective.unit}` : ""}`}</small>
        </span>
      ) : (
        <span class="pred none">no prediction</span>
      )}
    </header>
  );
}

interface Outcome {
  objective: Objective;
  mean: number;
  sd: number;
}

/** What is predicted for each objective, each on its own scale. */
function Outcomes({ outcomes, axes }: { outcomes: readonly Outcome[]; axes?: ReadonlyMap<string, Axis | null> }) {
  return (
    <ul class="oc" role="list" aria-label="Predicted">
      {outcomes.map(({ objective, mean, sd }) => {
        const { name, label, unit, noise, best } = objective;
        const shown = formatInterval(mean, sd, noise);
        const axis = axes?.get(name);
        const text = (value: number) => formatResult(value, noise);
        const half = 1.96 * sd;
        return (
          <li key={name}>
            <span class="trunc" title={label ?? name}>{label ?? name}</span>
            {axis && (
              <IntervalGlyph
                low={percentAt(axis, mean - half)}
                high={percentAt(axis, mean + half)}
                mean={percentAt(axis, mean)}
                best={best === null ? undefined : percentAt(axis, best)}
                label={`95 % interval ${text(mean - half)} to ${text(mean + half)}` + (best === null ? "" : `; best so far ${text(best)}`)}
              />
            )}
            <span class="ov">
              {shown.mean} <small>{`± ${shown.half}${unit ? ` ${unit}` : ""}`}</small>
            </span>
          </li>
        );
      })}
    </ul>
  );
}

function Scale({ card, objective, axis }: { card: Card; objective: Objective; axis: Axis }) {
  const mean = card.mean as number;
  const half = 1.96 * (card.sd as number);
  const best = objective.best;
  const text = (value: number) => formatResult(value, objective.noise);
  return (
    <div>
      <IntervalGlyph
        low={percentAt(axis, mean - half)}
        high={percentAt(axis, mean + half)}
        mean={percentAt(axis, mean)}
        best={best === null ? undefined : percentAt(axis, best)}
        label={
          `predicted ${text(mean)}, 95 % interval ${text(mean - half)} to ${text(mean + half)}` +
          (best === null ? "" : `; best so far ${text(best)}`)
        }
      />
      <span class="ax" aria-hidden="true">
        {axis.ticks.map((tick, index) => (
          <span key={tick}>
            {tickText(tick)}
            {index === axis.ticks.length - 1 && objective.unit ? ` ${objective.unit}` : ""}
          </span>
        ))}
      </span>
    </div>
  );
}

const tickText = (tick: number): string => String(tick).replace("-", "−");

function Settings({ card, locked, readOnly, on }: Pick<Props, "card" | "locked" | "readOnly" | "on">) {
  const short = shortNames(card.settings);
  return (
    <dl class="pv" style={{ gridTemplateColumns: columns(card, short) }}>
      {card.settings.map(({ name, unit, text, value }, index) => (
        <div key={name}>
          <dt title={unit ? `${name}, ${unit}` : name}>
            <span class="sr">{name}</span>
            <span class="trunc" aria-hidden="true">
              {short[index]}
            </span>
            {unit && <span class="pu">{unit}</span>}
          </dt>
          <dd>
            <span class="trunc" title={text}>{text || "–"}</span>
            <button
              type="button"
              class="lk"
              aria-label={`Lock ${name}`}
              aria-pressed={locked.has(name)}
              title={locked.has(name) ? `${name} is held in the next round` : `Hold ${name} at this value in the next round`}
              disabled={readOnly || value === null}
              onClick={() => (locked.has(name) ? on.unlock(name) : on.lock(name, card.row))}
            >
              <Icon name={locked.has(name) ? "lock" : "unlock"} />
            </button>
          </dd>
        </div>
      ))}
    </dl>
  );
}

const MOST_IN_A_LINE = 5;

/** Columns as wide as their heads and values ask for; many settings wrap instead. */
function columns({ settings }: Card, heads: readonly string[]): string | undefined {
  if (settings.length === 0 || settings.length > MOST_IN_A_LINE) return undefined;
  const widths = settings.map(({ unit, text }, index) => {
    const head = `${heads[index]} ${unit}`.trim().length;
    // A value is larger than its head, and has a lock behind it.
    return Math.min(16, Math.max(9, head, 1.5 * text.length + 4));
  });
  return widths.map((width) => `minmax(0,${width}fr)`).join(" ");
}

function Why({ card, goTo }: { card: Card; goTo(row: number): void }) {
  if (card.explore === null && !card.gain && card.nearest === null) return null;
  const share = Math.round(100 * (card.explore ?? 0));
  return (
    <div class="why">
      {card.explore !== null && (
        <span class="ee">
          <span
            class="m"
            role="meter"
            aria-label="Share of exploration"
            aria-valuenow={share}
            aria-valuemin={0}
            aria-valuemax={100}
            style={{ "--v": share }}
          >
            <i />
          </span>
          {exploreWords(card)}
        </span>
      )}
      {card.gain && <span>{card.gain}</span>}
      {card.nearest !== null && (
        <span>
          nearest <RowLink row={card.nearest} goTo={goTo} />
          {card.distance === null ? "" : `, ${distanceWords(card.distance)}`}
        </span>
      )}
    </div>
  );
}

export function RowLink({ row, goTo }: { row: number; goTo(row: number): void }) {
  return (
    <a
      href={`#row-${row}`}
      onClick={(event) => {
        event.preventDefault();
        goTo(row);
      }}
    >
      {`row ${row}`}
    </a>
  );
}
