import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IntentError } from "../src/lib/intents";
import type { Aside } from "../src/lib/traits";
import { BLANK, type ConstraintView, type Form, rowName, type VariableView } from "../src/widgets/space-builder/forms";
import { SpacePanel } from "../src/widgets/space-builder/panel";
import { all, box, choose, fakeAsk, get, press, settle, type } from "./panel-helpers";

const flow: Form = { ...BLANK, name: "Flow", min: "0.5", max: "20", unit: "mL/min", log: true };
const catalyst: Form = { ...BLANK, name: "Catalyst", kind: "categorical", values: ["A", "B", "C"] };
const view = (form: Form, more: Partial<VariableView> = {}): VariableView => ({
  form,
  results: 0,
  rug: [],
  low: form.min,
  high: form.max,
  ...more,
});

const kinds = ["real", "integer", "discrete", "categorical"].map((name) => ({
  name: name as Form["kind"],
  label: name[0]!.toUpperCase() + name.slice(1),
}));

const roles = [
  { name: "easy", label: "Chosen" },
  { name: "observed", label: "Observed, not chosen" },
];

let root: HTMLElement;

const traitsOf = (forms: Form[], results = 0) => ({
  variables: signal(forms.map((form) => view(form, { results }))),
  outside: signal<{ row: number; name: string; value: string; limit: string }[]>([]),
  outside_rows: signal(0),
  constraints: signal<ConstraintView[]>([]),
  kinds: signal(kinds),
  roles: signal(roles),
  derived: signal<string[]>([]),
  revision: signal(1),
  seen: signal("0.1"),
  aside: signal<Aside[]>([]),
});

/** The panel over a small kernel: saves are kept, ranges are checked. */
function setUp(forms: Form[] = [], more: { results?: number; live?: boolean; quicker?: boolean } = {}) {
  const traits = traitsOf(forms, more.results);
  const kernel = fakeAsk({
    save_variable: ({ name, form, dry }) => {
      if (more.quicker) throw new IntentError("Noor changed a variable.", null, null, null, 3);
      const sent = form as Form;
      const problems: Record<string, string> = {};
      if (!sent.name.trim()) problems["Name"] = "A variable needs a name.";
      if (sent.kind === "real") {
        if (!sent.min) problems["Minimum"] = "Give a minimum.";
        if (!sent.max) problems["Maximum"] = "Give a maximum.";
        else if (Number.isNaN(Number(sent.max))) problems["Maximum"] = `Maximum "${sent.max}" is not a number.`;
        else if (Number(sent.max) <= Number(sent.min))
          problems["Maximum"] = `Maximum must be above the minimum, ${sent.min}.`;
      } else if (sent.values.length < 2) problems["Categories"] = "Give at least two categories.";
      if (Object.keys(problems).length || dry) return { saved: false, problems, form: sent };
      const saved = { ...sent, name: sent.name.trim() };
      const now = traits.variables.peek();
      traits.variables.value = name
        ? now.map((item) => (item.form.name === name ? view(saved) : item))
        : [...now, view(saved)];
      return { saved: true, problems: {}, form: saved };
    },
    remove_variable: ({ name }) => {
      traits.variables.value = traits.variables.peek().filter((item) => item.form.name !== name);
    },
    add_constraint: ({ formula }) => {
      if (!String(formula).includes("=")) return { added: false, problem: `"${formula}" needs a comparison.` };
      const rules = traits.constraints.peek();
      traits.constraints.value = [...rules, { name: `constraint_${rules.length}`, formula: String(formula) }];
      return { added: true, problem: "" };
    },
    convert: ({ form, kind }) => ({
      form: { ...(form as Form), kind, min: "", max: "", values: [] },
      dropped: "Log scale was dropped.",
    }),
  });
  render(<SpacePanel traits={traits} ask={kernel.ask} live={more.live ?? true} />, root);
  return { traits, ...kernel };
}

const row = (name: RegExp) => get(root, "button", name);
const saves = (calls: ReturnType<typeof setUp>) => calls.named("save_variable").filter((call) => !call.args["dry"]);

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.useRealTimers();
});

