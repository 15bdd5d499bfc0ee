import { beforeEach, afterEach, describe, expect, it, vi } from "vitest";

const plotly = vi.hoisted(() => ({
  react: vi.fn(async (root: HTMLElement) => {
    if (!root.childElementCount) root.append(document.createElement("svg"));
    return Object.assign(root, { on: vi.fn() });
  }),
  purge: vi.fn(),
  toImage: vi.fn(async () => "data:image/png;base64,aGVsbG8="),
}));
vi.mock("plotly.js-cartesian-dist-min", () => ({ default: plotly }));

import widget from "../src/widgets/figure-view";
import { TestModel } from "../src/lib/test-model";
import { arrange, frame, NARROW } from "../src/widgets/figure-view/arrange";
import { placeOf, shareOf } from "../src/widgets/figure-view/cross";
import { blobOf } from "../src/widgets/figure-view/download";
import { mix, parseColor, ROLES, writeColor } from "../src/widgets/figure-view/palette";
import { themed } from "../src/widgets/figure-view/themed";
import type { FigureJson, FigureView, Layout } from "../src/widgets/figure-view/types";
import { all, choose, get, press, settle } from "./panel-helpers";

const meta = { title: "T", alt: "Yield falls.", note: "by row" };
const line: FigureJson = {
  data: [{ type: "scatter", name: "results", x: [1, 2], y: [3, 4], customdata: [7, 9], marker: { color: ROLES.ink } }],
  layout: { meta, paper_bgcolor: ROLES.paper, xaxis: { range: [0, 3], title: { text: ROLES.ink } } },
};
const map: FigureJson = {
  data: [{ type: "contour", x: [1], y: [1], z: { dtype: "f4", bdata: "AAAA", shape: "1, 1" }, colorscale: [[0, ROLES.paper], [1, ROLES["model-deep"]]] }],
  layout: {
    meta: { ...meta, alt: "A map.", map: true, axes: ["T", "F"], cross: [100, 1], log: [false, true] },
    xaxis: { range: [50, 150] },
    yaxis: { range: [-1, 1], type: "log" },
    shapes: [
      { x0: 100, x1: 100, y0: 0, y1: 1 },
      { x0: 0, x1: 1, y0: 1, y1: 1 },
    ],
  },
};
const view = (id: string, json: FigureJson | null, more: Partial<FigureView> = {}): FigureView => ({
  id, title: id, note: json?.layout.meta?.note ?? "", alt: json?.layout.meta?.alt ?? "", json, message: "", ...more,
});
const KINDS = [
  { id: "slices", title: "Slices", is_map: false, model: true },
  { id: "contour", title: "Contour", is_map: true, model: true },
  { id: "best_so_far", title: "Best so far", is_map: false, model: false },
];

let root: HTMLElement;
let stop: (() => void) | undefined;
let width = 700;

function show(state: Record<string, unknown> = {}) {
  const model = new TestModel({
    figures: [view("contour", map), view("best_so_far", line)],
    kinds: KINDS,
    variables: ["T", "F", "C"],
    axes: { x: "T", y: "F" },
    point: { mean: 81.8, sd: 0.8, row: 7, inputs: [{ name: "T", text: "100", unit: "°C" }, { name: "F", text: "1.0", unit: "" }, { name: "C", text: "B", unit: "" }] },
    objective: { name: "Yield", label: "Yield", unit: "%", noise: 0.9, best: 82 },
    head: "Gaussian process, 21 results, explains 90 %",
    empty: {},
    weak: {},
    spotlight: 0,
    revision: 3,
    ...state,
  });
  stop = widget.render({ model: model.asModel(), el: root });
  return model;
}
const drawn = () => plotly.react.mock.calls as unknown as [HTMLElement, FigureJson["data"], Layout][];
const asked = (model: TestModel, name: string) => model.sent.filter((sent) => sent.intent === name);

beforeEach(() => {
  root = document.createElement("div");
  document.body.append(root);
  width = 700;
  vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockImplementation(() => width);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(250);
  vi.stubGlobal("IntersectionObserver", undefined);
  plotly.react.mockClear();
  plotly.purge.mockClear();
});
afterEach(async () => {
  stop?.();
  stop = undefined;
  // Cleanup of effects follows when the page has a moment.
  await settle(40);
  root.remove();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
});

