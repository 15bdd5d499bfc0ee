"""Observed variables in a question: values that are given, or those measured last.

Sources
-------
A. Krause, C. S. Ong, "Contextual Gaussian Process Bandit Optimization", NeurIPS 2011 (one
model over choices and context, searched with the context fixed).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import did_you_mean, enumerate_words, short

if TYPE_CHECKING:
    from optwidgets.journal.state import SessionState
    from optwidgets.space.space import Space


@dataclass(frozen=True)
class Held:
    """Variables that a question fixes.

    Parameters
    ----------
    values
        Variable to value: those that are held, and the observed ones as far as they are known.
    assumed
        Names of the observed ones that nobody gave: they are as measured last.
    """

    values: dict[str, Any]
    assumed: tuple[str, ...] = field(default=())


def held_for(
    state: SessionState,
    hold: Mapping[str, Any] | None = None,
    observed: Mapping[str, Any] | None = None,
) -> Held:
    """Return what a question fixes; what is observed and not given is as measured last.

    Parameters
    ----------
    state
        Space and experiments.
    hold, observed
        As for `optwidgets.OptimizationSession.suggest_next`. An observed variable may stand
        in either.

    Raises
    ------
    OptwidgetsError
        For a name that is not known or not observed, a value of another type, or nothing
        that is left to choose.

    Examples
    --------
    >>> from optwidgets import OptimizationSession
    >>> session = OptimizationSession()
    >>> session.add_variable("T", "real", bounds=(0, 1))
    >>> session.add_variable("humidity", "real", bounds=(20, 80), observed=True)
    >>> _ = session.add_experiment({"T": 0.3, "humidity": 55}, output=1.0)
    >>> held_for(session.state)
    Held(values={'humidity': 55.0}, assumed=('humidity',))
    >>> held_for(session.state, observed={"humidity": 40}).values
    {'humidity': 40.0}
    """
    space = state.space
    _check_observed(space, observed or {})
    values = space.check_point({**(hold or {}), **(observed or {})}, partial=True)
    _check_conditions(space, values)
    if all(name in values for name in space.chosen.names):
        free = "Free at least one of them." if len(space.chosen) else "Add one that is chosen."
        raise OptwidgetsError(f"Every variable is held. {free}")
    last = last_observed(state)
    assumed = tuple(name for name in last if name not in values)
    return Held(values | {name: last[name] for name in assumed}, assumed)


def last_observed(state: SessionState) -> dict[str, Any]:
    """Value of each observed variable in the last result that has one."""
    rows = list(state.table.done())[::-1] if state.space.observed else []
    found: dict[str, Any] = {}
    for name in state.space.observed:
        values = (row.inputs.get(name) for row in rows)
        value = next((value for value in values if value is not None), None)
        if value is not None:
            found[name] = state.space[name].check(value)
    return found


def assumed_words(space: Space, held: Mapping[str, Any], assumed: tuple[str, ...]) -> str:
    """Say which values nobody gave; empty where there are none.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> space = Space((Real("humidity", 20, 80, unit="%", observed=True),))
    >>> assumed_words(space, {"humidity": 55.0}, ("humidity",))
    'humidity 55.0 % as measured last; observed={"humidity": ...} gives another value.'
    """
    if not assumed:
        return ""
    parts = []
    for name in assumed:
        variable = space[name]
        unit = f" {variable.unit_text}" if variable.unit_text else ""
        parts.append(f"{short(name)} {variable.format(held[name])}{unit}")
    return (
        f'{enumerate_words(parts)} as measured last; observed={{"{short(assumed[0])}": ...}} '
        "gives another value."
    )


def with_observed(state: SessionState, held: Mapping[str, Any]) -> SessionState:
    """Return the state whose waiting rows have the observed values that they lack.

    A planned row has none until it is run; it must count as pending all the same.
    """
    known = {name: held[name] for name in state.space.observed if name in held}
    rows = [
        replace(row, inputs={**known, **row.inputs})
        for row in state.table
        if known and row.state in ("suggested", "running", "failed")
        and not known.keys() <= row.inputs.keys()
    ]  # fmt: skip
    return replace(state, table=state.table.with_rows(rows)) if rows else state


def plannable(state: SessionState, held: Mapping[str, Any]) -> Space:
    """Return the space that points can be planned in: without what is observed and not known."""
    space = state.space
    return space if all(name in held for name in space.observed) else space.chosen


def _check_conditions(space: Space, values: Mapping[str, Any]) -> None:
    """Refuse to hold what is not there with the other values that are held."""
    gone: set[str] = set()
    for variable in space.conditional:
        condition, name = variable.active_if, variable.name
        assert condition is not None  # of those that are conditional
        for parent, wanted in condition.parents:
            if parent in gone:
                reason = f"{short(parent)} is not there either"
            elif parent in values and values[parent] not in wanted:
                reason = f"{short(parent)} is held at {short(values[parent])}"
            else:
                continue
            gone.add(name)
            if values.get(name) is not None:
                raise OptwidgetsError(
                    f"{short(name)} is held, but it is there {condition.describe()}, and {reason}. "
                    "Release one of them.",
                    field="hold",
                    column=name,
                )


def _check_observed(space: Space, observed: Mapping[str, Any]) -> None:
    for name in observed:
        if name not in space:
            raise OptwidgetsError(did_you_mean(name, space.names), field="observed")
        if not space[name].observed:
            raise OptwidgetsError(
                f"{short(name)} is chosen, not observed. Fix it with hold={{...}}, or make it "
                f"observed with change_variable({name!r}, observed=True).",
                field="observed",
                column=name,
            )