describe("adding a variable", () => {
  it("says what to do when there is none", () => {
    setUp();
    expect(root.textContent).toContain("What can you change?");
    expect(root.textContent).toContain("with the range you are willing to try.");
    expect(all(root, "button").map((button) => button.textContent)).toEqual(["Add variable", "Load a table"]);
  });

  it("focuses Name, and adds one step when Enter finds it complete", async () => {
    const kernel = setUp();
    get(root, "button", "Add variable").click();
    await settle();
    expect(document.activeElement).toBe(box(root, "Name"));
    type(box(root, "Name"), "Pressure");
    type(box(root, "Minimum"), "1");
    type(box(root, "Maximum"), "10");
    await settle();
    expect(saves(kernel)).toHaveLength(0);
    press(box(root, "Maximum"), "Enter");
    await settle();
    expect(saves(kernel)).toHaveLength(1);
    expect(saves(kernel)[0]!.args).toMatchObject({ name: null, form: { name: "Pressure", min: "1", max: "10" } });
    // Added, so the editor closes; its row has the focus, and there is only one.
    expect(all(root, "group")).toHaveLength(0);
    expect(all(root, "listitem")).toHaveLength(1);
    expect(document.activeElement).toBe(row(/^Pressure/));
    expect(get(root, "status").textContent).toContain("Pressure added.");
  });

  it("adds a complete draft when the focus leaves the editor", async () => {
    const kernel = setUp([flow]);
    get(root, "button", "Add variable").click();
    await settle();
    type(box(root, "Name"), "Pressure");
    type(box(root, "Minimum"), "1");
    type(box(root, "Maximum"), "10");
    row(/^Flow/).focus();
    await settle();
    expect(saves(kernel)).toHaveLength(1);
    expect(document.activeElement).toBe(row(/^Flow/));
    expect(all(root, "group")).toHaveLength(0);
  });

  it("adds the complete draft and opens the next one when Add variable takes the focus", async () => {
    const kernel = setUp();
    get(root, "button", "Add variable").click();
    await settle();
    type(box(root, "Name"), "Pressure");
    type(box(root, "Minimum"), "1");
    type(box(root, "Maximum"), "10");
    const add = get(root, "button", "Add variable");
    add.focus();
    add.click();
    await settle();
    expect(saves(kernel)).toHaveLength(1);
    expect(document.activeElement).toBe(box(root, "Name"));
    expect(box(root, "Name").value).toBe("");
  });

  it("gives an untouched draft up on Escape", async () => {
    setUp([flow]);
    get(root, "button", "Add variable").click();
    await settle();
    press(box(root, "Name"), "Escape");
    await settle();
    expect(all(root, "group")).toHaveLength(0);
    expect(document.activeElement).toBe(get(root, "button", "Add variable"));
  });

  it("keeps an incomplete draft and says what is missing", async () => {
    const kernel = setUp();
    get(root, "button", "Add variable").click();
    await settle();
    type(box(root, "Name"), "Pressure");
    press(box(root, "Name"), "Enter");
    await settle();
    expect(saves(kernel).every((call) => call.args["name"] === null)).toBe(true);
    expect(all(root, "alert").map((item) => item.textContent)).toEqual(["Give a minimum.", "Give a maximum."]);
    expect(get(root, "status").textContent).toContain("Give a minimum and a maximum to add Pressure.");
    expect(box(root, "Name").value).toBe("Pressure");
  });

  it("builds categories as chips: Enter and comma add, Backspace selects, then removes", async () => {
    const kernel = setUp();
    get(root, "button", "Add variable").click();
    await settle();
    type(box(root, "Name"), "Catalyst");
    choose(get<HTMLSelectElement>(root, "combobox", "Kind"), "categorical");
    await settle();
    const chips = () => box(root, "Categories");
    type(chips(), "A");
    press(chips(), "Enter");
    await settle();
    type(chips(), "B");
    press(chips(), ",");
    await settle();
    type(chips(), "A");
    press(chips(), "Enter");
    await settle();
    expect(root.textContent).toContain("A is there already.");
    type(chips(), "");
    press(chips(), "Backspace");
    await settle();
    expect(root.textContent).toContain("B selected. Backspace removes it.");
    press(chips(), "Backspace");
    await settle();
    type(chips(), "C");
    press(chips(), "Enter");
    await settle();
    press(chips(), "Enter");
    await settle();
    expect(saves(kernel).at(-1)!.args["form"]).toMatchObject({ kind: "categorical", values: ["A", "C"] });
  });
});

