import type { Kernel } from "@jupyterlab/services";
import { beforeEach, expect, test, vi } from "vitest";
import { KernelLink, type LinkEvents } from "../../src/labextension/kernel-link";
import { FakeComm, FakeKernel } from "./fake-kernel";

let kernel: FakeKernel;
let link: KernelLink;
const events = {
  sessions: vi.fn<LinkEvents["sessions"]>(),
  studio: vi.fn<LinkEvents["studio"]>(),
  error: vi.fn<LinkEvents["error"]>(),
  absent: vi.fn<LinkEvents["absent"]>(),
};
const reactor = { id: "s1", name: "reactor", location: "/data/reactor.db" };

beforeEach(() => {
  vi.clearAllMocks();
  kernel = new FakeKernel();
  link = new KernelLink(kernel as unknown as Kernel.IKernelConnection, events);
});

test("asks a kernel that runs already, and hears its sessions", () => {
  kernel.asked[0]?.say({ event: "sessions", sessions: [reactor] });
  expect(events.sessions).toHaveBeenCalledWith([reactor]);
});

test("a kernel without the package closes the comm", () => {
  kernel.asked[0]?.onClose({});
  expect(events.absent).toHaveBeenCalledOnce();
});

test("an announcement takes over from a question that nobody answered", () => {
  const announced = new FakeComm();
  kernel.targets.get("optwidgets.sessions.announce")?.(announced, {
    content: { data: { event: "sessions", sessions: [reactor] } },
  });
  kernel.asked[0]?.onClose({});
  expect(events.absent).not.toHaveBeenCalled();
  expect(events.sessions).toHaveBeenCalledWith([reactor]);

  link.requestStudio("s1");
  expect(announced.sent).toEqual([{ ask: "studio", id: "s1" }]);
  announced.say({ event: "studio", id: "s1", model_id: "m7" });
  expect(events.studio).toHaveBeenCalledWith("s1", "m7");
});

test("what a kernel says is read with care", () => {
  const comm = kernel.asked[0];
  comm?.say(null);
  comm?.say("sessions");
  comm?.say({ event: "sessions", sessions: "none" });
  comm?.say({ event: "sessions", sessions: [null, { id: 3, name: "x", location: 5 }] });
  expect(events.sessions.mock.calls).toEqual([[[]], [[{ id: "3", name: "x", location: null }]]]);
});

test("reopening quotes names, so that a file name is never code", async () => {
  await link.reopen({ id: 's"1', name: "x", location: '/a"); import os #.db' });
  expect(kernel.executed).toEqual([
    'import optwidgets.lab; optwidgets.lab.reopen("/a\\"); import os #.db", "s\\"1")',
  ]);
});

test("a refusal to reopen is told in the kernel's words", async () => {
  kernel.reply = { status: "error", evalue: "The file is not there any more." };
  await expect(link.reopen(reactor)).rejects.toThrow("The file is not there any more.");
});

test("after its end it hears nothing more", () => {
  const comm = kernel.asked[0];
  link.dispose();
  comm?.say({ event: "sessions", sessions: [reactor] });
  comm?.onClose({});
  expect(events.sessions).not.toHaveBeenCalled();
  expect(events.absent).not.toHaveBeenCalled();
  expect(kernel.targets.size).toBe(0);
});
