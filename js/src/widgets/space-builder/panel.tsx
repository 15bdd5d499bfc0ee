// The Space panel: the list of variables, one editor open in it, and what lies outside.

import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { Asides, asidesOf } from "../../lib/asides";
import { Banner, Button, Icon, StatusBar } from "../../lib/controls";
import { KernelBanner } from "../../lib/kernel-banner";
import type { Ask } from "../../lib/intents";
import { useLateWords } from "../../lib/late";
import type { Aside } from "../../lib/traits";
import type { SpaceTraits } from "./traits";
import { Constraints } from "./constraints";
import { RemoveQuestion, VariableEditor } from "./editor";
import { missingWords, type OutsideView } from "./forms";
import { PanelState } from "./panel-state";
import { Reorder } from "./reorder";
import { TableLoader } from "./table-loader";
import { VariableRow } from "./variable-row";

interface Props {
  traits: SpaceTraits;
  ask: Ask;
  live: boolean;
  /** How many edits the kernel has not answered. */
  waiting?: ReadonlySignal<number>;
}

export function SpacePanel({ traits, ask, live, waiting }: Props) {
  const root = useRef<HTMLElement>(null);
  const list = useRef<HTMLUListElement>(null);
  const state = useMemo(() => new PanelState(traits.variables, ask, traits.revision, traits.seen), [traits, ask]);
  const reorder = useMemo(
    () =>
      new Reorder((from, to) => {
        const name = state.order()[from];
        if (name !== undefined) void state.move(name, to);
      }),
    [state],
  );
  useEffect(
    () => () => {
      reorder.dispose();
      state.dispose();
    },
    [state, reorder],
  );

  const tabStop = useSignal("");
  const views = traits.variables.value;
  const editor = state.editor.value;
  const asking = state.asking.value;
  const drop = reorder.drop.value;
  const table = state.table.value;
  void state.focusAsked.value;

  // Focus goes where it was promised as soon as that is drawn.
  useLayoutEffect(() => {
    if (state.wanted === null) return;
    const all = root.current?.querySelectorAll<HTMLElement>("[data-focus]") ?? [];
    const target = [...all].find((element) => element.dataset["focus"] === state.wanted);
    if (!target) return;
    state.wanted = null;
    target.focus();
    if (target instanceof HTMLInputElement) target.select();
  });

  const names = views.map((view) => view.form.name);
  const openName = editor?.stored.value?.name;
  // What is about the open variable stands in its editor, all else above the list.
  const asides = asidesOf(traits.aside.value, "space");
  const inEditor = (item: Aside) => openName !== undefined && item.name === openName;
  const stop = names.includes(tabStop.value) ? tabStop.value : names[0];

  const rowKeys = (name: string, at: number) => (event: KeyboardEvent) => {
    const step = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (step && event.altKey) void state.move(name, at + step);
    else if (step) {
      const next = names[at + step];
      if (next !== undefined) state.focus(next === openName ? "field:Name" : `row:${next}`);
    } else if (event.key === "F2") state.open(name);
    else if (event.key === "Delete") state.askToRemove(name);
    else return;
    event.preventDefault();
    event.stopPropagation();
  };

  const items = views.map((view, at) => {
    const name = view.form.name;
    const mark = drop?.before === at ? "drop-before" : drop?.before === at + 1 && at + 1 === views.length ? "drop-after" : "";
    if (editor && openName === name) return <li key={editor.key}>{renderEditor()}</li>;
    if (editor?.adding.value === name) return null;
    return (
      <li key={`row:${name}`} class={mark} data-drag={drop?.from === at ? "" : undefined}>
        <VariableRow
          view={view}
          tabIndex={name === stop ? 0 : -1}
          onOpen={() => {
            if (!reorder.swallowClick() && live) state.open(name);
          }}
          onFocus={() => {
            tabStop.value = name;
          }}
          onKeyDown={live ? rowKeys(name, at) : () => {}}
          onDragStart={(event) => {
            if (live) reorder.start(event, at, () => [...(list.current?.children ?? [])] as HTMLElement[]);
          }}
        />
        {asking === name && (
          <RemoveQuestion
            name={name}
            results={view.results}
            onRemove={() => void state.remove(name)}
            onKeep={() => state.keep()}
          />
        )}
      </li>
    );
  });
  if (editor?.isDraft) items.push(<li key={editor.key}>{renderEditor()}</li>);

  function renderEditor() {
    if (!editor) return null;
    const view = views.find((item) => item.form.name === openName);
    return (
      <VariableEditor
        editor={editor}
        kinds={traits.kinds.value}
        roles={traits.roles.value}
        results={view?.results ?? 0}
        readOnly={!live}
        asides={<Asides asides={asides.filter(inEditor)} live={live} ask={ask} />}
        onClose={() => state.close()}
        onAdd={(showGaps) => void state.finishDraft(showGaps)}
        onAskRemove={() => openName !== undefined && state.askToRemove(openName)}
        onRemove={() => openName !== undefined && void state.remove(openName)}
        onKeep={() => state.keep()}
      />
    );
  }

  const paste = (event: ClipboardEvent) => {
    const target = event.target as HTMLElement;
    const text = event.clipboardData?.getData("text/plain") ?? "";
    if (!live || target.closest("input, textarea") || !/[\t\n,;]/.test(text.trim())) return;
    event.preventDefault();
    event.stopPropagation();
    state.openTable(text);
  };

  const late = useLateWords(waiting);
  const status = late || statusWords(state, editor?.isDraft ? missingWords(editor.form.value) : "", traits);
  const empty = views.length === 0 && !editor && table === null;
  return (
    <section class="pn space" role="region" aria-label="Space" ref={root} onPaste={paste} tabIndex={-1}>
      <div class="ph">
        <h3>Space</h3>
        <span class="cap">{`${views.length} ${views.length === 1 ? "variable" : "variables"}`}</span>
        <span class="grow" />
        {live && !empty && (
          <>
            <Button small quiet icon="paste" label="Load a table" data-focus="load" onClick={() => state.openTable("")} />
            <Button small icon="plus" data-focus="add" onClick={() => state.addDraft()}>Add variable</Button>
          </>
        )}
      </div>
      {!live && <KernelBanner stays="Values are as saved." />}
      <Asides asides={asides.filter((item) => !inEditor(item))} live={live} ask={ask} />
      {state.error.value && (
        <Banner kind="error" text={state.error.value}>
          <Button small onClick={() => { state.error.value = ""; }}>Close</Button>
        </Banner>
      )}
      {empty ? (
        <div class="empty">
          <h4>What can you change?</h4>
          <p class="mut">
            Add the settings you can vary, such as a temperature or a choice of catalyst, with the range you are willing to try.
          </p>
          {live && (
            <div class="row">
              <Button primary icon="plus" data-focus="add" onClick={() => state.addDraft()}>Add variable</Button>
              <Button data-focus="load" onClick={() => state.openTable("")}>Load a table</Button>
            </div>
          )}
        </div>
      ) : (
        <ul role="list" ref={list} class="vl">
          {items}
        </ul>
      )}
      {traits.derived.value.length > 0 && (
        <p class="cap drv">{`Derived, for the model: ${traits.derived.value.join("; ")}`}</p>
      )}
      {(views.length > 1 || traits.constraints.value.length > 0) && (
        <Constraints
          constraints={traits.constraints.value}
          ask={ask}
          readOnly={!live}
          onRemove={(rule) => void state.removeConstraint(rule)}
        />
      )}
      {table !== null && (
        <TableLoader
          key={table.key}
          text={table.text}
          ask={ask}
          onClose={() => state.closeTable()}
          onAdded={(count, source) => state.tableAdded(count, source)}
        />
      )}
      <Outside
        outside={traits.outside.value}
        rows={traits.outside_rows.value}
        goTo={(row) => void state.attempt("spotlight", { row }, () => {})}
      />
      <StatusBar>
        <span>{status}</span>
        <span class="grow" />
        {traits.outside_rows.value > 0 && (
          <a
            href="#outside"
            onClick={(event) => {
              event.preventDefault();
              // Inside a Studio its grid shows these rows alone; alone, the first of them is lit.
              if (event.currentTarget.closest(".ow-studio")) event.currentTarget.dispatchEvent(new CustomEvent("ow-show-outside", { bubbles: true }));
              else void state.attempt("spotlight", { row: traits.outside.peek()[0]?.row ?? 0 }, () => {});
            }}
          >
            {`${traits.outside_rows.value} ${traits.outside_rows.value === 1 ? "row" : "rows"} outside`}
          </a>
        )}
      </StatusBar>
    </section>
  );
}