describe("editing in place", () => {
  it("commits on Enter and on leaving, once, and not on each key", async () => {
    const kernel = setUp([flow, catalyst]);
    row(/^Flow/).click();
    await settle();
    expect(document.activeElement).toBe(box(root, "Name"));
    type(box(root, "Maximum"), "25");
    await settle();
    expect(kernel.calls).toHaveLength(0);
    press(box(root, "Maximum"), "Enter");
    await settle();
    box(root, "Unit").focus();
    await settle();
    expect(saves(kernel)).toHaveLength(1);
    expect(saves(kernel)[0]!.args).toMatchObject({ name: "Flow", changed: "Maximum", form: { max: "25" } });
    type(box(root, "Unit"), "L/h");
    box(root, "Name").focus();
    await settle();
    expect(saves(kernel)).toHaveLength(2);
  });

  it("gives way to who was quicker, and shows the choice in the editor", async () => {
    const kernel = setUp([flow], { quicker: true });
    row(/^Flow/).click();
    await settle();
    type(box(root, "Maximum"), "25");
    // Theirs arrives while mine is typed, and the field keeps mine.
    kernel.traits.seen.value = "0.2";
    kernel.traits.variables.value = [view({ ...flow, max: "30" })];
    await settle();
    expect(box(root, "Maximum").value).toBe("25");
    press(box(root, "Maximum"), "Enter");
    await settle();
    expect(kernel.named("save_variable")[0]!.seen).toBe("0.1");
    const choices: [string, string][] = [["theirs", "Keep theirs"], ["mine", "Use mine"]];
    kernel.traits.aside.value = [{ number: 3, title: "Set aside.", text: "Noor.", choices, panel: "space", name: "Flow" }];
    await settle();
    expect(box(root, "Maximum").value).toBe("30");
    expect(box(root, "Maximum").getAttribute("aria-invalid")).toBeNull();
    expect(root.querySelectorAll(".ve .asides")).toHaveLength(1);
    expect(root.querySelectorAll(".asides")).toHaveLength(1);
    // Leaving the field says nothing over again.
    box(root, "Unit").focus();
    await settle();
    expect(saves(kernel)).toHaveLength(1);
    get(root, "button", "Use mine").click();
    expect(kernel.named("resolve")[0]!.args).toEqual({ number: 3, choice: "mine" });
  });

  it("keeps a bad value with its sentence and the last good value in force", async () => {
    const kernel = setUp([flow]);
    row(/^Flow/).click();
    await settle();
    type(box(root, "Maximum"), "0.2");
    box(root, "Unit").focus();
    await settle();
    const field = box(root, "Maximum");
    expect(field.value).toBe("0.2");
    expect(field.getAttribute("aria-invalid")).toBe("true");
    const sentence = root.querySelector(`#${CSS.escape(field.getAttribute("aria-describedby")!)}`);
    expect(sentence?.textContent).toBe("Maximum must be above the minimum, 0.5. The last good value, 20, stays in force.");
    expect(kernel.traits.variables.peek()[0]!.form.max).toBe("20");
    // Judged on each key from now on, without a commit.
    vi.useFakeTimers();
    type(field, "30");
    await vi.advanceTimersByTimeAsync(200);
    vi.useRealTimers();
    await settle();
    expect(box(root, "Maximum").getAttribute("aria-invalid")).toBeNull();
    expect(saves(kernel)).toHaveLength(1);
    // Escape brings the last good value back and keeps the focus.
    box(root, "Maximum").focus();
    press(box(root, "Maximum"), "Escape");
    await settle();
    expect(box(root, "Maximum").value).toBe("20");
    expect(document.activeElement).toBe(box(root, "Maximum"));
    // A second Escape closes the editor, and its row has the focus.
    press(box(root, "Maximum"), "Escape");
    await settle();
    expect(document.activeElement).toBe(row(/^Flow/));
  });

  it("opens one editor at a time", async () => {
    setUp([flow, catalyst]);
    row(/^Flow/).click();
    await settle();
    row(/^Catalyst/).click();
    await settle();
    expect(all(root, "group").map((group) => group.getAttribute("aria-label"))).toEqual(["Catalyst"]);
    expect(all(root, "button", /^Flow/)).toHaveLength(1);
  });

  it("follows a new definition from elsewhere and keeps what is being typed", async () => {
    const { traits, calls } = setUp([flow]);
    row(/^Flow/).click();
    await settle();
    type(box(root, "Maximum"), "2");
    traits.variables.value = [view({ ...flow, max: "50", unit: "L/h" })];
    await settle();
    expect(box(root, "Maximum").value).toBe("2");
    expect(box(root, "Unit").value).toBe("L/h");
    expect(calls).toHaveLength(0);
  });

  it("stays open, with the focus, when its variable is renamed", async () => {
    setUp([flow, catalyst]);
    row(/^Flow/).click();
    await settle();
    const field = box(root, "Name");
    type(field, "Feed");
    press(field, "Enter");
    await settle();
    expect(box(root, "Name")).toBe(field);
    expect(document.activeElement).toBe(field);
    expect(get(root, "group").getAttribute("aria-label")).toBe("Feed");
  });

  it("says what a change of kind drops, and keeps the old kind in force until it is complete", async () => {
    const kernel = setUp([flow]);
    row(/^Flow/).click();
    await settle();
    choose(get<HTMLSelectElement>(root, "combobox", "Kind"), "categorical");
    await settle();
    expect(root.textContent).toContain("Log scale was dropped.");
    expect(root.textContent).toContain("Give at least two categories. Flow stays real until then.");
    expect(kernel.traits.variables.peek()[0]!.form.kind).toBe("real");
  });
});

