"""The goals that an objective can have: which results are better, and how people say it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.numbers import finite_number
from optwidgets.space.text import short


@dataclass(frozen=True)
class Goal:
    """One entry of `GOALS`.

    Parameters
    ----------
    name
        How it is stored.
    verb
        How the interface calls it.
    sign
        1 where more is better, -1 where less is, 0 where a value in between is.
    shows
        Which results are better.
    option
        Option of an objective that says what is wanted; empty where nothing more is needed.
    spellings
        Other names that users write.
    """

    name: str
    verb: str
    sign: int
    shows: str
    option: str = ""
    spellings: tuple[str, ...] = ()


GOALS: dict[str, Goal] = {
    goal.name: goal
    for goal in (
        Goal("maximize", "Maximise", 1, "Larger ones", spellings=("maximise", "max")),
        Goal("minimize", "Minimise", -1, "Smaller ones", spellings=("minimise", "min")),
        Goal("target", "Bring to a target", 0, "Those nearer to the target", "target", ("match",)),
        Goal(
            "band", "Keep in a band", 0, "Those in the band, all the same; else the nearer ones",
            "band", ("range", "in range"),
        ),
    )
}  # fmt: skip

_SPELLINGS = {
    spelling: goal for goal in GOALS.values() for spelling in (goal.name, *goal.spellings)
}


def find_goal(name: object) -> Goal:
    """Goal by name; British spelling and capitals are fine.

    Raises
    ------
    OptwidgetsError
        ``error.field`` is ``"Goal"``.

    Examples
    --------
    >>> find_goal("Maximise").name, find_goal("band").option
    ('maximize', 'band')
    >>> find_goal("most")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: Goal "most" is not one of maximize, minimize, target and band.
    """
    goal = _SPELLINGS.get(str(name).strip().lower())
    if goal is None:
        *first, last = GOALS
        raise OptwidgetsError(
            f'Goal "{short(name)}" is not one of {", ".join(first)} and {last}.', field="Goal"
        )
    return goal


def check_wanted(goal: Goal, name: str, target: Any, band: Any) -> tuple[Any, Any]:
    """Return target and band of an objective, checked: those that its goal needs, and no other.

    Raises
    ------
    OptwidgetsError
        A missing number, one that belongs to another goal, or no band.

    Examples
    --------
    >>> check_wanted(GOALS["band"], "pH", None, [6.5, "7,5"])
    (None, (6.5, 7.5))
    >>> check_wanted(GOALS["target"], "pH", None, None)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: The goal target of pH needs target=, the value to come close to.
    """
    given = {"target": target, "band": band}
    for option, value in given.items():
        if value is not None and goal.option != option:
            raise OptwidgetsError(
                f"{option}= of {short(name)} belongs to goal={option!r}; its goal is "
                f"{goal.name!r}. Change one of them.",
                field=option,
            )
    if goal.option and given[goal.option] is None:
        raise OptwidgetsError(
            f"The goal {goal.name} of {short(name)} needs {_NEEDS[goal.option]}.",
            field=goal.option,
        )
    if target is not None:
        target = finite_number(target, f"The target of {short(name)}", field="target")
    return target, None if band is None else _band(name, band)


_NEEDS = {
    "target": "target=, the value to come close to",
    "band": "band=(lowest, highest), between which every result is as good",
}


def _band(name: str, band: Any) -> tuple[float, float]:
    try:
        ends = list(band) if not isinstance(band, (str, Mapping)) else []
    except TypeError:
        ends = []
    if len(ends) != 2:
        raise OptwidgetsError(
            f"The band of {short(name)} is two numbers, such as band=(6.5, 7.5), not "
            f"{short(band)}.",
            field="band",
        )
    low, high = (finite_number(end, f"The band of {short(name)}", field="band") for end in ends)
    if not low < high:
        raise OptwidgetsError(
            f"The band of {short(name)} must rise, from its lowest to its highest value; it goes "
            f"from {low:g} to {high:g}. For a single value use goal='target'.",
            field="band",
        )
    return low, high
