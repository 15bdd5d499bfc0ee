// Bundles each widget into one ES module that anywidget loads, and the JupyterLab plugin.
//
//   node build.mjs            once, minified
//   node build.mjs --watch    again on each change (`make dev`)
//   node build.mjs --widgets  without the JupyterLab plugin

import { spawnSync } from "node:child_process";
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = dirname(fileURLToPath(import.meta.url));
const out = join(here, "../src/optwidgets/static");
const watch = process.argv.includes("--watch");
const widgetsOnly = process.argv.includes("--widgets");

const sources = (folder, ending) =>
  existsSync(join(here, folder))
    ? readdirSync(join(here, folder))
        .filter((name) => name.endsWith(ending))
        .map((name) => join(here, folder, name))
    : [];

const widgets = {
  entryPoints: sources("src/widgets", ".tsx"),
  outdir: out,
  bundle: true,
  format: "esm",
  target: "es2022",
  minify: !watch,
  sourcemap: watch ? "inline" : false,
  jsx: "automatic",
  jsxImportSource: "preact",
  // plotly.js asks for the global object by the name that Node gives it.
  define: { global: "globalThis", "process.env.NODE_ENV": '"production"' },
  legalComments: "none",
  logLevel: "warning",
};

const labextension = {
  entryPoints: [join(here, "src/labextension/index.ts")],
  outfile: join(here, "build/labextension.js"),
  bundle: true,
  format: "esm",
  target: "es2022",
  // What JupyterLab itself holds is shared at run time; the builder wires it.
  external: ["@jupyterlab/*", "@lumino/*"],
  logLevel: "warning",
};

function copyTheme() {
  const theme = join(here, "src/lib/theme.css");
  if (existsSync(theme)) copyFileSync(theme, join(out, "theme.css"));
}

function buildLabextension() {
  // Called by its own name: `jupyter labextension build` only forwards to it.
  const local = join(here, "node_modules/.bin/jupyter-builder");
  const arguments_ = ["build", "."];
  if (watch) arguments_.push("--development", "True");
  const done = spawnSync(existsSync(local) ? local : "jupyter-builder", arguments_, {
    cwd: here,
    encoding: "utf8",
  });
  if (done.status !== 0) {
    process.stderr.write(`${done.stdout ?? ""}${done.stderr ?? ""}${done.error ?? ""}\n`);
    throw new Error("The JupyterLab extension was not built: jupyter-builder failed.");
  }
}

// Afterwards rather than before: a running notebook never finds a widget without its bundle.
function removeStale() {
  const made = new Set(["theme.css", ...widgets.entryPoints.map((path) => `${basename(path, ".tsx")}.js`)]);
  for (const file of readdirSync(out)) if (!made.has(file)) rmSync(join(out, file));
}

function report() {
  for (const file of readdirSync(out).sort()) {
    const bytes = readFileSync(join(out, file));
    const kilo = (n) => `${(n / 1000).toFixed(1)} kB`;
    console.log(`${file.padEnd(24)} ${kilo(bytes.length).padStart(10)}  gzip ${kilo(gzipSync(bytes).length)}`);
  }
}

mkdirSync(out, { recursive: true });

if (watch) {
  const contexts = [await esbuild.context({ ...widgets, plugins: [themePlugin()] })];
  for (const context of contexts) await context.watch();
  console.log("Watching js/src. Stop with Ctrl+C.");
} else {
  if (widgets.entryPoints.length > 0) await esbuild.build(widgets);
  copyTheme();
  removeStale();
  if (!widgetsOnly && existsSync(labextension.entryPoints[0])) {
    await esbuild.build(labextension);
    buildLabextension();
  }
  report();
}

function themePlugin() {
  return {
    name: "theme",
    setup(build) {
      build.onEnd((result) => {
        copyTheme();
        const names = widgets.entryPoints.map((path) => basename(path, ".tsx")).join(", ");
        console.log(result.errors.length ? "Not built, see above." : `Built ${names}.`);
      });
    },
  };
}
