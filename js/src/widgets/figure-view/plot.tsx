// One plotly figure in the page: drawn again when figure, theme or size change, taken down at the end.

import Plotly from "plotly.js-cartesian-dist-min";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Theme } from "./palette";
import { frame } from "./arrange";
import { themed } from "./themed";
import type { FigureJson } from "./types";

const CONFIG = { displayModeBar: false, responsive: false, doubleClick: false, scrollZoom: false };

interface Props {
  figure: FigureJson;
  /** The figure in a sentence. */
  label: string;
  theme: Theme;
  spotlight: number;
  cross?: [number, number] | null;
  onRow(row: number): void;
  onDrawn?: (() => void) | undefined;
}

export function Plot({ figure, label, theme, spotlight, cross = null, onRow, onDrawn }: Props) {
  const root = useRef<HTMLDivElement>(null);
  const [size, setSize] = useState({ width: 0, height: 0 });
  const tell = useRef(onRow);
  tell.current = onRow;
  const drawnNow = useRef(onDrawn);
  drawnNow.current = onDrawn;
  const panels = figure.layout.meta?.panels;

  useEffect(() => {
    const box = root.current?.parentElement;
    const graph = root.current;
    if (!box || !graph) return;
    const measure = () =>
      setSize((old) => {
        const now = { width: Math.floor(box.clientWidth), height: Math.floor(box.clientHeight) };
        return old.width === now.width && old.height === now.height ? old : now;
      });
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(box);
    return () => {
      observer.disconnect();
      Plotly.purge(graph);
    };
  }, []);

  useEffect(() => {
    const graph = root.current;
    // Hidden in a tab: there is no size to draw for, and it is measured when it is shown.
    if (!graph || size.width < 40 || (!panels && size.height < 40)) return;
    const { data, layout } = themed(figure, { theme, ...size, spotlight, cross });
    const fresh = graph.childElementCount === 0;
    Plotly.react(graph, data, layout, CONFIG)
      .then((drawn) => {
        drawnNow.current?.();
        if (!fresh) return;
        drawn.on("plotly_click", ({ points }) => {
          const row = points.map((point) => point.customdata).find((value) => typeof value === "number");
          if (row !== undefined) tell.current(row);
        });
      })
      .catch((error: unknown) => console.error("optwidgets: a figure could not be drawn", error));
  }, [figure, theme, size, spotlight, cross, panels]);

  // Slices know their height from their width; all others fill their box.
  const style = panels ? { height: `${frame(panels, size.width || 640).height}px` } : { position: "absolute", inset: "0" };
  return <div ref={root} class="js" role="img" aria-label={label} style={style as never} />;
}
