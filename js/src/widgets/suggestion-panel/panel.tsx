// The Suggest panel: options, the engine at work, cards that are rows, and how earlier ones did.

import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { Asides, asidesOf } from "../../lib/asides";
import { Banner, Button, ProgressBar, StatusBar } from "../../lib/controls";
import { KernelBanner } from "../../lib/kernel-banner";
import type { Ask } from "../../lib/intents";
import { useLateWords } from "../../lib/late";
import { useBusy, useElapsed } from "../studio-header/task-line";
import { axisOf, commonAxis } from "./axis";
import { SuggestionCard, modified } from "./card";
import { EarlierSuggestions } from "./earlier";
import { OptionsForm } from "./options-form";
import { PanelState } from "./panel-state";
import type { SuggestTraits } from "./traits";
import type { Notice } from "./types";
import { lockWords, roundWords, staleWords } from "./words";

interface Props {
  traits: SuggestTraits;
  ask: Ask;
  live: boolean;
  /** How many edits the kernel has not answered. */
  waiting?: ReadonlySignal<number>;
}

export function SuggestPanel({ traits, ask, live, waiting }: Props) {
  const root = useRef<HTMLElement>(null);
  const state = useMemo(() => new PanelState(traits.options, traits.cards, ask), [traits, ask]);
  const cards = traits.cards.value;
  const options = state.options.value;
  const objective = traits.objective.value;
  const several = traits.several.value;
  const round = traits.round.value;
  const task = traits.task.value;
  const working = ["queued", "running", "cancelling"].includes(task.state ?? "");
  const busy = useBusy(task);
  const reason = traits.ready.value.reason;
  const locked = new Set(options.locks.map((lock) => lock.name));
  void state.focusAsked.value;

  useLayoutEffect(() => {
    if (state.wanted === null) return;
    const selector = state.wanted < 0 ? "[data-suggest]" : `article[data-row="${state.wanted}"]`;
    const target = root.current?.querySelector<HTMLElement>(selector);
    if (!target) return;
    state.wanted = null;
    target.focus();
  });
  useEffect(() => {
    // What was just said is out of date when new suggestions are there.
    state.message.value = "";
  }, [round, state]);

  const goTo = (row: number) => void state.attempt("spotlight", { row });
  const axis = commonAxis(
    cards
      .filter((card) => card.mean !== null && card.sd !== null)
      .map((card) => ({ low: card.mean! - 1.96 * card.sd!, high: card.mean! + 1.96 * card.sd! })),
    objective.best === null ? [] : [objective.best],
  );
  const axes = new Map(several.map((item) => [item.name, axisOf(cards, item)]));
  const rows = cards.map((card) => card.row);
  const stop = rows.includes(state.current.value) ? state.current.value : rows[0];

  const cardKeys = (row: number) => (event: KeyboardEvent) => {
    if (event.target !== event.currentTarget || modified(event)) return;
    if (event.key === "ArrowUp") state.step(row, -1);
    else if (event.key === "ArrowDown") state.step(row, 1);
    else if (!live) return;
    else if (event.key === "a") void state.accept(row);
    else if (event.key === "Delete") void state.dismiss(row);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const suggest = () => {
    if (live && !working && !reason) void state.suggest();
  };
  const late = useLateWords(waiting);
  const said = late || state.message.value || (working ? "" : traits.message.value);
  return (
    <section
      class="pn sug"
      role="region"
      aria-label="Suggest"
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
        event.preventDefault();
        event.stopPropagation();
        // A number that was just typed counts.
        (root.current?.ownerDocument.activeElement as HTMLElement | null)?.blur?.();
        state.focus(-1);
        suggest();
      }}
    >
      <div class="ph">
        <h3>Suggest</h3>
        <span class="cap">next experiments</span>
      </div>
      {!live && <KernelBanner stays="Values are as saved." />}
      <form class="sf" onSubmit={(event) => event.preventDefault()}>
        <OptionsForm
          options={options}
          strategies={traits.strategies.value}
          goals={traits.goals.value}
          objective={objective}
          several={several}
          reference={traits.reference.value}
          readOnly={!live}
          onChange={(change) => void state.setOptions(change)}
          onAim={(aim) => ask("set_aim", aim)}
          observed={traits.observed.value}
          onObserve={(name, text) => ask("observe", { name, text })}
          onWeigh={(objective, text) => ask("weigh", { objective, text })}
        />
        <div class="act full">
          <Button
            primary
            data-suggest
            disabled={!live || working || reason !== ""}
            aria-keyshortcuts="Control+Enter"
            onClick={suggest}
          >
            Suggest
          </Button>
          {working ? (
            <Working busy={busy} traits={traits} cancel={() => void state.attempt("cancel", {})} />
          ) : (
            <span class="cap">{reason || (round ? roundWords(round) : "")}</span>
          )}
        </div>
      </form>
      <Notices state={state} traits={traits} live={live && !working} suggest={suggest} />
      {cards.length > 0 || traits.earlier.value.length > 0 ? (
        <div class="sgb">
          {cards.length > 0 ? (
            <ul class="cards" role="list" aria-label="Suggestions">
              {cards.map((card) => (
                <li key={card.row}>
                  <SuggestionCard
                    card={card}
                    objective={objective}
                    axis={axis}
                    several={several}
                    axes={axes}
                    locked={locked}
                    lit={traits.spotlight.value === card.row}
                    tabIndex={card.row === stop ? 0 : -1}
                    readOnly={!live}
                    onFocus={() => {
                      state.current.value = card.row;
                    }}
                    onHover={(over) => live && goTo(over ? card.row : 0)}
                    onKeyDown={cardKeys(card.row)}
                    on={{
                      accept: (row) => void state.accept(row),
                      dismiss: (row) => void state.dismiss(row),
                      edit: (row) => editInGrid(root.current, row),
                      lock: (name, row) => void state.attempt("lock", { name, row }),
                      unlock: (name) => void state.attempt("unlock", { name }),
                      goTo,
                      change: async (row, name, text) => {
                        await ask("edit_suggestion", { row, name, text });
                      },
                    }}
                  />
                </li>
              ))}
            </ul>
          ) : (
            <Empty />
          )}
          <EarlierSuggestions
            earlier={traits.earlier.value}
            objective={objective}
            named={several.length > 0}
            goTo={goTo}
          />
        </div>
      ) : (
        <Empty />
      )}
      <StatusBar>
        {options.locks.length > 0 ? (
          <span class="locks">
            {options.locks.map((lock) => (
              <button
                key={lock.name}
                type="button"
                class="lockb"
                title={`Unlock ${lock.name}`}
                disabled={!live}
                onClick={() => void state.attempt("unlock", { name: lock.name })}
              >
                {lockWords(lock)}
              </button>
            ))}
          </span>
        ) : null}
        {said && <span>{said}</span>}
        {!said && options.locks.length === 0 && <span>{cards.length ? `${cards.length} to decide on` : "Nothing suggested"}</span>}
        <span class="grow" />
        {live && cards.length > 0 && (
          <>
            <Button small quiet onClick={() => void state.all("dismiss_all")}>Dismiss all</Button>
            <Button small icon="check" onClick={() => void state.all("accept_all")}>Accept all</Button>
          </>
        )}
      </StatusBar>
    </section>
  );
}

