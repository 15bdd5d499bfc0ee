// What the kernel says about a variable, and the texts in the boxes of its editor.

export type Kind = "real" | "integer" | "discrete" | "categorical";

/** Texts, as typed: the kernel turns them into a variable or says why not. */
export interface Form {
  name: string;
  kind: Kind;
  min: string;
  max: string;
  unit: string;
  log: boolean;
  values: string[];
  description: string;
  /** How its values come about: one of the names of the Role box. */
  role: string;
  /** When it is there at all: "optimizer = sgd | nag"; empty for always. */
  condition: string;
}

export interface VariableView {
  form: Form;
  /** Rows whose result uses this variable. */
  results: number;
  /** Where results lie, from 0 to 1 of the drawn width. */
  rug: number[];
  /** The ends of the range, by the display rules; empty for listed kinds. */
  low: string;
  high: string;
  /** What is special about it: "observed", "only if optimizer = sgd". */
  tags?: string[];
}

export interface OutsideView {
  row: number;
  name: string;
  value: string;
  limit: string;
}

export interface KindView {
  name: Kind;
  label: string;
}

export interface RoleView {
  name: string;
  label: string;
}

export interface ConstraintView {
  name: string;
  formula: string;
}

export type TextKey = "name" | "min" | "max" | "unit" | "description" | "condition";
export type Field =
  | "Name"
  | "Kind"
  | "Minimum"
  | "Maximum"
  | "Unit"
  | "Log scale"
  | "Values"
  | "Categories"
  | "Description"
  | "Role"
  | "Only if";

export const FIELD_OF: Record<TextKey, Field> = {
  name: "Name",
  min: "Minimum",
  max: "Maximum",
  unit: "Unit",
  description: "Description",
  condition: "Only if",
};

export const BLANK: Form = {
  name: "",
  kind: "real",
  min: "",
  max: "",
  unit: "",
  log: false,
  values: [],
  description: "",
  role: "easy",
  condition: "",
};

export const isRanged = (kind: Kind): boolean => kind === "real" || kind === "integer";

export const listField = (kind: Kind): Field => (kind === "categorical" ? "Categories" : "Values");

/** The fields that must be filled before the variable can exist, and are not. */
export function missing(form: Form): Field[] {
  const gaps: Field[] = [];
  if (!form.name.trim()) gaps.push("Name");
  if (isRanged(form.kind)) {
    // What is observed needs no bounds: models scale by what was measured.
    if (form.role === "observed" && !form.min.trim() && !form.max.trim()) return gaps;
    if (!form.min.trim()) gaps.push("Minimum");
    if (!form.max.trim()) gaps.push("Maximum");
  } else if (form.values.length < 2) gaps.push(listField(form.kind));
  return gaps;
}

/** "Give a minimum and a maximum to add Flow." */
export function missingWords(form: Form): string {
  const words: Partial<Record<Field, string>> = {
    Name: "a name",
    Minimum: "a minimum",
    Maximum: "a maximum",
    Values: "at least two values",
    Categories: "at least two categories",
  };
  const gaps = missing(form).map((field) => words[field] ?? field);
  if (gaps.length === 0) return "Press Enter to add it.";
  const last = gaps.pop();
  const list = gaps.length ? `${gaps.join(", ")} and ${last}` : `${last}`;
  return `Give ${list} to add ${form.name.trim() || "the variable"}.`;
}

/** "Temperature, real, 60 to 140 °C": what the row of a variable is called. */
export function rowName(view: VariableView): string {
  const { form } = view;
  const parts = [form.name, form.kind];
  if (isRanged(form.kind)) {
    parts.push(`${view.low ? `${view.low} to ${view.high}` : "any number"}${form.unit ? ` ${form.unit}` : ""}`);
    if (form.log) parts.push("log scale");
  } else {
    const shown = form.values.slice(0, 8).join(" ");
    const more = form.values.length > 8 ? ` and ${form.values.length - 8} more` : "";
    parts.push(`${shown}${more}${form.unit ? ` ${form.unit}` : ""}`);
  }
  return [...parts, ...(view.tags ?? [])].join(", ");
}

export const sameForm = (a: Form, b: Form): boolean => JSON.stringify(a) === JSON.stringify(b);
