// A figure to take away: picture, vector picture, or a page of its own.

import Plotly from "plotly.js-cartesian-dist-min";
import { useState } from "preact/hooks";
import { Button } from "../../lib/controls";
import type { Ask } from "../../lib/intents";
import type { Theme } from "./palette";
import { themed } from "./themed";
import type { FigureView } from "./types";

interface Props {
  figure: FigureView;
  slot: number;
  theme: Theme;
  live: boolean;
  ask: Ask;
  onError(error: unknown): void;
}

/** Let the browser save a file. */
function saveFile(name: string, content: Blob): void {
  const url = URL.createObjectURL(content);
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}

/** Decoded here: a page may forbid itself to fetch, even from its own memory. */
export function blobOf(url: string): Blob {
  const [head = "", body = ""] = url.split(/,(.*)/s);
  const type = /^data:([^;,]*)/.exec(head)?.[1] ?? "";
  const bytes = head.includes(";base64") ? Uint8Array.from(atob(body), (mark) => mark.charCodeAt(0)) : new TextEncoder().encode(decodeURIComponent(body));
  return new Blob([bytes], { type });
}

const SIZE = { width: 800, height: 560 };

export function Download({ figure, slot, theme, live, ask, onError }: Props) {
  const [open, setOpen] = useState(false);
  const json = figure.json;
  if (!json) return null;
  const picture = async (format: "png" | "svg") => {
    const { data, layout } = themed(json, { theme, ...SIZE, spotlight: 0, paper: true });
    const height = (layout["height"] as number | undefined) ?? SIZE.height;
    const url = await Plotly.toImage({ data, layout }, { format, width: SIZE.width, height, scale: 2 });
    saveFile(`${figure.id.replaceAll("_", "-")}.${format}`, blobOf(url));
  };
  const page = async () => {
    const { name, text, type } = await ask("export_html", { slot });
    saveFile(String(name), new Blob([String(text)], { type: String(type) }));
  };
  const run = (job: Promise<void>) => {
    setOpen(false);
    job.catch(onError);
  };
  return (
    <span class="dl">
      {open && (
        <>
          <Button small quiet onClick={() => run(picture("png"))}>PNG</Button>
          <Button small quiet onClick={() => run(picture("svg"))}>SVG</Button>
          <Button small quiet disabled={!live} onClick={() => run(page())}>HTML</Button>
        </>
      )}
      <Button small quiet icon={open ? "x" : "save"} label={open ? "Close" : `Download ${figure.title}`} aria-expanded={open} onClick={() => setOpen(!open)} />
    </span>
  );
}
