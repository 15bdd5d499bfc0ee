"""Bayesian optimisation of experiments, live in a Jupyter notebook.

Public names are loaded on first use: ``import optwidgets`` itself loads no library.
"""

from __future__ import annotations

import sys
from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    __version__: str

    from optwidgets.client.connection import Connection
    from optwidgets.client.listing import sessions
    from optwidgets.data.experiment_manager import ExperimentManager
    from optwidgets.data.table import Objective
    from optwidgets.errors import OptwidgetsError
    from optwidgets.journal.protocol import ConflictError, JournalError
    from optwidgets.session import OptimizationSession
    from optwidgets.space.search_space import SearchSpace
    from optwidgets.space.variable import Categorical, Discrete, Integer, Real
    from optwidgets.tasks import Cancelled
    from optwidgets.widgets.data_grid import DataGrid
    from optwidgets.widgets.figure_view import FigureView
    from optwidgets.widgets.space_builder import SpaceBuilder
    from optwidgets.widgets.studio import Studio
    from optwidgets.widgets.suggestion_panel import SuggestionPanel

_HOMES = {
    "Cancelled": "optwidgets.tasks",
    "Categorical": "optwidgets.space.variable",
    "ConflictError": "optwidgets.journal.protocol",
    "Connection": "optwidgets.client.connection",
    "DataGrid": "optwidgets.widgets.data_grid",
    "Discrete": "optwidgets.space.variable",
    "ExperimentManager": "optwidgets.data.experiment_manager",
    "FigureView": "optwidgets.widgets.figure_view",
    "Integer": "optwidgets.space.variable",
    "JournalError": "optwidgets.journal.protocol",
    "Objective": "optwidgets.data.table",
    "OptimizationSession": "optwidgets.session",
    "OptwidgetsError": "optwidgets.errors",
    "Real": "optwidgets.space.variable",
    "SearchSpace": "optwidgets.space.search_space",
    "SpaceBuilder": "optwidgets.widgets.space_builder",
    "Studio": "optwidgets.widgets.studio",
    "SuggestionPanel": "optwidgets.widgets.suggestion_panel",
    "sessions": "optwidgets.client.listing",
}

__all__ = [
    "Cancelled",
    "Categorical",
    "ConflictError",
    "Connection",
    "DataGrid",
    "Discrete",
    "ExperimentManager",
    "FigureView",
    "Integer",
    "JournalError",
    "Objective",
    "OptimizationSession",
    "OptwidgetsError",
    "Real",
    "SearchSpace",
    "SpaceBuilder",
    "Studio",
    "SuggestionPanel",
    "sessions",
]


def __getattr__(name: str) -> Any:
    if name == "__version__":
        return _version()
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(home), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


def _version() -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version("optwidgets")
    except PackageNotFoundError:  # a checkout that is not installed
        return "0+unknown"


def _in_kernel() -> bool:
    """Return whether this is a Jupyter kernel, without importing anything."""
    ipython = sys.modules.get("IPython")
    if ipython is None or "ipykernel" not in sys.modules:
        return False
    shell = ipython.get_ipython()
    return getattr(shell, "kernel", None) is not None


if _in_kernel():
    # The JupyterLab sidebar asks a kernel for its sessions over this comm target.
    import_module("optwidgets.lab").connect()
