// The conversation with `optwidgets.lab` in one kernel: which sessions live there, and under which
// widget model each one's Studio can be shown.

import type { Kernel, KernelMessage } from "@jupyterlab/services";

/** One session of the kernel, as `optwidgets.lab` announces it. */
export interface SessionInfo {
  id: string;
  name: string;
  /** File that keeps it, or its address on a server; null for a session in memory only. */
  location: string | null;
}

/** What a kernel can tell. */
export interface LinkEvents {
  sessions(sessions: SessionInfo[]): void;
  studio(id: string, modelId: string): void;
  error(message: string): void;
  /** The kernel runs, but optwidgets was not imported in it. */
  absent(): void;
}

const ASK = "optwidgets.sessions";
const ANNOUNCE = "optwidgets.sessions.announce";

/**
 * Two comm targets, one for each direction. The kernel announces itself when the package is
 * imported (asking alone would wait behind the running cells); the front end asks when it finds a
 * kernel that runs already, after a page reload or a change of notebook.
 */
export class KernelLink {
  readonly kernel: Kernel.IKernelConnection;
  private readonly events: LinkEvents;
  private comm: Kernel.IComm | null = null;
  private disposed = false;

  constructor(kernel: Kernel.IKernelConnection, events: LinkEvents) {
    this.kernel = kernel;
    this.events = events;
    kernel.registerCommTarget(ANNOUNCE, this.onAnnounce);
    this.ask();
  }

  /** Opens a comm to the kernel, which answers with its sessions or, without the package, closes it. */
  private ask(): void {
    if (!this.kernel.handleComms) return;
    const comm = this.kernel.createComm(ASK);
    comm.onMsg = (message) => this.receive(message.content.data);
    comm.onClose = () => {
      // An announcement may have come first, then this comm is no longer the one in use.
      if (this.comm === comm) {
        this.comm = null;
        if (!this.disposed) this.events.absent();
      }
    };
    this.comm = comm;
    void comm.open({}).done.catch(() => undefined);
  }

  private readonly onAnnounce = (comm: Kernel.IComm, message: KernelMessage.ICommOpenMsg): void => {
    this.comm = comm;
    comm.onMsg = (next) => this.receive(next.content.data);
    comm.onClose = () => undefined;
    this.receive(message.content.data);
  };

  private receive(data: unknown): void {
    if (this.disposed || typeof data !== "object" || data === null) return;
    const message = data as Record<string, unknown>;
    if (message["event"] === "sessions") this.events.sessions(readSessions(message["sessions"]));
    else if (message["event"] === "studio")
      this.events.studio(String(message["id"]), String(message["model_id"]));
    else if (message["event"] === "error") this.events.error(String(message["message"]));
  }

  /** Asks for the widget model of a session's Studio; the kernel builds it if there is none yet. */
  requestStudio(id: string): void {
    this.comm?.send({ ask: "studio", id });
  }

  /**
   * Opens a saved session in a kernel that was restarted. The package is not imported there yet,
   * so this is code for the kernel, the same that a user would type.
   */
  async reopen(session: SessionInfo): Promise<void> {
    const arguments_ = [session.location, session.id].map((text) => JSON.stringify(text)).join(", ");
    const reply = await this.kernel.requestExecute({
      code: `import optwidgets.lab; optwidgets.lab.reopen(${arguments_})`,
      silent: true,
      store_history: false,
      stop_on_error: false,
    }).done;
    if (reply.content.status === "error") throw new Error(reply.content.evalue);
  }

  dispose(): void {
    this.disposed = true;
    if (!this.kernel.isDisposed) this.kernel.removeCommTarget(ANNOUNCE, this.onAnnounce);
    this.comm = null;
  }
}

function readSessions(value: unknown): SessionInfo[] {
  if (!Array.isArray(value)) return [];
  return value
    .filter((item): item is Record<string, unknown> => typeof item === "object" && item !== null)
    .map((item) => ({
      id: String(item["id"]),
      name: String(item["name"]),
      location: typeof item["location"] === "string" ? item["location"] : null,
    }));
}