describe("the panel", () => {
  it("draws each figure once, with a name and a sentence", async () => {
    show();
    await settle(20);
    expect(drawn().length).toBe(2);
    const names = [...root.querySelectorAll("[role=img]")].map((image) => image.getAttribute("aria-label"));
    expect(names).toEqual(["A map.", "Yield falls."]);
    expect(get(root, "region", "Model").textContent).toContain("explains 90 %");
  });

  it("offers the figures by their groups, and gives a tall one its room", async () => {
    const tall = { ...line, layout: { ...line.layout, margin: { l: 58 }, meta: { ...meta, height: 430 } } };
    show({ figures: [view("contour", map), view("best_so_far", tall)], kinds: KINDS.map((kind) => ({ ...kind, group: kind.model ? "Model" : "Progress" })) });
    await settle(20);
    const groups = [...root.querySelectorAll("figure optgroup")].map((group) => group.getAttribute("label"));
    expect(groups).toEqual(["Model", "Progress", "Model", "Progress"]);
    expect(root.querySelectorAll<HTMLElement>(".pz")[1]!.style.minHeight).toBe("430px");
    expect(drawn().map(([, , layout]) => layout["margin"])).toContainEqual({ l: 58 });
  });

  it("keeps the place of figures that are not drawn yet, and says that they are being drawn", async () => {
    const model = show({ figures: [], slots: ["slices", "contour", "best_so_far"], point: {} });
    await settle(20);
    expect(root.querySelectorAll(".wait").length).toBe(3);
    expect(root.querySelectorAll("figure").length).toBe(2);
    expect(root.textContent).toContain("Drawing the figures.");
    model.fromKernel("figures", [view("slices", null, { message: "No." }), view("contour", map), view("best_so_far", line)]);
    await settle(20);
    expect(drawn().length).toBe(2);
    expect(root.querySelector(".sk")).toBe(null);
    expect(root.textContent).not.toContain("Drawing the figures.");
  });

  it("shows that the first model is on its way", async () => {
    show({ empty: { title: "Fitting the first model", text: "From 8 results.", have: 0, need: 0, busy: true }, figures: [], point: {} });
    await settle(20);
    expect(get(root, "progressbar", "Fitting the first model")).toBeTruthy();
  });

  it("draws again when the kernel has a new figure, and never writes a trait", async () => {
    const model = show();
    await settle(20);
    plotly.react.mockClear();
    model.fromKernel("figures", [view("contour", map), view("best_so_far", { ...line })]);
    await settle(20);
    expect(drawn().length).toBe(1);
    expect(model.saves).toBe(0);
  });

  it("takes everything down", async () => {
    const model = show();
    await settle(20);
    stop?.();
    stop = undefined;
    await settle(60);
    expect(plotly.purge).toHaveBeenCalledTimes(2);
    expect(model.listenerCount).toBe(0);
    expect(root.childElementCount).toBe(0);
    expect(asked(model, "watch").map((sent) => sent.args["visible"])).toEqual([true, false]);
  });

  it("reads the colours again when the theme changes", async () => {
    show();
    await settle(20);
    plotly.react.mockClear();
    document.body.setAttribute("data-jp-theme-light", "false");
    await settle(20);
    expect(drawn().length).toBe(2);
    document.body.removeAttribute("data-jp-theme-light");
  });

  it("does not draw where nothing can be seen", async () => {
    width = 0;
    show();
    await settle(20);
    expect(drawn().length).toBe(0);
  });

  it("counts down to the first model", async () => {
    show({ empty: { title: "4 more results until the first model", text: "Until then …", have: 6, need: 10 }, point: {}, figures: [view("contour", null), view("best_so_far", line)] });
    await settle(20);
    expect(root.querySelectorAll(".pips i.on").length).toBe(6);
    expect(root.querySelectorAll(".pips i").length).toBe(10);
    expect(root.textContent).toContain("6 of 10");
    expect(all(root, "button", "Try this point")).toEqual([]);
    expect(drawn().length).toBe(1);
  });

  it("says which rows disagree, and lights the first", async () => {
    const model = show({ weak: { text: "Intervals miss 5 of 12 held-out results.", rows: [7, 9] } });
    get(root, "button", "Show rows").click();
    await settle();
    expect(asked(model, "spotlight")[0]?.args).toEqual({ row: 7 });
  });

  it("shows the sentence of a figure that cannot be made", () => {
    show({ figures: [view("contour", null, { message: "A map needs two variables." })] });
    return settle(20).then(() => expect(root.textContent).toContain("A map needs two variables."));
  });

  it("offers a choice among several objectives only", async () => {
    show({});
    await settle(20);
    expect(root.querySelector("[aria-label=Objective]")).toBeNull();
    root.replaceChildren();
    const both = [{ name: "Yield", label: "Yield" }, { name: "Cost", label: "Price" }];
    const model = show({ objectives: both });
    await settle(20);
    const choice = get<HTMLSelectElement>(root, "combobox", "Objective");
    expect([...choice.options].map((option) => option.textContent)).toEqual(["Yield", "Price"]);
    choice.value = "Cost";
    choice.dispatchEvent(new Event("change", { bubbles: true }));
    expect(model.sent.at(-1)).toMatchObject({ intent: "choose_objective", args: { name: "Cost" } });
  });

  it("can be read without a kernel, and asks for nothing", async () => {
    root.classList.add("jupyter-widgets-disconnected");
    const model = show({});
    model.comm_live = false;
    model.kernelGone();
    await settle(20);
    expect(root.textContent).toContain("Kernel not running.");
    expect(get<HTMLButtonElement>(root, "button", "Best point").disabled).toBe(true);
  });
});

