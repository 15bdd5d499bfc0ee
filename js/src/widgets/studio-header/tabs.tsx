// Tabs of a narrow Studio. Which one is chosen belongs to the view, not to the session:
// it is written on the view's own Studio element, and the stylesheet does the rest.

import { useEffect, useRef } from "preact/hooks";
import type { Counts, TabName } from "./types";
import { TABS } from "./types";

const PANELS: Record<TabName, string> = {
  data: ".ow-panel-data",
  suggest: ".ow-panel-suggest",
  space: ".ow-panel-space",
  model: ".ow-panel-model",
};

let lastId = 0;

/** Names the panels of a Studio for screen readers; undone when the view goes. */
export function labelPanels(studio: Element, tabId: (name: TabName) => string): () => void {
  const undo: (() => void)[] = [];
  for (const { name } of TABS) {
    const panel = studio.querySelector(PANELS[name]);
    if (!panel) continue;
    lastId += 1;
    const id = panel.id;
    if (!id) panel.id = `ow-panel-${lastId}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", tabId(name));
    undo.push(() => {
      panel.removeAttribute("role");
      panel.removeAttribute("aria-labelledby");
      if (!id) panel.removeAttribute("id");
    });
  }
  return () => undo.forEach((step) => step());
}

interface Props {
  chosen: TabName;
  counts: Counts;
  tabId(name: TabName): string;
  onChoose(name: TabName): void;
}

export function Tabs({ chosen, counts, tabId, onChoose }: Props) {
  const list = useRef<HTMLDivElement>(null);
  const moved = useRef(false);
  useEffect(() => {
    if (!moved.current) return;
    moved.current = false;
    list.current?.querySelector<HTMLElement>("[aria-selected=true]")?.focus();
  }, [chosen]);

  const count: Record<TabName, number | null> = {
    data: counts.rows,
    suggest: counts.suggested,
    space: counts.variables,
    model: null,
  };
  const keys = (event: KeyboardEvent) => {
    const at = TABS.findIndex((tab) => tab.name === chosen);
    const to: Record<string, number> = {
      ArrowLeft: (at - 1 + TABS.length) % TABS.length,
      ArrowRight: (at + 1) % TABS.length,
      Home: 0,
      End: TABS.length - 1,
    };
    const next = to[event.key];
    if (next === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    moved.current = true;
    onChoose(TABS[next]!.name);
  };

  return (
    <div class="tabs" role="tablist" aria-label="Views" ref={list} onKeyDown={keys}>
      {TABS.map(({ name, label }) => (
        <button
          key={name}
          id={tabId(name)}
          type="button"
          role="tab"
          data-tab={name}
          aria-selected={chosen === name}
          tabIndex={chosen === name ? 0 : -1}
          onClick={() => onChoose(name)}
        >
          {label}
          {count[name] ? <span class="ct">{count[name]}</span> : null}
        </button>
      ))}
    </div>
  );
}
