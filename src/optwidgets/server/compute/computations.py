"""The registry of what may be computed in a child process, by name.

A face that needs a computation of its own decorates a function in a module of its own
and adds the module's name to `MODULES`; nothing that a client sends is ever a name of code.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from importlib import import_module
from typing import Any, TypeVar

from optwidgets.errors import OptwidgetsError

#: Modules whose computations are known; imported by the child, which alone runs them.
MODULES: list[str] = [
    "optwidgets.server.compute.campaign",
    "optwidgets.server.compute.fits",
    "optwidgets.server.compute.files",
    "optwidgets.server.compute.alchemist",
    "optwidgets.server.compute.alchemist_designs",
    "optwidgets.server.compute.alchemist_figures",
]

DEADLINE_SECONDS = 300.0

F = TypeVar("F", bound=Callable[..., Any])
Result = Any
_known: dict[str, Computation] = {}


@dataclass(frozen=True)
class Computation:
    """One line of the registry.

    Parameters
    ----------
    name
        How it is asked for.
    run
        ``run(session, **arguments)``; what it returns is made JSON by `plain`. What it
        changes in the session is recorded by the server when it has ended well.
    label
        What it does, in words: "Training the model".
    records
        Whether it may change the session; such computations wait for each other.
    deadline
        Seconds after which its process is killed, unless the caller says otherwise.
    fallback
        Name of a quick computation with the same arguments that answers after the deadline.
    """

    name: str
    run: Callable[..., Any]
    label: str
    records: bool = False
    deadline: float = DEADLINE_SECONDS
    fallback: str | None = None


def computation(
    name: str,
    label: str,
    *,
    records: bool = False,
    deadline: float = DEADLINE_SECONDS,
    fallback: str | None = None,
) -> Callable[[F], F]:
    """Register a function of a session and JSON arguments under a name.

    Examples
    --------
    >>> @computation("count-rows", "Counting the rows")
    ... def count_rows(session):
    ...     return len(session.state.table)
    >>> find("count-rows").label
    'Counting the rows'
    """

    def register(function: F) -> F:
        _known[name] = Computation(name, function, label, records, deadline, fallback)
        return function

    return register


def find(name: object) -> Computation:
    """Return the computation of a name.

    Raises
    ------
    OptwidgetsError
        When there is none of that name.
    """
    for module in MODULES:
        if name in _known:
            break  # the server asks, too, and need not load what only others use
        import_module(module)
    if not isinstance(name, str) or name not in _known:
        known = ", ".join(sorted(_known))
        raise OptwidgetsError(
            f"There is no computation {str(name)[:60]!r}. There are {known}.", field="kind"
        )
    return _known[name]


def names() -> list[str]:
    """Return the names of all computations, in order."""
    load()
    return sorted(_known)


def load() -> None:
    """Import the modules that register computations; quick when it was done before."""
    for module in MODULES:
        import_module(module)


def check_arguments(found: Computation, arguments: Mapping[str, Any]) -> None:
    """Raise the sentence for an argument that a computation does not take, or that is missing."""
    session, *taken = inspect.signature(found.run).parameters.values()
    named = {p.name: p for p in taken if p.kind is not p.VAR_KEYWORD}
    open_ended = len(named) < len(taken)
    for name in arguments:
        if name == session.name or (name not in named and not open_ended):
            choices = ", ".join(named) or "none"
            raise OptwidgetsError(
                f"The computation {found.name!r} takes no argument {name!r}; it takes {choices}.",
                field=name,
            )
    for name, parameter in named.items():
        if parameter.default is parameter.empty and name not in arguments:
            raise OptwidgetsError(
                f"The computation {found.name!r} needs the argument {name!r}.", field=name
            )
