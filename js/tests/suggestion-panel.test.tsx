import { signal } from "@preact/signals";
import { render } from "preact";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { Aside, Task } from "../src/lib/traits";
import { commonAxis, niceStep, percentAt } from "../src/widgets/suggestion-panel/axis";
import { SuggestPanel } from "../src/widgets/suggestion-panel/panel";
import type { Card, Earlier, GoalView, Notice, Objective, ObservedView, Options, Round, StrategyView } from "../src/widgets/suggestion-panel/types";
import { balanceWords, distanceWords, roundWords, seconds, shortNames, staleWords } from "../src/widgets/suggestion-panel/words";
import { all, box, choose, fakeAsk, get, press, settle, type } from "./panel-helpers";

const card = (row: number, more: Partial<Card> = {}): Card => ({
  row,
  mean: 82,
  sd: 0.56,
  fallback: false,
  strategy: "EI",
  explore: 0.18,
  gain: "expected gain 0.19 %",
  nearest: 22,
  distance: 0.01,
  settings: [
    { name: "Temperature", unit: "°C", text: "111.0", value: 111 },
    { name: "Catalyst", unit: "", text: "B", value: "B" },
  ],
  ...more,
});

const idle: Task = {};
const running: Task = { id: "t1", label: "Suggesting 3 points", stage: "Searching the best points", fraction: null, elapsed_s: 2.4, state: "running" };

let root: HTMLElement;

function setUp(cards: Card[] = [], more: { live?: boolean; answers?: Record<string, (args: Record<string, unknown>) => unknown>; reason?: string } = {}) {
  const traits = {
    options: signal<Options>({ strategy: "EI", goal: "maximize", objective: "Yield", batch_size: 3, balance: 0.38, locks: [] }),
    strategies: signal<StrategyView[]>([
      { name: "EI", label: "Expected improvement", balance: true },
      { name: "TS", label: "Thompson sampling", balance: false },
    ]),
    goals: signal<GoalView[]>([
      { objective: "Yield", goal: "maximize" as const, label: "Maximise Yield" },
      { objective: "Yield", goal: "minimize" as const, label: "Minimise Yield" },
    ]),
    cards: signal(cards),
    earlier: signal<Earlier[]>([]),
    round: signal<Round | null>(null),
    objective: signal<Objective>({ name: "Yield", unit: "%", best: 82, noise: 0.9 }),
    observed: signal<ObservedView[]>([]),
    several: signal<Objective[]>([]),
    reference: signal(""),
    ready: signal({ variables: 2, reason: more.reason ?? "" }),
    notice: signal<Notice | null>(null),
    message: signal(""),
    task: signal(idle),
    aside: signal<Aside[]>([]),
    spotlight: signal(0),
  };
  const kernel = fakeAsk({
    accept: ({ row }) => {
      traits.cards.value = traits.cards.peek().filter((item) => item.row !== row);
    },
    dismiss: ({ row }) => {
      traits.cards.value = traits.cards.peek().filter((item) => item.row !== row);
    },
    ...more.answers,
  });
  render(<SuggestPanel traits={traits} ask={kernel.ask} live={more.live ?? true} />, root);
  return { traits, ...kernel };
}

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
});
afterEach(() => {
  render(null, root);
  root.remove();
  vi.useRealTimers();
});

describe("the words", () => {
  it("are those of the specification", () => {
    expect(roundWords({ count: 3, results: 21, seconds: 1.8, newer: 0 })).toBe("3 suggestions from 21 results, 1.8 s");
    expect(roundWords({ count: 1, results: 1, seconds: null, newer: 0 })).toBe("1 suggestion from 1 result");
    expect(staleWords(2)).toBe("Made before 2 newer results.");
    expect(distanceWords(0.38)).toBe("0.38 away");
    expect(distanceWords(0.049)).toBe("almost a repeat");
    expect(balanceWords(0.38)).toBe("38 % exploit");
    const named = ["Temperature", "Pressure", "Flow", "Stir speed", "Concentration A", "Concentration B"];
    expect(shortNames(named.map((name) => ({ name, unit: "g" })))).toEqual([
      "Temp.", "Press.", "Flow", "Stir", "Concentration A", "Concentration B",
    ]);
    const wide = [{ name: "Temperature", unit: "°C" }, { name: "Pressure", unit: "bar" }, { name: "Flow", unit: "" }];
    expect(shortNames(wide)).toEqual(["Temperature", "Pressure", "Flow"]);
    expect(shortNames([...wide, { name: "Catalyst", unit: "" }])).toEqual(["Temp.", "Press.", "Flow", "Catalyst"]);
    expect([seconds(1.84), seconds(12.3), seconds(845)]).toEqual(["1.8 s", "12 s", "14 min 05 s"]);
  });
});