describe("choices", () => {
  it("of the figure in a place and of the axes go to the kernel", async () => {
    const model = show();
    await settle(20);
    choose(all<HTMLSelectElement>(root, "combobox", "Figure")[1]!, "contour");
    choose(get<HTMLSelectElement>(root, "combobox", "Vertical axis"), "C");
    await settle();
    expect(asked(model, "choose")[0]?.args).toEqual({ slot: 1, figure: "contour" });
    expect(asked(model, "choose_axis")[0]?.args).toEqual({ axis: "y", name: "C" });
  });

  it("try a point, and say which row it became or why not", async () => {
    const model = show();
    await settle(20);
    const button = () => all<HTMLButtonElement>(root, "button", "Try this point")[0]!;
    button().click();
    await settle();
    model.reply({ row: 30 }, asked(model, "try_point")[0]!.id);
    await settle();
    expect(get(root, "status").textContent).toBe("Row 30 is suggested.");
    button().click();
    await settle();
    model.refuse("Row 30 is this point already.", {}, asked(model, "try_point")[1]!.id);
    await settle();
    expect(get(root, "alert").textContent).toContain("Row 30 is this point already.");
  });
});

describe("the cross-hair", () => {
  const cross = () => get(root, "application");

  it("says where it is and what is predicted", async () => {
    show();
    await settle(20);
    expect(cross().getAttribute("aria-label")).toBe("Cross-hair at T 100 °C, F 1.0, predicted 81.8 ± 1.6 %. Arrow keys move it.");
  });

  it("moves with the arrows at once, along the logarithm where the axis has one", async () => {
    const model = show();
    await settle(20);
    plotly.react.mockClear();
    press(cross(), "ArrowRight");
    await settle(20);
    const [look] = asked(model, "look");
    expect(look?.args["names"]).toEqual(["T", "F"]);
    expect(look?.args["places"]).toEqual([expect.closeTo(102), expect.closeTo(1)]);
    expect(drawn().at(-1)?.[2].shapes?.[0]?.x0).toBeCloseTo(102);
    press(cross(), "ArrowUp", { shiftKey: true });
    await settle(20);
    const places = asked(model, "look")[1]?.args["places"] as number[];
    expect(places[1]).toBeCloseTo(10 ** 0.2);
  });

  it("goes back when the kernel refuses", async () => {
    const model = show();
    await settle(20);
    press(cross(), "ArrowRight");
    await settle(20);
    model.refuse("There is no model yet.", {}, asked(model, "look")[0]!.id);
    await settle(20);
    expect(drawn().at(-1)?.[2].shapes?.[0]?.x0).toBe(100);
  });

  it("turns places into shares and back", () => {
    expect(shareOf(100, map.layout, 0)).toBeCloseTo(0.5);
    expect(placeOf(shareOf(3.2, map.layout, 1), map.layout, 1)).toBeCloseTo(3.2);
  });
});

