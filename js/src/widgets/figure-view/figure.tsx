// One figure below the slices: its name is a choice, maps offer their axes.

import { useEffect, useState } from "preact/hooks";
import type { Ask, Result } from "../../lib/intents";
import { CrossHair } from "./cross";
import { Download } from "./download";
import type { Theme } from "./palette";
import { Waiting } from "./panel";
import { Plot } from "./plot";
import type { FigureTraits } from "./traits";
import type { FigureView, Kind } from "./types";

interface Props {
  figure: FigureView;
  slot: number;
  traits: FigureTraits;
  theme: Theme;
  live: boolean;
  ask: Ask;
  attempt(name: string, args?: Record<string, unknown>): Promise<Result | null>;
  goTo(row: number): void;
  tryPoint(): void;
  onError(error: unknown): void;
}

export function FigureBox({ figure, slot, traits, theme, live, ask, attempt, goTo, tryPoint, onError }: Props) {
  const json = figure.json;
  const meta = json?.layout.meta;
  const isMap = traits.kinds.value.find((kind) => kind.id === figure.id)?.is_map ?? false;
  // The cross-hair shows at once where it was put; the kernel's figure follows.
  const [put, setPut] = useState<[number, number] | null>(null);
  useEffect(() => setPut(null), [json]);
  const at = put ?? meta?.cross ?? null;
  const plot = (drawn?: () => void) =>
    json && <Plot figure={json} label={figure.alt} theme={theme} spotlight={traits.spotlight.value} cross={put} onRow={goTo} onDrawn={drawn} />;
  return (
    <figure class="fig">
      <figcaption>
        <select
          class="in ttl"
          aria-label="Figure"
          title="Choose the figure that stands here"
          value={figure.id}
          disabled={!live}
          onChange={(event) => void attempt("choose", { slot, figure: event.currentTarget.value })}
        >
          {grouped(traits.kinds.value.filter((kind) => kind.id !== "slices")).map(([group, kinds]) => (
            <optgroup key={group} label={group}>
              {kinds.map((kind) => <option key={kind.id} value={kind.id}>{kind.title}</option>)}
            </optgroup>
          ))}
        </select>
        <span class="cap trunc">{figure.note}</span>
        <Download figure={figure} slot={slot} theme={theme} live={live} ask={ask} onError={onError} />
      </figcaption>
      {json && meta?.map && at ? (
        <CrossHair
          layout={json.layout}
          point={put ? {} : traits.point.value}
          objective={traits.objective.value}
          live={live}
          at={at}
          move={(names, places) => {
            setPut(places);
            void attempt("look", { names, places }).then((result) => result ?? setPut(null));
          }}
          tryPoint={tryPoint}
        >
          {(drawn) => plot(drawn)!}
        </CrossHair>
      ) : (
        <div class="pz" style={meta?.height ? { minHeight: `${meta.height}px` } : {}}>
          {plot() ?? <Waiting words={figure.message} />}
        </div>
      )}
      {meta?.axes && isMap && traits.variables.value.length > 2 && (
        <div class="axs">
          {(["x", "y"] as const).map((axis) => (
            <label key={axis}>
              <span class="cap" aria-hidden="true">{axis === "x" ? "→" : "↑"}</span>
              <select
                class="in"
                aria-label={axis === "x" ? "Horizontal axis" : "Vertical axis"}
                value={traits.axes.value[axis] ?? ""}
                disabled={!live}
                onChange={(event) => void attempt("choose_axis", { axis, name: event.currentTarget.value })}
              >
                {traits.variables.value.map((name) => <option key={name} value={name}>{name}</option>)}
              </select>
            </label>
          ))}
        </div>
      )}
    </figure>
  );
}

/** The kinds by their groups, both in the order of the kernel. */
function grouped(kinds: Kind[]): [string, Kind[]][] {
  const found = new Map<string, Kind[]>();
  for (const kind of kinds) {
    const group = kind.group ?? "";
    found.set(group, [...(found.get(group) ?? []), kind]);
  }
  return [...found];
}
