import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { IntentError } from "../src/lib/intents";
import type { Aside, Task } from "../src/lib/traits";
import { ago } from "../src/widgets/studio-header/history";
import { HeaderPanel } from "../src/widgets/studio-header/panel";
import type { Line, ObjectiveView, Saved } from "../src/widgets/studio-header/types";
import { all, box, choose, fakeAsk, get, press, settle, type } from "./panel-helpers";

const yieldView: ObjectiveView = {
  name: "Yield", label: "Yield", unit: "%", goal: "maximize", best: 82, best_row: 17, noise: 0.9, best_labels: "B",
};

let studio: HTMLElement;
let root: HTMLElement;

function setUp(more: { live?: boolean; answers?: Record<string, (args: Record<string, unknown>) => unknown> } = {}) {
  const traits = {
    name: signal("Reactor campaign 7"),
    saved: signal<Saved>({ where: "file", text: "Saved in reactor-7.db", title: "Saved to the file reactor-7.db" }),
    line: signal<Line>({}),
    seen: signal("0.29"),
    aside: signal<Aside[]>([]),
    news: signal(""),
    objectives: signal([yieldView]),
    quality: signal({ title: "Explains 90 %", text: "trust intervals" }),
    counts: signal({ rows: 29, done: 21, suggested: 3, variables: 5 }),
    task: signal<Task>({}),
    history: signal<{ undo: string | null; redo: string | null }>({ undo: "Temperature in row 27: 110 to 111", redo: null }),
  };
  const kernel = fakeAsk(more.answers);
  render(<HeaderPanel traits={traits} ask={kernel.ask} live={more.live ?? true} />, root);
  return { traits, ...kernel };
}