function statusWords(state: PanelState, draft: string, traits: SpaceTraits): string {
  if (draft) return draft;
  if (state.message.value) return state.message.value;
  const views = traits.variables.value;
  if (views.length === 0) return "No variables yet";
  const results = Math.max(...views.map((view) => view.results));
  if (results === 0) return "No results yet";
  return traits.outside_rows.value === 0 ? "All rows lie inside" : "";
}

interface OutsideProps {
  outside: readonly OutsideView[];
  rows: number;
  goTo(row: number): void;
}

function Outside({ outside, rows, goTo }: OutsideProps) {
  if (rows === 0) return null;
  const listed = new Set(outside.map((item) => item.row)).size;
  return (
    <>
      <div class="sub">
        <h4>Outside</h4>
        <span class="cap">kept, and used by the model</span>
      </div>
      <ul class="out" aria-label="Outside kept, and used by the model">
        {outside.map((item) => (
          <li key={`${item.row} ${item.name}`}>
            <a
              href={`#row-${item.row}`}
              onClick={(event) => {
                event.preventDefault();
                goTo(item.row);
              }}
            >
              {`row ${item.row}`}
            </a>
            <span class="trunc">{item.name}</span>
            <span class="grow num">{item.value}</span>
            <span class="mut">{item.limit}</span>
          </li>
        ))}
        {rows > listed && (
          <li class="mut">
            <Icon name="info" />
            {`and ${rows - listed} more rows`}
          </li>
        )}
      </ul>
    </>
  );
}
