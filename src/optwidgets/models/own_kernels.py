"""Kernels of gpytorch that users bring: known by a name in this process."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from typing import TYPE_CHECKING

from optwidgets.errors import OptwidgetsError
from optwidgets.models.correlation import KERNELS, KernelChoice
from optwidgets.space.text import short

if TYPE_CHECKING:
    from gpytorch.kernels import Kernel

_editions = itertools.count(1)


def register_kernel(name: str, make: Callable[[int], Kernel], *, source: str = "") -> None:
    """Make a kernel of gpytorch known to models by a name, in this process.

    Models with it are fitted by the same search as all others, with values and gradients of
    torch: 2 to 13 times slower than the kernels that we know. Over categories it is multiplied
    with the kernel of their mismatch. A session records the name alone: in another process, the
    kernel has to be registered again. Attached to a server, such models are fitted here.

    Parameters
    ----------
    name
        How `session.train_model(kernel=...)` calls it. Registering a name again replaces the
        kernel; those that come with the package cannot be replaced.
    make
        Called with the number d of numeric variables (in the unit cube; derived ones count).
        Returns a kernel of gpytorch over d inputs; its constraints and priors are kept, and
        parameters without ``requires_grad`` stay as they are.
    source
        Where it comes from, for the record.

    Raises
    ------
    OptwidgetsError
        For a name that is taken or none, or a function that makes no kernel.

    Examples
    --------
    >>> from gpytorch.kernels import PeriodicKernel, ScaleKernel
    >>> from optwidgets import OptimizationSession
    >>> register_kernel("Periodic", lambda d: ScaleKernel(PeriodicKernel(ard_num_dims=d)))
    >>> session = OptimizationSession()
    >>> session.add_variable("phase", "real", bounds=(0, 1))
    >>> for phase in (0.05, 0.2, 0.35, 0.5, 0.7):
    ...     row = session.add_experiment({"phase": phase}, output=abs(phase % 0.5 - 0.25))
    >>> session.train_model(kernel="Periodic")["kernel"]
    'Periodic'
    >>> len(session.suggest_next("EI"))
    1
    >>> forget_kernel("Periodic")
    """
    from optwidgets.models.torch_part import checked_kernel

    text: object = name
    if not isinstance(text, str) or not text or text != text.strip() or len(text) > 60:
        raise OptwidgetsError(
            f"The name of a kernel is a text of 1 to 60 characters, not {short(repr(name))}.",
            field="name",
        )
    taken = {known.lower(): known for known in KERNELS if known != name}
    if name.lower() in taken or (name in KERNELS and KERNELS[name].make is None):
        raise OptwidgetsError(
            f"There is a kernel {taken.get(name.lower(), name)!r} already. Choose another name.",
            field="name",
        )
    if not callable(make):
        raise OptwidgetsError(
            f"The kernel is made by a function of the number of variables, not {short(repr(make))}.",
            field="make",
        )
    checked_kernel(make, 2)
    KERNELS[name] = KernelChoice(
        name, (), {}, source, ("botorch",), make=make, edition=next(_editions)
    )


def forget_kernel(name: str) -> None:
    """Take a kernel out again that was registered.

    Raises
    ------
    OptwidgetsError
        For a name that was not registered.

    Examples
    --------
    >>> forget_kernel("RBF")
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: No kernel was registered as 'RBF'.
    """
    known = _registered(name)
    if known is None:
        raise OptwidgetsError(f"No kernel was registered as {short(repr(name))}.", field="name")
    del KERNELS[known]


def is_own(name: object) -> bool:
    """Whether a kernel is one that was registered, hence known to this process alone.

    Examples
    --------
    >>> is_own("Matern"), is_own("never heard of")
    (False, False)
    """
    return _registered(name) is not None


def _registered(name: object) -> str | None:
    """Return how a kernel was registered that is asked for in any case, as models find it."""
    wanted = str(name).strip().lower()
    for known, choice in KERNELS.items():
        if choice.make is not None and known.lower() == wanted:
            return known
    return None
