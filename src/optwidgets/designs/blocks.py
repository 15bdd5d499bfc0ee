"""Blocks and randomised run order.

Sources
-------
R. D. Cook, C. J. Nachtsheim, Technometrics 31 (1989) 339 (blocking by interchange).
R. A. Fisher, The Design of Experiments, Oliver and Boyd 1935 (randomisation, blocks).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.model_terms import LinearModel
from optwidgets.errors import OptwidgetsError

Array = NDArray[np.float64]
Labels = NDArray[np.intp]

_STARTS = 20
_MAX_PRODUCT_FACTORS = 8
_MAX_PRODUCTS = 1500
_ZERO = 1e-9
# A main effect that is lost to a block costs more than all interactions together.
_MAIN = 1e3


def assign_blocks(
    model: LinearModel,
    X: Array,
    n_blocks: int,
    rng: np.random.Generator,
    parts: Labels | None = None,
) -> tuple[Labels, float]:
    """Divide the runs of a design into blocks, so that blocks hide as little as possible.

    Blocks of (nearly) equal size are found by interchanging runs from random starts, such
    that the means of the model's columns differ least from block to block, main effects
    first. Zero is reached when blocks are orthogonal to all effects of the model.

    Parameters
    ----------
    model
        Effects to be kept clear of the blocks.
    X
        Encoded runs, n x d.
    n_blocks
        Number of blocks.
    rng
        Source of randomness.
    parts
        Blocks that the design has by itself; tried first when two blocks are asked for.

    Returns
    -------
    tuple
        Block of each run, from 0, and the share of the model's information that is lost to
        differences between blocks, 0 to 1.

    Raises
    ------
    OptwidgetsError
        For more blocks than half the runs.

    Examples
    --------
    >>> from optwidgets.designs.model_terms import parse_terms
    >>> from optwidgets.space.encoding import Encoding
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> encoding = Encoding(Space(tuple(Real(name, -1, 1) for name in "abc")))
    >>> model = LinearModel(encoding, parse_terms(encoding, model_type="interaction"))
    >>> X = np.array([[a, b, c] for a in (0, 1) for b in (0, 1) for c in (0, 1)], dtype=float)
    >>> blocks, lost = assign_blocks(model, X, 2, np.random.default_rng(0))
    >>> lost < 1e-9, blocks.tolist() in ([0, 1, 1, 0, 1, 0, 0, 1], [1, 0, 0, 1, 0, 1, 1, 0])
    (True, True)
    """
    n = len(X)
    if n_blocks > n // 2:
        raise OptwidgetsError(
            f"{n} runs cannot make {n_blocks} blocks of two runs or more. Ask for at most "
            f"{n // 2} blocks.",
            field="blocks",
        )
    Q, weights = _uncorrelated(model, X)
    Y = Q * np.sqrt(weights)
    if n_blocks == 2 and parts is not None and _cost(Q, parts, 2) <= _ZERO:
        return parts, 0.0
    sizes = np.full(n_blocks, n // n_blocks)
    sizes[: n % n_blocks] += 1
    best, lowest = np.zeros(n, dtype=np.intp), np.inf
    gram = Y @ Y.T
    random = (rng.permutation(np.repeat(np.arange(n_blocks), sizes)) for _ in range(_STARTS))
    for start in itertools.chain(_by_products(X, Y, n_blocks, rng), random):
        labels = _interchange(gram, start, n_blocks)
        cost = _cost(Y, labels, n_blocks)
        if cost < lowest:
            best, lowest = labels, cost
        if lowest <= _ZERO:
            break
    lost = _cost(Q, best, n_blocks)
    return best, float(lost / Q.shape[1]) if lost > _ZERO else 0.0


def _uncorrelated(model: LinearModel, X: Array) -> tuple[Array, Array]:
    """Columns of the model as orthonormal ones with mean 0, n x q, and their weights.

    Main effects come first, so that a column stands for what lower orders leave of it.
    """
    orders = np.array([model.terms[i].order for i in model.owners])
    columns = np.flatnonzero(orders > 0)
    columns = columns[np.argsort(orders[columns], kind="stable")]
    R = model.matrix(X)[:, columns]
    Q, r = np.linalg.qr(R - R.mean(axis=0))
    there = np.abs(np.diag(r)) > 1e-9
    weights = np.where(orders[columns] == 1, _MAIN, 1.0)
    # Fewer runs than columns carry the first of them only.
    return Q[:, there], weights[: len(there)][there]


def _by_products(X: Array, Y: Array, n_blocks: int, rng: np.random.Generator) -> list[Labels]:
    """Blocks by the signs of products of columns, as textbooks confound two-level factorials.

    Interchanging from random starts seldom finds these in larger factorials. Runs in the
    middle of a variable have no sign; they go to the blocks in turn.
    """
    m = n_blocks.bit_length() - 1
    signs = np.sign(np.round(2.0 * X - 1.0, 9))
    signs = signs[:, np.abs(signs).sum(axis=0) > len(X) / 2]
    k = signs.shape[1]
    if n_blocks != 1 << m or not m <= k <= _MAX_PRODUCT_FACTORS:
        return []
    outside = np.all(signs != 0, axis=1)
    words = [
        signs[:, list(some)].prod(axis=1) > 0
        for size in range(k, 1, -1)
        for some in itertools.combinations(range(k), size)
    ]
    groups: Iterable[tuple[int, ...]] = itertools.combinations(range(len(words)), m)
    if math.comb(len(words), m) > _MAX_PRODUCTS:
        groups = sorted({
            tuple(sorted(rng.choice(len(words), size=m, replace=False).tolist()))
            for _ in range(_MAX_PRODUCTS)
        })  # fmt: skip
    best, lowest = None, np.inf
    for group in groups:
        labels = sum((words[i].astype(np.intp) << bit for bit, i in enumerate(group)), start=0)
        labels = np.where(outside, labels, (np.cumsum(~outside) - 1) % n_blocks)
        if np.ptp(np.bincount(labels, minlength=n_blocks)) > 1:
            continue
        cost = _cost(Y, labels, n_blocks)
        if cost < lowest:
            best, lowest = labels, cost
    return [] if best is None else [best]


def _cost(Y: Array, labels: Labels, n_blocks: int) -> float:
    sums = np.zeros((n_blocks, Y.shape[1]))
    np.add.at(sums, labels, Y)
    return float(((sums**2).sum(axis=1) / np.bincount(labels, minlength=n_blocks)).sum())


def _interchange(gram: Array, labels: Labels, n_blocks: int) -> Labels:
    """Interchange the best pair of runs of different blocks until none helps."""
    labels = labels.copy()
    n = len(labels)
    sizes = np.bincount(labels, minlength=n_blocks).astype(float)
    distance = np.diag(gram)[:, None] + np.diag(gram)[None, :] - 2.0 * gram
    for _ in range(20 * n):
        # Product of each run with the sum of each block, n x n_blocks.
        with_sums = gram @ np.eye(n_blocks)[labels]
        own = with_sums[np.arange(n), labels]
        size = sizes[labels]
        # Run i leaves block a for j's block b: the sum of a gains y_j - y_i, that of b loses it.
        into_a = (2.0 * (with_sums[:, labels].T - own[:, None]) + distance) / size[:, None]
        into_b = (2.0 * (with_sums[:, labels] - own[None, :]) + distance) / size[None, :]
        change = into_a + into_b
        change[labels[:, None] == labels[None, :]] = np.inf
        i, j = divmod(int(np.argmin(change)), n)
        if change[i, j] >= -1e-9:
            break
        labels[i], labels[j] = labels[j], labels[i]
    return labels


def run_order(n: int, labels: Labels | None, rng: np.random.Generator | None) -> Labels:
    """Order in which n runs are carried out: block by block, random within each.

    Parameters
    ----------
    n
        Number of runs.
    labels
        Block of each run, or None.
    rng
        Source of randomness; None keeps the standard order within the blocks.

    Examples
    --------
    >>> run_order(4, np.array([1, 0, 1, 0]), None).tolist()
    [1, 3, 0, 2]
    """
    order = np.arange(n) if rng is None else rng.permutation(n)
    if labels is None:
        return order
    return order[np.argsort(labels[order], kind="stable")]


def grouped_order(
    order: Labels, settings: NDArray[np.float64], labels: Labels | None = None
) -> Labels:
    """Order of runs in which those of one setting follow each other.

    Groups keep the order in which they begin, and runs within a group their own.

    Parameters
    ----------
    order
        Runs in order, (n,).
    settings
        Encoded settings of what is hard to change, hardest first, n x h.
    labels
        Block of each run, or None; blocks stay together.

    Examples
    --------
    >>> grouped_order(np.array([2, 0, 3, 1]), np.array([[0.0], [0.0], [1.0], [1.0]])).tolist()
    [2, 3, 0, 1]
    """
    rows = settings[order].round(9)
    if labels is not None:
        rows = np.column_stack([labels[order], rows])
    keys: list[Labels] = []
    for width in range(1, rows.shape[1] + 1):
        _, begins, group = np.unique(
            rows[:, :width], axis=0, return_index=True, return_inverse=True
        )
        keys.append(begins[group.ravel()])
    return np.asarray(order[np.lexsort(keys[::-1])])