describe("the common scale", () => {
  it("is rounded outward to nice steps over all cards and the best", () => {
    const axis = commonAxis([{ low: 80.9, high: 83.1 }, { low: 71.8, high: 85.4 }, { low: 70.2, high: 85.1 }], [82])!;
    expect(axis.ticks).toEqual([70, 75, 80, 85, 90]);
    expect(percentAt(axis, 80)).toBe(50);
    expect(percentAt(axis, 1000)).toBe(100);
  });
  it("knows no numbers like 0.30000000000000004", () => {
    expect(commonAxis([{ low: 0.1, high: 0.38 }])!.ticks).toEqual([0.1, 0.2, 0.3, 0.4]);
  });
  it("survives one point, and nothing", () => {
    expect(commonAxis([{ low: 5, high: 5 }])!.high).toBeGreaterThan(5);
    expect(commonAxis([])).toBeNull();
    expect(commonAxis([{ low: Number.NaN, high: Number.POSITIVE_INFINITY }])).toBeNull();
    expect(niceStep(0, 4)).toBe(1);
  });
});

describe("the options", () => {
  it("have the names that stay", () => {
    setUp();
    expect(get<HTMLSelectElement>(root, "combobox", "Strategy").value).toBe("EI");
    expect(get<HTMLSelectElement>(root, "combobox", "Goal").selectedOptions[0]!.textContent).toBe("Maximise Yield");
    const size = get<HTMLInputElement>(root, "spinbutton", "Batch size");
    expect([size.min, size.max, size.value]).toEqual(["1", "24", "3"]);
    expect(get(root, "slider", "Balance").getAttribute("aria-valuetext")).toBe("38 % exploit");
    expect(get(root, "button", "Suggest")).toBeTruthy();
    expect(root.textContent).toContain("No suggestions yet. Set a goal and press Suggest.");
  });

  it("are labelled once each, when a session is shown twice in a page", () => {
    setUp();
    const first = root;
    root = document.createElement("div");
    document.body.append(root);
    setUp();
    const labels = [...document.querySelectorAll("label[for]")].map((label) => (label as HTMLLabelElement).htmlFor);
    expect(labels.length).toBeGreaterThan(4);
    expect(new Set(labels).size).toBe(labels.length);
    expect(new Set([...document.querySelectorAll("[id]")].map((one) => one.id)).size).toBe(document.querySelectorAll("[id]").length);
    render(null, first);
    first.remove();
  });

  it("go to the session, and show at once", async () => {
    const kernel = setUp();
    choose(get<HTMLSelectElement>(root, "combobox", "Goal"), "1");
    await Promise.resolve();
    expect(kernel.named("set_options")[0]!.args).toEqual({ objective: "Yield", goal: "minimize" });
    await settle();
  });

  it("commit the slider when it comes to rest, once", async () => {
    vi.useFakeTimers();
    const kernel = setUp();
    const slider = get<HTMLInputElement>(root, "slider", "Balance");
    for (const value of ["40", "45", "50"]) {
      slider.value = value;
      slider.dispatchEvent(new Event("input", { bubbles: true }));
    }
    await vi.advanceTimersByTimeAsync(500);
    expect(kernel.calls).toHaveLength(0);
    expect(slider.getAttribute("aria-valuetext")).toBe("50 % exploit");
    slider.dispatchEvent(new Event("change", { bubbles: true }));
    await vi.advanceTimersByTimeAsync(500);
    expect(kernel.named("set_options").map((call) => call.args)).toEqual([{ balance: 0.5 }]);
  });

  it("turn the slider off for a strategy that has no balance", async () => {
    const { traits } = setUp();
    traits.options.value = { ...traits.options.peek(), strategy: "TS" };
    await settle();
    expect(get<HTMLInputElement>(root, "slider", "Balance").disabled).toBe(true);
    expect(root.textContent).toContain("Thompson sampling sets its own balance.");
  });

  it("refuse a batch size at its field and keep what was typed", async () => {
    const kernel = setUp();
    const size = get<HTMLInputElement>(root, "spinbutton", "Batch size");
    type(size, "25");
    press(size, "Enter");
    await settle();
    expect(get(root, "alert").textContent).toBe("Use a whole number from 1 to 24.");
    expect(get<HTMLInputElement>(root, "spinbutton").value).toBe("25");
    type(size, "24");
    press(size, "Enter");
    await settle();
    expect(kernel.named("set_options").map((call) => call.args)).toEqual([{ batch_size: 24 }]);
    expect(all(root, "alert")).toHaveLength(0);
  });
});

