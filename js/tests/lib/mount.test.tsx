import { afterEach, describe, expect, it, vi } from "vitest";
import { mount } from "../../src/lib/mount";
import { TestModel } from "../../src/lib/test-model";

const settle = () => new Promise((done) => setTimeout(done, 0));

function shown(model = new TestModel({ revision: 1 }), place: Element = document.body) {
  const el = document.createElement("div");
  place.append(el);
  const close = mount({ model: model.asModel(), el }, { words: "" }, ({ traits, live }) => {
    const Kernel = () => <output>{live.value ? "there" : "gone"}</output>;
    return (
      <>
        <p>{traits.words}</p>
        <Kernel />
        <button type="button">Press</button>
        <input type="text" />
      </>
    );
  });
  return { model, el, close };
}

function press(target: Element, key: string, more: KeyboardEventInit = {}): KeyboardEvent {
  const event = new KeyboardEvent("keydown", { key, bubbles: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event;
}

afterEach(() => document.body.replaceChildren());

describe("a mounted widget", () => {
  it("stands under .ow, where JupyterLab leaves keys alone", () => {
    const { el } = shown();
    const root = el.firstElementChild as HTMLElement;
    expect(root.className).toBe("ow");
    expect(root.getAttribute("data-lm-suppress-shortcuts")).toBe("true");
  });

  it("shows what the kernel says, as text", async () => {
    const { model, el } = shown();
    model.fromKernel("words", "<b>no markup</b>");
    await settle();
    expect(el.querySelector("p")?.textContent).toBe("<b>no markup</b>");
    expect(el.querySelector("b")).toBeNull();
    expect(model.saves).toBe(0);
  });

  it("leaves nothing behind", () => {
    const { model, el, close } = shown();
    expect(model.listenerCount).toBeGreaterThan(0);
    close();
    expect(model.listenerCount).toBe(0);
    expect(el.childNodes.length).toBe(0);
  });

  it("sees the kernel go", async () => {
    const { model, el } = shown();
    expect(el.querySelector("output")?.textContent).toBe("there");
    model.kernelGone();
    await settle();
    expect(el.querySelector("output")?.textContent).toBe("gone");
  });

  it("sees a kernel go that only the page knows of, and never takes the next one for it", async () => {
    const notebook = document.createElement("div");
    document.body.append(notebook);
    const say = async (state: string, lost: number) => {
      notebook.setAttribute("data-ow-kernel", state);
      notebook.setAttribute("data-ow-lost", String(lost));
      document.dispatchEvent(new CustomEvent("optwidgets:kernel-changed"));
      await settle();
    };
    await say("running", 1);
    const first = shown(undefined, notebook);
    await new Promise((done) => requestAnimationFrame(done));
    const says = (view: { el: HTMLElement }) => view.el.querySelector("output")?.textContent;
    expect(says(first)).toBe("there");
    await say("none", 2);
    expect(says(first)).toBe("gone");
    await say("running", 2);
    const second = shown(undefined, notebook);
    await new Promise((done) => requestAnimationFrame(done));
    expect([says(first), says(second)]).toEqual(["gone", "there"]);
    first.close();
    second.close();
  });

  it("keeps keys from the notebook, but Tab goes on", () => {
    const { el } = shown();
    const heard = vi.fn();
    el.addEventListener("keydown", (event) => heard(event.key));
    const button = el.querySelector("button")!;
    for (const key of ["a", "b", "d", "Enter", "Tab"]) press(button, key);
    expect(heard.mock.calls).toEqual([["Tab"]]);
  });

  it("undoes and redoes by keys, but not in a text box", () => {
    const { model, el } = shown();
    const button = el.querySelector("button")!;
    const input = el.querySelector("input")!;
    expect(press(button, "z", { ctrlKey: true }).defaultPrevented).toBe(true);
    press(button, "Z", { ctrlKey: true, shiftKey: true });
    press(button, "y", { ctrlKey: true });
    press(button, "z", { metaKey: true });
    expect(press(input, "z", { ctrlKey: true }).defaultPrevented).toBe(false);
    press(button, "z", { ctrlKey: true, altKey: true });
    expect(model.sent.map((message) => message.intent)).toEqual(["undo", "redo", "redo", "undo"]);
  });
});
