// The head of a Studio: name, where it is saved, undo and redo, read-out, tabs.

import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Banner, Button, Icon, type IconName } from "../../lib/controls";
import { KernelBanner } from "../../lib/kernel-banner";
import { Asides } from "../../lib/asides";
import { type Ask, isAside } from "../../lib/intents";
import { History } from "./history";
import { KEYS } from "./keys";
import { LineBanner } from "./line-banner";
import { MoreMenu } from "./menu";
import { SessionName } from "./name";
import { Readout } from "./readout";
import { labelPanels, Tabs } from "./tabs";
import type { HeaderTraits } from "./traits";
import type { HistoryEntry, TabName } from "./types";


interface Props {
  traits: HeaderTraits;
  ask: Ask;
  live: boolean;
}

const MENU = [
  { name: "save_json", label: "Save as JSON…" },
  { name: "export_csv", label: "Export table (CSV)" },
  { name: "history", label: "History" },
  { name: "keys", label: "Keyboard" },
] as const;

type Place = { kind: "history"; entries: HistoryEntry[] } | { kind: "keys" } | null;

/** What other panels ask the grid for: its tab comes to the front. */
const TO_GRID = ["ow-edit-row", "ow-show-outside"] as const;

/** From here on all panels of a Studio stand beside each other, as its style has it. */
const WIDE = 1080;

let lastView = 0;

export function HeaderPanel({ traits, ask, live }: Props) {
  const root = useRef<HTMLElement>(null);
  const [view] = useState(() => ++lastView);
  const [tab, setTab] = useState<TabName>("data");
  // Whether the Studio around is wide; null without one, as before the view is put into it.
  const [wide, setWide] = useState<boolean | null>(null);
  const [place, setPlace] = useState<Place>(null);
  const [error, setError] = useState("");
  const [message, setMessage] = useState("");
  const tabId = (name: TabName) => `ow-tab-${view}-${name}`;
  const history = traits.history.value;

  const attempt = async (name: string, args: Record<string, unknown> = {}) => {
    try {
      const result = await ask(name, args);
      setError("");
      return result;
    } catch (reason) {
      setError(isAside(reason) ? "" : (reason as Error).message);
      return null;
    }
  };

  // The chosen tab is written on this view's own Studio, and nowhere else.
  useLayoutEffect(() => {
    studioOf(root.current)?.setAttribute("data-tab", tab);
  }, [tab]);
  useEffect(() => {
    // The view is drawn before it is put into its Studio.
    let undo = () => {};
    const attach = () => {
      const studio = studioOf(root.current);
      if (!studio) return false;
      studio.setAttribute("data-tab", tab);
      const unlabel = labelPanels(studio, tabId);
      const measure = () => setWide(studio.clientWidth >= WIDE);
      measure();
      const observer = new ResizeObserver(measure);
      observer.observe(studio);
      // The grid listens on the same element; it can take the focus once it is visible.
      const toGrid = () => setTab("data");
      for (const name of TO_GRID) studio.addEventListener(name, toGrid, true);
      undo = () => {
        for (const name of TO_GRID) studio.removeEventListener(name, toGrid, true);
        unlabel();
        observer.disconnect();
      };
      return true;
    };
    let frame = 0;
    let tries = 0;
    const later = () => {
      tries += 1;
      if (!attach() && tries < 60) frame = requestAnimationFrame(later);
    };
    later();
    return () => {
      cancelAnimationFrame(frame);
      undo();
    };
  }, []);

  const choose = async (name: string) => {
    if (name === "keys") setPlace(place?.kind === "keys" ? null : { kind: "keys" });
    else if (name === "history") {
      const result = await attempt("history");
      if (result) setPlace({ kind: "history", entries: result["entries"] as HistoryEntry[] });
    } else {
      const result = await attempt(name);
      if (!result) return;
      download(String(result["name"]), String(result["text"]), String(result["type"]));
      setMessage(`${String(result["name"])} saved to the browser's downloads.`);
    }
  };

  const saved = traits.saved.value;
  // What belongs into a panel in view is said there, and not in the head, too.
  const inView = (panel: string) => wide !== null && panel !== "" && (wide || panel === tab);
  return (
    <section class="hdr" aria-label={`Studio: ${traits.name.value || "untitled session"}`} role="region" ref={root}>
      <div class="hd">
        <SessionName name={traits.name.value} readOnly={!live} seen={traits.seen.value} rename={(name, seen) => ask("rename", { name }, seen)} />
        <div class="second row">
          <span class="where" title={saved.title}>
            <Icon name={ICONS[saved.where] ?? "file"} />
            <span class="trunc">{saved.text}</span>
          </span>
          {traits.news.value && <span class="cap trunc" role="status" title={traits.news.value}>{traits.news.value}</span>}
        </div>
        <span class="grow" />
        <StepButton name="undo" label="Undo" words={history.undo} live={live} act={() => void attempt("undo")} />
        <StepButton name="redo" label="Redo" words={history.redo} live={live} act={() => void attempt("redo")} />
        {live && <MoreMenu items={MENU} onChoose={(name) => void choose(name)} />}
      </div>
      <LineBanner
        line={traits.line.value}
        live={live}
        retry={() => void attempt("try_server")}
        breakLock={(reason) => void attempt("break_lock", { reason })}
      />
      <Asides asides={traits.aside.value.filter((item) => !inView(item.panel))} live={live} ask={ask}>
        <Button small quiet onClick={() => void choose("export_aside")}>Save as JSON…</Button>
      </Asides>
      {!live && <KernelBanner {...AFTERWARDS[saved.where] ?? AFTERWARDS.file!} />}
      {error && (
        <Banner kind="error" text={error}>
          <Button small onClick={() => setError("")}>Close</Button>
        </Banner>
      )}
      <span class="sr" role="status">
        {message}
      </span>
      <Readout
        objectives={traits.objectives.value}
        counts={traits.counts.value}
        model={traits.quality.value}
        task={traits.task.value}
        readOnly={!live}
        setObjective={(change) => ask("set_objective", { ...change })}
        goTo={(row) => void attempt("spotlight", { row })}
        cancel={() => void attempt("cancel")}
      />
      {place && (
        <InPlace
          place={place}
          onClose={() => {
            setPlace(null);
            // Back to where it was opened.
            root.current?.querySelector<HTMLElement>("[aria-haspopup=menu]")?.focus();
          }}
        />
      )}
      <Tabs chosen={tab} counts={traits.counts.value} tabId={tabId} onChoose={setTab} />
    </section>
  );
}

