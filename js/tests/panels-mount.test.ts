// What holds for every panel as a widget: it draws from traits, never writes them, and leaves nothing.

import type { AnyModel } from "@anywidget/types";
import { afterEach, describe, expect, it } from "vitest";
import { TestModel } from "../src/lib/test-model";
import spaceBuilder from "../src/widgets/space-builder";
import studioHeader from "../src/widgets/studio-header";
import suggestionPanel from "../src/widgets/suggestion-panel";
import { get, settle } from "./panel-helpers";

const widgets = [
  { name: "SpaceBuilder", widget: spaceBuilder, trait: "variables", region: "Space" },
  { name: "SuggestionPanel", widget: suggestionPanel, trait: "cards", region: "Suggest" },
  { name: "StudioHeader", widget: studioHeader, trait: "name", region: /^Studio/ },
];
const flow = { name: "Flow", kind: "real", min: "0.5", max: "20", unit: "", log: false, values: [], description: "" };
const changes: Record<string, unknown> = {
  variables: [{ form: flow, results: 0, rug: [], low: "0.5", high: "20" }],
  cards: [
    { row: 27, mean: null, sd: null, fallback: true, strategy: "", explore: null, gain: "", nearest: null, distance: null, settings: [] },
  ],
  name: "Reactor campaign 7",
};
const words: Record<string, string> = { variables: "Flow", cards: "row 27", name: "Reactor campaign 7" };

afterEach(() => document.body.replaceChildren());

describe.each(widgets)("$name", ({ widget, trait, region }) => {
  const show = (state: Record<string, unknown> = {}) => {
    const model = new TestModel(state);
    const el = document.createElement("div");
    document.body.append(el);
    return { model, el, stop: widget.render({ model: model.asModel(), el }) };
  };

  it("draws from an empty model, follows its traits and echoes nothing", async () => {
    const { model, el } = show();
    expect(get(el, "region", region)).toBeTruthy();
    model.fromKernel(trait, changes[trait]);
    await settle();
    expect(el.textContent).toContain(words[trait]);
    expect(model.saves).toBe(0);
    expect(model.sent).toEqual([]);
  });

  it("leaves no listener and an empty element", async () => {
    const { model, el, stop } = show({ [trait]: changes[trait] });
    await settle();
    expect(model.listenerCount).toBeGreaterThan(0);
    stop();
    await settle();
    expect(model.listenerCount).toBe(0);
    expect(el.childNodes).toHaveLength(0);
    model.fromKernel(trait, []);
  });

  it("says so when the kernel is gone", async () => {
    const { model, el } = show();
    model.kernelGone();
    await settle();
    expect(el.textContent).toContain("Kernel not running. Values are as");
  });

  it("sees it by the mark that JupyterLab puts on the view", async () => {
    const model = new TestModel({});
    // As anywidget hands it over: without a word about the comm.
    const shown = {
      get: model.get.bind(model),
      set: model.set.bind(model),
      on: model.on.bind(model),
      off: model.off.bind(model),
      send: model.send.bind(model),
      save_changes: model.save_changes.bind(model),
    } as unknown as AnyModel;
    const view = document.createElement("div");
    const el = document.createElement("div");
    view.append(el);
    document.body.append(view);
    const stop = widget.render({ model: shown, el });
    expect(el.textContent).not.toContain("Kernel not running.");
    model.kernelGone();
    view.className = "jupyter-widgets-disconnected";
    await settle();
    expect(el.textContent).toContain("Kernel not running.");
    stop();
    expect(model.listenerCount).toBe(0);
  });

  it("draws twice without getting in its own way", async () => {
    const model = new TestModel({ [trait]: changes[trait] });
    const [left, right] = [document.createElement("div"), document.createElement("div")];
    document.body.append(left, right);
    const stop = widget.render({ model: model.asModel(), el: left });
    widget.render({ model: model.asModel(), el: right });
    stop();
    model.fromKernel("revision", 2);
    await settle();
    expect(right.textContent).toContain(words[trait]);
  });
});
