"""Choosing the next experiments."""

from __future__ import annotations

from optwidgets.acquisition.base import STRATEGIES, Strategy, find_strategy
from optwidgets.acquisition.proposal import Proposal
from optwidgets.acquisition.suggest import suggest

__all__ = ["STRATEGIES", "Proposal", "Strategy", "find_strategy", "suggest"]
