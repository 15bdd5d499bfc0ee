"""Two-level arrays: fractional factorials by generators, and Plackett-Burman arrays.

Sources
-------
G. E. P. Box, J. S. Hunter, Technometrics 3 (1961) 311 and 449 (fractions by generators).
A. Fries, W. G. Hunter, Technometrics 22 (1980) 601 (minimum aberration).
R. L. Plackett, J. P. Burman, Biometrika 33 (1946) 305.
R. E. A. C. Paley, J. Math. Phys. 12 (1933) 311 (Hadamard matrices from residues).
J. Williamson, Duke Math. J. 11 (1944) 65 (from four symmetric circulants); L. Baumert, S. W.
Golomb, M. Hall, Bull. Am. Math. Soc. 68 (1962) 237 (that of order 92).
"""

from __future__ import annotations

import itertools
import string
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from optwidgets.errors import OptwidgetsError
from optwidgets.space.text import short

Array = NDArray[np.float64]

# Minimum aberration for their number of runs (Fries and Hunter, table 1; Box and Hunter).
DEFAULT_GENERATORS: dict[int, str] = {
    2: "a b",
    3: "a b ab",
    4: "a b c abc",
    5: "a b c d abcd",
    6: "a b c d abc bcd",
    7: "a b c d abc bcd acd",
    8: "a b c d abc bcd acd abd",
    9: "a b c d e bcde acde abde abce",
    10: "a b c d e abcd abce abde acde bcde",
    11: "a b c d e abc bcd cde acd ade bde",
}
_MAX_BASE = 12
_BEGINNINGS = 40
_MAX_FACTORS = 500
# Orders that neither residues nor doubling reach, up to 100: first rows of Williamson's four
# symmetric circulants, up to their middle; found by a search of their autocorrelations.
_WILLIAMSON: dict[int, tuple[str, str, str, str]] = {
    52: ("++++-+-", "++---+-", "++---+-", "+---+-+"),
    92: ("+++++-++---+", "+-+++--++-+-", "+-+--+++++--", "+--++-+-+---"),
    100: ("++++++---+-+-", "+++-+--+++--+", "++-+--++-+-++", "+-+++--+--+++"),
}


def generators_for(k: int, resolution: int | None = None) -> str:
    """Choose generators of a fraction in k factors; without a resolution, a usual one.

    Parameters
    ----------
    k
        Number of factors.
    resolution
        Smallest length of a word of the defining relation, 3, 4 or 5.

    Examples
    --------
    >>> generators_for(5), generators_for(5, 3)
    ('a b c d abcd', 'a b c abc ab')
    """
    if resolution is None and k in DEFAULT_GENERATORS:
        return DEFAULT_GENERATORS[k]
    wanted = 4 if resolution is None else resolution
    if wanted not in (3, 4, 5):
        raise OptwidgetsError(
            f"Resolution must be 3, 4 or 5, not {short(resolution)}.", field="resolution"
        )
    for base in range(2, _MAX_BASE + 1):
        words = _columns(k, base, wanted)
        if words is not None:
            return " ".join(words)
    raise OptwidgetsError(
        f"No fraction of resolution {wanted} in {k} factors with at most {2**_MAX_BASE:,} runs "
        "was found. Choose a lower resolution or 'plackett_burman'.",
        field="resolution",
    )


def _columns(k: int, base: int, resolution: int) -> list[str] | None:
    """Words of k columns in 2^base runs; None if there is no room for that resolution."""
    letters = string.ascii_lowercase
    if k <= base:
        return list(letters[:k]) if k == base else None
    # Long words first: they are the ones that leave main effects clear.
    others = sorted(
        (mask for mask in range(1, 1 << base) if mask.bit_count() >= resolution - 1),
        key=lambda mask: (-mask.bit_count(), mask),
    )
    if resolution == 4:
        others = [mask for mask in others if mask.bit_count() % 2]
    # A greedy choice depends on where it begins, so several beginnings are tried.
    for start in range(min(len(others), _BEGINNINGS)):
        chosen = _add_columns(k, base, resolution, others[start:] + others[:start])
        if len(chosen) == k:
            return ["".join(c for i, c in enumerate(letters) if m >> i & 1) for m in chosen]
    return None