beforeEach(() => {
  studio = document.createElement("div");
  studio.className = "ow-studio";
  root = document.createElement("div");
  studio.append(root);
  for (const name of ["space", "data", "suggest", "model"]) {
    const panel = document.createElement("div");
    panel.className = `ow-panel-${name}`;
    studio.append(panel);
  }
  document.body.append(studio);
});
afterEach(() => {
  render(null, root);
  studio.remove();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("the line to the server", () => {
  it("says nothing while all is well", () => {
    setUp();
    expect(root.querySelector(".ban")).toBeNull();
  });

  it("offers to try again when it is cut, and says who else changed something", async () => {
    const kernel = setUp();
    kernel.traits.line.value = { text: "Offline: 2 changes wait and will be sent.", title: "No server." };
    kernel.traits.news.value = "Changed by Noor: added rows, 10:32 UTC";
    await settle();
    expect(root.textContent).toContain("Offline: 2 changes wait and will be sent.");
    expect(root.textContent).toContain("Changed by Noor: added rows");
    get(root, "button", /^Retry/).click();
    await settle();
    expect(kernel.named("try_server")).toHaveLength(1);
  });

  it("shows what came too late, as text, and lets one choose", async () => {
    const kernel = setUp();
    const item: Aside = {
      number: 4,
      title: "Set aside: Upper bound of T: 100 to 90 (yours, 10:32 UTC).",
      text: "<img src=x onerror=alert(1)> changed a variable",
      panel: "",
      name: "",
      choices: [["theirs", "Keep theirs"], ["mine", "Use mine"], ["both", "Both"]],
    };
    kernel.traits.aside.value = [item];
    await settle();
    expect(root.querySelector("img")).toBeNull();
    expect(root.textContent).toContain(item.text);
    get(root, "button", "Both").click();
    await settle();
    expect(kernel.named("resolve").map((call) => call.args)).toEqual([{ number: 4, choice: "both" }]);
  });

  it("says why a choice cannot be made, and offers the choices on", async () => {
    const kernel = setUp({
      answers: {
        resolve: ({ choice }) => {
          if (choice === "mine") throw new Error("Row 17 was deleted.");
          throw new IntentError("Noor was quicker again.", null, null, null, 5);
        },
      },
    });
    const choices: [string, string][] = [["theirs", "Keep theirs"], ["mine", "Use mine"]];
    kernel.traits.aside.value = [{ number: 4, title: "Set aside: T.", text: "Noor", choices, panel: "", name: "" }];
    await settle();
    get(root, "button", "Use mine").click();
    await settle();
    expect(get(root, "alert").textContent).toContain("Row 17 was deleted.");
    // What comes back as another one says so itself.
    get(root, "button", "Keep theirs").click();
    await settle();
    expect(all(root, "alert")).toHaveLength(0);
  });

  it("breaks somebody else's lock in two steps, for a reason", async () => {
    const kernel = setUp();
    kernel.traits.line.value = { text: "Flow reactor 3 holds the lock of this session since 03:04 UTC.", locked: true };
    await settle();
    expect(all(root, "button").filter((button) => button.textContent === "Retry")).toHaveLength(0);
    get(root, "button", "Break the lock…").click();
    await settle();
    expect(document.activeElement).toBe(box(root, "Why the lock is broken"));
    press(box(root, "Why the lock is broken"), "Enter");
    await settle();
    expect(kernel.named("break_lock")).toHaveLength(0);
    type(box(root, "Why the lock is broken"), " The pump leaks ");
    await settle();
    get(root, "button", "Break it").click();
    await settle();
    expect(kernel.named("break_lock").map((call) => call.args)).toEqual([{ reason: "The pump leaks" }]);
    expect(get(root, "button", "Break the lock…")).toBeTruthy();
  });

  it("leaves to a panel in view what belongs into it", async () => {
    const kernel = setUp();
    const item: Aside = { number: 4, title: "Set aside: T.", text: "Noor", choices: [["mine", "Use mine"]], panel: "data", name: "" };
    kernel.traits.aside.value = [item, { ...item, number: 5, title: "Set aside: U.", panel: "space" }];
    await settle();
    const shown = () => [...root.querySelectorAll(".asides b")].map((title) => title.textContent);
    expect(shown()).toEqual(["Set aside: U."]);
    get(root, "tab", /^Space/).click();
    await settle();
    expect(shown()).toEqual(["Set aside: T."]);
  });

  it("leaves all of it to the panels of a wide Studio, and takes it back when that becomes narrow", async () => {
    let measure = () => {};
    const observe = vi.fn();
    vi.stubGlobal("ResizeObserver", class {
      constructor(callback: () => void) {
        measure = callback;
      }
      observe = observe;
      disconnect() {}
    });
    let width = 1400;
    Object.defineProperty(studio, "clientWidth", { get: () => width });
    const kernel = setUp();
    kernel.traits.aside.value = [{ number: 5, title: "Set aside: U.", text: "Noor", choices: [], panel: "space", name: "" }];
    await settle();
    expect(observe).toHaveBeenCalledWith(studio);
    expect(root.querySelectorAll(".asides")).toHaveLength(0);
    width = 700;
    measure();
    await settle();
    expect(root.querySelectorAll(".asides")).toHaveLength(1);
  });

  it("offers nothing that needs a kernel without one", async () => {
    const kernel = setUp({ live: false });
    kernel.traits.line.value = { text: "Offline: all that you do is kept and will be sent.", title: "" };
    await settle();
    expect(all(root, "button").filter((button) => button.textContent?.startsWith("Retry"))).toHaveLength(0);
  });
});

describe("the name", () => {
  it("is a button that turns into a text box; Enter commits, Escape restores", async () => {
    const kernel = setUp();
    const name = () => get(root, "button", /^Session name/);
    expect(get(root, "region", "Studio: Reactor campaign 7")).toBeTruthy();
    press(name(), "F2");
    await settle();
    expect(document.activeElement).toBe(box(root, "Session name"));
    type(box(root, "Session name"), "Reactor 8");
    press(box(root, "Session name"), "Escape");
    await settle();
    expect(document.activeElement).toBe(name());
    expect(kernel.calls).toHaveLength(0);
    name().click();
    await settle();
    type(box(root, "Session name"), "Reactor 8");
    await settle();
    press(box(root, "Session name"), "Enter");
    await settle();
    expect(kernel.named("rename").map((call) => call.args)).toEqual([{ name: "Reactor 8" }]);
    expect(document.activeElement).toBe(name());
  });

  it("must not be empty", async () => {
    const kernel = setUp();
    get(root, "button", /^Session name/).click();
    await settle();
    type(box(root, "Session name"), "  ");
    await settle();
    press(box(root, "Session name"), "Enter");
    await settle();
    expect(get(root, "alert").textContent).toBe("A session needs a name.");
    expect(kernel.calls).toHaveLength(0);
  });
});

describe("undo and redo", () => {
  it("say what they would do, and are off but there when there is nothing", async () => {
    const { traits, named } = setUp();
    const undo = () => get<HTMLButtonElement>(root, "button", "Undo");
    const redo = () => get<HTMLButtonElement>(root, "button", "Redo");
    expect(undo().title).toBe("Undo: Temperature in row 27: 110 to 111");
    expect(redo().disabled).toBe(true);
    undo().click();
    traits.history.value = { undo: null, redo: "Row 1 added" };
    await settle();
    expect([undo().disabled, redo().disabled]).toEqual([true, false]);
    redo().click();
    await settle();
    expect([named("undo").length, named("redo").length]).toEqual([1, 1]);
  });
});

describe("the read-out", () => {
  it("reads as in the pictures", () => {
    setUp();
    const text = [...root.querySelectorAll("dl > div")].map((item) => (item.textContent ?? "").replace(/\s+/g, " ").trim());
    expect(text[1]).toBe("Results21 of 29 rows");
    expect(text[2]).toBe("Best so far82.0 % row 17, B");
    expect(text[3]).toBe("ModelExplains 90 % trust intervals");
    expect(get(root, "button", /^Objective: Maximise Yield, %/)).toBeTruthy();
  });

  it("edits the objective in place", async () => {
    const kernel = setUp();
    get(root, "button", /^Objective/).click();
    await settle();
    expect(document.activeElement).toBe(box(root, "Objective"));
    type(box(root, "Unit"), "g");
    await settle();
    press(box(root, "Unit"), "Enter");
    await settle();
    choose(get<HTMLSelectElement>(root, "combobox", "Direction"), "minimize");
    await settle();
    expect(kernel.named("set_objective")[0]!.args).toEqual({ old: "Yield", name: "Yield", goal: "maximize", unit: "g" });
    expect(kernel.named("set_objective").at(-1)!.args).toMatchObject({ goal: "minimize" });
    press(box(root, "Objective"), "Escape");
    await settle();
    expect(document.activeElement).toBe(get(root, "button", /^Objective/));
  });

  it("keeps a name that is refused, with the sentence", async () => {
    setUp({ answers: { set_objective: () => { throw new Error("Flow is a variable already. Use another name for the objective."); } } });
    get(root, "button", /^Objective/).click();
    await settle();
    type(box(root, "Objective"), "Flow");
    await settle();
    press(box(root, "Objective"), "Enter");
    await settle();
    expect(get(root, "alert").textContent).toContain("Flow is a variable already.");
    expect(box(root, "Objective").value).toBe("Flow");
    expect(box(root, "Objective").getAttribute("aria-invalid")).toBe("true");
  });

  it("gives way to who was quicker, with what came while the answer was on its way", async () => {
    const kernel = setUp({
      answers: {
        set_objective: async () => {
          kernel.traits.objectives.value = [{ ...yieldView, name: "Output" }];
          await settle(20);
          throw new IntentError("Noor changed the objective.", null, null, null, 3);
        },
      },
    });
    get(root, "button", /^Objective/).click();
    await settle();
    type(box(root, "Objective"), "Purity");
    await settle();
    press(box(root, "Objective"), "Enter");
    await settle(60);
    expect(box(root, "Objective").value).toBe("Output");
    // Leaving the box takes nothing back.
    box(root, "Unit").focus();
    await settle();
    expect(kernel.named("set_objective")).toHaveLength(1);
  });

  it("shows the task with percent, seconds and Cancel", async () => {
    const { traits, named } = setUp();
    traits.task.value = { id: "t", label: "Improving the fit", stage: "", fraction: 0.62, elapsed_s: 6.2, state: "running" };
    await settle();
    expect(get(root, "progressbar", "Improving the fit").getAttribute("aria-valuenow")).toBe("62");
    expect(root.textContent).toContain("62 %6 s");
    get(root, "button", "Cancel").click();
    traits.task.value = { ...traits.task.peek(), state: "cancelling" };
    await settle();
    expect(named("cancel")).toHaveLength(1);
    expect(get<HTMLButtonElement>(root, "button", "Cancel").disabled).toBe(true);
    expect(root.textContent).toContain("Cancelling");
    traits.task.value = {};
    await settle();
    expect(all(root, "progressbar")).toHaveLength(0);
  });
});

describe("the tabs", () => {
  it("are those of the view's own Studio", async () => {
    setUp();
    await settle();
    expect(studio.getAttribute("data-tab")).toBe("data");
    const tabs = all(root, "tab");
    expect(tabs.map((tab) => tab.textContent)).toEqual(["Experiments29", "Suggest3", "Space5", "Model"]);
    expect(tabs.map((tab) => tab.tabIndex)).toEqual([0, -1, -1, -1]);
    tabs[0]!.focus();
    press(tabs[0]!, "ArrowRight");
    await settle();
    expect(studio.getAttribute("data-tab")).toBe("suggest");
    expect(document.activeElement).toBe(all(root, "tab")[1]);
    press(all(root, "tab")[1]!, "End");
    await settle();
    expect(studio.getAttribute("data-tab")).toBe("model");
    press(all(root, "tab")[3]!, "ArrowRight");
    await settle();
    expect(studio.getAttribute("data-tab")).toBe("data");
  });

  it("label the panels, and leave nothing behind", async () => {
    setUp();
    await settle();
    const panel = studio.querySelector(".ow-panel-space")!;
    expect(panel.getAttribute("role")).toBe("tabpanel");
    expect(panel.getAttribute("aria-labelledby")).toBe(all(root, "tab")[2]!.id);
    render(null, root);
    await settle();
    expect(panel.getAttribute("role")).toBeNull();
  });

  it("turn to the experiments when a suggestion is to be edited there", async () => {
    setUp();
    await settle();
    all(root, "tab")[1]!.click();
    await settle();
    root.dispatchEvent(new CustomEvent("ow-edit-row", { bubbles: true, detail: { row: 27 } }));
    await settle();
    expect(studio.getAttribute("data-tab")).toBe("data");
  });
});

describe("the More menu", () => {
  const open = async () => {
    get(root, "button", "More").click();
    await settle();
  };

  it("opens on its first entry, moves with arrows, closes with Escape", async () => {
    setUp();
    await open();
    const items = all(root, "menuitem");
    expect(items.map((item) => item.textContent)).toEqual(["Save as JSON…", "Export table (CSV)", "History", "Keyboard"]);
    expect(document.activeElement).toBe(items[0]);
    press(items[0]!, "ArrowDown");
    expect(document.activeElement).toBe(items[1]);
    press(items[1]!, "Escape");
    await settle();
    expect(all(root, "menuitem")).toHaveLength(0);
    expect(document.activeElement).toBe(get(root, "button", "More"));
  });

  it("shows the history in place, newest first", async () => {
    setUp({
      answers: {
        history: () => ({
          entries: [
            { revision: 2, at: "2026-01-01T00:00:00+00:00", actor: "maya", words: "Row 1 added", step: "undo" },
            { revision: 1, at: "2026-01-01T00:00:00+00:00", actor: "maya", words: "Row 1 added", step: "do" },
          ],
        }),
      },
    });
    await open();
    get(root, "menuitem", "History").click();
    await settle();
    const lines = [...root.querySelectorAll(".hist li")].map((line) => line.textContent);
    expect(lines).toEqual(["2Undone: Row 1 addedmaya2026-01-01", "1Row 1 addedmaya2026-01-01"]);
    get(root, "button", "Close").click();
    await settle();
    expect(root.querySelector(".hist")).toBeNull();
  });

  it("shows the keys in place", async () => {
    setUp();
    await open();
    get(root, "menuitem", "Keyboard").click();
    await settle();
    expect(root.querySelector("table.keys")!.textContent).toContain("Ctrl+Enter");
    press(get(root, "group", "Keyboard"), "Escape");
    await settle();
    expect(root.querySelector("table.keys")).toBeNull();
  });

  it("hands a file to the browser", async () => {
    const clicked: string[] = [];
    const click = vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      clicked.push(this.download);
    });
    setUp({ answers: { export_csv: () => ({ name: "reactor.csv", text: "a,b\n1,2\n", type: "text/csv" }) } });
    await open();
    get(root, "menuitem", "Export table (CSV)").click();
    await settle();
    expect(clicked).toEqual(["reactor.csv"]);
    click.mockRestore();
  });

  it("shows a refusal", async () => {
    setUp({ answers: { save_json: () => { throw new Error("The disk is full."); } } });
    await open();
    get(root, "menuitem", "Save as JSON…").click();
    await settle();
    expect(root.textContent).toContain("The disk is full.");
  });
});

describe("times", () => {
  it("are told as people tell them", () => {
    const now = Date.parse("2026-01-02T00:00:00Z");
    expect(ago("2026-01-01T23:59:40Z", now)).toBe("20 s ago");
    expect(ago("2026-01-01T23:30:00Z", now)).toBe("30 min ago");
    expect(ago("2026-01-01T20:00:00Z", now)).toBe("4 h ago");
    expect(ago("2025-12-24T00:00:00Z", now)).toBe("2025-12-24");
    expect(ago("nonsense", now)).toBe("");
  });
});

describe("without a kernel", () => {
  it("is read only and says so", () => {
    setUp({ live: false });
    expect(root.textContent).toContain("Kernel not running. Values are as saved.");
    expect(get<HTMLButtonElement>(root, "button", "Undo").disabled).toBe(true);
    expect(all(root, "button", "More")).toHaveLength(0);
  });
});