describe("suggesting", () => {
  it("starts by the button and by Ctrl+Enter anywhere in the panel", async () => {
    const kernel = setUp();
    get(root, "button", "Suggest").click();
    press(get(root, "combobox", "Strategy"), "Enter", { ctrlKey: true });
    await settle();
    expect(kernel.named("suggest")).toHaveLength(2);
  });

  it("takes the number that was just typed before it starts", async () => {
    const kernel = setUp();
    const size = get<HTMLInputElement>(root, "spinbutton", "Batch size");
    type(size, "5");
    press(size, "Enter", { ctrlKey: true });
    await settle();
    expect(kernel.calls.map((call) => call.name)).toEqual(["set_options", "suggest"]);
  });

  it("shows bar, seconds and Cancel while the engine works", async () => {
    const { traits, named } = setUp();
    traits.task.value = running;
    await settle();
    expect(get<HTMLButtonElement>(root, "button", "Suggest").disabled).toBe(true);
    expect(get(root, "progressbar", "Searching the best points").getAttribute("aria-valuenow")).toBeNull();
    expect(root.textContent).toContain("2 s");
    get(root, "button", "Cancel").click();
    await settle();
    expect(named("cancel")).toHaveLength(1);
    traits.task.value = idle;
    traits.round.value = { count: 3, results: 21, seconds: 1.8, newer: 0 };
    await settle();
    expect(root.textContent).toContain("3 suggestions from 21 results, 1.8 s");
  });

  it("shows nothing of work that takes less than 300 ms, but Cancel at once", async () => {
    const { traits } = setUp();
    traits.task.value = { ...running, elapsed_s: 0.05 };
    await settle();
    expect(all(root, "progressbar")).toHaveLength(0);
    expect(get(root, "button", "Cancel")).toBeTruthy();
  });

  it("says why it cannot start", () => {
    setUp([], { reason: "Suggest needs at least one variable." });
    expect(get<HTMLButtonElement>(root, "button", "Suggest").disabled).toBe(true);
    expect(root.textContent).toContain("Suggest needs at least one variable.");
  });

  it("shows the fallback with Retry, and refusals", async () => {
    const { traits, named } = setUp([card(30, { fallback: true, mean: null, sd: null, explore: null, gain: "", nearest: null })]);
    traits.notice.value = { kind: "fallback", title: "No model within 60 s.", text: "These points cover the space evenly instead.", details: "" };
    await settle();
    expect(root.textContent).toContain("No model within 60 s. These points cover the space evenly instead.");
    expect(root.textContent).toContain("space-filling");
    expect(root.textContent).toContain("no prediction");
    get(root, "button", "Retry").click();
    await settle();
    expect(named("suggest")).toHaveLength(1);
  });

  it("tells stale suggestions and refreshes them", async () => {
    const { traits, named } = setUp([card(27)]);
    traits.round.value = { count: 1, results: 21, seconds: 1, newer: 2 };
    await settle();
    expect(root.textContent).toContain("Made before 2 newer results.");
    get(root, "button", "Refresh").click();
    await settle();
    expect(named("refresh")).toHaveLength(1);
  });
});