def _add_columns(k: int, base: int, resolution: int, others: Sequence[int]) -> list[int]:
    """Add columns as long as no resolution - 1 of them are dependent."""
    chosen = [1 << i for i in range(base)]

    def sums(largest: int) -> set[int]:
        sizes = range(largest + 1)
        return {_xor(some) for size in sizes for some in itertools.combinations(chosen, size)}

    reached = sums(resolution - 2)
    for mask in others:
        if len(chosen) == k:
            break
        if mask not in reached:
            reached |= {mask ^ value for value in sums(resolution - 3)}
            chosen.append(mask)
    return chosen


def _xor(masks: Sequence[int]) -> int:
    total = 0
    for mask in masks:
        total ^= mask
    return total


def read_generators(text: object, k: int) -> list[tuple[int, frozenset[str]]]:
    """Sign and letters of each column of a generator string such as ``"a b -ab"``.

    Raises
    ------
    OptwidgetsError
        For a string that is not words of letters, has not one word for each of k factors,
        or makes two factors the same.
    """
    if not isinstance(text, str):
        raise OptwidgetsError(
            'Generators must be a text such as "a b ab": one word for each factor.',
            field="generators",
        )
    words = text.lower().split()
    if len(words) != k:
        raise OptwidgetsError(
            f"Generators '{short(text)}' have {len(words)} words, but there are {k} factors. Give "
            f"one word for each, such as '{generators_for(k)}'.",
            field="generators",
        )
    read: list[tuple[int, frozenset[str]]] = []
    for word in words:
        letters = word.lstrip("+-")
        if len(word) - len(letters) > 1 or not letters.isascii() or not letters.isalpha():
            raise OptwidgetsError(
                f"Generator '{short(word)}' is not a word of letters with a sign at most, such "
                "as ab or -ab.",
                field="generators",
            )
        # A letter twice is the square of a two-level column, which is 1.
        kept = frozenset(c for c in letters if letters.count(c) % 2)
        read.append((-1 if word[0] == "-" else 1, kept))
    for i, (_, letters_) in enumerate(read):
        if not letters_:
            raise OptwidgetsError(
                f"Generator '{words[i]}' is constant: each letter stands in it twice.",
                field="generators",
            )
        first = next(j for j in range(len(read)) if read[j][1] == letters_)
        if first != i:
            raise OptwidgetsError(
                f"Generators '{words[first]}' and '{words[i]}' are the same column, so that two "
                "factors could not be told apart. Change one of them.",
                field="generators",
            )
    return read


def fractional_factorial(generators: str, k: int) -> Array:
    """Two-level fraction, 2^m x k, of -1 and 1 in standard order; m is the number of letters.

    Examples
    --------
    >>> fractional_factorial("a b ab", 3).astype(int).tolist()
    [[-1, -1, 1], [-1, 1, -1], [1, -1, -1], [1, 1, 1]]
    """
    read = read_generators(generators, k)
    letters = sorted(set().union(*(word for _, word in read)))
    if len(letters) > _MAX_BASE:
        raise OptwidgetsError(
            f"Generators with {len(letters)} letters make {2 ** len(letters):,} runs. Use at most "
            f"{_MAX_BASE} letters.",
            field="generators",
        )
    base = np.array(list(itertools.product((-1.0, 1.0), repeat=len(letters))))
    columns = [
        sign * np.prod(base[:, [letters.index(c) for c in sorted(word)]], axis=1)
        for sign, word in read
    ]
    return np.column_stack(columns)


