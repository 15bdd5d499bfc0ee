// Figures come with one light value per role of a colour; here each role gets the colour
// that it has on this page, light or dark. The table is that of optwidgets/plots/style.py.

export const ROLES = {
  paper: "#ffffff",
  ink: "#212121",
  "ink-2": "#5c5c5c",
  line: "#e0e0e0",
  hair: "#ececec",
  model: "#00796b",
  band: "rgba(0,121,107,0.26)",
  "model-deep": "#66afa6",
  suggested: "#6d3fc4",
  "suggested-deep": "#a78cdc",
  accent: "#1976d2",
  error: "#d32f2f",
  warn: "#f57c00",
  veil: "rgba(120,120,120,0.45)",
  "shade-1": "#e9f4f2",
  "shade-2": "#d3e8e6",
  "shade-3": "#bdddd9",
  "shade-4": "#a8d1cc",
  "shade-5": "#92c6bf",
  "shade-6": "#7cbab3",
} as const;

type Role = keyof typeof ROLES;

/** So many sevenths of the way from paper to "model-deep". */
function shade(sevenths: number): string {
  return `color-mix(in srgb, var(--ow-model) ${((60 * sevenths) / 7).toFixed(2)}%, var(--ow-paper))`;
}

const CSS: Record<Role, string> = {
  paper: "var(--ow-paper)",
  ink: "var(--ow-ink)",
  "ink-2": "var(--ow-ink-2)",
  line: "var(--ow-line)",
  hair: "var(--ow-hair)",
  model: "var(--ow-model)",
  band: "var(--ow-model-band)",
  "model-deep": "color-mix(in srgb, var(--ow-model) 60%, var(--ow-paper))",
  suggested: "var(--ow-suggested)",
  "suggested-deep": "color-mix(in srgb, var(--ow-suggested) 60%, var(--ow-paper))",
  accent: "var(--ow-accent)",
  error: "var(--ow-error)",
  warn: "var(--ow-warn)",
  veil: "rgba(120,120,120,0.45)",
  "shade-1": shade(1),
  "shade-2": shade(2),
  "shade-3": shade(3),
  "shade-4": shade(4),
  "shade-5": shade(5),
  "shade-6": shade(6),
};

type Rgba = [number, number, number, number];

export interface Theme {
  /** Light value of a role to the colour of this page. */
  colors: ReadonlyMap<string, string>;
  font: string;
}

/** The colours of the page as they are now, read below `root`. */
export function readTheme(root: HTMLElement): Theme {
  const probe = root.ownerDocument.createElement("span");
  probe.style.display = "none";
  root.append(probe);
  const colors = new Map<string, string>();
  for (const role of Object.keys(ROLES) as Role[]) {
    probe.style.color = CSS[role];
    const found = parseColor(getComputedStyle(probe).color);
    colors.set(ROLES[role], found ? writeColor(found) : ROLES[role]);
  }
  probe.remove();
  return { colors, font: getComputedStyle(root).fontFamily || "sans-serif" };
}

/** `rgb(…)`, `rgba(…)`, `color(srgb …)` and `#rrggbb`; null for any other way to write a colour. */
export function parseColor(text: string): Rgba | null {
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(text.trim());
  if (hex) return [parseInt(hex[1]!, 16), parseInt(hex[2]!, 16), parseInt(hex[3]!, 16), 1];
  const found = /^(rgba?|color)\(\s*(srgb\s+)?([^)]*)\)$/.exec(text.trim());
  if (!found || (found[1] === "color" && !found[2])) return null;
  const numbers = found[3]!.split(/[\s,/]+/).filter(Boolean).map(Number);
  if (numbers.length < 3 || numbers.some(Number.isNaN)) return null;
  const scale = found[1] === "color" ? 255 : 1;
  const [r = 0, g = 0, b = 0, a = 1] = numbers;
  return [r * scale, g * scale, b * scale, a];
}

export function writeColor([r, g, b, a]: Rgba): string {
  const whole = [r, g, b].map((part) => Math.round(Math.min(255, Math.max(0, part))));
  return a >= 1 ? `rgb(${whole.join(",")})` : `rgba(${whole.join(",")},${a})`;
}

/** A colour between two, by the share of the second. */
export function mix(one: string, two: string, share: number): string {
  const a = parseColor(one);
  const b = parseColor(two);
  if (!a || !b) return share < 0.5 ? one : two;
  return writeColor(a.map((part, i) => part + share * (b[i]! - part)) as Rgba);
}
