// A kernel as the front end sees it: it is asked by comms, and says what a test lets it say.

export class FakeComm {
  sent: unknown[] = [];
  onMsg: (message: unknown) => void = () => undefined;
  onClose: (message: unknown) => void = () => undefined;
  open() {
    return { done: Promise.resolve() };
  }
  send(data: unknown) {
    this.sent.push(data);
  }
  say(data: unknown) {
    this.onMsg({ content: { data } });
  }
}

export class FakeKernel {
  status = "idle";
  handleComms = true;
  isDisposed = false;
  asked: FakeComm[] = [];
  targets = new Map<string, (comm: FakeComm, message: unknown) => void>();
  executed: string[] = [];
  reply: { status: string; evalue?: string } = { status: "ok" };
  createComm() {
    const comm = new FakeComm();
    this.asked.push(comm);
    return comm;
  }
  registerCommTarget(name: string, callback: (comm: FakeComm, message: unknown) => void) {
    this.targets.set(name, callback);
  }
  removeCommTarget(name: string, callback: unknown) {
    if (this.targets.get(name) === callback) this.targets.delete(name);
  }
  requestExecute({ code }: { code: string }) {
    this.executed.push(code);
    return { done: Promise.resolve({ content: this.reply }) };
  }
}
