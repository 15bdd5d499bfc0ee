// The few functions of plotly.js that are used; the bundle comes without types.
declare module "plotly.js-cartesian-dist-min" {
  interface Event {
    points: { customdata?: unknown }[];
  }
  export interface Graph extends HTMLElement {
    on(name: "plotly_click", callback: (event: Event) => void): void;
  }
  interface Plotly {
    react(root: HTMLElement, data: unknown[], layout: unknown, config?: unknown): Promise<Graph>;
    purge(root: HTMLElement): void;
    toImage(
      figure: { data: unknown[]; layout: unknown; config?: unknown },
      options: { format: "png" | "svg"; width: number; height: number; scale?: number },
    ): Promise<string>;
  }
  const plotly: Plotly;
  export default plotly;
}