describe("the list", () => {
  it("names its rows and shows a rug", () => {
    setUp([flow, catalyst]);
    expect(rowName(view(flow))).toBe("Flow, real, 0.5 to 20 mL/min, log scale");
    expect(all(root, "button", "Catalyst, categorical, A B C")).toHaveLength(1);
    expect(root.querySelectorAll("[role=img]")).toHaveLength(2);
  });

  it("moves with Up and Down, reorders with Alt, and opens with F2", async () => {
    const kernel = setUp([flow, catalyst]);
    row(/^Flow/).focus();
    press(row(/^Flow/), "ArrowDown");
    await settle();
    expect(document.activeElement).toBe(row(/^Catalyst/));
    expect(press(row(/^Catalyst/), "ArrowUp", { altKey: true }).defaultPrevented).toBe(true);
    await settle();
    expect(kernel.named("move_variable")[0]!.args).toEqual({ name: "Catalyst", to: 0 });
    press(row(/^Flow/), "F2");
    await settle();
    expect(all(root, "group")).toHaveLength(1);
  });

  it("asks in place before a used variable goes, and focuses the successor", async () => {
    const kernel = setUp([flow, catalyst], { results: 21 });
    press(row(/^Flow/), "Delete");
    await settle();
    expect(root.textContent).toContain("21 results use Flow. Remove it and keep the column?");
    expect(document.activeElement).toBe(get(root, "button", "Keep"));
    get(root, "button", "Keep").click();
    await settle();
    expect(document.activeElement).toBe(row(/^Flow/));
    expect(kernel.calls).toHaveLength(0);
    press(row(/^Flow/), "Delete");
    await settle();
    get(root, "button", "Remove").click();
    await settle();
    expect(kernel.named("remove_variable")[0]!.args).toEqual({ name: "Flow" });
    expect(document.activeElement).toBe(row(/^Catalyst/));
  });

  it("removes an unused variable at once", async () => {
    const kernel = setUp([flow]);
    press(row(/^Flow/), "Delete");
    await settle();
    expect(kernel.named("remove_variable")).toHaveLength(1);
    expect(document.activeElement).toBe(get(root, "button", "Add variable"));
  });

  it("shows a refusal and stays alive", async () => {
    const { ask } = fakeAsk();
    const failing = async (name: string, args: Record<string, unknown> = {}) => {
      if (name === "remove_variable") throw new Error("The disk is full. Free some space.");
      return ask(name, args);
    };
    const traits = traitsOf([flow]);
    render(<SpacePanel traits={traits} ask={failing} live />, root);
    press(row(/^Flow/), "Delete");
    await settle();
    expect(root.textContent).toContain("The disk is full. Free some space.");
    expect(row(/^Flow/)).toBeTruthy();
  });

  it("counts and lists what lies outside; a link lights the row", async () => {
    const { traits, named } = setUp([flow]);
    traits.outside.value = [{ row: 10, name: "Flow", value: "25 mL/min", limit: "limit 20" }];
    traits.outside_rows.value = 4;
    await settle();
    expect(get(root, "status").textContent).toContain("4 rows outside");
    expect(root.textContent).toContain("and 3 more rows");
    get(root, "link", "row 10").click();
    await settle();
    expect(named("spotlight")[0]!.args).toEqual({ row: 10 });
  });

  it("shows names as text", () => {
    setUp([{ ...flow, name: "<img src=x onerror=alert(1)>" }]);
    expect(root.querySelector("img")).toBeNull();
    expect(root.textContent).toContain("<img src=x onerror=alert(1)>");
  });
});