/** Inside a Studio the grid takes over, in this view only; false when there is none. */
function editInGrid(from: Element | null, row: number): boolean {
  const studio = from?.closest(".ow-studio");
  if (!from || !studio?.querySelector(".ow-panel-data")) return false;
  from.dispatchEvent(new CustomEvent("ow-edit-row", { bubbles: true, detail: { row } }));
  return true;
}

function Empty() {
  return (
    <div class="empty">
      <p class="mut">No suggestions yet. Set a goal and press Suggest.</p>
    </div>
  );
}

function Working({ busy, traits, cancel }: { busy: boolean; traits: SuggestTraits; cancel(): void }) {
  const task = traits.task.value;
  const elapsed = useElapsed(task);
  const words = task.state === "cancelling" ? "Cancelling" : (task.stage || task.label) ?? "Working";
  return (
    <>
      {busy ? <ProgressBar label={words} fraction={task.fraction ?? null} /> : <span class="grow" />}
      {busy && elapsed >= 1 && <span class="mut">{`${Math.floor(elapsed)} s`}</span>}
      <Button small disabled={task.state === "cancelling"} onClick={cancel}>Cancel</Button>
    </>
  );
}

interface NoticesProps {
  state: PanelState;
  traits: SuggestTraits;
  live: boolean;
  suggest(): void;
}

function Notices({ state, traits, live, suggest }: NoticesProps) {
  const notice = traits.notice.value as Notice | null;
  const round = traits.round.value;
  return (
    <>
      <Asides asides={asidesOf(traits.aside.value, "suggest")} live={live} ask={state.ask} />
      {state.error.value && (
        <Banner kind="error" text={state.error.value}>
          <Button small onClick={() => { state.error.value = ""; }}>Close</Button>
        </Banner>
      )}
      {notice && (
        <Banner kind={notice.kind === "fallback" ? "warn" : notice.kind} title={notice.title} text={notice.text}>
          {live && <Button small onClick={suggest}>Retry</Button>}
          {notice.details && (
            <Button small quiet aria-expanded={state.details.value} onClick={() => { state.details.value = !state.details.value; }}>
              Details
            </Button>
          )}
          {state.details.value && notice.details && <p class="cap">{notice.details}</p>}
        </Banner>
      )}
      {round !== null && round.newer > 0 && traits.cards.value.length > 0 && (
        <Banner kind="info" text={staleWords(round.newer)}>
          {live && <Button small onClick={() => void state.attempt("refresh", {})}>Refresh</Button>}
        </Banner>
      )}
    </>
  );
}
