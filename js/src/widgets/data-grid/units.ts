// Values typed with a unit: the column's own is dropped, another of the same kind is offered converted.

import { significant } from "../../lib/numbers";
import { parseNumber } from "./columns";

/** Unit: quantity, factor to its base, and what zero is in the base. */
const UNITS: Record<string, [string, number, number?]> = {
  K: ["temperature", 1], "°C": ["temperature", 1, 273.15], C: ["temperature", 1, 273.15], "°F": ["temperature", 5 / 9, 255.372222222222], F: ["temperature", 5 / 9, 255.372222222222],
  Pa: ["pressure", 1], hPa: ["pressure", 100], kPa: ["pressure", 1e3], MPa: ["pressure", 1e6], mbar: ["pressure", 100], bar: ["pressure", 1e5], atm: ["pressure", 101325], psi: ["pressure", 6894.757293],
  ms: ["time", 1e-3], s: ["time", 1], min: ["time", 60], h: ["time", 3600], d: ["time", 86400],
  µg: ["mass", 1e-9], mg: ["mass", 1e-6], g: ["mass", 1e-3], kg: ["mass", 1],
  µL: ["volume", 1e-6], mL: ["volume", 1e-3], L: ["volume", 1],
  nm: ["length", 1e-9], µm: ["length", 1e-6], mm: ["length", 1e-3], cm: ["length", 1e-2], m: ["length", 1],
  µM: ["concentration", 1e-6], mM: ["concentration", 1e-3], M: ["concentration", 1],
  "mL/min": ["flow", 1e-3], "L/min": ["flow", 1], "mL/h": ["flow", 1e-3 / 60], "L/h": ["flow", 1 / 60],
};

interface UnitAnswer {
  /** The plain number, when the unit is the column's own. */
  text?: string;
  /** The sentence that refuses another unit, and the value that would be right. */
  message?: string;
  offer?: string;
}

/** What a typed text with a unit means in a column of `unit`; null when it carries no unit that is known. */
export function readUnit(text: string, unit: string): UnitAnswer | null {
  const parts = /^\s*([+\-−]?[\d.,\u202f]+(?:[eE][+-]?\d+)?)\s*([^\d\s].*?)\s*$/.exec(text);
  const value = parts ? parseNumber(parts[1]!) : null;
  if (!parts || value === null || !unit) return null;
  const typed = parts[2]!;
  if (typed === unit) return { text: parts[1]! };
  const from = UNITS[typed];
  const to = UNITS[unit];
  if (!from || !to || from[0] !== to[0]) return null;
  const base = value * from[1] + (from[2] ?? 0);
  const converted = (base - (to[2] ?? 0)) / to[1];
  const offer = String(Number(converted.toPrecision(4)));
  return { message: `Type ${unit}. ${parts[1]} ${typed} would be ${significant(Number(offer), 3)} ${unit}.`, offer };
}
