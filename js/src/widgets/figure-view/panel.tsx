// The Model panel: slices on top, maps and the other figures below, and what to do with a point.

import { useEffect, useRef, useState } from "preact/hooks";
import { Banner, Button, ProgressBar, StatusBar } from "../../lib/controls";
import { KernelBanner } from "../../lib/kernel-banner";
import type { Ask } from "../../lib/intents";
import { formatInterval } from "../../lib/numbers";
import { FigureBox } from "./figure";
import { Plot } from "./plot";
import { Download } from "./download";
import type { Theme } from "./palette";
import { readTheme } from "./palette";
import type { FigureTraits } from "./traits";
import type { Empty, FigureView, Kind, Objective, Point } from "./types";

interface Props {
  traits: FigureTraits;
  ask: Ask;
  live: boolean;
}

export function FigurePanel({ traits, ask, live }: Props) {
  const root = useRef<HTMLElement>(null);
  const theme = useTheme(root);
  useVisibility(root, ask, live);
  const [said, say] = useState("");
  const [error, setError] = useState("");
  const empty = traits.empty.value;
  const weak = traits.weak.value;
  const point = traits.point.value;
  const kinds = traits.kinds.value;
  const without = Boolean(empty.title);

  const attempt = (name: string, args: Record<string, unknown> = {}) =>
    ask(name, args).then(
      (result) => {
        setError("");
        return result;
      },
      (failure: Error) => {
        setError(failure.message);
        return null;
      },
    );
  const tryPoint = () => {
    void attempt("try_point").then((result) => {
      if (result) say(`Row ${String(result["row"])} is suggested.`);
    });
  };
  const goTo = (row: number) => void attempt("spotlight", { row });
  const shown = placed(traits.figures.value, live ? traits.slots.value : [], kinds)
    .map((figure, slot) => ({ figure, slot }))
    .filter(({ figure }) => !without || !kinds.find((kind) => kind.id === figure.id)?.model);
  const wide = shown.filter(({ figure }) => figure.id === "slices");
  const rest = shown.filter(({ figure }) => figure.id !== "slices");
  const anything = shown.some(({ figure }) => figure.json && hasData(figure));
  const drawing = live && !without && shown.some(({ figure }) => !figure.json && !figure.message);
  const onError = (failure: unknown) => setError(failure instanceof Error ? failure.message : "The figure could not be saved.");

  return (
    <section class="pn model" role="region" aria-label="Model" ref={root}>
      <div class={traits.head.value || traits.objectives.value.length > 1 ? "ph" : "ph bare"}>
        <h3>Model</h3>
        {traits.objectives.value.length > 1 && (
          <select
            class="in"
            aria-label="Objective"
            title="Whose model is shown"
            value={traits.objective.value.name}
            disabled={!live}
            onChange={(event) => void attempt("choose_objective", { name: event.currentTarget.value })}
          >
            {traits.objectives.value.map(({ name, label }) => <option key={name} value={name}>{label}</option>)}
          </select>
        )}
        <span class="cap">{traits.head.value}</span>
        <span class="grow" />
        {!without && point.mean !== undefined && (
          <>
            <Button small quiet disabled={!live} onClick={() => void attempt("best_point")}>Best point</Button>
            <Button small disabled={!live} onClick={tryPoint}>Try this point</Button>
          </>
        )}
      </div>
      {!live && <KernelBanner stays="Figures are as saved." />}
      {error && (
        <Banner kind="error" text={error}>
          <Button small onClick={() => setError("")}>Close</Button>
        </Banner>
      )}
      {weak.text && (
        <Banner kind="warn" text={weak.text}>
          {live && weak.rows?.[0] !== undefined && <Button small onClick={() => goTo(weak.rows![0]!)}>Show rows</Button>}
        </Banner>
      )}
      {without && <NoModel empty={empty} />}
      {theme && !without && wide.map(({ figure, slot }) => (
        <div class="pf" key={slot}>
          <Here point={point} objective={traits.objective.value}>
            <Download figure={figure} slot={slot} theme={theme} live={live} ask={ask} onError={onError} />
          </Here>
          <div class="pz">
            {figure.json ? (
              <Plot figure={figure.json} label={figure.alt} theme={theme} spotlight={traits.spotlight.value} onRow={goTo} />
            ) : (
              <Waiting words={figure.message} />
            )}
          </div>
        </div>
      ))}
      {theme && rest.length > 0 && (!without || anything) && (
        <div class={`figs n${Math.min(3, rest.length)}`}>
          {rest.map(({ figure, slot }) => (
            <FigureBox
              key={slot}
              figure={figure}
              slot={slot}
              traits={traits}
              theme={theme}
              live={live}
              ask={ask}
              attempt={attempt}
              goTo={goTo}
              tryPoint={tryPoint}
              onError={onError}
            />
          ))}
        </div>
      )}
      <StatusBar>{said || (without ? "" : drawing ? "Drawing the figures." : "Shaded: 95 % interval of a new result. Dashed: best so far.")}</StatusBar>
    </section>
  );
}