describe("a card", () => {
  it("shows prediction, settings, reasons", () => {
    setUp([card(27)]);
    const article = get(root, "article", "Suggestion, row 27");
    expect(article.textContent).toContain("82.0 ± 1.1 %");
    expect(article.textContent).toContain("18 % explore");
    expect(article.textContent).toContain("expected gain 0.19 %");
    expect(article.textContent).toContain("nearest row 22, almost a repeat");
    expect(get(article, "img").getAttribute("aria-label")).toBe(
      "predicted 82.0, 95 % interval 80.9 to 83.1; best so far 82.0",
    );
    expect(get(article, "meter").getAttribute("aria-valuenow")).toBe("18");
  });

  it("answers to Up, Down, a, e and Delete; a card that leaves hands the focus on", async () => {
    const kernel = setUp([card(27), card(28), card(29)]);
    const at = (row: number) => get(root, "article", `Suggestion, row ${row}`);
    at(27).focus();
    press(at(27), "ArrowDown");
    await settle();
    expect(document.activeElement).toBe(at(28));
    press(at(28), "a");
    await settle();
    expect(kernel.named("accept")[0]!.args).toEqual({ row: 28 });
    expect(document.activeElement).toBe(at(29));
    press(at(29), "Delete");
    await settle();
    expect(kernel.named("dismiss")[0]!.args).toEqual({ row: 29 });
    expect(document.activeElement).toBe(at(27));
    expect(get(root, "status").textContent).toContain("Row 29 dismissed. Undo brings it back.");
    press(at(27), "a");
    await settle();
    expect(document.activeElement).toBe(get(root, "button", "Suggest"));
  });

  it("leaves keys with modifiers, and keys inside its boxes, alone", async () => {
    const kernel = setUp([card(27)]);
    const article = get(root, "article");
    press(article, "a", { ctrlKey: true });
    press(get(article, "button", "Accept"), "a");
    await settle();
    expect(kernel.calls).toHaveLength(0);
  });

  it("holds a setting for the next round", async () => {
    const { traits, named } = setUp([card(27)]);
    const lock = () => get(root, "button", "Lock Catalyst");
    expect(lock().getAttribute("aria-pressed")).toBe("false");
    lock().click();
    await settle();
    expect(named("lock")[0]!.args).toEqual({ name: "Catalyst", row: 27 });
    traits.options.value = { ...traits.options.peek(), locks: [{ name: "Catalyst", text: "B" }] };
    await settle();
    expect(lock().getAttribute("aria-pressed")).toBe("true");
    get(root, "button", "Catalyst locked to B").click();
    await settle();
    expect(named("unlock")[0]!.args).toEqual({ name: "Catalyst" });
  });

  it("hands editing to the grid of its own Studio", async () => {
    const studio = document.createElement("div");
    studio.className = "ow-studio";
    studio.innerHTML = '<div class="ow-panel-data"></div>';
    document.body.append(studio);
    studio.append(root);
    setUp([card(27)]);
    const rows: number[] = [];
    studio.addEventListener("ow-edit-row", (event) => rows.push((event as CustomEvent<{ row: number }>).detail.row));
    press(get(root, "article"), "e");
    await settle();
    expect(rows).toEqual([27]);
    expect(all(root, "group")).toHaveLength(0);
    studio.remove();
  });

  it("offers boxes when it stands alone; a bad value stays with its sentence", async () => {
    const kernel = setUp([card(27)], {
      answers: {
        edit_suggestion: ({ text }) => {
          if (text === "1o5") throw new Error('Temperature "1o5" is not a number.');
        },
      },
    });
    get(root, "button", "Edit").click();
    await settle();
    const field = get<HTMLInputElement>(root, "textbox", "Temperature, °C");
    expect(document.activeElement).toBe(field);
    type(field, "1o5");
    press(field, "Enter");
    await settle();
    expect(get(root, "alert").textContent).toBe('Temperature "1o5" is not a number. Press Escape to get 111.0 back.');
    expect(field.value).toBe("1o5");
    press(field, "Escape");
    await settle();
    expect(field.value).toBe("111");
    expect(kernel.named("edit_suggestion")).toHaveLength(1);
  });

  it("lights its row on hover, and is lit by it", async () => {
    const { traits, named } = setUp([card(27)]);
    get(root, "article").dispatchEvent(new MouseEvent("mouseenter"));
    await settle();
    expect(named("spotlight")[0]!.args).toEqual({ row: 27 });
    traits.spotlight.value = 27;
    await settle();
    expect(get(root, "article").classList.contains("is-link")).toBe(true);
  });
});

