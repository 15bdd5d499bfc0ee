"""Which peers there are, where each adapter lives and which environment it needs."""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module


@dataclass(frozen=True)
class Entry:
    """One peer: its adapter, and the environment it runs in (None: the project's own)."""

    title: str
    module: str
    adapter: str
    environment: str | None = None


PEERS: dict[str, Entry] = {
    "ours": Entry("optwidgets", "peers.ours", "Ours"),
    "sobol": Entry("Sobol sequence", "peers.sobol", "Sobol"),
    "botorch": Entry("BoTorch, tutorial loop", "peers.botorch_loop", "BoTorch"),
    "ax": Entry("Ax", "peers.ax", "Ax", "ax"),
    "baybe": Entry("BayBE", "peers.baybe", "BayBE", "baybe"),
    "optuna_gp": Entry("Optuna, GP", "peers.optuna", "OptunaGP", "optuna"),
    "optuna_tpe": Entry("Optuna, TPE", "peers.optuna", "OptunaTPE", "optuna"),
    "skopt": Entry("scikit-optimize", "peers.skopt", "Skopt"),
    "alchemist": Entry("ALchemist", "peers.alchemist", "Alchemist", "alchemist"),
    "smac": Entry("SMAC", "peers.smac", "SMAC", "smac"),
    "hebo": Entry("HEBO", "peers.hebo", "HEBO", "hebo"),
}


def adapter(name: str) -> type:
    """Return the adapter's class; imports the library's adapter, hence only in its environment."""
    entry = PEERS[name]
    return getattr(import_module(entry.module), entry.adapter)
