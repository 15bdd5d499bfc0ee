"""What a design can tell: efficiency, power, aliases, variance inflation.

Sources
-------
D. C. Montgomery, Design and Analysis of Experiments, 8th edition, Wiley 2012, chapters 8, 11.
J. Cohen, Statistical Power Analysis for the Behavioral Sciences, 2nd edition, 1988, chapter 8.
G. E. P. Box, N. R. Draper, Response Surfaces, Mixtures, and Ridge Analyses, 2nd edition,
Wiley 2007, chapter 3 (the alias matrix).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from optwidgets.designs.criteria import inverse
from optwidgets.designs.model_terms import LinearModel, Term, contrasts, highest_power, parse_terms
from optwidgets.designs.optimal import efficiencies
from optwidgets.designs.region import evenly, extremes
from optwidgets.designs.strata import RUN, Strata
from optwidgets.designs.tied import free_effects
from optwidgets.errors import OptwidgetsError
from optwidgets.space.encoding import Encoding
from optwidgets.space.numbers import finite_number
from optwidgets.space.text import short

Array = NDArray[np.float64]

_MAX_OTHERS = 600
_MAX_PATTERNS = 200


@dataclass(frozen=True)
class DesignReport:
    """What a design can tell about a model.

    Parameters
    ----------
    n_runs, n_distinct
        Number of runs, and of different ones.
    model_terms
        Terms of the model.
    p_columns
        Number of coefficients.
    not_estimable
        Terms that the runs cannot tell from those before them; the model needs other runs,
        and what follows is missing.
    df_error, df_pure
        Degrees of freedom left for the noise, and those of them that come from replicates.
    D_eff, A_eff, G_eff
        Efficiencies in per cent of an orthogonal design.
    I_var
        Mean variance of a prediction over the space, in units of the noise's.
    max_leverage
        Largest leverage of a run; 1 means that the model follows it whatever it says.
    power
        Probability of finding each term if its effect is as large as was asked; None when
        nothing is left to estimate the noise.
    vif
        Variance inflation of each column: 1 when it is orthogonal to the others.
    aliases
        For each term of the model what terms outside it would add to its coefficient.
    effect, alpha
        What the power is for: effect in standard deviations, level of significance.
    variance_ratio
        For runs in plots: variance between plots in units of that between runs; None else.
    strata, df_strata
        For runs in plots: the plots within which each term does not change, and the degrees of
        freedom that are left to test it.
    """

    n_runs: int
    n_distinct: int
    model_terms: list[str]
    p_columns: int
    not_estimable: list[str]
    df_error: int
    df_pure: int
    D_eff: float
    A_eff: float
    G_eff: float
    I_var: float | None
    max_leverage: float | None
    power: dict[str, float | None] = field(default_factory=dict)
    vif: dict[str, float] = field(default_factory=dict)
    aliases: dict[str, dict[str, float]] = field(default_factory=dict)
    effect: float = 2.0
    alpha: float = 0.05
    variance_ratio: float | None = None
    strata: dict[str, str] = field(default_factory=dict)
    df_strata: dict[str, int] = field(default_factory=dict)

    def to_dict(self) -> dict[str, Any]:
        """Plain form; JSON values."""
        return asdict(self)


def report_design(
    encoding: Encoding,
    X: Array,
    *,
    model_type: str | None = None,
    effects: Sequence[str] | None = None,
    effect: float = 2.0,
    alpha: float = 0.05,
    blocks: Sequence[int] | None = None,
    strata: Strata | None = None,
) -> DesignReport:
    """Tell what runs can say about a model, before anything is measured.

    Parameters
    ----------
    encoding
        Encoding of the space, d variables.
    X
        Encoded runs, n x d.
    model_type, effects
        The model, as for `parse_terms`; ``quadratic`` if neither is given.
    effect
        Size of the effects that the power is for, in standard deviations of the noise: the
        change of the result over the range of the term; between two categories for a
        categorical term, the two that are hardest to tell apart.
    alpha
        Level of significance.
    blocks
        Block of each run; the differences between blocks are estimated too then.
    strata
        Plots of the runs and the variance between them: efficiencies, leverage and power are
        those of generalised least squares then, aliases and variance inflation stay those of
        ordinary ones.

    Returns
    -------
    DesignReport
        Efficiencies, power, variance inflation, aliases.

    Raises
    ------
    OptwidgetsError
        For no runs, an effect or level that is not possible, or an unknown effect.

    Examples
    --------
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> encoding = Encoding(Space((Real("a", -1, 1), Real("b", -1, 1))))
    >>> corners = np.array([[0, 0], [0, 1], [1, 0], [1, 1]] * 2, dtype=float)
    >>> report = report_design(encoding, corners, model_type="linear")
    >>> report.D_eff, report.df_error, round(report.power["a"], 3), report.aliases["a"]
    (100.0, 5, 0.623, {})
    """
    effect, alpha = _positive(effect, "effect", 1e6), _positive(alpha, "alpha", 0.999)
    if len(X) == 0:
        raise OptwidgetsError("There are no runs to report on. Plan or add some first.")
    if effects is None:
        # What an equality ties is left out of the model, as when the design was made.
        effects, _ = free_effects(encoding, model_type or "quadratic")
        model_type = (model_type or "quadratic") if effects is None else None
    model = LinearModel(encoding, parse_terms(encoding, model_type=model_type, effects=effects))
    R = _without_blocks(model.matrix(X), blocks)
    n, p = R.shape
    lost = 0 if blocks is None else len(set(blocks)) - 1
    distinct = len(np.unique(np.round(X, 9), axis=0))
    missing = _dependent(model, R)
    head: dict[str, Any] = {
        "n_runs": n,
        "n_distinct": distinct,
        "model_terms": model.names,
        "p_columns": p,
        "not_estimable": missing,
        "df_error": max(0, n - int(np.linalg.matrix_rank(R)) - lost),
        "df_pure": n - distinct,
        "effect": effect,
        "alpha": alpha,
    }
    if missing:
        return DesignReport(**head, D_eff=0.0, A_eff=0.0, G_eff=0.0, I_var=None, max_leverage=None)
    plain = inverse(R.T @ R)
    W, D, degrees = R, plain, dict.fromkeys(model.names[1:], head["df_error"])
    if strata is not None:
        W = strata.whitened(R)
        D = inverse(W.T @ W)
        terms, left = strata.degrees(model, R)
        degrees = {name: left[stratum] for name, stratum in terms.items()}
        head |= {"variance_ratio": strata.ratio, "strata": terms, "df_strata": left}
        head["df_error"] = left[RUN]
    found = efficiencies(W, model.matrix(extremes(encoding)), model.matrix(evenly(encoding)))
    leverage = np.einsum("ij,jk,ik->i", W, D, W, optimize=True)
    return DesignReport(
        **head,
        D_eff=found["D_eff"],
        A_eff=found["A_eff"],
        G_eff=found["G_eff"],
        I_var=found["I_var"],
        max_leverage=round(float(leverage.max()), 9),
        power=_power(model, D, degrees, effect, alpha),
        vif=_inflation(model, R, plain),
        aliases=_alias_matrix(model, X, R, plain, blocks),
    )


def power_of_f(noncentrality: float, df1: int, df2: int, alpha: float = 0.05) -> float:
    """Power of an F test: the probability that a noncentral F exceeds the critical value.

    Parameters
    ----------
    noncentrality
        Sum of squares of the effect over the variance of the noise.
    df1, df2
        Degrees of freedom of effect and noise.
    alpha
        Level of significance.

    Examples
    --------
    Cohen 1988, table 8.4.4: three groups of 52 and f = 0.25 have a power of 0.80.

    >>> round(power_of_f(3 * 52 * 0.25**2, 2, 3 * 52 - 3), 2)
    0.8
    """
    from scipy.special import fdtri, ncfdtr

    critical = float(fdtri(df1, df2, 1.0 - alpha))
    return float(1.0 - ncfdtr(df1, df2, noncentrality, critical))


def alias_chains(encoding: Encoding, X: Array, order: int = 3) -> list[str]:
    """Terms that the runs cannot tell apart, as chains such as ``A = B*C`` or ``A*B = -C*D``.

    Parameters
    ----------
    encoding
        Encoding of the space.
    X
        Encoded runs, n x d.
    order
        Largest order of the terms; lowered to 2 where there would be too many.

    Examples
    --------
    >>> from optwidgets.designs.two_level import fractional_factorial
    >>> from optwidgets.space.space import Space
    >>> from optwidgets.space.variable import Real
    >>> encoding = Encoding(Space(tuple(Real(name, -1, 1) for name in "ABC")))
    >>> alias_chains(encoding, (fractional_factorial("a b ab", 3) + 1) / 2)
    ['A = B*C', 'B = A*C', 'C = A*B']
    """
    d = len(encoding)
    if math.comb(d, 3) > _MAX_OTHERS:
        order = min(order, 2)
    terms = [
        Term(tuple((i, 1) for i in some))
        for size in range(1, order + 1)
        for some in itertools.combinations(range(d), size)
        if not any(encoding.categorical_dims.get(i, 2) > 2 for i in some)
    ]
    model = LinearModel(encoding, terms)
    columns = model.matrix(X)[:, 1:].T
    lengths = np.linalg.norm(columns, axis=1)
    # A column that never varies is no effect; its alias is the mean.
    varies = np.ptp(columns, axis=1) > 1e-9
    chains: list[str] = []
    left = [j for j in range(len(terms)) if varies[j]]
    while left:
        j, *others = left
        cosines = columns[others] @ columns[j] / (lengths[others] * lengths[j])
        same = [i for i, c in zip(others, cosines, strict=True) if abs(c) > 1 - 1e-9]
        if same:
            signs = ["" if columns[i] @ columns[j] > 0 else "-" for i in same]
            words = [sign + model.names[i + 1] for sign, i in zip(signs, same, strict=True)]
            chains.append(" = ".join([model.names[j + 1], *words]))
        left = [i for i in others if i not in same]
    return chains


def _positive(value: object, name: str, most: float) -> float:
    number = finite_number(value, name)
    if not 0.0 < number <= most:
        raise OptwidgetsError(
            f"{name} must be above 0 and at most {most:g}, not {short(value)}.", field=name
        )
    return number


def _without_blocks(R: Array, blocks: Sequence[int] | None) -> Array:
    """Take the block means out of all columns but the intercept's."""
    if blocks is None or len(set(blocks)) < 2:
        return R
    labels = np.unique(np.asarray(blocks), return_inverse=True)[1]
    Z = np.eye(labels.max() + 1)[labels]
    means = Z.T @ R / Z.sum(axis=0)[:, None]
    return R - np.where(np.arange(R.shape[1]) == 0, 0.0, (means - R.mean(axis=0))[labels])


