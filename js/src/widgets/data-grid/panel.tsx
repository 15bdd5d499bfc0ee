// The Experiments panel: head, filters, the grid in its scrolling window, and the status bar.

import type { ReadonlySignal } from "@preact/signals";
import { useEffect, useLayoutEffect, useMemo, useRef } from "preact/hooks";
import { Asides, asidesOf } from "../../lib/asides";
import { Banner, Button, StatusBar } from "../../lib/controls";
import { KernelBanner } from "../../lib/kernel-banner";
import type { WidgetContext } from "../../lib/mount";
import { plain } from "../../lib/numbers";
import { valueAt } from "../../lib/table";
import { clipboardHandlers, pasteFromButton } from "./clipboard";
import { shownObjective, type GridTraits, MODEL, NUMBER, plural, stateAt } from "./columns";
import { GridEdits } from "./edits";
import { Empty, NoMatch, Skeleton } from "./empty";
import { OUTSIDE } from "./filters";
import { Head } from "./head";
import { gridKey } from "./keys";
import { leastWidth, numberWidth, template } from "./layout";
import { countStates } from "./order";
import { cellAt, GridPointer, placeOf } from "./pointer";
import { Rows } from "./rows";
import { modelScale } from "./scale";
import { HEAD, NEW } from "./selection";
import { Spotlight } from "./spotlight";
import { leftWords, rightWords } from "./status";
import { storeOf } from "./store";
import { Toolbar } from "./toolbar";
import { GridView } from "./view-state";

const PLAN = 12;
const SETTLED_MS = 500;