def resolution_of(generators: str, k: int) -> int | None:
    """Length of the shortest word of the defining relation; None for a full factorial.

    Examples
    --------
    >>> resolution_of("a b c abc", 4), resolution_of("a b ab", 3), resolution_of("a b", 2)
    (4, 3, None)
    """
    masks = [sum(1 << (ord(c) - 97) for c in word) for _, word in read_generators(generators, k)]
    for size in range(3, min(k, 6) + 1):
        if any(_xor(some) == 0 for some in itertools.combinations(masks, size)):
            return size
    rank = _rank(masks)
    return None if rank == k else 7


def _rank(masks: Sequence[int]) -> int:
    pivots: list[int] = []
    for mask in masks:
        left = mask
        for pivot in pivots:
            left = min(left, left ^ pivot)
        if left:
            pivots.append(left)
    return len(pivots)


def plackett_burman(k: int) -> Array:
    """Orthogonal array of -1 and 1 for k factors, n x k, n a multiple of 4 above k.

    n is the smallest for which Paley's or Williamson's constructions or doubling give a Hadamard
    matrix; 116 is the first multiple of 4 that is left out.

    Examples
    --------
    >>> H = plackett_burman(11)
    >>> H.shape, bool((H.T @ H == 12 * np.eye(11)).all())
    ((12, 11), True)
    """
    if k > _MAX_FACTORS:
        raise OptwidgetsError(f"Plackett-Burman designs have at most {_MAX_FACTORS} factors.")
    n = 4 * (k // 4 + 1)
    while (H := hadamard(n)) is None:
        n += 4
    return -(H * H[:, :1])[:, 1 : k + 1]  # the last run of all low levels, as is usual


def hadamard(n: int) -> Array | None:
    """Hadamard matrix of order n with a first row of ones, or None if no construction fits."""
    if n == 1:
        return np.ones((1, 1))
    if n == 2:
        return np.array([[1.0, 1.0], [1.0, -1.0]])
    if n % 4:
        return None
    if _is_prime(n - 1):
        H = np.eye(n) + _skew(n - 1)
    elif (half := hadamard(n // 2)) is not None:
        H = np.kron(np.array([[1.0, 1.0], [1.0, -1.0]]), half)
    elif n // 2 % 4 == 2 and _is_prime(n // 2 - 1):
        conference = _skew(n // 2 - 1)
        conference[1:, 0] = 1.0  # symmetric, as -1 is a square here
        H = np.kron(conference, [[1.0, 1.0], [1.0, -1.0]]) + np.kron(
            np.eye(n // 2), [[1.0, -1.0], [-1.0, -1.0]]
        )
    elif n in _WILLIAMSON:
        H = _williamson(_WILLIAMSON[n])
    else:
        return None
    return H * H[:1]


def _williamson(halves: tuple[str, str, str, str]) -> Array:
    """Put four symmetric circulants together to a Hadamard matrix, four times as large."""
    found = []
    for half in halves:
        row = np.array([1.0 if mark == "+" else -1.0 for mark in half + half[:0:-1]])
        found.append(np.array([np.roll(row, shift) for shift in range(len(row))]))
    A, B, C, D = found
    return np.block([[A, B, C, D], [-B, A, -D, C], [-C, D, A, -B], [-D, -C, B, A]])


def _skew(q: int) -> Array:
    """Bordered matrix of quadratic residues of a prime, (q + 1) x (q + 1)."""
    squares = {i * i % q for i in range(1, q)}
    residue = np.array([0.0] + [1.0 if i in squares else -1.0 for i in range(1, q)])
    S = np.zeros((q + 1, q + 1))
    S[0, 1:], S[1:, 0] = 1.0, -1.0
    S[1:, 1:] = residue[(np.arange(q)[:, None] - np.arange(q)) % q]
    return S


def _is_prime(n: int) -> bool:
    return n > 1 and all(n % i for i in range(2, int(n**0.5) + 1))
