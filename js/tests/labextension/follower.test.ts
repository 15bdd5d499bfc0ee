import type { NotebookPanel } from "@jupyterlab/notebook";
import { beforeEach, expect, test, vi } from "vitest";
import { Follower } from "../../src/labextension/follower";
import type { SessionInfo } from "../../src/labextension/kernel-link";
import type { StudioPanel } from "../../src/labextension/panel";
import { FakeKernel } from "./fake-kernel";

// Of it only a plain record is used, and its components need a real browser.
vi.mock("@jupyterlab/rendermime", () => ({ MimeModel: class {} }));

class Signal<T> {
  private readonly slots = new Set<(sender: unknown, args: T) => void>();
  connect(slot: (sender: unknown, args: T) => void) {
    this.slots.add(slot);
  }
  disconnect(slot: (sender: unknown, args: T) => void) {
    this.slots.delete(slot);
  }
  emit(args: T) {
    for (const slot of [...this.slots]) slot(null, args);
  }
}

/** A notebook and its kernel, with the signals in JupyterLab's order. */
class FakeNotebook {
  disposed = new Signal<void>();
  kernel = new FakeKernel();
  become: () => void = () => undefined;
  sessionContext = {
    ready: new Promise<void>((resolve) => (this.become = resolve)),
    session: { kernel: this.kernel },
    statusChanged: new Signal<string>(),
    kernelChanged: new Signal<unknown>(),
  };
  content = {
    rendermime: { createRenderer: () => ({ renderModel: () => Promise.resolve() }) },
  };
  status(status: string) {
    this.kernel.status = status;
    this.sessionContext.statusChanged.emit(status);
  }
  /** The last question to the kernel. */
  get asked() {
    return this.kernel.asked.at(-1);
  }
  say(...sessions: SessionInfo[]) {
    this.asked?.say({ event: "sessions", sessions });
  }
}

class FakePanel {
  says = "";
  labels: string[] = [];
  press: () => void = () => undefined;
  hint(sentence: string, { actions = [] }: { actions?: { label: string; run(): void }[] } = {}) {
    this.says = sentence;
    this.labels = actions.map((action) => action.label);
    this.press = () => actions[0]?.run();
  }
  choose(sessions: SessionInfo[], chosen: string) {
    this.says = `shows ${sessions.find((session) => session.id === chosen)?.name}`;
    this.labels = [];
  }
  mount() {}
  unmount() {}
}

const reactor = { id: "s1", name: "Reactor", location: "/data/reactor.db" };
const BACK = "The kernel was restarted. Nothing is lost: the journal holds every change.";

let panel: FakePanel;
let follower: Follower;
let notebook: FakeNotebook;
const follow = (next: FakeNotebook | null) => follower.follow(next as unknown as NotebookPanel | null);

beforeEach(async () => {
  panel = new FakePanel();
  follower = new Follower(panel as unknown as StudioPanel);
  notebook = new FakeNotebook();
  notebook.become();
  await follow(notebook);
});

test("the sessions of the kernel are shown, the newest one first", () => {
  notebook.say(reactor);
  expect(panel.says).toBe("shows Reactor");
  notebook.say(reactor, { id: "s2", name: "Second", location: null });
  expect(panel.says).toBe("shows Second");
});

// Statuses of the old kernel may still come after it was told to end, and JupyterLab reports the
// same connection as a new kernel at the end.
const RESTARTS: [string, string[], string[]][] = [
  ["as it should be", ["restarting", "restarting", "unknown"], ["starting", "busy", "idle"]],
  ["with late words of the old kernel", ["restarting", "busy", "idle"], ["idle"]],
  ["that is over at once", ["restarting", "idle"], []],
  ["by the server", ["restarting", "autorestarting", "unknown", "starting", "idle"], []],
];

test.each(RESTARTS)("a restart %s leaves a way back", (_, before, after) => {
  notebook.say(reactor);
  const old = notebook.asked;
  for (const status of before) notebook.status(status);
  notebook.sessionContext.kernelChanged.emit({});
  for (const status of after) notebook.status(status);
  expect(panel.says).toBe(BACK);
  old?.say({ event: "sessions", sessions: [reactor] });
  for (const question of notebook.kernel.asked) question.onClose({});
  expect(panel.says).toBe(BACK);
  expect(panel.labels).toEqual(["Reopen Reactor"]);

  panel.press();
  expect(notebook.kernel.executed.at(-1)).toContain('reopen("/data/reactor.db", "s1")');
  notebook.say(reactor);
  expect(panel.says).toBe("shows Reactor");
});

test("a session in memory is gone with its kernel, and that is said", () => {
  notebook.say({ ...reactor, location: null });
  notebook.status("restarting");
  expect(panel.says).toContain("the session was in memory only");
});

test("a session on a server is attached to again without a question", () => {
  notebook.say({ ...reactor, location: "http://lab.example:8000/s/s1" });
  notebook.status("restarting");
  notebook.status("idle");
  notebook.asked?.onClose({});
  expect(panel.says).toBe("The kernel was restarted. Reactor is attached to lab.example:8000 again.");
  expect(notebook.kernel.executed.length).toBe(1);
});

test("who comes back to a notebook before it is ready has one conversation with its kernel", async () => {
  const slow = new FakeNotebook();
  const visits = [follow(slow), follow(null), follow(slow)];
  slow.become();
  await Promise.all(visits);
  const [first, second] = slow.kernel.asked;
  second?.say({ event: "sessions", sessions: [reactor] });
  first?.say({ event: "sessions", sessions: [{ ...reactor, id: "s0", name: "Other" }] });
  expect(panel.says).toBe("shows Reactor");
});