describe("colours", () => {
  const theme = { colors: new Map<string, string>([[ROLES.ink, "rgb(1,2,3)"], [ROLES.paper, "rgb(0,0,0)"], [ROLES["model-deep"], "rgb(100,200,50)"], [ROLES.accent, "rgb(9,9,9)"]]), font: "Serif" };
  const setting = { theme, width: 300, height: 200, spotlight: 0 };

  it("are those of the page, and names that read like a colour stay", () => {
    const made = themed(line, setting);
    expect((made.data[0]?.["marker"] as { color: string }).color).toBe("rgb(1,2,3)");
    expect(made.layout.xaxis?.title?.text).toBe(ROLES.ink);
    expect(made.layout["paper_bgcolor"]).toBe("rgba(0,0,0,0)");
    expect(themed(line, { ...setting, paper: true }).layout["paper_bgcolor"]).toBe("rgb(0,0,0)");
    expect((line.data[0]?.["marker"] as { color: string }).color).toBe(ROLES.ink);
  });

  it("of a coarse map are mixed between paper and the darkest", () => {
    const scale = Array.from({ length: 20 }, (_, i) => [i / 20, i < 18 ? "#abcdef" : ROLES["model-deep"]] as [number, string]);
    const made = themed({ data: [{ type: "heatmap", colorscale: scale }], layout: {} }, setting);
    const mixed = made.data[0]?.colorscale;
    expect(mixed?.[0]?.[1]).toBe("rgb(0,0,0)");
    expect(mixed?.[1]?.[1]).toBe("rgb(0,0,0)");
    expect(mixed?.[19]?.[1]).toBe("rgb(100,200,50)");
  });

  it("ring the lit row in each figure that has it", () => {
    const ring = themed(line, { ...setting, spotlight: 9 }).data.at(-1);
    expect([ring?.name, ring?.x, ring?.y]).toEqual(["lit", [2], [4]]);
    expect(themed(line, { ...setting, spotlight: 4 }).data.length).toBe(1);
  });

  it("are read in every way a browser writes them", () => {
    expect(parseColor("rgb(1, 2, 3)")).toEqual([1, 2, 3, 1]);
    expect(parseColor("rgba(1, 2, 3, 0.5)")).toEqual([1, 2, 3, 0.5]);
    expect(parseColor("color(srgb 1 0.5 0 / 0.2)")).toEqual([255, 127.5, 0, 0.2]);
    expect(parseColor("oklab(1 0 0)")).toBeNull();
    expect(writeColor([255, 127.5, 0, 0.2])).toBe("rgba(255,128,0,0.2)");
    expect(mix("#000000", "#ffffff", 0.5)).toBe("rgb(128,128,128)");
  });
});

describe("slices", () => {
  const layout: Layout = { meta: { ...meta, panels: 5 }, xaxis: { title: { text: "<b>1</b><br>T" } } };

  it("stand in one row where there is room, and one below the other where not", () => {
    expect(frame(5, 700).rows).toBe(1);
    expect(frame(8, 900)).toMatchObject({ columns: 6, rows: 2 });
    expect(frame(5, NARROW - 1)).toMatchObject({ columns: 1, rows: 5 });
  });

  it("keep clear of each other", () => {
    for (const width of [300, 700, 1200]) {
      const made = arrange(layout, width, 0) as Record<string, { domain: [number, number] }>;
      const boxes = ["", "2", "3", "4", "5"].map((n) => [...made[`xaxis${n}`]!.domain, ...made[`yaxis${n}`]!.domain] as number[]);
      boxes.forEach(([l1, r1, b1, t1], i) =>
        boxes.slice(i + 1).forEach(([l2, r2, b2, t2]) => {
          expect(r1! <= l2! || r2! <= l1! || t1! <= b2! || t2! <= b1!).toBe(true);
        }),
      );
    }
  });

  it("write value and name on one line where they are stacked", () => {
    const made = arrange(layout, 300, 0) as Record<string, { title: { text: string } }>;
    expect(made["xaxis"]!.title.text).toBe("<b>1</b>  T");
  });
});

describe("downloads", () => {
  it("are made in the page, or by the kernel for a page of its own", async () => {
    const saved: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      saved.push(this.download);
    });
    vi.stubGlobal("URL", Object.assign(class extends URL {}, { createObjectURL: () => "blob:x", revokeObjectURL: () => {} }));
    const model = show();
    await settle(20);
    get(root, "button", "Download best_so_far").click();
    await settle();
    get(root, "button", "PNG").click();
    await settle(20);
    get(root, "button", "Download best_so_far").click();
    await settle();
    get(root, "button", "HTML").click();
    await settle();
    model.reply({ name: "reactor.html", text: "<html>", type: "text/html" }, asked(model, "export_html")[0]!.id);
    await settle(20);
    expect(saved).toEqual(["best-so-far.png", "reactor.html"]);
  });

  it("decode what plotly gives", async () => {
    expect(await blobOf("data:image/png;base64,aGVsbG8=").text()).toBe("hello");
    const picture = blobOf("data:image/svg+xml,%3Csvg%20a=%221,2%22%3E");
    expect(picture.type).toBe("image/svg+xml");
    expect(await picture.text()).toBe('<svg a="1,2">');
  });
});