describe("what is special about a variable", () => {
  it("is chosen in the Role box, and saved at once", async () => {
    const kernel = setUp([flow]);
    row(/^Flow/).click();
    await settle();
    choose(get<HTMLSelectElement>(root, "combobox", "Role"), "observed");
    await settle();
    expect(saves(kernel)[0]!.args).toMatchObject({ name: "Flow", form: { role: "observed" }, changed: "Role" });
  });

  it("needs no range when it is observed", async () => {
    setUp([{ ...flow, name: "Humidity", role: "observed", min: "", max: "", log: false }]);
    expect(rowName(view({ ...flow, role: "observed", min: "", max: "", log: false }))).toContain("any number mL/min");
    expect(row(/^Humidity/).textContent).toContain("any mL/min");
    get(root, "button", "Add variable").click();
    await settle();
    type(box(root, "Name"), "Pressure");
    choose(get<HTMLSelectElement>(root, "combobox", "Role"), "observed");
    await settle();
    expect(get(root, "status").textContent).toContain("Press Enter to add it.");
  });

  it("says at the box why a condition is none, and what stays", async () => {
    const kernel = setUp([{ ...flow, condition: "Catalyst = A" }]);
    const refusing = async (name: string, args: Record<string, unknown> = {}) => {
      if (name !== "save_variable") return kernel.ask(name, args);
      return { saved: false, problems: { "Only if": "Flow depends on a variable that is not there." }, form: args["form"] };
    };
    render(<SpacePanel traits={kernel.traits} ask={refusing} live />, root);
    row(/^Flow/).click();
    await settle();
    const condition = box(root, "Only if");
    expect(condition.value).toBe("Catalyst = A");
    type(condition, "Pump = on");
    press(condition, "Enter");
    await settle();
    expect(get(root, "alert").textContent).toContain("not there. The last good value, Catalyst = A, stays in force.");
    expect(condition.getAttribute("aria-invalid")).toBe("true");
    press(condition, "Escape");
    await settle();
    expect(condition.value).toBe("Catalyst = A");
  });
});

describe("constraints", () => {
  it("wait for a second variable", () => {
    setUp([flow]);
    expect(all(root, "button", "Add a constraint")).toHaveLength(0);
  });

  it("are added as formulas; what is none is said at the box", async () => {
    const { named } = setUp([flow, catalyst]);
    get(root, "button", "Add a constraint").click();
    await settle();
    expect(document.activeElement).toBe(box(root, "Formula"));
    type(box(root, "Formula"), "Flow");
    get(root, "button", "Add").click();
    await settle();
    expect(get(root, "alert").textContent).toBe('"Flow" needs a comparison.');
    type(box(root, "Formula"), "Flow <= 3");
    await settle();
    expect(all(root, "alert")).toHaveLength(0);
    get(root, "button", "Add").click();
    await settle(50);
    expect(named("add_constraint")).toHaveLength(2);
    expect(all(root, "listitem").at(-1)!.textContent).toBe("Flow <= 3");
    expect(document.activeElement).toBe(get(root, "button", "Add a constraint"));
  });

  it("are removed, and Escape leaves the box", async () => {
    const { traits, named } = setUp([flow, catalyst]);
    traits.constraints.value = [{ name: "sum", formula: "<b>a</b> + b = 1" }];
    await settle();
    expect(root.querySelector("b")).toBeNull();
    get(root, "button", "Add a constraint").click();
    await settle();
    press(box(root, "Formula"), "Escape");
    await settle();
    expect(all(root, "textbox")).toHaveLength(0);
    get(root, "button", "Remove <b>a</b> + b = 1").click();
    await settle();
    expect(named("remove_constraint")[0]!.args).toEqual({ name: "sum" });
    expect(get(root, "status").textContent).toContain("removed.");
  });
});

