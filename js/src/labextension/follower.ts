// Follows the active notebook and its kernel, and decides what the panel shows.

import type { ISessionContext } from "@jupyterlab/apputils";
import type { NotebookPanel } from "@jupyterlab/notebook";
import { MimeModel } from "@jupyterlab/rendermime";
import type { Kernel } from "@jupyterlab/services";
import { Widget } from "@lumino/widgets";
import { KernelLink, type SessionInfo } from "./kernel-link";
import { kernelStateOf, startKernel } from "./kernel-watch";
import type { StudioPanel } from "./panel";

const WIDGET_VIEW = "application/vnd.jupyter.widget-view+json";
const IMPORT_HINT = "No session here yet. Run this in the notebook:";
const IMPORT_CODE = "import optwidgets";

/** What the panel remembers of a notebook, so that a restarted kernel can go on. */
interface Memory {
  sessions: SessionInfo[];
  chosen: string | null;
}

export class Follower {
  private readonly panel: StudioPanel;
  private notebook: NotebookPanel | null = null;
  private link: KernelLink | null = null;
  /** A session that is to come back as soon as there is a kernel for it. */
  private wanted: SessionInfo | null = null;
  /** Whether the kernel that the sessions were in has just gone. */
  private lost = false;
  private shown: { id: string; modelId: string } | null = null;
  private readonly memories = new WeakMap<NotebookPanel, Memory>();

  constructor(panel: StudioPanel) {
    this.panel = panel;
  }

  /** Turns to another notebook, or to none. */
  async follow(notebook: NotebookPanel | null): Promise<void> {
    if (notebook === this.notebook) return;
    this.leave();
    this.notebook = notebook;
    if (!notebook) {
      this.panel.hint("Open a notebook to see its sessions.");
      return;
    }
    this.panel.hint("Waiting for the kernel.");
    await notebook.sessionContext.ready;
    if (this.notebook !== notebook) return;
    notebook.sessionContext.kernelChanged.connect(this.onKernelChanged);
    notebook.sessionContext.statusChanged.connect(this.onStatusChanged);
    notebook.disposed.connect(this.onDisposed);
    this.attach();
  }

  private leave(): void {
    this.lost = false;
    const context = this.notebook?.sessionContext;
    context?.kernelChanged.disconnect(this.onKernelChanged);
    context?.statusChanged.disconnect(this.onStatusChanged);
    this.notebook?.disposed.disconnect(this.onDisposed);
    this.detach();
    this.wanted = null;
    this.notebook = null;
  }

  private readonly onDisposed = (): void => {
    this.leave();
    this.panel.hint("Open a notebook to see its sessions.");
  };

  private readonly onKernelChanged = (): void => {
    this.detach();
    this.attach();
  };

  private readonly onStatusChanged = (_: ISessionContext, status: Kernel.Status): void => {
    if (status === "restarting" || status === "autorestarting" || status === "dead") {
      this.lost = true;
      this.detach();
      this.showHint();
    } else if (status === "idle" && !this.link) {
      this.attach();
    }
  };

  /**
   * Speaks with the kernel of the notebook's own session context: it is the one connection that
   * handles comms, and a second one must not.
   */
  private attach(): void {
    const kernel = this.notebook?.sessionContext.session?.kernel;
    if (!kernel) {
      this.showHint();
      return;
    }
    // Who came back to a notebook that was not ready yet waited twice.
    this.link?.dispose();
    this.link = new KernelLink(kernel, {
      sessions: (sessions) => this.onSessions(sessions),
      studio: (id, modelId) => void this.show(id, modelId),
      error: (message) => this.panel.hint(message, { alert: true }),
      absent: () => this.onAbsent(),
    });
    const { wanted } = this;
    this.wanted = null;
    if (wanted) void this.reopen(wanted);
  }

  private detach(): void {
    this.link?.dispose();
    this.link = null;
    this.shown = null;
    this.panel.unmount();
  }

  private get memory(): Memory {
    const notebook = this.notebook;
    let memory = notebook ? this.memories.get(notebook) : undefined;
    if (!memory) {
      memory = { sessions: [], chosen: null };
      if (notebook) this.memories.set(notebook, memory);
    }
    return memory;
  }

  /**
   * A new kernel knows nothing yet. A session on a server is attached to again, as it is where it
   * was; a file is opened when somebody asks, who may run the cells instead.
   */
  private onAbsent(): void {
    const { sessions, chosen } = this.memory;
    const session = sessions.find((known) => known.id === chosen);
    const again = this.lost && session !== undefined && serverOf(session) !== null;
    this.lost = false;
    if (!again) return this.showHint();
    this.panel.hint(`The kernel was restarted. ${session.name} is attached to ${serverOf(session)} again.`);
    void this.reopen(session);
  }

