// The right sidebar: a hint, a choice of sessions, and the place where a Studio is shown.

import { LabIcon } from "@jupyterlab/ui-components";
import { Panel, Widget } from "@lumino/widgets";
import type { SessionInfo } from "./kernel-link";

// Three results on their way up to the best one, in the colours of the theme.
const icon = new LabIcon({
  name: "optwidgets:studio",
  svgstr: `<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 16 16">
    <path class="jp-icon3" style="fill: none" stroke="#616161" stroke-width="1.5" d="M2 13 C5 13 6 4 9.5 4 S13 7 14 10"/>
    <circle class="jp-icon3" fill="#616161" cx="4.6" cy="10.6" r="1.7"/>
    <circle class="jp-icon3" fill="#616161" cx="9.5" cy="4" r="2.1"/>
    <circle class="jp-icon3" fill="#616161" cx="13" cy="7.6" r="1.5"/>
  </svg>`,
});

const STYLE = `
.ow-side { display: flex; flex-direction: column; background: var(--jp-layout-color1); color: var(--jp-ui-font-color1); }
/* Wider than JupyterLab's own least width, which an id sets: a Studio is made for 360 px. In
   Notebook 7 the sidebar keeps its own width and would cut the panel off. */
body:not([data-notebook]) #optwidgets-studio.ow-side.lm-Widget { min-width: 360px; }
.ow-side-bar { padding: 8px 12px; font-size: 12px; line-height: 16px; }
.ow-side-bar { flex: none; }
.ow-side-bar:empty { display: none; }
.ow-side-bar p { margin: 0 0 8px; }
.ow-side-bar code { font-family: var(--jp-code-font-family); user-select: text; white-space: pre-wrap; overflow-wrap: anywhere; }
.ow-side-bar select, .ow-side-bar button { font: inherit; color: inherit; min-height: 28px; padding: 0 8px;
  background: var(--jp-layout-color1); border: 1px solid var(--jp-border-color1); border-radius: 3px; max-width: 100%; }
.ow-side-bar button:hover { background: var(--jp-layout-color2); }
.ow-side-bar :focus-visible { outline: 2px solid var(--jp-brand-color1); outline-offset: 1px; }
.ow-side-bar [role="alert"] { border-left: 3px solid var(--jp-error-color1); padding-left: 8px; }
.ow-side-view { flex: 1; min-height: 0; overflow: auto; }
.ow-side-view .jp-RenderedWidget, .ow-side-view .widget-subarea { margin: 0; padding: 0; }
`;

/** A button of the hint. */
interface Action {
  label: string;
  run(): void;
}

export class StudioPanel extends Panel {
  private readonly bar = new Widget();
  private readonly view = new Panel();

  constructor() {
    super();
    this.id = "optwidgets-studio";
    this.addClass("ow-side");
    this.title.icon = icon;
    // Notebook 7 shows the caption as the text of its menu entry.
    this.title.caption = "Optimisation studio";
    this.node.setAttribute("role", "region");
    this.node.setAttribute("aria-label", "Optimisation studio");

    this.bar.addClass("ow-side-bar");
    this.view.addClass("ow-side-view");
    this.addWidget(this.bar);
    this.addWidget(this.view);

    // In the document from the start: the sidebar asks for the least width before it shows.
    const style = document.createElement("style");
    style.textContent = STYLE;
    document.head.appendChild(style);
  }

  /** Shows a sentence, an optional line of code, and what can be done about it. */
  hint(sentence: string, options: { code?: string; actions?: Action[]; alert?: boolean } = {}): void {
    const text = document.createElement("p");
    if (options.alert) text.setAttribute("role", "alert");
    text.textContent = sentence;
    const nodes: HTMLElement[] = [text];
    if (options.code) {
      const code = document.createElement("code");
      code.textContent = options.code;
      nodes.push(code);
    }
    for (const action of options.actions ?? []) {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = action.label;
      button.addEventListener("click", () => action.run());
      nodes.push(button);
    }
    this.bar.node.replaceChildren(...nodes);
  }

  /** Offers the sessions of the kernel; with one there is nothing to choose. */
  choose(sessions: SessionInfo[], chosen: string, change: (id: string) => void): void {
    if (sessions.length < 2) {
      this.bar.node.replaceChildren();
    } else {
      const select = document.createElement("select");
      select.setAttribute("aria-label", "Session");
      for (const session of sessions) {
        const option = document.createElement("option");
        option.value = session.id;
        option.textContent = session.name;
        option.selected = session.id === chosen;
        select.appendChild(option);
      }
      select.addEventListener("change", () => change(select.value));
      this.bar.node.replaceChildren(select);
    }
  }

  /** Puts a rendered Studio into the panel, in place of an earlier one. */
  mount(child: Widget): void {
    this.unmount();
    this.view.addWidget(child);
  }

  /** Takes the Studio down. Its models live on in the kernel and in the notebook. */
  unmount(): void {
    for (const child of [...this.view.widgets]) child.dispose();
  }
}
