"""Make docs/images/studio.png: a real JupyterLab in a real Chromium, with a real campaign.

    .venv/bin/python scripts/screenshot.py              # the picture of the README
    .venv/bin/python scripts/screenshot.py --theme dark --width 700 --out studio-dark.png

Needs the built front end and Chromium; `make test` sets up both.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from support.chromium import FLAGS  # noqa: E402
from support.notebooks import Notebook, write_notebook  # noqa: E402
from support.servers import running  # noqa: E402

TARGET = ROOT / "docs" / "images" / "studio.png"

CAMPAIGN = """
import math, random
from optwidgets import OptimizationSession

noise = random.Random(3)
session = OptimizationSession.open("reactor-7.db", "Reactor campaign 7")
session.add_variable("Temperature", "real", bounds=(60, 140), unit="°C")
session.add_variable("Pressure", "real", bounds=(1, 10), unit="bar")
session.add_variable("Flow", "real", bounds=(0.5, 20), log=True, unit="mL/min")
session.add_variable("Catalyst", "categorical", categories=["A", "B", "C"])
session.add_variable("Stir speed", "integer", bounds=(200, 1200), unit="rpm")
session.add_objective("Yield", "maximize", unit="%")


def run(point):
    heat = math.exp(-(((point["Temperature"] - 112) / 45) ** 2))
    compress = math.exp(-(((point["Pressure"] - 7) / 9) ** 2))
    contact = math.exp(-((math.log(point["Flow"] / 3) / 2.2) ** 2))
    activity = {"A": 0.80, "B": 1.00, "C": 0.86}[point["Catalyst"]]
    mixing = 1 - 0.15 * math.exp(-point["Stir speed"] / 300)
    return 84 * heat * compress * contact * activity * mixing + noise.gauss(0, 0.8)


manager = session.experiment_manager
for point in session.generate_initial_design("lhs", n_points=12):
    session.add_experiment(point, output=round(run(point), 1), noise=0.64)
for _ in range(3):
    for row, values in session.suggest_next("EI", n_suggestions=3).iterrows():
        if row == 15:
            manager.fail(15, "leak at pump")
        else:
            manager.record(row, round(run(values), 1), noise=0.64)
manager.exclude([7], "sensor drift")
manager.accept([int(session.suggest_next("EI").index[0])])
session.suggest_next("EI", n_suggestions=3)
"""

DRAWN = "() => document.querySelectorAll('.ow-panel-model .js .main-svg').length >= 8"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--theme", choices=["light", "dark"], default="light")
    parser.add_argument("--width", type=int, default=1400)
    parser.add_argument("--out", type=Path, default=TARGET)
    options = parser.parse_args()
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium")
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        home = Path(folder)
        with running("lab", home / "notebooks", home) as server:
            browser = playwright.chromium.launch(executable_path=chromium, args=FLAGS)
            page = browser.new_page()
            write_notebook(server.folder / "campaign.ipynb", [CAMPAIGN, "session"])
            notebook = Notebook(page, server, "campaign.ipynb").open()
            notebook.set_theme(options.theme)
            notebook.set_output_width(options.width)
            # Tall enough for all of it: figures that nobody can see are not drawn.
            page.set_viewport_size({"width": options.width + 160, "height": 2700})
            notebook.command("application:toggle-left-area")
            notebook.run_all()
            page.wait_for_function(DRAWN, timeout=90_000)
            notebook.wait_for("session.model_report['stale']", value=False)
            page.mouse.move(0, 0)
            page.wait_for_timeout(1500)
            options.out.parent.mkdir(parents=True, exist_ok=True)
            notebook.cell(1).locator(".ow-studio").screenshot(path=options.out)
            browser.close()
    print(f"{options.out}: {options.out.stat().st_size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
