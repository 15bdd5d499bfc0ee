// How numbers are shown: as many digits as mean something, never more.

const THIN = "\u202f";
const MINUS = "−";
const SUPERSCRIPT = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** What the display of a variable depends on. */
interface VariableScale {
  kind: string;
  low?: number | null;
  high?: number | null;
  log?: boolean | null;
}

/** Decimals of the step range / 1000, rounded up to 1, 2 or 5 times a power of ten. */
export function displayStep(low: number, high: number): number {
  const raw = (high - low) / 1000;
  if (!(raw > 0) || !Number.isFinite(raw)) return 0.001;
  const power = 10 ** Math.floor(Math.log10(raw));
  const lead = raw / power;
  // A range such as 2.1 − 0.1 is off by a rounding error, and must not take the next step.
  const within = (step: number) => lead <= step * (1 + 1e-9);
  return (within(1) ? 1 : within(2) ? 2 : within(5) ? 5 : 10) * power;
}

const decimalsOf = (step: number): number => Math.max(0, -Math.floor(Math.log10(step) + 1e-9));

export function formatVariable(value: number | string | null | undefined, scale: VariableScale): string {
  if (value === null || value === undefined || value === "") return "";
  if (typeof value === "string") return value;
  if (!Number.isFinite(value)) return "";
  if (scale.kind === "integer") return plain(value, 0);
  if (scale.kind === "discrete") return general(value);
  if (scale.log) return logarithmic(value, scale);
  if (scale.low == null || scale.high == null) return significant(value, 4);
  return plain(value, decimalsOf(displayStep(scale.low, scale.high)));
}

/** Three significant digits; near the lower bound no more than was typed there, plus one. */
function logarithmic(value: number, { low, high }: VariableScale): string {
  if (value === 0 || low == null || high == null || Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4) return significant(value, 3);
  const wanted = Math.max(0, 2 - Math.floor(Math.log10(Math.abs(value))));
  return plain(value, Math.min(wanted, 1 + Math.max(typedDecimals(low), typedDecimals(high))));
}

/** Decimals that somebody must have typed to get this number. */
function typedDecimals(value: number): number {
  const [digits = "", exponent = "0"] = String(value).split("e");
  return Math.max(0, (digits.split(".")[1] ?? "").length - Number(exponent));
}

/** A result: decimals from the noise (a standard deviation), else three significant digits. */
export function formatResult(value: number | null | undefined, noise: number | null = null): string {
  if (value === null || value === undefined || !Number.isFinite(value)) return "";
  if (noise !== null && noise > 0) {
    const places = Math.max(0, -Math.floor(Math.log10(noise)));
    const digits = Math.max(1, Math.floor(Math.log10(Math.abs(value) || 1)) + 1);
    return plain(value, Math.max(0, Math.min(places, 4 - digits)));
  }
  return significant(value, 3);
}

/** Mean and ± half of the 95 % interval; ± has two significant digits below 10, no more decimals than the mean. */
export function formatInterval(mean: number, sd: number, noise: number | null = null): { mean: string; half: string } {
  const half = 1.96 * sd;
  const shown = formatResult(mean, noise ?? (half > 0 ? half / 10 : null));
  const decimals = (shown.split(".")[1] ?? "").length;
  if (half !== 0 && half < 10 ** -decimals / 2) return { mean: shown, half: `under ${plain(10 ** -decimals, decimals)}` };
  const own = half < 10 && half > 0 ? Math.max(0, 1 - Math.floor(Math.log10(half))) : 0;
  return { mean: shown, half: plain(half, Math.min(own, decimals)) };
}

/** Whole percent, with words at the ends. */
export function formatShare(share: number): string {
  if (share > 0 && share < 0.01) return "under 1 %";
  if (share < 1 && share > 0.99) return "over 99 %";
  return `${Math.round(100 * share)} %`;
}

/** Fixed decimals, thin gaps in thousands from 10 000, a real minus. */
export function plain(value: number, decimals: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return power(value, 3);
  return typeset(value.toFixed(Math.min(12, decimals)));
}

export function significant(value: number, digits: number): string {
  if (value === 0) return "0";
  if (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4) return power(value, digits);
  const decimals = digits - 1 - Math.floor(Math.log10(Math.abs(value)));
  return typeset(value.toFixed(Math.max(0, Math.min(12, decimals))));
}

/** Shortest plain form, for levels that somebody typed. */
export function general(value: number): string {
  if (value !== 0 && (Math.abs(value) >= 1e6 || Math.abs(value) < 1e-4)) return power(value, 6);
  return typeset(String(Number(value.toPrecision(12))));
}

function typeset(text: string): string {
  const [whole = "", rest] = text.replace("-", "").split(".");
  const spaced = whole.length > 4 ? whole.replace(/\B(?=(\d{3})+$)/g, THIN) : whole;
  const minus = text.startsWith("-") && Number(text) !== 0 ? MINUS : "";
  return minus + spaced + (rest === undefined ? "" : `.${rest}`);
}

function power(value: number, digits: number): string {
  const [lead = "0", exponent = "0"] = value.toExponential(digits - 1).split("e");
  const short = lead.includes(".") ? lead.replace(/\.?0+$/, "") : lead;
  const raised = [...String(Math.abs(Number(exponent)))].map((digit) => SUPERSCRIPT[Number(digit)]).join("");
  return `${short.replace("-", MINUS)} × 10${Number(exponent) < 0 ? "⁻" : ""}${raised}`;
}