function hasData(figure: FigureView): boolean {
  return figure.json?.data.some((trace) => Array.isArray(trace.x) && trace.x.length > 0) ?? false;
}

/** The figures in their places; where one is not drawn yet, its place is kept for it, so that nothing jumps. */
function placed(figures: FigureView[], slots: string[], kinds: Kind[]): FigureView[] {
  const empty = (id: string): FigureView =>
    ({ id, title: kinds.find((kind) => kind.id === id)?.title ?? id, note: "", alt: "", json: null, message: "" });
  return slots.length === 0 ? figures : slots.map((id, slot) => (figures[slot]?.id === id ? figures[slot] : empty(id)));
}

export function Waiting({ words }: { words: string }) {
  if (words) return <p class="mut wait">{words}</p>;
  return (
    <div class="wait" aria-hidden="true">
      {[64, 88, 46].map((width) => <span key={width} class="sk" style={{ width: `${width}%` }} />)}
    </div>
  );
}

/** What the model says at the point that slices and maps go through. */
function Here({ point, objective, children }: { point: Point; objective: Objective; children?: preact.ComponentChildren }) {
  if (point.mean === undefined || point.sd === undefined) return <div class="yl">{children}</div>;
  const { mean, half } = formatInterval(point.mean, point.sd, objective.noise);
  return (
    <div class="yl">
      <span class="cap trunc">{`${objective.label || objective.name} here`}</span>
      <span class="big">{`${mean}${objective.unit ? ` ${objective.unit}` : ""}`}</span>
      <span class="mut">{`± ${half}`}</span>
      <span class="cap">{point.row ? `best, row ${point.row}` : "chosen point"}</span>
      {children}
    </div>
  );
}

function NoModel({ empty }: { empty: Empty }) {
  const need = empty.need ?? 0;
  const have = empty.have ?? 0;
  return (
    <div class="empty">
      <h4>{empty.title}</h4>
      {need > 0 && (
        <span class="row">
          {need <= 24 && (
            <span class="pips" aria-hidden="true">
              {Array.from({ length: need }, (_, i) => <i key={i} class={i < have ? "on" : ""} />)}
            </span>
          )}
          <span class="mut">{`${have} of ${need}`}</span>
        </span>
      )}
      <p class="mut">{empty.text}</p>
      {empty.busy && <ProgressBar label={empty.title ?? ""} fraction={null} />}
    </div>
  );
}

/** The colours of the page, read again when its theme changes. */
function useTheme(root: { current: HTMLElement | null }): Theme | null {
  const [theme, setTheme] = useState<Theme | null>(null);
  useEffect(() => {
    const element = root.current;
    if (!element) return;
    const read = () => setTheme(readTheme(element));
    let later: ReturnType<typeof setTimeout> | undefined;
    const changed = () => {
      read();
      // The style sheet of a theme may come after its name.
      clearTimeout(later);
      later = setTimeout(read, 400);
    };
    read();
    const observer = new MutationObserver(changed);
    for (const watched of [document.body, document.documentElement]) {
      observer.observe(watched, { attributes: true, attributeFilter: ["data-jp-theme-light", "data-jp-theme-name", "data-theme", "class"] });
    }
    const dark = globalThis.matchMedia?.("(prefers-color-scheme: dark)");
    dark?.addEventListener?.("change", changed);
    return () => {
      observer.disconnect();
      dark?.removeEventListener?.("change", changed);
      clearTimeout(later);
    };
  }, [root]);
  return theme;
}

let views = 0;

/** Tells the kernel whether anybody can see the figures: unseen ones are not drawn. */
function useVisibility(root: { current: HTMLElement | null }, ask: Ask, live: boolean): void {
  useEffect(() => {
    const element = root.current;
    if (!element || !live) return;
    const view = `${Date.now().toString(36)}-${(views += 1)}`;
    let last: boolean | null = null;
    const tell = (visible: boolean) => {
      if (visible === last) return;
      last = visible;
      // A kernel that is gone needs no news.
      ask("watch", { view, visible }).catch(() => {});
    };
    if (typeof IntersectionObserver === "undefined") {
      tell(true);
      return () => tell(false);
    }
    const observer = new IntersectionObserver((entries) => tell(entries.some((entry) => entry.isIntersecting)), { rootMargin: "200px" });
    observer.observe(element);
    return () => {
      observer.disconnect();
      tell(false);
    };
  }, [root, ask, live]);
}