describe("how earlier suggestions did", () => {
  it("is left out while there are none", () => {
    setUp([card(27)]);
    expect(root.textContent).not.toContain("How earlier");
  });
  it("shows predicted and measured", async () => {
    const { traits } = setUp();
    traits.earlier.value = [{ row: 24, mean: 27.7, sd: 8.5, measured: 23, excluded: false }];
    await settle();
    expect(root.textContent).toContain("How earlier suggestions did");
    expect(get(root, "img").getAttribute("aria-label")).toBe("predicted 27.7, 95 % interval 11.0 to 44.4, measured 23.0");
  });
});

describe("without a kernel", () => {
  it("shows the cards, read only", async () => {
    const kernel = setUp([card(27)], { live: false });
    expect(root.textContent).toContain("Kernel not running. Values are as saved.");
    expect(all(root, "button", "Accept")).toHaveLength(0);
    expect(get<HTMLButtonElement>(root, "button", "Suggest").disabled).toBe(true);
    press(get(root, "article"), "a");
    press(root.firstElementChild!, "Enter", { ctrlKey: true });
    await settle();
    expect(kernel.calls).toHaveLength(0);
  });
});

describe("goals with numbers", () => {
  const goals: GoalView[] = [
    { objective: "Yield", goal: "maximize", label: "Maximise Yield", needs: "", of: "Yield" },
    { objective: "Yield", goal: "target", label: "Bring Yield to a target", needs: "target", of: "Yield" },
    { objective: "Yield", goal: "band", label: "Keep Yield in a band", needs: "band", of: "Yield" },
  ];

  it("change nothing before they are typed, and say at their box what is wrong", async () => {
    const { traits, calls } = setUp([], {
      answers: {
        set_aim: ({ low, high }) => {
          if (Number(low) >= Number(high)) throw Object.assign(new Error("The band must rise."), { field: "high" });
        },
      },
    });
    traits.goals.value = goals;
    await settle();
    choose(get<HTMLSelectElement>(root, "combobox", "Goal"), "2");
    await settle();
    expect(calls).toEqual([]);
    const [from, to] = [box(root, "From %"), box(root, "To %")];
    type(from, "80");
    from.blur();
    await settle();
    expect(calls).toEqual([]);
    type(to, "70");
    press(to, "Enter");
    await settle();
    expect(calls.at(-1)).toEqual({ name: "set_aim", args: { objective: "Yield", goal: "band", low: "80", high: "70" } });
    expect(to.getAttribute("aria-invalid")).toBe("true");
    expect(root.querySelector(`#${to.getAttribute("aria-describedby")}`)?.textContent).toBe("The band must rise.");
    type(to, "90");
    await settle();
    expect(to.getAttribute("aria-invalid")).toBeNull();
    press(to, "Enter");
    await settle();
    expect(calls.at(-1)?.args).toEqual({ objective: "Yield", goal: "band", low: "80", high: "90" });
  });

  it("show those there are, and send a new one", async () => {
    const { traits, calls } = setUp();
    traits.goals.value = goals;
    traits.options.value = { ...traits.options.value, goal: "target" };
    traits.objective.value = { ...traits.objective.value, target: 82 };
    await settle();
    expect(box(root, "Target %").value).toBe("82");
    type(box(root, "Target %"), "85");
    press(box(root, "Target %"), "Enter");
    await settle();
    expect(calls).toEqual([{ name: "set_aim", args: { objective: "Yield", goal: "target", target: "85" } }]);
  });
});

