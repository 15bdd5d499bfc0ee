// Line icons on a 16 px grid, drawn for this project; states on a 10 px grid.

const PATHS = {
  undo: "M5.5 3 2.5 6l3 3M2.5 6h7a4 4 0 0 1 0 8H7",
  redo: "m10.5 3 3 3-3 3M13.5 6h-7a4 4 0 0 0 0 8H9",
  more: "M3.5 8h.01M8 8h.01M12.5 8h.01",
  plus: "M8 3v10M3 8h10",
  lock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 5 0v2.5",
  unlock: "M4 7.5h8v6H4zM5.5 7.5V5a2.5 2.5 0 0 1 4.8-1",
  check: "m3 8.5 3.5 3.5L13 4.5",
  x: "m4 4 8 8M12 4l-8 8",
  pen: "m3 13 .7-3L10.5 3.2l2.3 2.3L6 12.3z",
  file: "M4 2.5h5l3 3v8H4zM9 2.5v3h3",
  cloud: "M4.5 12.5a2.7 2.7 0 0 1-.2-5.4 3.8 3.8 0 0 1 7.3.6 2.4 2.4 0 0 1-.2 4.8z",
  chip: "M4.5 4.5h7v7h-7zM6.5 2v2.5M9.5 2v2.5M6.5 11.5V14M9.5 11.5V14M2 6.5h2.5M2 9.5h2.5M11.5 6.5H14M11.5 9.5H14",
  filter: "M2.5 4h11M4.5 8h7M6.5 12h3",
  up: "m4.5 9.5 3.5-3.5 3.5 3.5",
  down: "m4.5 6.5 3.5 3.5 3.5-3.5",
  warn: "M8 2.5 14.5 13.5h-13zM8 6.5v3.5M8 12h.01",
  info: "M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12zM8 7.5v3.5M8 5h.01",
  real: "M2 12c3 0 3-8 6-8s3 8 6 8",
  integer: "M2.5 12.5v-3h4v-3h4v-3h3",
  categorical: "M2.5 2.5h4.5V7H2.5zM9 9h4.5v4.5H9zM9 2.5h4.5V7H9zM2.5 9H7v4.5H2.5z",
  discrete: "M3 11h.01M6.3 8h.01M9.7 9.5h.01M13 5h.01",
  paste: "M5.5 3.5H4v10h8v-10h-1.5M5.5 2.5h5v2h-5z",
  retry: "M13 8a5 5 0 1 1-1.5-3.5L13 6M13 2.5V6H9.5",
  eye: "M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8zM8 9.7a1.7 1.7 0 1 0 0-3.4 1.7 1.7 0 0 0 0 3.4z",
  save: "M8 2.5v8M4.5 7 8 10.5 11.5 7M3 13.5h10",
  find: "M7 12A5 5 0 1 0 7 2a5 5 0 0 0 0 10zM10.6 10.6 14 14",
} as const;

export type IconName = keyof typeof PATHS;

const HEAVY: ReadonlySet<IconName> = new Set(["more", "discrete"]);

/** An icon is decoration: the name stands on what it is part of. */
export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="i" viewBox="0 0 16 16" aria-hidden="true">
      <path d={PATHS[name]} stroke-width={HEAVY.has(name) ? 2.3 : undefined} />
    </svg>
  );
}

export type RowState = "suggested" | "running" | "done" | "failed" | "excluded";

export function StateShape({ state }: { state: RowState }) {
  return (
    <svg viewBox="0 0 10 10" aria-hidden="true">
      {state === "suggested" && <path d="M5 .9 9.1 5 5 9.1.9 5z" />}
      {state === "running" && (
        <>
          <circle cx="5" cy="5" r="4" />
          <path d="M5 1a4 4 0 0 1 0 8z" fill="currentColor" stroke="none" />
        </>
      )}
      {state === "done" && <circle cx="5" cy="5" r="4" fill="currentColor" />}
      {state === "failed" && <path d="m1.5 1.5 7 7M8.5 1.5l-7 7" />}
      {state === "excluded" && (
        <>
          <circle cx="5" cy="5" r="4" />
          <path d="m2.2 7.8 5.6-5.6" />
        </>
      )}
    </svg>
  );
}