export function ExperimentsPanel({ context }: { context: WidgetContext<GridTraits> }) {
  const { traits, ask, intents, live, model } = context;
  const scroller = useRef<HTMLDivElement>(null);
  const parts = useMemo(() => {
    const store = storeOf(model);
    const close = store.open(ask);
    const view = new GridView(store, traits.columns as ReadonlySignal<GridTraits["columns"]>);
    const edits = new GridEdits(ask, store, view, () => traits.seen.peek());
    const pointer = new GridPointer(view, edits, () => live.peek());
    const clipboard = clipboardHandlers(view, store, edits, () => live.peek());
    const spotlight = new Spotlight(ask);
    const dispose = () => [() => view.dispose(), () => edits.dispose(), () => pointer.dispose(), () => spotlight.dispose(), close].forEach((end) => end());
    return { store, view, edits, pointer, clipboard, spotlight, dispose };
  }, [context]);
  const { store, view, edits, pointer, clipboard, spotlight } = parts;
  // Before the first paint: what is taken down at once must have been put up whole.
  useLayoutEffect(() => parts.dispose, [parts]);

  // A suggestion is edited where its row is: asked for in this page, or by the kernel.
  useLayoutEffect(() => {
    const isHere = (event: Event) => {
      const studio = scroller.current?.closest(".ow-studio");
      return studio != null && (event.target as Element).closest?.(".ow-studio") === studio;
    };
    const inStudio = (event: Event) => {
      if (isHere(event)) view.goToFirst(Number((event as CustomEvent).detail?.row));
    };
    const showOutside = (event: Event) => {
      if (!isHere(event)) return;
      view.setFilter(OUTSIDE, "yes");
      // In a tall Studio the link is far below the rows that it shows.
      scroller.current?.closest(".pn")?.scrollIntoView?.({ block: "nearest" });
    };
    document.addEventListener("ow-edit-row", inStudio);
    document.addEventListener("ow-show-outside", showOutside);
    const off = intents.onEvent((event) => {
      if (event["event"] === "edit_row") view.goToFirst(Number(event["row"]));
    });
    return () => {
      document.removeEventListener("ow-edit-row", inStudio);
      document.removeEventListener("ow-show-outside", showOutside);
      off();
    };
  }, [view, intents]);

  const { table } = store.news.value;
  const columns = view.columns.value;
  const loading = traits.loading.value || traits.table.value === null;
  const variables = columns.some((column) => column.role === "variable");
  const hasGrid = !loading && (variables || table.rows > 0);

  // How much is in view follows the place the grid is given.
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const measure = () => {
      if (element.clientHeight > 0) view.height.value = element.clientHeight;
      const row = Number.parseFloat(getComputedStyle(element).getPropertyValue("--ow-row"));
      if (row > 0) view.rowHeight.value = row;
    };
    measure();
    if (typeof ResizeObserver === "undefined") return;
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    return () => observer.disconnect();
  }, [view, hasGrid]);

  const objective = shownObjective(columns);
  const objectives = columns.filter((column) => column.role === "objective");
  const best = (objective && traits.best_rows.value[objective.key.replace(/^out:/, "")]) ?? 0;
  const scale = useMemo(() => modelScale(table, objective, store.place(best)), [store.news.value, objective, best]);
  const counts = useMemo(() => countStates(table), [store.news.value]);
  const biggest = table.rows === 0 ? 1 : Number(valueAt(table, "id", table.rows - 1) ?? 0) + 1;
  void view.focusAsked.value;

  // The cursor's cell takes the focus once it is drawn where it belongs.
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!(view.focusDue || view.revealDue) || !element) return;
    const { row, key } = view.cursor.peek();
    const wanted = view.scrollFor(row);
    if (row !== HEAD && wanted !== view.scrollTop.peek()) {
      element.scrollTop = wanted;
      view.scrollTop.value = wanted;
    }
    const cell = cellAt(element, { row, key });
    if (!cell) return;
    if (view.focusDue && !view.editor.peek()) {
      cell.focus({ preventScroll: true });
      // Its tab may be on the way to being shown.
      if (document.activeElement !== cell) requestAnimationFrame(() => cell.focus({ preventScroll: true }));
    }
    view.focusDue = false;
    view.revealDue = false;
    if (key !== NUMBER && key !== "state") cell.scrollIntoView?.({ block: "nearest", inline: "nearest" });
  });

  const keys = (event: KeyboardEvent) => {
    if (!placeOf(event.target) || (event.target as HTMLElement).closest("input, select, .xr")) return;
    if (!gridKey(event, view, edits, live.peek())) return;
    event.preventDefault();
  };
  const light = (event: Event) => {
    const row = placeOf(event.target)?.row ?? 0;
    const at = store.place(row);
    if (live.peek()) spotlight.on(at !== undefined && stateAt(store.table, at) === "suggested" ? row : 0);
  };

  const empty = !loading && table.rows === 0;
  const notice = view.notice.value;
  const nothing = !empty && view.rows === 0;
  // A notice with Undo means its own step: with that undone, or a newer one made, it goes.
  const undo = traits.history.value.undo;
  const noticed = useRef<{ notice: unknown; undo: string | null; since: number } | null>(null);
  useEffect(() => {
    const seen = noticed.current;
    const offersUndo = notice?.acts.some((act) => act.label === "Undo") ?? false;
    // The step's own words may arrive after the answer that made the notice.
    const settling = seen !== null && performance.now() - seen.since < SETTLED_MS && traits.history.peek().redo === null;
    if (!offersUndo) noticed.current = null;
    else if (seen?.notice !== notice) noticed.current = { notice, undo, since: performance.now() };
    else if (seen.undo !== undo && settling) seen.undo = undo;
    else if (seen.undo !== undo) edits.dismiss();
  }, [notice, undo]);
  const isLive = live.value;
  return (
    <section class="pn grid" role="region" aria-label="Experiments" tabIndex={-1} {...clipboard}>
      <div class="ph">
        <h3>Experiments</h3>
        <span class="cap">{loading ? "loading" : caption(table.rows, counts)}</span>
        <span class="grow" />
        {objectives.length > 1 && (
          <select
            class="in"
            aria-label="Model of"
            title="The objective that the column Model and result shows"
            value={objective?.key}
            onChange={(event) => { view.modelOf.value = event.currentTarget.value; }}
          >
            {objectives.map(({ key, name }) => <option key={key} value={key}>{name}</option>)}
          </select>
        )}
        {!empty && !loading && (
          <Button small quiet icon="filter" label="Filter a column" onClick={() => { view.filtering.value = filterColumn(view, objective?.key); }} />
        )}
        {isLive && !loading && (
          <>
            <Button small quiet icon="paste" label="Paste" onClick={() => void pasteFromButton(view, edits)} />
            {!empty && <Button small icon="plus" onClick={() => void edits.addRow()}>Add row</Button>}
          </>
        )}
      </div>
      {!isLive && <KernelBanner stays="Values are as saved." />}
      {store.error.value && <Banner kind="error" text={store.error.value} />}
      <Asides asides={asidesOf(traits.aside.value, "data")} live={isLive} ask={ask} />
      {notice && (
        <Banner kind={notice.kind} title={notice.title} text={notice.text}>
          {notice.acts.map((act) => <Button key={act.label} small onClick={act.run}>{act.label}</Button>)}
          {notice.kind === "info" && <Button small quiet icon="x" label="Close" onClick={() => edits.dismiss()} />}
        </Banner>
      )}
      {!empty && !loading && <Toolbar view={view} counts={counts} />}
      {loading ? (
        <Skeleton columns={columns} />
      ) : (
        hasGrid && (
          <div
            class="gw"
            ref={scroller}
            style={{ "--no": `${numberWidth(biggest)}px` }}
            onScroll={(event) => { view.scrollTop.value = Math.max(0, event.currentTarget.scrollTop); }}
          >
            <div
              class="gr"
              role="grid"
              aria-label="Experiments"
              aria-rowcount={view.rows + (isLive ? 2 : 1)}
              aria-colcount={columns.length}
              aria-multiselectable="true"
              aria-readonly={isLive ? undefined : "true"}
              style={{ "--cols": template(columns, biggest), "--ow-gw": `${leastWidth(columns, biggest)}px` }}
              onKeyDown={keys}
              onPointerDown={pointer.down}
              onDblClick={pointer.double}
              onPointerOver={light}
              onPointerLeave={() => spotlight.on(0)}
              onFocusIn={light}
            >
              <Head view={view} scale={scale} />
              <Rows view={view} edits={edits} scale={scale} best={best} lit={traits.spotlight.value} live={isLive} />
            </div>
          </div>
        )
      )}
      {nothing && !loading && <NoMatch view={view} />}
      {empty && <Empty live={isLive} variables={variables} plan={PLAN} onPlan={() => void edits.plan(PLAN)} onAdd={() => void edits.addRow()} />}
      <StatusBar>
        <span>{loading ? "Loading" : leftWords(view)}</span>
        <span class="sr">{view.spoken.value}</span>
        <span class="grow" />
        <span class="trunc">{rightWords(view, edits, traits.history.value.undo)}</span>
      </StatusBar>
    </section>
  );
}

function caption(rows: number, counts: Record<string, number>): string {
  const more = ["suggested", "running"].filter((state) => counts[state]).map((state) => `${plain(counts[state] ?? 0, 0)} ${state}`);
  return [plural(rows, "row"), ...more].join(", ");
}

/** The column that the filter button opens: the cursor's, if it can be filtered. */
function filterColumn(view: GridView, otherwise = NUMBER): string {
  const { key, row } = view.cursor.peek();
  return key === MODEL || (key === NUMBER && row !== NEW) ? otherwise : key;
}
