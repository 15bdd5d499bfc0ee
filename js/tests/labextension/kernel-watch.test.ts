import type { ISessionContext } from "@jupyterlab/apputils";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { kernelStateOf, watch } from "../../src/labextension/kernel-watch";
import { startKernel as askForKernel } from "../../src/lib/kernel";

class Signal<T> {
  private slots: ((sender: unknown, args: T) => void)[] = [];
  connect(slot: (sender: unknown, args: T) => void) {
    this.slots.push(slot);
  }
  emit(args: T) {
    for (const slot of this.slots) slot(null, args);
  }
}

class FakeContext {
  ready = Promise.resolve();
  session: { kernel: { status: string } | null } | null = { kernel: { status: "idle" } };
  prevKernelName = "python3";
  statusChanged = new Signal<string>();
  kernelChanged = new Signal<{ oldValue: unknown }>();
  changeKernel = vi.fn(async () => {
    this.session = { kernel: { status: "starting" } };
    this.kernelChanged.emit({ oldValue: null });
    this.status("idle");
  });
  restartKernel = vi.fn(async () => this.status("restarting"));
  startKernel = vi.fn();
  status(status: string) {
    if (this.session?.kernel) this.session.kernel.status = status;
    this.statusChanged.emit(status);
  }
  shutdown() {
    const oldValue = this.session?.kernel;
    this.session = null;
    this.kernelChanged.emit({ oldValue });
  }
}

let context: FakeContext;
let node: HTMLElement;
const state = () => [node.getAttribute("data-ow-kernel"), node.getAttribute("data-ow-lost")];

beforeEach(async () => {
  context = new FakeContext();
  node = document.createElement("div");
  document.body.append(node);
  await watch({ node, sessionContext: context as unknown as ISessionContext, isDisposed: false });
});
afterEach(() => node.remove());

test("a kernel that only works is never lost", () => {
  for (const status of ["busy", "idle", "busy", "idle"]) context.status(status);
  expect(state()).toEqual(["running", "0"]);
});

test("a kernel that was shut down is missed, and a view may have another", async () => {
  context.shutdown();
  expect(state()).toEqual(["none", "1"]);
  const view = document.createElement("span");
  node.append(view);
  askForKernel(view);
  expect(state()[0]).toBe("starting");
  askForKernel(view);
  await vi.waitFor(() => expect(state()).toEqual(["running", "1"]));
  expect(context.changeKernel.mock.calls).toEqual([[{ name: "python3" }]]);
});

test("a restart loses one kernel, and so does one that died", () => {
  context.status("restarting");
  context.status("restarting");
  expect(state()).toEqual(["starting", "1"]);
  context.status("idle");
  expect(state()).toEqual(["running", "1"]);
  context.status("autorestarting");
  context.status("dead");
  expect(state()[0]).toBe("none");
});

test("a start that fails leaves the button", async () => {
  const told = vi.spyOn(console, "error").mockImplementation(() => undefined);
  context.shutdown();
  context.changeKernel.mockRejectedValueOnce(new Error("no room"));
  askForKernel(node);
  await vi.waitFor(() => expect(state()[0]).toBe("none"));
  expect(told).toHaveBeenCalledOnce();
  told.mockRestore();
});

test("the state of a session without kernel is none", () => {
  const without = { session: null } as unknown as ISessionContext;
  expect(kernelStateOf(without)).toBe("none");
});
