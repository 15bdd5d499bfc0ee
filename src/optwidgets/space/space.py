"""The space of all settings: an immutable, ordered set of variables, and rules between them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.base import Variable
from optwidgets.space.checking import expect_list
from optwidgets.space.conditions import parents_first
from optwidgets.space.constraints import Constraint
from optwidgets.space.constraints.base import next_label
from optwidgets.space.derived import Derived
from optwidgets.space.points import PointChecks
from optwidgets.space.text import did_you_mean, enumerate_words, short
from optwidgets.space.variable import variable_from_dict


@dataclass(frozen=True)
class Space(PointChecks):
    """Variables in the order in which people see them; every change is a new space.

    Parameters
    ----------
    variables
        Variables with different names.
    constraints
        Rules between them, with different names.
    derived
        Numbers that follow from them, which a model sees beside them.

    Examples
    --------
    >>> from optwidgets.space.variable import Categorical, Real
    >>> space = Space((Real("Temperature", 60, 140), Categorical("Catalyst", ("A", "B"))))
    >>> space.names, space["Temperature"].bounds
    (('Temperature', 'Catalyst'), (60.0, 140.0))
    >>> space.outside({"Temperature": 150, "Catalyst": "A"})
    ['Temperature']
    """

    variables: tuple[Variable, ...] = ()
    # Not in the repr, which identifies a fit: a model does not depend on where points may lie.
    constraints: tuple[Constraint, ...] = field(default=(), repr=False)
    # Not in the repr, because fits of versions that did not know it are found again by it.
    derived: tuple[Derived, ...] = field(default=(), repr=False)

    def __post_init__(self) -> None:
        for name in ("variables", "constraints", "derived"):
            object.__setattr__(self, name, tuple(getattr(self, name)))
        seen: set[str] = set()
        for name in (*self.names, *(item.name for item in self.derived)):
            if name in seen:
                raise OptwidgetsError(
                    f"{short(name)} exists already. Use another name.", field="Name"
                )
            seen.add(name)
        if any(variable.active_if for variable in self.variables):
            checked = (self._with_checked_condition(variable) for variable in self.variables)
            object.__setattr__(self, "variables", tuple(checked))
            self.__dict__.pop("_by_name", None)  # it holds the variables from before
            parents_first(self.variables)
        labels: set[str] = set()
        for constraint in self.constraints:
            if constraint.label in labels:
                raise OptwidgetsError(
                    f"A constraint {short(constraint.label)} exists already. Use another name.",
                    field="name",
                )
            labels.add(constraint.label)
            constraint.check(self._by_name)
            self._check_chosen(constraint)
        for item in self.derived:
            item.check(self._by_name)

    def _with_checked_condition(self, variable: Variable) -> Variable:
        """Variable whose condition has the values that its parents write."""
        if variable.active_if is None:
            return variable
        checked = variable.active_if.checked(variable.name, self._by_name)
        return variable if checked == variable.active_if else replace(variable, active_if=checked)

    def _check_chosen(self, rule: Constraint) -> None:
        """Raise a sentence when a constraint speaks of a variable that nobody chooses."""
        observed = [name for name in rule.variables if self[name].observed]
        if observed:
            raise OptwidgetsError(
                f"{enumerate_words(observed)} is observed, not chosen: the constraint "
                f"{short(rule.describe(), 80)} cannot speak of it. Make it controllable, or leave "
                "it out of the constraint.",
                field="role",
            )
        conditional = [name for name in rule.variables if self[name].active_if]
        if conditional:
            raise OptwidgetsError(
                f"{short(conditional[0])} is there {self[conditional[0]].active_if.describe()}: "  # type: ignore[union-attr]
                f"the constraint {short(rule.describe(), 80)} cannot speak of it. Take its "
                "condition away, or leave it out of the constraint.",
                field="active_if",
            )

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Names in order."""
        return tuple(variable.name for variable in self.variables)

    @cached_property
    def chosen(self) -> Space:
        """The space of the variables that are chosen: what a plan can be made of.

        Examples
        --------
        >>> from optwidgets.space.variable import Real
        >>> space = Space((Real("T", 0, 1), Real("humidity", 0, 100, observed=True)))
        >>> space.chosen.names, space.observed
        (('T',), ('humidity',))
        """
        if not self.observed:
            return self
        chosen = tuple(variable for variable in self if not variable.observed)
        # No plan looks at what is derived, which may follow from what is observed.
        return replace(self, variables=chosen, derived=())

    @cached_property
    def observed(self) -> tuple[str, ...]:
        """Names of the variables that are measured and not chosen."""
        return tuple(variable.name for variable in self if variable.observed)

    @cached_property
    def hard_to_change(self) -> tuple[str, ...]:
        """Names of the variables that should stay as they are within a batch."""
        return tuple(variable.name for variable in self if variable.hard_to_change)

    @cached_property
    def _by_name(self) -> dict[str, Variable]:
        return {variable.name: variable for variable in self.variables}

    def __len__(self) -> int:
        return len(self.variables)

    def __iter__(self) -> Iterator[Variable]:
        return iter(self.variables)

    def __contains__(self, name: object) -> bool:
        return name in self._by_name

    def __getitem__(self, name: str) -> Variable:
        try:
            return self._by_name[name]
        except (KeyError, TypeError):
            raise OptwidgetsError(did_you_mean(name, self.names), field="Name") from None

    def index(self, name: str) -> int:
        """Place of a variable, from 0."""
        return self.variables.index(self[name])

    def add(self, variable: Variable, position: int | None = None) -> Space:
        """Space with one more variable, at the end or at a position."""
        place = len(self) if position is None else max(0, min(int(position), len(self)))
        return self._with((*self.variables[:place], variable, *self.variables[place:]))

    @cached_property
    def open_ended(self) -> tuple[Variable, ...]:
        """Observed variables that have no bounds."""
        return tuple(v for v in self.variables if v.is_open_ended)

    def change(self, name: str, variable: Variable) -> Space:
        """Space with a variable replaced; another name in it is a rename, also in constraints."""
        place = self.index(name)
        variables = (*self.variables[:place], variable, *self.variables[place + 1 :])
        constraints, derived = self.constraints, self.derived
        if variable.name != name:
            if variable.name in self:  # the sentence about it, before the constraints mix them up
                return Space(variables)
            constraints = tuple(rule.renamed(name, variable.name) for rule in constraints)
            derived = tuple(item.renamed(name, variable.name) for item in derived)
            variables = tuple(_renamed_parent(item, name, variable.name) for item in variables)
        return Space(variables, constraints, derived)

    def remove(self, name: str) -> Space:
        """Space without a variable; one that a constraint speaks of cannot go."""
        gone = self[name]
        users = [rule for rule in self.constraints if name in rule.variables]
        if users:
            raise OptwidgetsError(
                f"{short(name)} stands in the constraint {short(users[0].describe(), 80)}. Remove "
                f"{enumerate_words(rule.label for rule in users)} first.",
                field="Name",
            )
        children = [v.name for v in self if v.active_if and name in v.active_if.names]
        if children:
            raise OptwidgetsError(
                f"{enumerate_words(children)} {'is' if len(children) == 1 else 'are'} there only "
                f"for some values of {short(name)}. Remove {enumerate_words(children)}, or the "
                "condition (active_if=None), first.",
                field="Name",
            )
        followers = [item for item in self.derived if name in item.variables]
        if followers:
            raise OptwidgetsError(
                f"{short(followers[0].describe(), 80)} follows from {short(name)}. Remove "
                f"{enumerate_words(item.name for item in followers)} first.",
                field="Name",
            )
        return self._with(tuple(variable for variable in self.variables if variable is not gone))

    def reorder(self, names: Iterable[str]) -> Space:
        """Space with the same variables in another order."""
        wanted = list(names)
        chosen = tuple(self[name] for name in wanted)
        if sorted(wanted) != sorted(self.names):
            raise OptwidgetsError(
                f"The new order must name each of the {len(self)} variables once."
            )
        return self._with(chosen)

    def _with(self, variables: tuple[Variable, ...]) -> Space:
        return replace(self, variables=variables)

    def constraint(self, label: str) -> Constraint:
        """Find a constraint by its name."""
        for rule in self.constraints:
            if rule.label == label:
                return rule
        raise OptwidgetsError(
            f"There is no constraint {short(label)}."
            + (f" There are {enumerate_words(c.label for c in self.constraints)}."
               if self.constraints else ""),
            field="name",
        )  # fmt: skip

    def constrain(self, rule: Constraint, position: int | None = None) -> Space:
        """Space with one more constraint, at the end or at a position.

        Examples
        --------
        >>> from optwidgets.space.constraints import LinearConstraint
        >>> from optwidgets.space.variable import Real
        >>> space = Space((Real("a", 0, 1), Real("b", 0, 1)))
        >>> space = space.constrain(LinearConstraint("equality", {"a": 1, "b": 1}, 1, "sum"))
        >>> [rule.describe() for rule in space.constraints], space.outside({"a": 1, "b": 0.5})
        (['a + b = 1'], ['a', 'b'])
        """
        rules = list(self.constraints)
        rules.insert(len(rules) if position is None else position, rule)
        return replace(self, constraints=tuple(rules))

    def release(self, label: str) -> Space:
        """Space without a constraint."""
        gone = self.constraint(label)
        return replace(self, constraints=tuple(c for c in self.constraints if c is not gone))

    def given(self, hold: Mapping[str, Any]) -> Space:
        """Variables that are left to choose once some are held, without rules between them.

        A condition on a held variable is met, and gone, or what depends on it goes.

        Examples
        --------
        >>> from optwidgets.space.variable import make_variable
        >>> space = Space(
        ...     (
        ...         make_variable("optimizer", "categorical", categories=["adam", "sgd"]),
        ...         make_variable(
        ...             "momentum", "real", bounds=(0, 1), active_if={"optimizer": ["sgd"]}
        ...         ),
        ...     )
        ... )
        >>> space.given({"optimizer": "sgd"}).names, space.given({"optimizer": "adam"}).names
        (('momentum',), ())
        """
        left: list[Variable] = []
        gone: set[str] = set()
        for variable in parents_first(self.variables):
            condition = variable.active_if
            if condition is not None:
                met = all(hold[n] in values for n, values in condition.parents if n in hold)
                if not met or not gone.isdisjoint(condition.names):
                    gone.add(variable.name)
                    continue
                rest = tuple(item for item in condition.parents if item[0] not in hold)
                variable = replace(variable, active_if=type(condition)(rest) if rest else None)  # noqa: PLW2901
            if variable.name not in hold:
                left.append(variable)
        order = {name: place for place, name in enumerate(self.names)}
        return Space(tuple(sorted(left, key=lambda variable: order[variable.name])))

    @property
    def modelled(self) -> tuple[object, ...]:
        """What a model depends on: the variables and what is derived, not where points may lie."""
        return self.variables, self.derived

    def derived_named(self, name: str) -> Derived:
        """Find a derived variable by its name."""
        for item in self.derived:
            if item.name == name:
                return item
        raise OptwidgetsError(
            did_you_mean(name, [item.name for item in self.derived])
            if self.derived
            else f"There is no derived variable {short(name)}.",
            field="Name",
        )

    def derive(self, item: Derived, position: int | None = None) -> Space:
        """Space with one more derived variable, at the end or at a position.

        Examples
        --------
        >>> from optwidgets.space.derived import DerivedFormula
        >>> from optwidgets.space.variable import Real
        >>> space = Space((Real("a", 0, 1), Real("b", 0, 1)))
        >>> space = space.derive(DerivedFormula("ratio", "a / (a + b)"))
        >>> [item.describe() for item in space.derived], space.names
        (['ratio = a / (a + b)'], ('a', 'b'))
        """
        items = list(self.derived)
        items.insert(len(items) if position is None else position, item)
        return replace(self, derived=tuple(items))

    def underive(self, name: str) -> Space:
        """Space without a derived variable."""
        gone = self.derived_named(name)
        return replace(self, derived=tuple(item for item in self.derived if item is not gone))

    def next_label(self) -> str:
        """Name for a constraint that was given none."""
        return next_label([rule.label for rule in self.constraints])

    def to_dict(self) -> list[dict[str, Any]]:
        """Plain form: the list of variables of a session file."""
        return [variable.to_dict() for variable in self.variables]

    @classmethod
    def from_dict(cls, data: Iterable[Mapping[str, Any]]) -> Space:
        """Read the plain form.

        Examples
        --------
        >>> Space.from_dict([{"name": "n", "type": "integer", "min": 1, "max": 5}]).names
        ('n',)
        """
        return cls(tuple(variable_from_dict(item) for item in expect_list(data, "A search space")))


def _renamed_parent(variable: Variable, old: str, new: str) -> Variable:
    if variable.active_if is None or old not in variable.active_if.names:
        return variable
    return replace(variable, active_if=variable.active_if.renamed(old, new))
