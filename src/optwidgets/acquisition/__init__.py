"""Choosing the next experiments.

The table of strategies is at hand at once; `optwidgets.acquisition.suggest` and its
libraries are loaded by who asks for a suggestion, so that a widget can list the
strategies before torch is there.
"""

from __future__ import annotations

from optwidgets.acquisition.base import SEVERAL, STRATEGIES, Strategy
from optwidgets.acquisition.naming import find_strategy, strategies_of

__all__ = ["SEVERAL", "STRATEGIES", "Strategy", "find_strategy", "strategies_of"]
