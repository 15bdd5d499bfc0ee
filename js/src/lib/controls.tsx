// The parts that all widgets are made of. Classes are those of theme.css.

import type { ButtonHTMLAttributes, ComponentChildren } from "preact";
import { Icon, type IconName, type RowState, StateShape } from "./icons";

export { Icon, type IconName, type RowState } from "./icons";

interface ButtonProps extends Omit<ButtonHTMLAttributes<HTMLButtonElement>, "label" | "icon"> {
  children?: ComponentChildren;
  icon?: IconName;
  /** Accessible name, for a button that shows an icon alone. */
  label?: string;
  /** What pressing does now, beyond the name. */
  description?: string | undefined;
  primary?: boolean;
  quiet?: boolean;
  small?: boolean;
  [data: `data-${string}`]: unknown;
}

export function Button({ children, icon, label, description, primary, quiet, small, ...rest }: ButtonProps) {
  const classes = ["btn", primary && "p", quiet && "q", small && "s", icon && !children && "ic"];
  return (
    <button type="button" class={classes.filter(Boolean).join(" ")} aria-label={label} title={description ?? (children ? undefined : label)} aria-description={description} {...rest}>
      {icon && <Icon name={icon} />}
      {children}
    </button>
  );
}

/** What is wrong with a field, below it; the field names it by `id` in aria-describedby. */
export function FieldError({ id, text }: { id: string; text: string }) {
  return (
    <p class="msg" role="alert" id={id}>
      <Icon name="warn" />
      <span>{text}</span>
    </p>
  );
}

interface BannerProps {
  kind: "error" | "warn" | "info" | "person";
  title?: string;
  text?: string;
  children?: ComponentChildren;
}

/** One line with a coloured rule: what happened, what stays true, and the way out. */
export function Banner({ kind, title, text, children }: BannerProps) {
  return (
    <div class={`ban ${kind === "error" ? "err" : kind}`} role={kind === "error" ? "alert" : undefined}>
      <Icon name={kind === "info" || kind === "person" ? "info" : "warn"} />
      <p>
        {title && <b>{title}</b>}
        {title && text ? " " : ""}
        {text}
      </p>
      {children && <div class="acts">{children}</div>}
    </div>
  );
}

/** The foot of a widget, and its one live region. */
export function StatusBar({ children }: { children?: ComponentChildren }) {
  return (
    <div class="sb" role="status">
      {children}
    </div>
  );
}

/** A known share is a filled bar, an unknown one a moving bar without a value. */
export function ProgressBar({ label, fraction }: { label: string; fraction: number | null }) {
  const known = fraction !== null;
  const percent = known ? Math.round(100 * fraction) : undefined;
  return (
    <div
      class={known ? "bar grow" : "bar wait grow"}
      role="progressbar"
      aria-label={label}
      aria-valuemin={known ? 0 : undefined}
      aria-valuemax={known ? 100 : undefined}
      aria-valuenow={percent}
    >
      <i style={known ? { "--v": percent } : undefined} />
    </div>
  );
}

/** Shape, word and colour of a row's state. */
export function StateMark({ state, word = state }: { state: RowState; word?: string }) {
  return (
    <span class={`st ${state}`}>
      <StateShape state={state} />
      {word}
    </span>
  );
}

interface IntervalProps {
  /** Places on the scale, 0 to 100. */
  low: number;
  high: number;
  mean: number;
  best?: number | undefined;
  measured?: number | undefined;
  excluded?: boolean | undefined;
  /** The same in words. */
  label: string;
}

/** The signature: band = 95 % interval, tick = mean, dashed = best so far, dot = measured. */
export function IntervalGlyph({ low, high, mean, best, measured, excluded, label }: IntervalProps) {
  const inside = (place: number) => Math.min(100, Math.max(0, place));
  const at = {
    "--a": inside(low),
    "--b": inside(high),
    "--m": inside(mean),
    "--k": inside(best ?? 0),
    "--y": inside(measured ?? 0),
  };
  return (
    <span class={excluded ? "iv ex" : "iv"} role="img" aria-label={label} style={at}>
      <i />
      <b />
      {best !== undefined && <u />}
      {measured !== undefined && <s />}
    </span>
  );
}
