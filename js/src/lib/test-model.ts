// A widget model without a notebook: what `render` needs, and a count of what it left behind.

import type { AnyModel } from "@anywidget/types";

type Listener = (...args: never[]) => void;
interface Sent {
  intent: string;
  id: string;
  args: Record<string, unknown>;
  revision: number;
  seen?: string;
}

export class TestModel {
  readonly sent: Sent[] = [];
  saves = 0;
  comm_live = true;
  private readonly listeners = new Map<string, Set<Listener>>();

  constructor(private readonly state: Record<string, unknown>) {}

  get(name: string): unknown {
    return this.state[name];
  }

  set(name: string, value: unknown): void {
    this.state[name] = value;
  }

  save_changes(): void {
    this.saves += 1;
  }

  send(message: Sent): void {
    this.sent.push(message);
  }

  on(event: string, callback: Listener): void {
    const known = this.listeners.get(event) ?? new Set();
    this.listeners.set(event, known.add(callback));
  }

  off(event?: string | null, callback?: Listener | null): void {
    if (event == null) this.listeners.clear();
    else if (callback == null) this.listeners.delete(event);
    else this.listeners.get(event)?.delete(callback);
  }

  get listenerCount(): number {
    return [...this.listeners.values()].reduce((sum, group) => sum + group.size, 0);
  }

  private emit(event: string, ...args: unknown[]): void {
    for (const listener of [...(this.listeners.get(event) ?? [])]) (listener as (...all: unknown[]) => void)(...args);
  }

  /** As when the kernel sets a trait. */
  fromKernel(name: string, value: unknown): void {
    this.state[name] = value;
    this.emit(`change:${name}`);
    this.emit("change");
  }

  /** As when the kernel answers, the last intent if no other is named. */
  reply(result: Record<string, unknown> = {}, id = this.sent.at(-1)?.id): void {
    this.emit("msg:custom", { reply: id, ok: true, result }, []);
  }

  refuse(message: string, place: { field?: string; row?: number; column?: string; aside?: number } = {}, id = this.sent.at(-1)?.id): void {
    this.emit("msg:custom", { reply: id, ok: false, error: { message, field: null, row: null, column: null, ...place } }, []);
  }

  push(event: Record<string, unknown>, buffers: DataView[] = []): void {
    this.emit("msg:custom", event, buffers);
  }

  /** As when the kernel goes. */
  kernelGone(): void {
    this.comm_live = false;
    this.emit("comm_live_update");
  }

  asModel(): AnyModel {
    return this as unknown as AnyModel;
  }
}
