"""The few LAPACK routines of a Gaussian process; large ones without holding Python's lock.

SciPy's own wrappers hold it for as long as a routine runs: at a few hundred rows every edit
of a table would wait for the fit in the background, at a few thousand the interface would
stand still. SciPy publishes the addresses of the routines for other compiled code
(``scipy.linalg.cython_lapack``); ctypes calls them there and gives up the lock meanwhile.
Small matrices go through the wrappers: they are done before ctypes has packed its arguments.

SciPy is loaded with the first routine that is called: who only looks at models that were fitted
elsewhere does without it.

All matrices are column-major (``order="F"``), of doubles, and are overwritten.

Sources
-------
LAPACK Users' Guide, 3rd ed., routines DPOTRF, DPOTRI, DPOTRS, DTRTRI, DTRTRS.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]

#: Up to this many rows a routine takes less than a tenth of a millisecond.
SMALL = 100

_get_name = ctypes.pythonapi.PyCapsule_GetName
_get_name.restype, _get_name.argtypes = ctypes.c_char_p, [ctypes.py_object]
_get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
_get_pointer.restype = ctypes.c_void_p
_get_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]

_Int = ctypes.POINTER(ctypes.c_int)


@cache
def _wrappers() -> Any:
    from scipy.linalg import lapack

    return lapack


@cache
def _routine(name: str, letters: int, rest: str) -> Any:
    """Return a routine: `letters` characters first, then integers (``i``) and arrays (``a``)."""
    from scipy.linalg import cython_lapack

    capsule = cython_lapack.__pyx_capi__[name]
    kinds: dict[str, Any] = {"i": _Int, "a": ctypes.c_void_p}
    arguments: list[Any] = [ctypes.c_char_p] * letters + [kinds[letter] for letter in rest]
    signature = ctypes.CFUNCTYPE(None, *arguments)
    return signature(_get_pointer(capsule, _get_name(capsule)))


def factorise(matrix: Array) -> bool:
    """Put the lower Cholesky factor into the lower triangle; what is above it stays.

    Parameters
    ----------
    matrix
        Symmetric, n x n, column-major; only the lower triangle is read.

    Returns
    -------
    bool
        Whether the matrix is positive definite; if not, it is spoilt.

    Examples
    --------
    >>> matrix = np.asfortranarray([[4.0, 0.0], [2.0, 2.0]])
    >>> factorise(matrix), matrix.tolist()
    (True, [[2.0, 0.0], [1.0, 1.0]])
    """
    if len(matrix) <= SMALL:
        _check(matrix, (len(matrix), len(matrix)))
        return bool(_wrappers().dpotrf(matrix, lower=1, clean=0, overwrite_a=1)[1] == 0)
    n, info = _order(matrix), ctypes.c_int()
    _routine("dpotrf", 1, "iaii")(b"L", n, matrix.ctypes.data, n, info)
    return info.value == 0


def invert_from_factor(factor: Array) -> None:
    """Turn a lower Cholesky factor into the lower triangle of the inverse of its matrix."""
    if len(factor) <= SMALL:
        _check(factor, (len(factor), len(factor)))
        _wrappers().dpotri(factor, lower=1, overwrite_c=1)
        return
    n, info = _order(factor), ctypes.c_int()
    _routine("dpotri", 1, "iaii")(b"L", n, factor.ctypes.data, n, info)


def solve_with_factor(factor: Array, right: Array) -> None:
    """Replace `right`, n x m, by the solution of ``A x = right``; `factor` is the lower of A."""
    columns = _columns(right, len(factor))
    if len(factor) <= SMALL:
        _wrappers().dpotrs(factor, right, lower=1, overwrite_b=1)
        return
    n, m, info = _order(factor), ctypes.c_int(columns), ctypes.c_int()
    _routine("dpotrs", 1, "iiaiaii")(b"L", n, m, factor.ctypes.data, n, right.ctypes.data, n, info)


def invert_lower_triangle(factor: Array) -> None:
    """Turn a lower triangular matrix into its inverse; what is above the diagonal stays."""
    n, info = _order(factor), ctypes.c_int()
    _routine("dtrtri", 2, "iaii")(b"L", b"N", n, factor.ctypes.data, n, info)


def solve_lower_triangle(factor: Array, right: Array, *, transposed: bool = False) -> None:
    """Replace `right`, n x m, by the solution of ``L x = right``, or of ``L' x = right``."""
    n, m, info = _order(factor), ctypes.c_int(_columns(right, len(factor))), ctypes.c_int()
    trans = b"T" if transposed else b"N"
    _routine("dtrtrs", 3, "iiaiaii")(
        b"L", trans, b"N", n, m, factor.ctypes.data, n, right.ctypes.data, n, info
    )


def _order(matrix: Array) -> ctypes.c_int:
    n = len(matrix)
    _check(matrix, (n, n))
    return ctypes.c_int(n)


def _columns(right: Array, n: int) -> int:
    _check(right, (n, right.shape[1] if right.ndim == 2 else -1))
    return int(right.shape[1])


def _check(matrix: Array, shape: tuple[int, int]) -> None:
    # LAPACK would write wherever it is pointed to.
    flags = matrix.flags
    fits = matrix.shape == shape and matrix.dtype == np.float64
    if not (fits and flags.f_contiguous and flags.writeable):
        raise TypeError(
            f"LAPACK needs a column-major, writeable {shape[0]} x {shape[1]} array of doubles."
        )