def _dependent(model: LinearModel, R: Array) -> list[str]:
    """Names of the terms with a column that is a combination of earlier ones."""
    # The diagonal of r measures each column against those before it; rows of zeros let a
    # design with fewer runs than columns have a whole one.
    short_by = max(0, R.shape[1] - len(R))
    r = np.linalg.qr(np.vstack([R, np.zeros((short_by, R.shape[1]))]), mode="r")
    sizes = np.linalg.norm(R, axis=0)
    bad = np.abs(np.diag(r)) <= 1e-9 * np.maximum(sizes, 1.0)
    return [model.names[i] for i in sorted({int(model.owners[j]) for j in np.flatnonzero(bad)})]


def _power(
    model: LinearModel, D: Array, degrees: Mapping[str, int], effect: float, alpha: float
) -> dict[str, float | None]:
    found: dict[str, float | None] = {}
    for place, name in enumerate(model.names[1:], start=1):
        columns = np.flatnonzero(model.owners == place)
        df = degrees[name]
        if df < 1:
            found[name] = None
            continue
        information = inverse(D[np.ix_(columns, columns)])
        patterns = _patterns(model.encoding, model.terms[place], effect)
        least = min(float(b @ information @ b) for b in patterns)
        found[name] = round(power_of_f(least, len(columns), df, alpha), 9)
    return found


