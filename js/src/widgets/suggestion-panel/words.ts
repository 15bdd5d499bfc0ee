// Sentences of the panel, each from numbers: one place, so that they read alike.

import { formatShare } from "../../lib/numbers";
import type { Card, Lock, Round } from "./types";

const ALMOST_A_REPEAT = 0.05;

export const plural = (count: number, one: string, many = `${one}s`): string => `${count} ${count === 1 ? one : many}`;

export function seconds(value: number): string {
  if (value < 10) return `${value.toFixed(1)} s`;
  if (value < 60) return `${Math.round(value)} s`;
  const whole = Math.round(value);
  return `${Math.floor(whole / 60)} min ${String(whole % 60).padStart(2, "0")} s`;
}

/** "3 suggestions from 21 results, 1.8 s" */
export function roundWords(round: Round): string {
  const from = round.results ? ` from ${plural(round.results, "result")}` : "";
  const took = round.seconds === null ? "" : `, ${seconds(round.seconds)}`;
  return `${plural(round.count, "suggestion")}${from}${took}`;
}

/** "Made before 2 newer results." */
export const staleWords = (newer: number): string => `Made before ${plural(newer, "newer result")}.`;

/** What stands behind the link to the nearest row: "0.38 away" or "almost a repeat". */
export const distanceWords = (distance: number): string =>
  distance < ALMOST_A_REPEAT ? "almost a repeat" : `${distance.toFixed(2)} away`;

export const exploreWords = (card: Card): string => (card.explore === null ? "" : `${formatShare(card.explore)} explore`);

/** "38 % exploit", the text of the slider's value. */
export const balanceWords = (balance: number): string => `${Math.round(100 * balance)} % exploit`;

export const lockWords = (lock: Lock): string => `${lock.name} locked to ${lock.text}`;

// A card has room for so many whole names.
const FEW = 3;

/** Names for the narrow columns of a card: "Temp.", "Press."; whole where two would be the same. */
export function shortNames(settings: readonly { name: string; unit: string }[]): string[] {
  const names = settings.map((setting) => setting.name);
  if (settings.length <= FEW) return names;
  const short = settings.map(({ name, unit }) => {
    const longest = unit ? 7 : 9;
    if (name.length <= longest) return name;
    const first = name.split(/[\s_-]/)[0] ?? name;
    if (first.length >= 4 && first.length <= longest) return first;
    // Before a vowel, as one abbreviates by hand.
    const cut = [...name].findIndex((letter, at) => at >= 4 && /[aeiouyäöü]/i.test(letter));
    return cut > 0 && cut <= longest ? `${name.slice(0, cut)}.` : name;
  });
  return short.map((text, at) => (short.indexOf(text) === short.lastIndexOf(text) ? text : (names[at] as string)));
}