describe("an edit that is late", () => {
  it("is told after a second", async () => {
    vi.useFakeTimers();
    const traits = traitsOf([flow]);
    const waiting = signal(0);
    render(<SpacePanel traits={traits} ask={fakeAsk().ask} live waiting={waiting} />, root);
    waiting.value = 1;
    await vi.advanceTimersByTimeAsync(900);
    expect(root.textContent).not.toContain("Saving");
    await vi.advanceTimersByTimeAsync(300);
    expect(get(root, "status").textContent).toContain("Saving, 1 change on its way");
    waiting.value = 0;
    await vi.advanceTimersByTimeAsync(50);
    expect(root.textContent).not.toContain("Saving");
  });
});

describe("without a kernel", () => {
  it("is read only and says so", async () => {
    const kernel = setUp([flow], { live: false });
    expect(root.textContent).toContain("Kernel not running. Values are as saved.");
    expect(all(root, "button", "Add variable")).toHaveLength(0);
    press(row(/^Flow/), "Delete");
    row(/^Flow/).click();
    await settle();
    expect(kernel.calls).toHaveLength(0);
    expect(all(root, "group")).toHaveLength(0);
  });
});

describe("loading a table", () => {
  it("proposes variables from pasted text and adds what is ticked", async () => {
    vi.useFakeTimers();
    const traits = traitsOf([]);
    const kernel = fakeAsk({
      read_table: () => ({
        source: "results",
        rows: 3,
        proposals: [
          { form: flow, use: true, note: "", error: null, line: 1 },
          { form: { ...flow, name: "Yield" }, use: false, note: "a result", error: null, line: 2 },
          { form: { ...flow, name: "" }, use: false, note: "", error: "A variable needs a name.", line: 3 },
        ],
      }),
    });
    render(<SpacePanel traits={traits} ask={kernel.ask} live />, root);
    get(root, "button", "Load a table").click();
    await vi.advanceTimersByTimeAsync(50);
    type(get<HTMLTextAreaElement>(root, "textbox", "Table"), "Flow,Yield\n1,2");
    await vi.advanceTimersByTimeAsync(300);
    expect(root.textContent).toContain("Line 3: A variable needs a name.");
    get(root, "button", "Add 1 variable").click();
    await vi.advanceTimersByTimeAsync(50);
    expect(kernel.named("add_variables")[0]!.args).toEqual({ forms: [flow] });
    expect(root.textContent).toContain("1 variable added. Paste the table into Experiments to bring its rows.");
  });
});

describe("what is special about a variable", () => {
  it("stands below its name and in its accessible name", async () => {
    const { traits } = setUp([flow, catalyst]);
    const [first, second] = traits.variables.peek();
    traits.variables.value = [{ ...first!, tags: ["observed", "only if optimizer = sgd"] }, second!];
    await settle();
    expect([...root.querySelectorAll(".vr .nt .cap")].map((item) => item.textContent)).toEqual(["observed, only if optimizer = sgd"]);
    expect(rowName(traits.variables.peek()[0]!)).toMatch(/observed, only if optimizer = sgd$/);
    expect(root.querySelector(".drv")).toBeNull();
    traits.derived.value = ["ratio = a / (a + b)", "s = 2 · a"];
    await settle();
    expect(root.querySelector(".drv")!.textContent).toBe("Derived, for the model: ratio = a / (a + b); s = 2 · a");
  });
});