const ICONS: Record<string, IconName> = { memory: "chip", file: "file", server: "cloud" };

/** What is left of a session whose kernel has gone, and how it comes back. */
const AFTERWARDS: Record<string, { stays: string; way: string }> = {
  memory: {
    stays: "Values are as last shown.",
    way: "This session was in memory only: run the cells that made it to begin it anew.",
  },
  file: { stays: "Values are as saved.", way: "Run the cell again and the session comes back." },
  server: {
    stays: "What was done is on the server, or waits on this computer.",
    way: "Run the cell again to attach and go on.",
  },
};

const studioOf = (element: Element | null): Element | null => element?.closest(".ow-studio") ?? null;

interface StepProps {
  name: "undo" | "redo";
  label: string;
  words: string | null;
  live: boolean;
  act(): void;
}

/** Never hidden: off when there is nothing, and it says what it would do. */
function StepButton({ name, label, words, live, act }: StepProps) {
  return (
    <Button
      quiet
      icon={name}
      label={label}
      description={words ? `${label}: ${words}` : `Nothing to ${name}`}
      disabled={!live || !words}
      onClick={act}
    />
  );
}

function InPlace({ place, onClose }: { place: NonNullable<Place>; onClose(): void }) {
  const root = useRef<HTMLDivElement>(null);
  useEffect(() => root.current?.focus(), [place.kind]);
  const title = place.kind === "history" ? "History" : "Keyboard";
  return (
    <div
      class="inplace"
      role="group"
      aria-label={title}
      tabIndex={-1}
      ref={root}
      onKeyDown={(event) => {
        if (event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        onClose();
      }}
    >
      <div class="sub">
        <h4>{title}</h4>
        {place.kind === "history" && <span class="cap">the last 50 entries</span>}
        <span class="grow" />
        <Button small onClick={onClose}>Close</Button>
      </div>
      {place.kind === "history" ? <History entries={place.entries} /> : <KeyTable />}
    </div>
  );
}

function KeyTable() {
  return (
    <table class="keys">
      <tbody>
        {KEYS.map((group) => (
          <>
            <tr key={group.where}>
              <th colSpan={2} scope="rowgroup">
                {group.where}
              </th>
            </tr>
            {group.keys.map(([keys, does]) => (
              <tr key={`${group.where} ${keys}`}>
                <td>
                  <kbd>{keys}</kbd>
                </td>
                <td>{does}</td>
              </tr>
            ))}
          </>
        ))}
      </tbody>
    </table>
  );
}

/** Text to the browser's downloads; nothing leaves the machine. */
export function download(name: string, text: string, type: string): void {
  const url = URL.createObjectURL(new Blob([text], { type }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  // Revoked late: some browsers read the address after the click has returned.
  setTimeout(() => URL.revokeObjectURL(url), 10_000);
}
