"""Suggestions as their panel shows them: rows of the table, and how earlier ones did."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from optwidgets.campaign.observing import last_observed
from optwidgets.errors import OptwidgetsError
from optwidgets.journal.state import LOCKS
from optwidgets.space.numbers import show, significant_decimals
from optwidgets.widgets._goal_choices import ALL, fitting_strategies

if TYPE_CHECKING:
    from collections.abc import Callable

    from optwidgets.data.suggestion import SuggestionInfo
    from optwidgets.data.table import Objective, Row, Table
    from optwidgets.journal.state import SessionState
    from optwidgets.space.space import Space
    from optwidgets.space.variable import Variable

    #: From a row to mean and standard deviation of each objective, where they were to be made anew.
    Predict = Callable[[Row], Mapping[str, tuple[float, float]] | None]

MAX_BATCH = 24
BATCH = 3
EARLIER = 9

#: Option of the panel to its name in the session's settings. The names are read by
#: people, in the history and beside Undo.
SETTINGS: Mapping[str, str] = {
    "strategy": "suggest strategy",
    "goal": "suggest goal",
    "objective": "suggest objective",
    "batch_size": "suggest batch size",
    "balance": "suggest balance",
    "weights": "suggest weights",
    "locks": LOCKS,
}


def options_of(state: SessionState) -> dict[str, Any]:
    """Return the options of the next round, with defaults for what nobody chose.

    Settings come from files, too: what does not fit counts as not chosen. Locks of
    variables that are gone, or whose value does not fit any more, hold nothing.

    Examples
    --------
    >>> from optwidgets.journal.state import SessionState
    >>> options = options_of(SessionState())
    >>> options["strategy"], options["goal"], options["objective"], options["batch_size"]
    ('EI', 'maximize', 'Output', 3)
    """
    stored = {key: state.settings.get(name) for key, name in SETTINGS.items()}
    strategy, balance, size = stored["strategy"], stored["balance"], stored["batch_size"]
    name, names = stored["objective"], state.table.target_names
    known = name in names
    several = not known and len(names) > 1
    objective = state.table.objective(name if known else None)
    goal = stored["goal"] if stored["goal"] in ("maximize", "minimize") else None
    chosen = ALL if several else objective.name
    strategies = fitting_strategies(state.table, chosen, backend_of(state))
    # Without a stored name the goal was chosen for the only objective that there was.
    stands = known or (name is None and not several)
    locks = stored["locks"] if isinstance(stored["locks"], Mapping) else {}
    return {
        "strategy": strategy
        if any(item["name"] == strategy for item in strategies)
        else strategies[0]["name"],
        "goal": "pareto" if several else (goal if stands and goal else objective.goal),
        "objective": chosen,
        "batch_size": size if isinstance(size, int) and 1 <= size <= MAX_BATCH else BATCH,
        "balance": balance if isinstance(balance, float) and 0 <= balance <= 1 else 0.5,
        "weights": _weights(stored["weights"], names if several else ()),
        "locks": {
            variable.name: locks[variable.name]
            for variable in state.space
            if variable.name in locks
            and (_reads(variable, locks[variable.name]) or variable.contains(locks[variable.name]))
        },
    }


def _weights(stored: Any, names: Sequence[str]) -> dict[str, float]:
    """Weights of the objectives that have one; what is no weight counts as not given."""
    found = stored if isinstance(stored, Mapping) else {}
    return {
        name: float(found[name])
        for name in names
        if isinstance(found.get(name), (int, float)) and 0 <= found[name] < math.inf
    }


def _reads(variable: Variable, value: Any) -> bool:
    """Whether an observed variable may read a value: also one outside its bounds."""
    try:
        return variable.observed and variable.check(value) is not None
    except OptwidgetsError:
        return False


def observed_views(state: SessionState, locks: Mapping[str, Any]) -> list[dict[str, str]]:
    """Return what is shown of the observed variables, in order.

    Parameters
    ----------
    state
        Space and table of one revision.
    locks
        What somebody said that they read now.

    Returns
    -------
    list of dict
        ``name``, ``unit``, ``text`` (what it reads now; empty for as measured last) and
        ``last`` (what was measured last; empty without a result).
    """
    last = last_observed(state)
    found = []
    for name in state.space.observed:
        variable = state.space[name]
        texts = [
            value_text(variable, values[name]) if name in values else "" for values in (locks, last)
        ]
        found.append({"name": name, "unit": variable.unit_text, "text": texts[0], "last": texts[1]})
    return found


def backend_of(state: SessionState) -> str:
    """Return the backend of the model that the next round works with."""
    return str((state.model or {}).get("backend", "botorch"))


def cards_of(
    state: SessionState, objective: Objective, predict: Predict | None = None
) -> list[dict[str, Any]]:
    """Return the cards: one for each row in state suggested.

    Parameters
    ----------
    state
        Space and table of one revision.
    objective
        What was predicted, for the unit.
    predict
        From the settings of a row to mean and standard deviation by objective, or None.
        Asked for rows whose settings were edited after they were suggested, so that the
        prediction follows the edit.
    """
    names = set(state.table.target_names)
    return [
        _card(row, state.space, objective, predict, names) for row in suggested_rows(state.table)
    ]


def _card(
    row: Row, space: Space, objective: Objective, predict: Predict | None, names: set[str]
) -> dict[str, Any]:
    info = row.suggestion
    mean, sd = (info.mean, info.sd) if info else (None, None)
    several = {name: (m, s) for name, m, s in info.predicted if name in names} if info else {}
    edited = predict(row) if predict is not None else None
    if edited is not None:
        mean, sd = edited.get(objective.name, (None, None))
        several = {name: edited.get(name, known) for name, known in several.items()}
    return {
        "row": row.id,
        "mean": mean,
        "sd": sd,
        # With several objectives what is predicted for each, in the order of their models.
        "predicted": [
            {"objective": name, "mean": middle, "sd": width}
            for name, (middle, width) in several.items()
        ],
        "fallback": bool(info and info.fallback),
        "strategy": info.strategy if info else "",
        # The reasons hold for the point that was suggested, and not for an edited one.
        "explore": info.explore if info and edited is None else None,
        "gain": _why(info, objective.unit) if info and edited is None else "",
        "nearest": info.nearest_row if info and edited is None else None,
        "distance": info.distance if info and edited is None else None,
        "settings": [_setting(variable, row.inputs.get(variable.name)) for variable in space],
    }


def _why(info: SuggestionInfo, unit: str) -> str:
    # Rows of older sessions have the number only.
    return gain_words(info.gain, unit) if info.gain_words is None else info.gain_words


def gain_words(gain: float | None, unit: str = "") -> str:
    """Return the expected gain over the best so far, with two digits.

    Examples
    --------
    >>> gain_words(0.1934, "%"), gain_words(0.0), gain_words(None)
    ('expected gain 0.19 %', 'no gain expected', '')
    """
    if gain is None:
        return ""
    if gain <= 0:
        return "no gain expected"
    decimals = significant_decimals(gain, 2)
    return f"expected gain {show(gain, decimals)}{f' {unit}' if unit else ''}"


def value_text(variable: Variable, value: Any) -> str:
    """Return a value of a row as shown; a value of another kind is shown as it is."""
    try:
        return variable.format(variable.check(value))
    except ValueError:
        return str(value)


def _setting(variable: Variable, value: Any) -> dict[str, Any]:
    return {
        "name": variable.name,
        "unit": variable.unit_text,
        "text": "" if value is None else value_text(variable, value),
        "value": value,
    }


def prediction_of(info: SuggestionInfo, objective: str) -> tuple[float, float] | None:
    """Return mean and standard deviation that a suggestion has for an objective."""
    if info.predicted:
        return next(((m, s) for name, m, s in info.predicted if name == objective), None)
    return None if info.mean is None or info.sd is None else (info.mean, info.sd)


def suggested_rows(table: Table) -> list[Row]:
    """Return the rows in state suggested, in order."""
    return [row for row in table.pending() if row.state == "suggested"]


def predicted_rows(table: Table) -> list[Row]:
    """Return the rows in state suggested that a model chose, in order."""
    return [
        row
        for row in suggested_rows(table)
        if row.suggestion is not None and row.suggestion.mean is not None
    ]


def round_of(table: Table) -> dict[str, Any] | None:
    """Return the last round of suggestions: how many, from how many results.

    Read from the rows, so that it is true after a restart and after undo, too.

    Returns
    -------
    dict or None
        ``count``, ``results``, ``newer`` (results that came after the oldest
        prediction that still stands; a plan does not age) and ``made``, the time of
        the round.
    """
    made = [row for row in table if row.suggestion is not None and row.created_at]
    if not made:
        return None
    last = max(row.created_at for row in made)
    oldest = min((row.created_at for row in predicted_rows(table) if row.created_at), default=None)
    finished = [row.finished_at for row in table.done() if row.finished_at]
    return {
        "count": sum(1 for row in made if row.created_at == last),
        "results": sum(1 for at in finished if at <= last),
        "newer": 0 if oldest is None else sum(1 for at in finished if at > oldest),
        "made": last,
    }


def earlier_of(
    table: Table, objective: str, counts: Callable[[Row], bool], limit: int = EARLIER
) -> list[dict[str, Any]]:
    """Return the last suggestions that have a result: predicted before, and measured.

    Parameters
    ----------
    table
        The experiments.
    objective
        Name of the result that was predicted.
    counts
        Whether the prediction of a row is about its settings: not when it was
        edited after it was suggested.
    limit
        How many at most, the latest first.
    """
    found: list[dict[str, Any]] = []
    for number in reversed(table.ids):
        row = table.rows[number]
        info = row.suggestion
        predicted = None if info is None else prediction_of(info, objective)
        if predicted is None or objective not in row.outputs:
            continue
        if row.state not in ("done", "excluded") or not counts(row):
            continue
        found.append(
            {
                "row": row.id,
                "mean": predicted[0],
                "sd": predicted[1],
                "measured": row.outputs[objective],
                "excluded": row.state == "excluded",
            }
        )
        if len(found) == limit:
            break
    return found
