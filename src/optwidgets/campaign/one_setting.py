"""A batch in which variables that are hard to change keep one setting, chosen with all its points.

Some settings are tried: that of the last experiment, which costs no change, and those that the
best points of a free batch have. For each the whole batch is chosen, and the best batch counts.

Sources
-------
Compare P. Vellanki, S. Rana, S. Gupta et al., "Process-constrained batch Bayesian
optimisation", NeurIPS 2017 (nested: what is constrained is chosen once for a batch).
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import enumerate_words, short
from optwidgets.tasks import Cancelled, DeadlineExceeded

if TYPE_CHECKING:
    from optwidgets.acquisition.base import Strategy
    from optwidgets.acquisition.proposal import Proposal
    from optwidgets.campaign.asking import Ask
    from optwidgets.data.table import Table
    from optwidgets.space.space import Space

    Setting = dict[str, Any]
    Search = Callable[[Mapping[str, Any]], list[Proposal]]

# Settings that are tried beside that of the last experiment.
_TRIED = 3


def hard_to_change(space: Space, ask: Ask) -> tuple[str, ...]:
    """Names of the variables that have one setting in a batch; none where nothing else is free."""
    if ask.n < 2 or not ask.one_setting:
        return ()
    hard = tuple(name for name in space.hard_to_change if name not in ask.hold)
    easy = [name for name in space.chosen.names if name not in ask.hold and name not in hard]
    return hard if easy else ()


def last_setting(space: Space, table: Table, hard: Sequence[str]) -> Setting | None:
    """Find the setting of the last experiment that is done or running, if points may have it."""
    for row in reversed(list(table)):
        if row.state in ("done", "running"):
            gone = space.inactive(row.inputs)
            setting = {name: row.inputs.get(name) for name in hard if name not in gone}
            fits = all(v is not None and space[n].contains(v) for n, v in setting.items())
            return setting if fits and setting else None
    return None


def best_batch(
    space: Space, table: Table, ask: Ask, strategy: Strategy, search: Search
) -> tuple[list[Proposal], str]:
    """Choose a batch, and say in words which setting it keeps.

    Parameters
    ----------
    space, table
        Variables and experiments.
    ask
        What is asked for.
    strategy
        The strategy, which decides what a batch is worth.
    search
        From what is held to the points of a batch.

    Returns
    -------
    tuple
        Proposals; a sentence, empty where no variable is hard to change.
    """
    free = search(ask.hold)
    hard = hard_to_change(space, ask)
    if not hard or len(free) < 2:
        return free, ""
    settings = [_setting(proposal, hard) for proposal in free]
    last = last_setting(space, table, hard)
    # At equal worth the first one counts: nothing has to be changed for it.
    tried = _different([*([last] if last else []), *settings])[: _TRIED + 1]
    found: list[tuple[float, Setting, list[Proposal]]] = []
    for setting in tried:
        try:
            batch = search({**ask.hold, **setting})
        except (Cancelled, DeadlineExceeded):
            raise
        except OptwidgetsError:  # nothing is left to propose at this setting
            continue
        found.append(
            (_worth(strategy, batch) if len(batch) == len(free) else -math.inf, setting, batch)
        )
    if not found:
        return free, ""
    worth, setting, batch = max(found, key=lambda item: item[0])
    if worth == -math.inf:
        return free, "No setting of what is hard to change has room for the whole batch."
    return batch, setting_words(space, setting, kept=setting == last)


def even_batch(
    space: Space, ask: Ask, fill: Callable[[int, Setting], list[dict[str, Any]]]
) -> tuple[list[dict[str, Any]], str]:
    """Points that cover a space evenly, at the setting that the first one of them has.

    Parameters
    ----------
    space, ask
        Variables, and what is asked for.
    fill
        From a number of points and what is held beside the question's to points.
    """
    hard = [name for name in hard_to_change(space, ask) if name in space]
    if not hard:
        return fill(ask.n, {}), ""
    first = fill(1, {})[0]
    setting = {name: first[name] for name in hard if name in first}
    try:
        points = fill(ask.n, setting)
    except OptwidgetsError:  # fewer points than that are left at this setting
        return fill(ask.n, {}), ""
    return points, setting_words(space, setting, kept=False) if setting else ""


def setting_words(space: Space, setting: Mapping[str, Any], *, kept: bool) -> str:
    """Say which setting a batch keeps.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("oven", 100, 300, unit="°C", changes="hard"),))
    >>> setting_words(space, {"oven": 200.0}, kept=True)
    'oven 200.0 °C, hard to change, stays as it is in this batch.'
    """
    parts = []
    for name, value in setting.items():
        variable = space[name]
        unit = f" {variable.unit_text}" if variable.unit_text else ""
        parts.append(f"{short(name)} {variable.format(value)}{unit}")
    words = "stays as it is in this batch" if kept else "is the same in the whole batch"
    if len(parts) > 1:
        words = "stay as they are in this batch" if kept else "are the same in the whole batch"
    return f"{enumerate_words(parts)}, hard to change, {words}."


def _setting(proposal: Proposal, hard: Sequence[str]) -> Setting:
    return {name: proposal.inputs[name] for name in hard if name in proposal.inputs}


def _different(settings: Sequence[Setting]) -> list[Setting]:
    found: list[Setting] = []
    for setting in settings:
        if setting and setting not in found:
            found.append(setting)
    return found


def _worth(strategy: Strategy, batch: Sequence[Proposal]) -> float:
    """Tell what a whole batch is worth: each point given those before it, or all at once."""
    values = [proposal.acquisition for proposal in batch]
    if strategy.monte_carlo:  # each of them has the value of the whole batch
        return values[0]
    if "Log" in strategy.name:
        top = max(values)
        return (
            top + math.log(sum(math.exp(value - top) for value in values))
            if top > -math.inf
            else top
        )
    return sum(values)