describe("all objectives at once", () => {
  it("lists what is predicted for each, and above what is counted", async () => {
    const { traits, calls } = setUp([
      card(7, {
        predicted: [
          { objective: "Yield", mean: 82, sd: 0.5 },
          { objective: "Cost", mean: 3.2, sd: 0.1 },
        ],
        gain: "expected hypervolume gain 12, 3 % more",
      }),
    ]);
    traits.goals.value = [
      { objective: "", goal: "pareto", label: "All 2 objectives (Pareto)", needs: "", of: "" },
      { objective: "Yield", goal: "maximize", label: "Maximise Yield", needs: "", of: "Yield" },
      { objective: "Cost", goal: "minimize", label: "Minimise Cost", needs: "", of: "Cost" },
    ];
    traits.options.value = { ...traits.options.value, objective: "", goal: "pareto", strategy: "qLogNEHVI" };
    traits.several.value = [
      { name: "Yield", label: "Yield", unit: "%", best: 82, noise: null, words: "Maximise Yield" },
      { name: "Cost", label: "Cost", unit: "EUR", best: 3, noise: null, words: "Minimise Cost" },
    ];
    traits.reference.value = "Counted: Yield above 40 %, Cost below 9 EUR.";
    await settle();
    const lines = [...get(root, "article", /row 7/).querySelectorAll(".oc li")].map((line) => line.textContent);
    expect(lines).toHaveLength(2);
    expect(lines[1]).toMatch(/^Cost3.20 ± 0.20 EUR$/);
    expect(root.querySelectorAll(".oc [role=img]")).toHaveLength(2);
    expect(root.querySelector(".pred")).toBeNull();
    const goal = get<HTMLSelectElement>(root, "combobox", "Goal");
    expect(goal.selectedOptions[0]?.textContent).toBe("All 2 objectives (Pareto)");
    expect([...goal.querySelectorAll("optgroup")].map((group) => group.label)).toEqual(["Yield", "Cost"]);
    expect(root.querySelector(`#${goal.getAttribute("aria-describedby")}`)?.textContent).toBe(
      "Maximise Yield, Minimise Cost. Counted: Yield above 40 %, Cost below 9 EUR.",
    );
    choose(goal, "2");
    await settle();
    expect(calls).toEqual([{ name: "set_options", args: { objective: "Cost", goal: "minimize" } }]);
  });
});

describe("weights", () => {
  const objectives: Objective[] = [
    { name: "Yield", unit: "%", best: 82, noise: null },
    { name: "Cost", unit: "EUR", best: 3, noise: null },
  ];

  it("are asked for where the strategy takes them", async () => {
    const { traits, named } = setUp();
    traits.several.value = objectives;
    await settle();
    expect(all(root, "group", "Weights")).toHaveLength(0);
    traits.strategies.value = [{ name: "EI", label: "Compromises", balance: false, weights: true }];
    await settle();
    expect(box(root, "Weight of Cost").placeholder).toBe("varied");
    type(box(root, "Weight of Yield"), "2");
    press(box(root, "Weight of Yield"), "Enter");
    await settle();
    expect(named("weigh").map((call) => call.args)).toEqual([{ objective: "Yield", text: "2" }]);
    traits.options.value = { ...traits.options.peek(), weights: { Yield: 2 } };
    await settle();
    expect(box(root, "Weight of Yield").value).toBe("2");
    expect(box(root, "Weight of Cost").placeholder).toBe("1");
  });
});

describe("observed variables", () => {
  const humidity: ObservedView = { name: "humidity", unit: "%", text: "", last: "70.0" };
  const now = () => root.querySelector<HTMLInputElement>("input[placeholder]")!;

  it("offer what was measured last, and send what is typed", async () => {
    const { traits, named } = setUp([card(1)]);
    expect(now()).toBeNull();
    traits.observed.value = [humidity];
    await settle();
    expect(now().placeholder).toBe("70.0, as measured last");
    type(now(), "55");
    press(now(), "Enter");
    await settle();
    expect(named("observe").map((call) => call.args)).toEqual([{ name: "humidity", text: "55" }]);
    traits.observed.value = [{ ...humidity, text: "55.0" }];
    await settle();
    expect(now().value).toBe("55.0");
  });

  it("keep what was refused, with its sentence", async () => {
    const { traits } = setUp([card(1)], {
      answers: {
        observe: () => {
          throw new Error('humidity "wet" is not a number.');
        },
      },
    });
    traits.observed.value = [humidity];
    await settle();
    type(now(), "wet");
    press(now(), "Enter");
    await settle();
    expect(now().value).toBe("wet");
    expect(root.querySelector('[role="alert"]')!.textContent).toBe('humidity "wet" is not a number.');
  });
});
