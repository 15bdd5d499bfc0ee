"""Conditional variables: there only while other variables have certain values.

A condition is a value of its own, so that it can be compared, saved and undone. What it means
for points of a space is in `optwidgets.space.activity`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import did_you_mean, enumerate_words, short

if TYPE_CHECKING:
    from optwidgets.space.base import Value, Variable


@dataclass(frozen=True)
class Condition:
    """Parents and the values, one of which each of them must have.

    Parameters
    ----------
    parents
        Name of a parent and its values, for each parent. With several of them all must hold.

    Examples
    --------
    >>> condition = read_condition("momentum", {"optimizer": ["sgd", "nag"], "layers": 2})
    >>> condition.describe()
    'only if optimizer = sgd or nag and layers = 2'
    >>> condition.holds({"optimizer": "sgd", "layers": 2}), condition.holds({"optimizer": "adam"})
    (True, False)
    """

    parents: tuple[tuple[str, tuple[Value, ...]], ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the parents."""
        return tuple(name for name, _ in self.parents)

    def holds(self, point: Mapping[str, Any]) -> bool:
        """Whether each parent has one of its values; not where a parent has none."""
        return all(point.get(name) in values for name, values in self.parents)

    def describe(self) -> str:
        """Say it in words."""
        parts = (
            f"{short(name)} = {enumerate_words(map(str, values)).replace(' and ', ' or ')}"
            for name, values in self.parents
        )
        return f"only if {' and '.join(parts)}"

    def renamed(self, old: str, new: str) -> Condition:
        """Return the condition after a variable got another name."""
        return Condition(
            tuple((new if name == old else name, values) for name, values in self.parents)
        )

    def checked(self, child: str, variables: Mapping[str, Variable]) -> Condition:
        """Return the condition with its values as the parents write them.

        Raises
        ------
        OptwidgetsError
            For a parent that is not there or not of a kind with values, or a value that it
            does not have.
        """
        return Condition(
            tuple((name, _checked(child, name, values, variables)) for name, values in self.parents)
        )

    def to_dict(self) -> dict[str, list[Value]]:
        """Plain form of the session file."""
        return {name: list(values) for name, values in self.parents}


def read_condition(child: str, given: object) -> Condition | None:
    """Read a condition as people write it: ``{"optimizer": ["sgd"]}``, or as in a table.

    Raises
    ------
    OptwidgetsError
        When it is something else.

    Examples
    --------
    >>> read_condition("momentum", "optimizer = sgd | nag; layers = 2").to_dict()
    {'optimizer': ['sgd', 'nag'], 'layers': ['2']}
    """
    if given is None or isinstance(given, Condition):
        return given
    if isinstance(given, str):
        given = _of_text(child, given)
    if not isinstance(given, Mapping) or not given:
        raise _unreadable(child, given)
    parents = []
    for name, values in given.items():
        one = isinstance(values, (str, bytes)) or not isinstance(values, Iterable)
        found = (values,) if one else tuple(values)
        if not found or not all(isinstance(value, (str, int, float)) for value in found):
            raise _unreadable(child, given)
        parents.append((str(name), tuple(dict.fromkeys(found))))
    return Condition(tuple(parents))


def condition_text(condition: Condition) -> str:
    """Write a condition as a table does.

    Examples
    --------
    >>> condition_text(Condition((("optimizer", ("sgd", "nag")),)))
    'optimizer = sgd | nag'
    """
    parts = (f"{name} = {' | '.join(map(str, values))}" for name, values in condition.parents)
    return "; ".join(parts)


def parents_first(variables: Sequence[Variable]) -> list[Variable]:
    """Variables in an order in which each comes after those that it depends on.

    Raises
    ------
    OptwidgetsError
        When variables depend on each other in a circle.
    """
    known = {variable.name: variable for variable in variables}
    done: dict[str, Variable] = {}

    def visit(variable: Variable, path: tuple[str, ...]) -> None:
        if variable.name in path:
            circle = path[path.index(variable.name) :]
            raise OptwidgetsError(
                f"{enumerate_words(circle)} would be there only if each other is. Take the "
                "condition of one of them away."
                if len(circle) > 1
                else f"{short(variable.name)} cannot depend on itself.",
                field="active_if",
            )
        if variable.name in done:
            return
        for name in variable.active_if.names if variable.active_if else ():
            if name in known:
                visit(known[name], (*path, variable.name))
        done[variable.name] = variable

    for variable in variables:
        visit(variable, ())
    return list(done.values())


def _checked(
    child: str, name: str, values: tuple[Value, ...], variables: Mapping[str, Variable]
) -> tuple[Value, ...]:
    if name not in variables:
        raise OptwidgetsError(
            f"{short(child)} depends on a variable that is not there. "
            f"{did_you_mean(name, variables)}",
            field="active_if",
        )
    parent = variables[name]
    if parent.levels is None:
        raise OptwidgetsError(
            f"{short(child)} cannot depend on {short(name)}: only a categorical, discrete or "
            "integer variable (of at most 1001 values) can decide what is there.",
            field="active_if",
        )
    if parent.observed:
        raise OptwidgetsError(
            f"{short(child)} cannot depend on {short(name)}, which is observed and not chosen.",
            field="active_if",
        )
    found: list[Value] = []
    for value in values:
        checked: Value | None = None
        with suppress(OptwidgetsError):
            checked = parent.check(value)
        if checked is None or not parent.contains(checked):
            raise OptwidgetsError(
                f"{short(child)} is there if {short(name)} is {short(value)}, which it cannot be: "
                f"{short(name)} is {parent.describe()}. Change the condition of {short(child)} "
                "first.",
                field="active_if",
            )
        found.append(checked)
    return tuple(dict.fromkeys(found))


def _of_text(child: str, text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in text.split(";"):
        name, mark, values = part.partition("=")
        if not mark or not name.strip() or not values.strip():
            raise _unreadable(child, text)
        found[name.strip()] = [value.strip() for value in values.split("|")]
    return found


def _unreadable(child: str, given: object) -> OptwidgetsError:
    return OptwidgetsError(
        f"The condition of {short(child)} is {short(repr(given), 80)}. Write the parent and its "
        'values, such as active_if={"optimizer": ["sgd"]}.',
        field="active_if",
    )