def _patterns(encoding: Encoding, term: Term, effect: float) -> list[Array]:
    """Coefficients of a term under effects of the size asked for, one for each way."""
    # A column from -1 to 1 has the range 2, a square the range 1.
    numeric = [power for i, power in term.factors if i not in encoding.categorical_dims]
    square = bool(numeric) and all(power % 2 == 0 for power in numeric)
    ways: list[list[Array]] = []
    for i, _ in term.factors:
        k = encoding.categorical_dims.get(i)
        if k is None:
            continue
        C = contrasts(k)
        ways.append([(C[a] - C[b]) / k for a, b in itertools.combinations(range(k), 2)])
    half = effect if square and not ways else effect / 2.0
    patterns = []
    for some in itertools.islice(itertools.product(*ways), _MAX_PATTERNS):
        b = np.array([half])
        for part in some:
            b = np.kron(b, part)
        patterns.append(b)
    return patterns


def _inflation(model: LinearModel, R: Array, D: Array) -> dict[str, float]:
    spread = ((R - R.mean(axis=0)) ** 2).sum(axis=0)
    values = np.diag(D) * spread
    return {
        name: round(float(value), 9)
        for name, value in zip(model.columns[1:], values[1:], strict=True)
    }


def _alias_matrix(
    model: LinearModel, X: Array, R: Array, D: Array, blocks: Sequence[int] | None
) -> dict[str, dict[str, float]]:
    """Entries of (R'R)^-1 R'F for the second-order terms F that the model leaves out."""
    encoding = model.encoding
    d = len(encoding)
    second = [Term(((i, 1), (j, 1))) for i, j in itertools.combinations(range(d), 2)]
    second += [Term(((i, 2),)) for i in range(d) if highest_power(encoding, i) >= 2]
    others = [term for term in second if term not in model.terms][:_MAX_OTHERS]
    found: dict[str, dict[str, float]] = {name: {} for name in model.names}
    if not others:
        return found
    outside = LinearModel(encoding, others)
    F = _without_blocks(outside.matrix(X), blocks)[:, 1:]
    A = D @ (R.T @ F)
    for row, column in zip(*np.nonzero(np.abs(A) > 1e-9), strict=True):
        term = outside.names[outside.owners[column + 1]]
        name = model.names[model.owners[row]]
        value = round(float(A[row, column]), 9)
        # Of the columns of a categorical term the one that matters most is told.
        if abs(value) > abs(found[name].get(term, 0.0)):
            found[name][term] = value
    return found
