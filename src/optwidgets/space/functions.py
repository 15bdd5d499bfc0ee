"""Functions that only this kernel knows: a session keeps their keys, never the functions."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short

if TYPE_CHECKING:
    from numpy.typing import NDArray

    #: From names to arrays (m,), to m numbers or truth values.
    Function = Callable[[Mapping[str, NDArray[Any]]], Any]

_FUNCTIONS: dict[str, Function] = {}


def new_key() -> str:
    """Make up a key that nobody else has."""
    return secrets.token_hex(8)


def keep_function(key: str, function: Function, *, otherwise: str) -> None:
    """Say which function a key stands for, in this kernel.

    Raises
    ------
    OptwidgetsError
        When it cannot be called; `otherwise` says what is needed.
    """
    if not callable(function):
        raise OptwidgetsError(f"{otherwise}, not {short(repr(function))}.", field="function")
    _FUNCTIONS[key] = function


def knows_function(key: str) -> bool:
    """Whether this kernel knows the function."""
    return key in _FUNCTIONS


def call_function(
    key: str, values: Mapping[str, NDArray[Any]], *, of: str, again: str, returns: str
) -> NDArray[Any]:
    """Call a function with copies of the columns, so that it can spoil nothing.

    Parameters
    ----------
    key
        Of the function.
    values
        Its m values of each variable that it takes.
    of
        Whose function it is, for the sentences.
    again
        What to do where the kernel does not know it.
    returns
        What it should return.

    Returns
    -------
    ndarray
        Truth values or numbers (m,).

    Raises
    ------
    OptwidgetsError
        When the kernel does not know the function, or it fails, or returns something else.

    Examples
    --------
    >>> import numpy as np
    >>> keep_function("k", lambda v: v["a"] > 1, otherwise="x needs a function")
    >>> words = {"of": "x", "again": "Give it again.", "returns": "as many numbers"}
    >>> call_function("k", {"a": np.array([1.0, 2.0])}, **words).tolist()
    [False, True]
    >>> call_function("other", {"a": np.array([1.0])}, **words)
    Traceback (most recent call last):
    ...
    optwidgets.errors.OptwidgetsError: The function of x is not saved with a session. Give it again.
    """
    import numpy as np

    if key not in _FUNCTIONS:
        raise OptwidgetsError(
            f"The function of {of} is not saved with a session. {again}", field="function"
        )
    m = len(next(iter(values.values())))
    try:
        found = np.asarray(_FUNCTIONS[key]({name: value.copy() for name, value in values.items()}))
        found = found if found.dtype == bool else found.astype(np.float64)
        return np.broadcast_to(found, (m,)).copy()
    except Exception as error:
        raise OptwidgetsError(
            f"The function of {of} failed: {short(str(error) or type(error).__name__, 120)}. "
            f"It takes a mapping of names to arrays and returns {returns}.",
            field="function",
        ) from error
