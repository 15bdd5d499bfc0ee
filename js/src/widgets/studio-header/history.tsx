// The journal as a readable list, newest first.

import type { HistoryEntry } from "./types";

/** "20 s ago"; the exact time is the tooltip's. */
export function ago(at: string, now: number = Date.now()): string {
  const seconds = Math.max(0, Math.round((now - Date.parse(at)) / 1000));
  if (!Number.isFinite(seconds)) return "";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return at.slice(0, 10);
}

export function History({ entries }: { entries: readonly HistoryEntry[] }) {
  if (entries.length === 0) return <p class="mut">Nothing has happened yet.</p>;
  return (
    <ol class="hist" aria-label="History">
      {entries.map((entry) => (
        <li key={entry.revision}>
          <span class="mut num">{entry.revision}</span>
          <span>
            {entry.step === "undo" ? "Undone: " : entry.step === "redo" ? "Redone: " : ""}
            {entry.words}
          </span>
          <span class="mut who">{entry.actor}</span>
          <time class="mut" dateTime={entry.at} title={`${entry.at}, ${entry.actor}`}>
            {ago(entry.at)}
          </time>
        </li>
      ))}
    </ol>
  );
}