  private onSessions(sessions: SessionInfo[]): void {
    if (sessions.length === 0) {
      this.detachView();
      this.showHint();
      return;
    }
    const memory = this.memory;
    const isNew = (session: SessionInfo) => !memory.sessions.some((known) => known.id === session.id);
    // A session that has just been made is the one to look at; otherwise the choice stays.
    const newest = sessions.filter(isNew).at(-1);
    const stays = sessions.find((session) => session.id === memory.chosen);
    const chosen = (newest ?? stays ?? sessions.at(-1))?.id ?? null;
    memory.sessions = sessions;
    if (chosen !== null) this.choose(chosen);
  }

  private choose(id: string): void {
    const memory = this.memory;
    memory.chosen = id;
    this.panel.choose(memory.sessions, id, (next) => this.choose(next));
    if (this.shown?.id !== id) this.link?.requestStudio(id);
  }

  /**
   * Renders the kernel's own widget model through the notebook's rendermime: one more view of the
   * model that the cell shows, so both move together.
   */
  private async show(id: string, modelId: string): Promise<void> {
    const notebook = this.notebook;
    if (!notebook || id !== this.memory.chosen) return;
    if (this.shown?.id === id && this.shown.modelId === modelId) return;
    const renderer = notebook.content.rendermime.createRenderer(WIDGET_VIEW);
    const data = { [WIDGET_VIEW]: { model_id: modelId, version_major: 2, version_minor: 0 } };
    this.shown = { id, modelId };
    if (renderer instanceof Widget) this.panel.mount(renderer);
    await renderer.renderModel(new MimeModel({ data, trusted: true }));
  }

  private detachView(): void {
    this.shown = null;
    this.panel.unmount();
  }

  /** Without a session to show: how to get one, or how to get the last one back. */
  private showHint(): void {
    const { sessions } = this.memory;
    const context = this.notebook?.sessionContext;
    if (context && kernelStateOf(context) === "none") {
      this.hintNoKernel(context);
      return;
    }
    const saved = sessions.filter((session) => session.location !== null);
    if (saved.length > 0) {
      this.panel.hint("The kernel was restarted. Nothing is lost: the journal holds every change.", {
        actions: saved.map((session) => ({
          label: reopenLabel(session),
          run: () => void this.reopen(session),
        })),
      });
    } else if (sessions.length > 0) {
      this.panel.hint(
        "The kernel was restarted, and the session was in memory only. Run the cells again, and keep the next one in a file:",
        { code: 'optwidgets.OptimizationSession.open("campaign.db")' },
      );
    } else {
      this.panel.hint(IMPORT_HINT, { code: IMPORT_CODE });
    }
  }

  private hintNoKernel(context: ISessionContext): void {
    const saved = this.memory.sessions.some((session) => session.location !== null);
    const rest = saved
      ? "Nothing is lost: the journal holds every change. Start a kernel, then reopen the session."
      : "Start a kernel, then run the cells of the notebook.";
    const run = (): void => {
      this.panel.hint("The kernel is starting.");
      startKernel(context).catch((error: unknown) => {
        if (this.notebook?.sessionContext !== context) return;
        this.panel.hint(`The kernel did not start. ${sentence(error)}`, { alert: true, actions: [{ label: "Start kernel", run }] });
      });
    };
    this.panel.hint(`Kernel not running. ${rest}`, { actions: [{ label: "Start kernel", run }] });
  }

  private async reopen(session: SessionInfo): Promise<void> {
    if (!this.link) {
      this.wanted = session;
      this.panel.hint("Waiting for the kernel.");
      return;
    }
    try {
      await this.link.reopen(session);
    } catch (error) {
      this.panel.hint(`${session.name} was not reopened. ${sentence(error)}`, {
        alert: true,
        actions: [{ label: reopenLabel(session), run: () => void this.reopen(session) }],
      });
    }
  }
}

/** Names the server too: two of them may have a session of this name. */
function reopenLabel(session: SessionInfo): string {
  const server = serverOf(session);
  return `Reopen ${session.name}${server === null ? "" : ` at ${server}`}`;
}

const serverOf = (session: SessionInfo): string | null => /^https?:\/\/([^/]+)/.exec(session.location ?? "")?.[1] ?? null;

const sentence = (error: unknown): string => (error instanceof Error ? error.message : String(error));
